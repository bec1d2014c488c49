//! The decoder against the bare scanner and against libraries that fill structs: single messages, one core, one run.

use std::time::Duration;

use wattledger_decoder::{Decoder, Reading};
use wattledger_testkit::reference::{self, Settings};

use crate::rounds::{Answer, Contestant, medians};
use crate::sets::{Kind, Set};
use crate::{allocations, callgrind, rivals};

const ROUNDS: usize = 61;
const OURS: usize = 0;
const TAPE: usize = 2;
const SERDE_JSON: usize = 4;
const SONIC: usize = 5;

/// Checks all answers, times, and prints a table per set; the last line is for machines.
///
/// `guests` take part after the contestants that are always there.
///
/// # Panics
/// If an answer is wrong.
pub fn run(guests: Vec<Contestant>) {
    let mut contestants = vec![
        rivals::ours(),
        rivals::ours_on_lines(),
        rivals::tape(),
        rivals::simd_json_typed(),
        rivals::serde_json_typed(),
        rivals::sonic_typed(),
    ];
    contestants.extend(guests);
    let sets = Kind::ALL.map(Set::new);
    let refused: Vec<Vec<usize>> = sets.iter().map(|set| check(&mut contestants, set)).collect();
    let mut times = Vec::new();
    for (set, refused) in sets.iter().zip(&refused) {
        let found = medians(&mut contestants, set, ROUNDS);
        print_table(&contestants, set, &found, refused);
        times.push(found);
    }
    print_line(&sets, &times);
}

/// Our answers are those of the slow reference; the others', as far as they go, are ours. Returns how many messages each
/// contestant refuses.
fn check(contestants: &mut [Contestant], set: &Set) -> Vec<usize> {
    let mut decoder = Decoder::default();
    let mut refused = vec![0; contestants.len()];
    for message in &set.messages {
        let decoded = decoder.decode(message, Reading::default());
        let expected = reference::read(message, Settings::default());
        let shown = || String::from_utf8_lossy(message);
        assert!(decoded.codes().iter().map(|code| code.as_str()).eq(expected.codes), "{}", shown());
        assert_eq!(Some((decoded.content_hash, decoded.core_hash)), expected.hashes, "{}", shown());
        let event = decoded.event.expect("no message of the sets is quarantined");
        for (contestant, refused) in contestants.iter_mut().zip(&mut refused) {
            match (contestant.answer)(message, &event) {
                Answer::Same => {}
                Answer::Refused => *refused += 1,
                Answer::Different => panic!("{} reads otherwise: {}", contestant.name, shown()),
            }
        }
    }
    refused
}

fn print_table(contestants: &[Contestant], set: &Set, times: &[Duration], refused: &[usize]) {
    let (messages, bytes) = (set.messages.len(), set.bytes());
    println!("\n{}: {messages} messages, {} B in the mean\n", set.kind, bytes / messages);
    println!("| {:<31} |  MB/s | ns/message | vs. tape | refused |", "one core, single messages");
    println!("|:{:-<31}-|------:|-----------:|---------:|--------:|", "");
    let tape = seconds(times, TAPE);
    for ((contestant, time), refused) in contestants.iter().zip(times).zip(refused) {
        let time = time.as_secs_f64();
        let rate = float(bytes) / 1e6 / time;
        let nanos = time * 1e9 / float(messages);
        println!(
            "| {:<31} | {rate:>5.0} | {nanos:>10.0} | {:>8.2} | {refused:>7} |",
            contestant.name,
            tape / time
        );
    }
}

fn print_line(sets: &[Set], times: &[Vec<Duration>]) {
    let ([clean, dirty, ..], [clean_times, dirty_times, ..]) = (sets, times) else { panic!("four sets") };
    let ours = seconds(clean_times, OURS);
    let rate = |set: &Set, times: &[Duration]| float(set.bytes()) / seconds(times, OURS);
    let instructions = callgrind::instructions(clean.kind).expect("the probe under callgrind");
    println!(
        "\nbench decode: vs_tape={:.3} vs_serde_json={:.2} vs_sonic={:.2} dirty_vs_clean={:.2} allocs_per_event={} \
         instructions_per_event={}",
        seconds(clean_times, TAPE) / ours,
        seconds(clean_times, SERDE_JSON) / ours,
        seconds(clean_times, SONIC) / ours,
        rate(dirty, dirty_times) / rate(clean, clean_times),
        allocations_per_event(clean).max(allocations_per_event(dirty)),
        instructions / u64::from(clean.kind.messages()),
    );
}

/// Heap allocations of a warm decoder.
fn allocations_per_event(set: &Set) -> f64 {
    let mut ours = rivals::ours();
    (ours.pass)(set);
    let before = allocations::count();
    (ours.pass)(set);
    float(usize::try_from(allocations::count() - before).unwrap_or(usize::MAX)) / float(set.messages.len())
}

fn seconds(times: &[Duration], contestant: usize) -> f64 {
    times.get(contestant).map_or(f64::NAN, Duration::as_secs_f64)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a report")]
fn float(n: usize) -> f64 {
    n as f64
}
