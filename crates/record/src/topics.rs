//! Topic names and the bounds that tie the gateway's door to the broker's.

/// Raw TransactionEvents, one record each; key `tenant/station`.
pub const EVENTS: &str = "wattledger.events.v1";
/// What is part of no transaction: the original record plus the reasons.
pub const QUARANTINE: &str = "wattledger.quarantine.v1";
/// GetTransactionStatus questions to the gateways.
pub const COMMANDS: &str = "wattledger.commands.v1";
/// GetTransactionStatus answers from the gateways.
pub const STATUS: &str = "wattledger.status.v1";
/// What the gateway answered to stations.
pub const RESPONSES: &str = "wattledger.responses.v1";

/// Largest payload the gateway takes, in bytes: 8 MiB, since a legal `Ended` of a long stay passes 1 MiB.
pub const DOOR_BYTES_MAX: usize = 8 << 20;

/// `max.message.bytes` of every topic: the door plus 64 KiB for key, headers and batch framing, so that nothing
/// the door lets in can be refused by the broker.
pub const MESSAGE_BYTES_MAX: usize = DOOR_BYTES_MAX + (64 << 10);

/// Partitions of [`EVENTS`] unless the operator says otherwise; frozen at creation, since one identity has to stay
/// in one partition for ever.
pub const PARTITIONS_DEFAULT: u16 = 24;
