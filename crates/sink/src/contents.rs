//! The contents of one transactionId, each once: a set that only grows, in which the copy stays whose row stays.

use std::collections::HashMap;

use wattledger_record::ContentHash;

use crate::deliver::Content;
use wattledger_assemble::event::Event;

/// Contents by (seqNo, content hash); the events lie side by side, as the fold takes them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contents {
    places: HashMap<(i64, ContentHash), usize>,
    events: Vec<Event>,
    /// Replacing version of each event's row.
    versions: Vec<u128>,
}

impl Contents {
    /// Adds a copy; `true` if its content is new.
    pub(crate) fn unite(&mut self, content: Content) -> bool {
        let Content { version, event } = content;
        let place = (event.seq_no, event.content_hash);
        let Some(&at) = self.places.get(&place) else {
            self.places.insert(place, self.events.len());
            self.events.push(event);
            self.versions.push(version);
            return true;
        };
        if let (Some(known), Some(kept)) = (self.versions.get_mut(at), self.events.get_mut(at))
            && version > *known
        {
            *known = version;
            *kept = event;
        }
        false
    }

    /// Distinct contents.
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    pub(crate) fn events(&self) -> &[Event] {
        &self.events
    }
}
