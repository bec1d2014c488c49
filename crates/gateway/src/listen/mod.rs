//! The listener. OCPP-J WebSockets will be accepted here too: connections are served with upgrades.

pub(crate) mod accept;
pub(crate) mod body;
pub(crate) mod http;
pub(crate) mod patience;
