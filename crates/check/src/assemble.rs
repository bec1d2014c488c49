//! The heaps of the store → charges, on all cores.
//!
//! **Receive times.** The core needs them to say which of two contradicting contents counts and where an event without a
//! usable time belongs. An input that has none tells the order by its lines, so each such event counts as received at the
//! latest event time read before it in its transaction, at least 1 µs after the event before it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use wattledger_assemble::event::Event;
use wattledger_decoder::{Decoder, Limits};
use wattledger_record::{Micros, StationKey, ids};
use wattledger_sink::{Reception, of_message};

use crate::charges::{Charges, Group};
use crate::error::Error;
use crate::limits::{HEAPS, TRANSACTION_BYTES_MAX, TRANSACTION_EVENTS_MAX};
use crate::position::Position;
use crate::store::{Kept, Store};
use crate::work::How;

/// Tenant of the core's keys; it appears nowhere.
const TENANT: &str = "check";

/// One event of a transaction.
struct Item {
    at: Position,
    received_at: Option<Micros>,
    event: Event,
}

/// The events of one transactionId.
enum Pile {
    Whole {
        items: Vec<Item>,
        bytes: usize,
    },
    /// Over a bound: where it begins, and how many there are.
    TooMany {
        at: Position,
        events: u64,
    },
}

/// Assembles everything in the store.
///
/// # Errors
/// [`Error::Spill`].
pub(crate) fn all(
    store: &Store,
    how: &How,
    told: usize,
    threads: usize,
    step: &(dyn Fn(u64) + Sync),
) -> Result<Charges, Error> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<Charges, Error> {
        let mut charges = Charges::new(how.examples, told);
        let mut decoder = Decoder::new(Limits::default());
        loop {
            let heap = next.fetch_add(1, Ordering::Relaxed);
            if heap >= HEAPS {
                return Ok(charges);
            }
            let passes = store.passes(heap);
            for pass in 0..passes {
                assemble(store, heap, (pass, passes), how, &mut decoder, &mut charges)?;
            }
            step(1);
        }
    };
    let results = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join()).collect::<Vec<_>>()
    });
    let mut charges = Charges::new(how.examples, told);
    for result in results {
        charges.absorb(result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
    }
    Ok(charges)
}

fn assemble(
    store: &Store,
    heap: usize,
    pass: (u64, u64),
    how: &How,
    decoder: &mut Decoder,
    charges: &mut Charges,
) -> Result<(), Error> {
    let mut piles = HashMap::<(StationKey, String), Pile>::new();
    store.take(heap, pass, |kept| {
        if let Some((key, item)) = item(kept, how, decoder) {
            let pile = piles.entry(key).or_insert_with(|| Pile::Whole { items: Vec::new(), bytes: 0 });
            pile.put(item, kept.payload.len());
        }
    })?;
    for ((station, id), pile) in piles {
        match pile {
            Pile::TooMany { at, events } => {
                charges.too_many(&format!("{} {id}", station.station()), at, events)
            }
            Pile::Whole { items, .. } => fold(&station, &id, items, charges, how.examples),
        }
    }
    Ok(())
}

/// What was kept, as the core knows it.
fn item(kept: Kept<'_>, how: &How, decoder: &mut Decoder) -> Option<((StationKey, String), Item)> {
    let decoded = decoder.decode(kept.payload, how.reading(kept.version));
    let event = decoded.event.as_ref()?;
    let station = StationKey::new(TENANT, kept.station).ok()?;
    let reception = Reception {
        content_hash: decoded.content_hash,
        core_hash: decoded.core_hash,
        received_at: kept.received_at.unwrap_or_default(),
        station_raw: kept.station,
        flags: decoded.codes().iter().collect(),
    };
    let id = ids::fold_id(event.transaction_info.transaction_id);
    let item = Item { at: kept.at, received_at: kept.received_at, event: of_message(event, reception) };
    Some(((station, id), item))
}

impl Pile {
    fn put(&mut self, item: Item, length: usize) {
        match self {
            Self::Whole { items, bytes } => {
                *bytes += length;
                items.push(item);
                if items.len() > TRANSACTION_EVENTS_MAX || *bytes > TRANSACTION_BYTES_MAX {
                    let at = items.iter().map(|item| item.at).min().unwrap_or_default();
                    *self = Self::TooMany { at, events: u64::try_from(items.len()).unwrap_or(u64::MAX) };
                }
            }
            Self::TooMany { at, events } => {
                *at = item.at.min(*at);
                *events += 1;
            }
        }
    }
}

fn fold(station: &StationKey, id: &str, mut items: Vec<Item>, charges: &mut Charges, examples: usize) {
    items.sort_unstable_by_key(|item| item.at);
    let inferred = infer(&mut items);
    let at: Vec<Position> = items.iter().map(|item| item.at).collect();
    let events: Vec<Event> = items.into_iter().map(|item| item.event).collect();
    let folded = wattledger_assemble::fold(station, id, &events);
    let (name, transaction_id) = events
        .first()
        .map_or_else(|| (station.station(), id), |event| (&*event.station_raw, &*event.transaction_id_raw));
    let group = Group { station: name, transaction_id, events: &events, at: &at, inferred };
    charges.add(&group, &folded, examples);
}

/// Gives each event without a receive time one; whether there was such an event.
fn infer(items: &mut [Item]) -> bool {
    let mut inferred = false;
    let mut latest = Micros(0);
    for item in items {
        item.event.received_at = item.received_at.unwrap_or_else(|| {
            inferred = true;
            Micros(latest.0.saturating_add(1)).max(item.event.usable_time().unwrap_or_default())
        });
        latest = latest.max(item.event.received_at);
    }
    inferred
}
