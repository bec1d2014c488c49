//! The gateway's and the sink's configuration for the local stack, as the file they read.

use sha2::{Digest, Sha256};

use crate::stack::Addresses;

/// Bearer token of the stack's one tenant. The stack listens on loopback only and holds demonstration data; a real
/// deployment has a tenant file with hashes of random tokens.
pub const TOKEN: &str = "local-demo-token";

/// The stack's one tenant.
pub const TENANT: &str = "local";

/// The configuration file for `addresses`.
#[must_use]
pub fn render(addresses: &Addresses) -> String {
    let Addresses { kafka, clickhouse, database, .. } = addresses;
    let digest: String = Sha256::digest(TOKEN).iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "# Written at every start of the local stack.\n\
         [gateway]\n\
         listen = \"{gateway}\"\n\
         admin = \"{gateway_admin}\"\n\
         local = true\n\
         id = \"local\"\n\
         kafka.brokers = \"{kafka}\"\n\
         tenants.inline.{TENANT}.token_sha256 = [\"{digest}\"]\n\
         \n\
         [sink]\n\
         admin = \"{sink_admin}\"\n\
         token_key = \"local-demo-token-key\"\n\
         kafka.brokers = \"{kafka}\"\n\
         kafka.instance = \"local\"\n\
         clickhouse.url = \"{clickhouse}\"\n\
         clickhouse.database = \"{database}\"\n",
        gateway = host_and_port(&addresses.gateway),
        gateway_admin = host_and_port(&addresses.gateway_admin),
        sink_admin = host_and_port(&addresses.sink_admin),
    )
}

fn host_and_port(url: &str) -> &str {
    url.strip_prefix("http://").unwrap_or(url)
}
