//! What the state of transactions costs: bytes per open transaction in the sink's memory, and time per event of the
//! digest beside the fold over the whole set. `make bench-fold`; answers are checked before anything is timed.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark speaks, and one that fails ends"
)]

mod allocated;
mod charges;
mod large;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

use charges::Charge;
use rustix::time::{ClockId, clock_gettime};
use wattledger_assemble::digest::{Added, Digest};
use wattledger_assemble::event::Event;
use wattledger_decoder::EventType;
use wattledger_fleet::Faults;
use wattledger_record::Micros;
use wattledger_sink::{Memory, State, TransactionKey};

#[global_allocator]
static ALLOCATED: allocated::Counting = allocated::Counting;

/// Open transactions in memory.
const OPEN: usize = 1_000_000;
/// Rounds of which the median counts.
const ROUNDS: usize = 7;

fn main() {
    let seed = 11;
    let plain = charges::told(20_000, seed, Faults::none());
    let plain_share = check(&plain, "without faults");
    let faulty_share = check(&charges::told(20_000, seed, Faults::default()), "with the fleet's faults");
    let bytes = open_transactions(&plain);
    let told: Vec<Charge> = plain.into_iter().filter(is_plain).collect();
    let (digest_ns, full_ns) = (per_event(&told, by_digest), per_event(&told, by_fold));
    let long: Vec<Charge> = told.iter().take(4).map(|charge| lengthened(charge, 500)).collect();
    assert!(long.iter().all(is_plain), "a long charge is not plain");
    let (long_digest_ns, long_full_ns) = (per_event(&long, by_digest), per_event(&long, by_fold));
    println!("charges of 500 events: digest {long_digest_ns} ns, full {long_full_ns} ns an event");
    let large = large::measure();
    println!(
        "bench fold: digest_ns={digest_ns} full_ns={full_ns} full_to_digest={:.1} full_to_digest_500={:.0} \
         bytes_per_open={bytes} plain_share={plain_share:.3} faulty_share={faulty_share:.3} {large}",
        ratio(full_ns, digest_ns),
        ratio(long_full_ns, long_digest_ns),
    );
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn ratio(a: u64, b: u64) -> f64 {
    a as f64 / b.max(1) as f64
}

/// Compares the digest with the fold after each event; gives the share of charges told to the end.
fn check(charges: &[Charge], what: &str) -> f64 {
    let mut dialects: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for charge in charges {
        let told = dialects.entry(&charge.dialect).or_default();
        told.1 += 1;
        told.0 += u64::from(is_plain(charge));
    }
    let (told, all) = dialects.values().fold((0, 0), |(told, all), (a, b)| (told + a, all + b));
    println!("{what}: {told} of {all} charges are told by their digest to the end; {dialects:?}");
    ratio(told, all)
}

/// Whether the digest tells the charge to its end; it must then have told the same as the fold all the way.
fn is_plain(charge: &Charge) -> bool {
    let Charge { station, transaction_id, events, .. } = charge;
    let Some((first, others)) = events.split_first() else { return false };
    let Some(mut digest) = Digest::begin(station, transaction_id, first) else { return false };
    for count in 1..=events.len() {
        let next = count.checked_sub(2).and_then(|at| others.get(at));
        if next.is_some_and(|event| digest.add(event) == Added::NotPlain) {
            return false;
        }
        let known = events.get(..count).unwrap_or_default();
        let Some(folded) = digest.record(station, transaction_id) else { return false };
        assert_eq!(folded, wattledger_assemble::fold(station, transaction_id, known), "{transaction_id}");
    }
    true
}

/// How long this thread has been on a core: it stands while another process has it.
fn on_core() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// Time per event of a way to renew the record after every event, median of rounds, ns.
fn per_event(charges: &[Charge], renew: fn(&Charge)) -> u64 {
    let events: usize = charges.iter().map(|charge| charge.events.len()).sum();
    let round = || {
        let start = on_core();
        charges.iter().for_each(renew);
        on_core().saturating_sub(start).as_nanos() / u128::try_from(events.max(1)).unwrap()
    };
    round();
    let mut rounds: Vec<u128> = (0..ROUNDS).map(|_| round()).collect();
    rounds.sort_unstable();
    u64::try_from(rounds.get(ROUNDS / 2).copied().unwrap_or_default()).unwrap()
}

fn by_digest(charge: &Charge) {
    let Charge { station, transaction_id, events, .. } = charge;
    let mut digest: Option<Digest> = None;
    for event in events {
        match &mut digest {
            None => digest = Digest::begin(station, transaction_id, event),
            Some(digest) => {
                black_box(digest.add(event));
            }
        }
        black_box(digest.as_ref().and_then(|digest| digest.record(station, transaction_id)));
    }
}

fn by_fold(charge: &Charge) {
    let Charge { station, transaction_id, events, .. } = charge;
    for count in 1..=events.len() {
        let known = events.get(..count).unwrap_or_default();
        black_box(wattledger_assemble::fold(station, transaction_id, known));
    }
}

/// A charge whose Updated events are told on and on until there are so many.
fn lengthened(charge: &Charge, count: i64) -> Charge {
    let started = charge.events.first().unwrap();
    let updated = charge.events.iter().rfind(|event| event.event_type == EventType::Updated).unwrap();
    let mut events = vec![started.clone()];
    events.extend((1..count).map(|n| later(updated, started, n)));
    Charge {
        station: charge.station.clone(),
        transaction_id: charge.transaction_id.clone(),
        dialect: charge.dialect.clone(),
        events,
    }
}

/// The n-th event after the start, n minutes later, with 10 Wh more on each register for each.
fn later(updated: &Event, started: &Event, n: i64) -> Event {
    let mut event = updated.clone();
    let at = started.event_time.map_or(0, |at| at.0) + n * 60_000_000;
    let register = started.samples.first().and_then(|sample| sample.value).map_or(0, |value| value.0);
    event.seq_no = started.seq_no + n;
    event.event_time = Some(Micros(at));
    event.received_at = Micros(at + 800_000);
    event.content_hash.0 = (event.content_hash.0 << 16) | u128::try_from(n).unwrap();
    event.core_hash = event.content_hash;
    for sample in &mut event.samples {
        sample.at = Some(Micros(at));
        if sample.measurand == wattledger_decoder::Measurand::EnergyActiveImportRegister {
            let unit = sample.ulp.0.max(10_000_000);
            sample.value = Some(wattledger_record::Decimal6(register + n * unit));
        }
    }
    event
}

/// Keeps open transactions as the sink does; gives the bytes allocated for each, everything included.
fn open_transactions(charges: &[Charge]) -> usize {
    let open: Vec<&Charge> = charges.iter().filter(|charge| is_plain(charge)).collect();
    let before = allocated::now();
    let mut memory = Memory::new(usize::MAX);
    for (number, charge) in open.iter().cycle().take(OPEN).enumerate() {
        let spelled = format!("{number:08x}-c0de-4bed-8bad-{number:012x}");
        let key = TransactionKey { station: charge.station.clone(), transaction_id: spelled.clone().into() };
        let mut events = charge.events.iter().filter(|event| event.event_type != EventType::Ended);
        let mut started = events.next().expect("a charge has a start").clone();
        started.transaction_id_raw = spelled.into();
        let mut digest = Digest::begin(&key.station, &key.transaction_id, &started).expect("a plain start");
        for event in events {
            assert_eq!(digest.add(event), Added::New);
        }
        memory.keep(&key, State::Digest(digest));
    }
    assert_eq!(memory.count(), OPEN);
    let allocated = allocated::now() - before;
    println!(
        "{OPEN} open transactions: {} bytes each, the memory counts {}; the digest alone is {}, its place {}",
        allocated / OPEN,
        memory.bytes() / OPEN,
        size_of::<Digest>(),
        size_of::<State>()
    );
    allocated / OPEN
}
