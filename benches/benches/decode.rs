//! One core, single messages: our decoder with validation and both hashes, simd-json's tape alone, serde_json into structs.
//!
//! `cargo bench -p wattledger-benches --bench decode`; the last line is for machines. The corpus is made from a seed, and
//! every answer is checked before anything is timed.

#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]
#![expect(clippy::expect_used, clippy::panic, reason = "a wrong answer ends the bench")]

use std::time::Duration;

use simd_json::{Buffers, Tape, fill_tape};
use wattledger_benches::allocations::{self, Counting};
use wattledger_benches::{Contestant, medians, typed};
use wattledger_decoder::{Decoder, Outcome, Reading};
use wattledger_testkit::corpus;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const SEED: u64 = 20_260_301;
/// Messages of a pass: some 3 MB, more than the second-level cache holds.
const MESSAGES: usize = 4_000;
const ROUNDS: usize = 61;

fn main() {
    let clean = corpus::clean(SEED, MESSAGES);
    let dirty = corpus::dirty(SEED, MESSAGES);
    check(&clean, 0);
    check(&dirty, MESSAGES / 10);
    let sets = [
        ("clean", clean),
        ("dirty", dirty),
        ("ended 60 kB", vec![corpus::long_ended(SEED, 60_000)]),
        ("ended 300 kB", vec![corpus::long_ended(SEED, 300_000)]),
    ];
    let mut ours_over_tape = 0.0;
    let mut ours_over_serde = 0.0;
    let mut rates = Vec::new();
    for (name, messages) in &sets {
        let bytes: usize = messages.iter().map(Vec::len).sum();
        println!("{name}: {} messages, mean {} B", messages.len(), bytes / messages.len());
        let times = time(messages);
        let rate = |time: &Duration| megabytes_per_second(bytes, *time);
        for (contestant, time) in NAMES.iter().zip(&times) {
            let nanos = time.as_secs_f64() * 1e9 / count(messages.len());
            println!("  {contestant:<28} {:>7.0} MB/s {nanos:>9.0} ns/message", rate(time));
        }
        let [ours, tape, serde] = times.as_slice() else { panic!("three contestants") };
        if *name == "clean" {
            ours_over_tape = rate(ours) / rate(tape);
            ours_over_serde = rate(ours) / rate(serde);
        }
        rates.push(rate(ours));
    }
    let dirty_over_clean = rates.get(1).zip(rates.first()).map_or(0.0, |(dirty, clean)| dirty / clean);
    println!(
        "bench decode: vs_tape={ours_over_tape:.3} vs_serde_json={ours_over_serde:.2} mb_s={:.0} \
         dirty_vs_clean={dirty_over_clean:.2} allocs_per_event={}",
        rates.first().copied().unwrap_or_default(),
        allocations_per_event(&sets[1].1),
    );
}

const NAMES: [&str; 3] = ["ours, validated and hashed", "simd-json tape alone", "serde_json typed, borrowed"];

#[expect(clippy::cast_precision_loss, reason = "counts of a report")]
fn count(n: usize) -> f64 {
    n as f64
}

fn megabytes_per_second(bytes: usize, time: Duration) -> f64 {
    count(bytes) / 1e6 / time.as_secs_f64()
}

/// Both readers agree on ids, numbers and samples; as many messages are flagged as were made so.
fn check(messages: &[Vec<u8>], flagged: usize) {
    let mut decoder = Decoder::default();
    let mut found = 0;
    for message in messages {
        let decoded = decoder.decode(message, Reading::default());
        match decoded.outcome() {
            Outcome::Clean => {}
            Outcome::Flagged => {
                found += 1;
                continue;
            }
            Outcome::Quarantined => panic!("{:?}", decoded.violations),
        }
        let event = decoded.event.expect("a clean message is an event");
        let typed: typed::TransactionEvent<'_> =
            serde_json::from_slice(message).expect("a clean message is typed");
        assert_eq!(event.transaction_info.transaction_id, typed.transaction_info.transaction_id);
        assert_eq!(event.seq_no, typed.seq_no);
        assert_eq!(event.timestamp.text, Some(&*typed.timestamp));
        let samples: Vec<_> = typed.meter_value.iter().flat_map(|element| &element.sampled_value).collect();
        assert_eq!(event.samples.len(), samples.len());
        for (ours, theirs) in event.samples.iter().zip(samples) {
            assert_eq!(ours.value_text.parse::<f64>().ok(), Some(theirs.value));
            assert_eq!(
                Some(ours.measurand.value.as_str()),
                theirs.measurand.as_deref().or(Some("Energy.Active.Import.Register"))
            );
        }
    }
    assert_eq!(found, flagged);
}

fn time(messages: &[Vec<u8>]) -> Vec<Duration> {
    let mut decoder = Decoder::default();
    let (mut buffers, mut scratch) = (Buffers::new(0), Vec::new());
    let mut tape = Some(Tape(Vec::new()));
    let mut contestants = [
        Contestant {
            name: NAMES[0],
            pass: Box::new(|| {
                let hash = |message: &Vec<u8>| {
                    let decoded = decoder.decode(message, Reading::default());
                    usize::from(decoded.event.is_some()) + usize::from(decoded.content_hash.0 & 1 == 1)
                };
                messages.iter().map(hash).sum()
            }),
        },
        Contestant {
            name: NAMES[1],
            pass: Box::new(|| {
                messages.iter().map(|message| scan(message, &mut scratch, &mut buffers, &mut tape)).sum()
            }),
        },
        Contestant {
            name: NAMES[2],
            pass: Box::new(|| {
                let read = |message: &Vec<u8>| {
                    serde_json::from_slice::<typed::TransactionEvent<'_>>(message)
                        .map_or(0, |event| event.meter_value.len())
                };
                messages.iter().map(read).sum()
            }),
        },
    ];
    medians(&mut contestants, ROUNDS)
}

/// A copy of the message and its tape, with everything reused.
fn scan(
    message: &[u8],
    scratch: &mut Vec<u8>,
    buffers: &mut Buffers,
    kept: &mut Option<Tape<'static>>,
) -> usize {
    scratch.clear();
    scratch.extend_from_slice(message);
    let mut tape = kept.take().unwrap_or(Tape(Vec::new())).reset();
    let nodes = match fill_tape(scratch, buffers, &mut tape) {
        Ok(()) => tape.0.len(),
        Err(error) => panic!("{error}"),
    };
    *kept = Some(tape.reset());
    nodes
}

fn allocations_per_event(messages: &[Vec<u8>]) -> f64 {
    let mut decoder = Decoder::default();
    let mut pass = || {
        messages.iter().filter(|message| decoder.decode(message, Reading::default()).event.is_some()).count()
    };
    pass();
    let before = allocations::count();
    let events = pass();
    count(usize::try_from(allocations::count() - before).unwrap_or(usize::MAX)) / count(events)
}
