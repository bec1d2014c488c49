//! What becomes of one consumed record: an event of a transaction, or quarantine; a row of the account in any case.
//!
//! ```text
//! Record ─► decode ─┬─► event_rows + Content (for the fold)
//!                   ├─► quarantine_rows + a copy for the quarantine topic
//!                   └─► delivery_rows                                        all in the open Load of the partition
//! ```
//!
//! Deterministic: the same record gives the same bytes, in any process and at any time.

pub(crate) mod decode;
pub(crate) mod event;
pub(crate) mod quarantine;

use std::collections::HashMap;
use std::sync::Arc;

use wattledger_record::{Micros, StationKey};

use crate::consume::record::Record;
use crate::rows::Rows;
use wattledger_assemble::event::Event;

/// Identity of all charges under one transactionId.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TransactionKey {
    /// Whose.
    pub station: StationKey,
    /// Folded.
    pub transaction_id: Box<str>,
}

/// One copy of a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    /// Replacing version of its row: of several copies the one with the highest stays.
    pub(crate) version: u128,
    pub(crate) event: Event,
}

/// A record that is part of no transaction, for the quarantine topic.
#[derive(Debug)]
pub(crate) struct SetAside {
    pub(crate) record: Arc<Record>,
    pub(crate) reasons: String,
    pub(crate) message: String,
}

/// What a range holds: rows to insert, contents to fold, copies to produce.
#[derive(Debug, Default)]
pub(crate) struct Load {
    pub(crate) events: Rows,
    pub(crate) deliveries: Rows,
    pub(crate) quarantine: Rows,
    pub(crate) copies: Vec<SetAside>,
    pub(crate) contents: HashMap<TransactionKey, Vec<Content>>,
    /// `received_at` of each record, for the time from end to end.
    pub(crate) received: Vec<Micros>,
    /// Latest time stamped by a gateway (or by Kafka): where this partition's log has got to.
    pub(crate) stamped: Option<Micros>,
    /// Records by what decoding made of them: clean, flagged, quarantined.
    pub(crate) seen: [u64; 3],
}

impl Load {
    /// Bytes of encoded rows.
    pub(crate) fn bytes(&self) -> usize {
        self.events.bytes() + self.deliveries.bytes() + self.quarantine.bytes()
    }

    /// Rows so far, to go back to if a record fails half-way.
    fn mark(&self) -> [usize; 3] {
        [self.events.count(), self.deliveries.count(), self.quarantine.count()]
    }

    fn back_to(&mut self, [events, deliveries, quarantine]: [usize; 3]) {
        self.events.truncate(events);
        self.deliveries.truncate(deliveries);
        self.quarantine.truncate(quarantine);
    }
}
