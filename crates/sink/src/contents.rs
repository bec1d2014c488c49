//! The contents of one transactionId, each once: a set that only grows, in which the copy stays whose row stays.

use std::collections::HashMap;

use wattledger_record::ContentHash;

use crate::deliver::Content;
use wattledger_assemble::event::{Event, Sample};
use wattledger_assemble::ocmf::SignedReading;

/// Bytes of a place in the map: key, index and control byte, at the fullest that it lets itself be filled.
const PLACE_BYTES: usize = (size_of::<((i64, ContentHash), usize)>() + 1) * 8 / 7;

/// Contents by (seqNo, content hash); the events lie side by side, as the fold takes them.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    places: HashMap<(i64, ContentHash), usize>,
    events: Vec<Event>,
    /// Replacing version of each event's row.
    versions: Vec<u128>,
    /// Bytes on the heap that events hold.
    held: usize,
}

impl Contents {
    /// Adds a copy; `true` if that changes the set: the content is new, or this copy is the one that stays.
    pub(crate) fn unite(&mut self, content: Content) -> bool {
        let Content { version, event } = content;
        let place = (event.seq_no, event.content_hash);
        let Some(&at) = self.places.get(&place) else {
            self.places.insert(place, self.events.len());
            self.held += held(&event);
            self.events.push(event);
            self.versions.push(version);
            return true;
        };
        if let (Some(known), Some(kept)) = (self.versions.get_mut(at), self.events.get_mut(at))
            && version > *known
        {
            self.held = (self.held + held(&event)).saturating_sub(held(kept));
            *known = version;
            *kept = event;
            return true;
        }
        false
    }

    pub(crate) fn contains(&self, content: &Content) -> bool {
        self.places.contains_key(&(content.event.seq_no, content.event.content_hash))
    }

    /// Distinct contents.
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    pub(crate) fn events(&self) -> &[Event] {
        &self.events
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> usize {
        let events = self.events.capacity() * (size_of::<Event>() + size_of::<u128>());
        size_of::<Self>() + self.places.capacity() * PLACE_BYTES + events + self.held
    }
}

/// Bytes on the heap that an event holds.
fn held(event: &Event) -> usize {
    let texts = [
        Some(&event.station_raw),
        Some(&event.transaction_id_raw),
        event.stopped_reason_raw.as_ref(),
        event.operation_mode.as_ref(),
        event.tariff_id.as_ref(),
        event.id_token.as_ref().map(|token| &token.id_token),
        event.id_token.as_ref().map(|token| &token.token_type),
    ];
    let texts: usize = texts.into_iter().flatten().map(|text| text.len()).sum();
    let signed = event.samples.iter().filter_map(|sample| sample.container.as_ref());
    // a serial of the meter per reading, at its usual length
    let signed =
        signed.map(|container| container.readings().len()).sum::<usize>() * (size_of::<SignedReading>() + 24);
    texts + event.flags.capacity() + event.samples.capacity() * size_of::<Sample>() + signed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partition::told::Told;

    #[test]
    fn a_set_changes_by_new_contents_and_by_earlier_copies() {
        let mut contents = Contents::default();
        let content = |version| Content { version, ..Told::of(1, 2).content() };
        assert!(contents.unite(content(5)));
        assert!(!contents.unite(content(5)) && !contents.unite(content(4)));
        assert!(contents.unite(content(6)));
        assert_eq!(contents.len(), 1);
        assert!(contents.contains(&content(9)));
    }
}
