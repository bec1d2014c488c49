//! Transactions without end: 100,000 events that arrive in 100 ranges of 1,000 within a minute. In order each range adds to
//! the digest and renews the record; out of order the sink renews it with each range until it is large, then once a minute.

use wattledger_assemble::digest::{Added, Digest};
use wattledger_assemble::event::Event;
use wattledger_assemble::record::LARGE_CONTENTS;
use wattledger_fleet::Faults;
use wattledger_record::{ContentHash, Micros};

use crate::{allocated, charges, later, on_core};

const EVENTS: i64 = 100_000;
const RANGE: usize = 1_000;

/// Seconds and peak bytes of each kind, as text.
pub(crate) fn measure() -> String {
    let charge =
        charges::told(2_000, 3, Faults::none()).into_iter().find(super::is_plain).expect("a plain charge");
    let (station, id) = (&charge.station, charge.transaction_id.as_str());
    let started = charge.events.first().expect("a start");
    let updated = charge.events.get(2).expect("an Updated");
    let in_order: Vec<Event> =
        std::iter::once(started.clone()).chain((1..EVENTS).map(|n| later(updated, started, n))).collect();

    allocated::peak();
    let before = allocated::now();
    let start = on_core();
    let mut digest = Digest::begin(station, id, started).expect("a plain start");
    for (number, range) in in_order.chunks(RANGE).enumerate() {
        let new = range.iter().skip(usize::from(number == 0));
        new.for_each(|event| assert_eq!(digest.add(event), Added::New));
        std::hint::black_box(digest.record(station, id));
    }
    let digest_s = (on_core() - start).as_secs_f64();
    let digest_kib = (allocated::peak() - before) / 1024;

    let (late_s, late_mib) =
        by_ranges(&in_order, |events| drop(wattledger_assemble::fold(station, id, events)));
    let starts: Vec<Event> = (0..EVENTS)
        .map(|n| {
            let mut event = started.clone();
            let at = started.event_time.expect("a time").0 + n * 120_000_000;
            (event.event_time, event.received_at) = (Some(Micros(at)), Micros(at + 1));
            event.content_hash = ContentHash(u128::try_from(n).expect("not negative"));
            event.core_hash = event.content_hash;
            event
        })
        .collect();
    let (starts_s, starts_mib) =
        by_ranges(&starts, |events| drop(wattledger_assemble::fold(station, id, events)));
    println!(
        "100 ranges of 1,000 events: in order {digest_s:.2} s and {digest_kib} KiB; out of order \
         {late_s:.2} s and {late_mib} MiB; every event another Started {starts_s:.2} s and {starts_mib} MiB"
    );
    format!("large_digest_s={digest_s:.2} large_set_s={late_s:.2} large_starts_s={starts_s:.2}")
}

/// Seconds of the folds that the sink makes, and the most bytes that one takes beside its events.
fn by_ranges(events: &[Event], fold: impl Fn(&[Event])) -> (f64, usize) {
    allocated::peak();
    let before = allocated::now();
    let start = on_core();
    let large = usize::try_from(LARGE_CONTENTS).expect("a number of events") + RANGE;
    for until in (RANGE..=large).step_by(RANGE).chain([events.len()]) {
        fold(events.get(..until).expect("a range of events"));
    }
    ((on_core() - start).as_secs_f64(), (allocated::peak() - before) >> 20)
}
