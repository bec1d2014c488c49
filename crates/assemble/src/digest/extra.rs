//! What most open charges in order do not have, behind one pointer: holes, rare texts, a register from 0, the Ended.

use wattledger_decoder::EventType;

use super::course::Holes;
use super::meter::{self, Zero};
use super::skeleton;
use super::told::Rare;
use crate::event::{Event, Sample};
use crate::record::MissingRange;

/// Samples of an Ended that a digest keeps; with more it is folded over its set. A usual one has a begin and an end.
const END_SAMPLES_MAX: usize = 8;

#[derive(Debug, Clone, Default)]
pub(super) struct Extra(Option<Box<Parts>>);

#[derive(Debug, Clone, Default)]
pub(super) struct Parts {
    pub(super) holes: Holes,
    rare: Option<Box<Rare>>,
    zero: Option<Box<Zero>>,
    /// What the record needs of the Ended.
    end: Option<Box<Event>>,
}

impl Extra {
    pub(super) fn get(&self) -> Option<&Parts> {
        self.0.as_deref()
    }

    pub(super) fn parts(&mut self) -> &mut Parts {
        self.0.get_or_insert_default()
    }

    /// Texts that few charges have, to be told.
    pub(super) fn rare(&mut self) -> &mut Rare {
        self.parts().rare.get_or_insert_default()
    }

    /// The same, as told.
    pub(super) fn rarities(&self) -> Rare {
        self.get().and_then(|parts| parts.rare.as_deref()).cloned().unwrap_or_default()
    }

    pub(super) fn end(&self) -> Option<&Event> {
        self.get()?.end.as_deref()
    }

    pub(super) fn zero(&self) -> Option<&Zero> {
        self.get()?.zero.as_deref()
    }

    pub(super) fn take_zero(&mut self) -> Option<Box<Zero>> {
        self.0.as_mut()?.zero.take()
    }

    pub(super) fn put_zero(&mut self, zero: Option<Box<Zero>>) {
        if zero.is_some() {
            self.parts().zero = zero;
        }
    }

    /// Keeps an Ended without what the other parts of a digest keep of it; `false` if it tells too much.
    pub(super) fn keep_end(&mut self, event: &Event) -> bool {
        let totals = event.samples.iter().filter(|sample| meter::is_total(sample));
        let samples: Vec<Sample> = totals.cloned().collect();
        if samples.len() > END_SAMPLES_MAX {
            return false;
        }
        self.parts().end = Some(Box::new(Event {
            trigger_reason: event.trigger_reason,
            event_time: event.event_time,
            id_token: event.id_token.clone(),
            charging_state: event.charging_state,
            stopped_reason: event.stopped_reason,
            stopped_reason_raw: event.stopped_reason_raw.clone(),
            samples,
            ..skeleton::blank(EventType::Ended)
        }));
        true
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let Some(Parts { holes, rare, zero, end }) = self.get() else { return 0 };
        let end = end.as_ref().map_or(0, |end| {
            let texts = end.stopped_reason_raw.as_ref().map_or(0, |text| text.len());
            let token = end.id_token.as_ref().map_or(0, |t| t.id_token.len() + t.token_type.len());
            size_of::<Event>() + texts + token + end.samples.capacity() * size_of::<Sample>()
        });
        size_of::<Parts>()
            + holes.listed.capacity() * size_of::<MissingRange>()
            + rare.as_ref().map_or(0, |rare| rare.heap_bytes())
            + zero.as_ref().map_or(0, |_| size_of::<Zero>())
            + end
    }
}
