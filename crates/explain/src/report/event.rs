//! The part of a report that is about events.

use serde::Serialize;

use crate::registers::Reading;

/// Where bytes lie in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Topic; empty where its generation is not known.
    pub topic: String,
    /// Generation of the topic.
    pub generation: u32,
    /// Partition.
    pub partition: u32,
    /// Offset.
    pub offset: u64,
}

/// What stands in the list of events.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// A content.
    Event(Box<Event>),
    /// seqNos that did not come.
    Missing {
        /// Run of seqNo, from 1.
        epoch: u16,
        /// First of them.
        first: i64,
        /// Last of them.
        last: i64,
        /// How many.
        count: u64,
        /// Of these seqNos a message of this transactionId is in quarantine.
        set_aside: Vec<i64>,
    },
    /// Events that are not shown.
    Omitted {
        /// How many.
        events: usize,
        /// Place of the first.
        from: Position,
        /// Place of the last.
        to: Position,
        /// Of them, how many do not count.
        lost: usize,
        /// seqNos missing among them.
        missing: u64,
    },
}

/// Place of an event in its charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Position {
    /// Run of seqNo, from 1.
    pub epoch: u16,
    /// seqNo.
    pub seq_no: i64,
}

/// A content of an event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// Run of seqNo, from 1.
    pub epoch: u16,
    /// seqNo.
    pub seq_no: i64,
    /// 32 hex digits.
    pub content_hash: String,
    /// `counts`, `variant` or `conflict`.
    pub role: &'static str,
    /// What else is to be said of it.
    pub marks: Vec<&'static str>,
    /// `Started`, `Updated` or `Ended`.
    pub event_type: &'static str,
    /// Canonical spelling.
    pub trigger_reason: &'static str,
    /// As the station says; absent where unreadable.
    pub event_time: Option<String>,
    /// Gateway's clock, earliest copy.
    pub received_at: String,
    /// Received so long after its event time, s.
    pub lag_s: Option<String>,
    /// `offline` of the earliest copy.
    pub offline: bool,
    /// EVSE and connector.
    pub evse_id: Option<i64>,
    /// Connector.
    pub connector_id: Option<i64>,
    /// Canonical spelling.
    pub charging_state: Option<&'static str>,
    /// Canonical spelling.
    pub stopped_reason: Option<&'static str>,
    /// Token as sent.
    pub id_token: Option<String>,
    /// Type of the token as sent.
    pub id_token_type: Option<String>,
    /// Codes of what is wrong with the message.
    pub flags: Vec<&'static str>,
    /// Readings of the series that is shown.
    pub registers: Vec<Reading>,
    /// Where the bytes of the earliest copy lie.
    pub place: Option<Place>,
    /// How the earliest copy came.
    pub received_by: Option<Reception>,
    /// Further copies of this content.
    pub copies: Copies,
    /// For a content that lost: what differs from the one that counts; absent where that cannot be said.
    pub differences: Option<Vec<Difference>>,
    /// How many differences there are.
    pub differences_in_all: usize,
}

/// How a copy came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reception {
    /// `http`, `http_batch`, `websocket` or `unknown`.
    pub ingress: String,
    /// Gateway process.
    pub gateway: String,
    /// Message id; absent where none came.
    pub message_id: Option<String>,
    /// OCPP version of the connection.
    pub ocpp: String,
}

/// Further copies of a content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Copies {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: Vec<CopyTold>,
}

/// A further copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CopyTold {
    /// Where it lies.
    #[serde(flatten)]
    pub place: Place,
    /// Gateway's clock.
    pub received_at: String,
}

/// What differs between two contents of one seqNo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// JSON path.
    pub path: String,
    /// In the content that counts; absent where it has no such member.
    pub counts: Option<String>,
    /// In this one.
    pub this: Option<String>,
}
