//! Memory, look-up and fold together, on a store of event rows as model: what is in memory, what was thrown out, what
//! crashed and what arrives in which order is never seen in a record.

mod doubtful;
mod model;

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use proptest::prelude::*;
use wattledger_assemble::record::LARGE_CONTENTS;

use super::look_up::PARTIAL_READS_MAX;
use super::*;
use crate::partition::told::{Told, key};
use model::{Process, Store, expected, renewer};

/// Ranges of a log, and whether the process crashes in each and begins again at an earlier one.
#[derive(Debug, Clone)]
struct Story {
    log: Vec<(usize, Told)>,
    cuts: Vec<usize>,
    crashes: Vec<Option<usize>>,
    bytes: usize,
}

fn told() -> impl Strategy<Value = (usize, Told)> {
    // mostly in order by the way the story sorts them; some late, again, or otherwise
    (0usize..4, 0i64..12, -2i64..12, prop_oneof![6 => Just(0i64), 1 => 1i64..3], 0i64..30).prop_map(
        |(number, seq_no, shift, salt, delay_s)| {
            let mut told = Told::of(seq_no, 11);
            told.minute += shift.min(0) * i64::from(shift % 2 == 0);
            told.salt = salt;
            told.delay_s = delay_s;
            (number, told)
        },
    )
}

fn story() -> impl Strategy<Value = Story> {
    let late = prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..6);
    let log = (prop::collection::vec(told(), 4..60), late).prop_map(|(mut log, late)| {
        log.sort_by_key(|(_, told)| told.seq_no);
        for (from, to) in late {
            let moved = log.remove(from.index(log.len()));
            log.insert(to.index(log.len() + 1), moved);
        }
        log
    });
    let cuts = prop::collection::vec(1usize..9, 1..8);
    let crash = prop_oneof![4 => Just(None), 1 => (0usize..9).prop_map(Some)];
    let bytes = prop::sample::select(vec![0, 700, 3_000, 1 << 20]);
    (log, cuts, prop::collection::vec(crash, 1..8), bytes).prop_map(|(log, cuts, crashes, bytes)| Story {
        log,
        cuts,
        crashes,
        bytes,
    })
}

async fn tell(story: &Story) {
    let store = Store::default();
    let mut process = Process::new(&store, story.bytes);
    let mut cuts = story.cuts.iter().cycle();
    let mut crashes = story.crashes.iter().copied().chain(std::iter::repeat(None));
    let mut at = 0;
    while at < story.log.len() {
        let until = (at + cuts.next().unwrap()).min(story.log.len());
        let crash = crashes.next().flatten();
        process.write(&story.log[at..until], crash).await;
        if crash.is_some() {
            process.restart(story.bytes);
        } else {
            at = until;
        }
    }
    for (key, consumed) in &process.consumed {
        let version = store.versions.lock().unwrap().get(key).copied();
        assert_eq!(version, Some(expected(key, consumed).1), "the last record is of less than everything");
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn memory_eviction_and_crashes_are_not_seen_in_records(story in story()) {
        run(tell(&story));
    }
}

#[test]
fn holes_cause_no_look_up_and_a_late_fill_one() {
    run(async {
        let store = Store::default();
        let mut process = Process::new(&store, 1 << 20);
        let even: Vec<(usize, Told)> = (0..=500).map(|n| (1, Told::of(2 * n, 1_000))).collect();
        for range in even.chunks(25) {
            process.write(range, None).await;
        }
        assert_eq!(store.counts(), (1, 1), "only the first range looks up");
        let bytes = process.renewer.memory.bytes();
        assert!(bytes < 4_000, "{bytes} bytes for a digest");
        let odd: Vec<(usize, Told)> = (0..500).map(|n| (1, Told::of(2 * n + 1, 1_000))).collect();
        for range in odd.chunks(100) {
            process.write(range, None).await;
        }
        assert_eq!(store.counts(), (2, 2), "the set that was read for the first late fill is kept");
    });
}

#[test]
fn late_fills_of_many_keys_are_one_look_up_a_range() {
    run(async {
        let store = Store::default();
        let mut process = Process::new(&store, 1 << 20);
        let of_all =
            |seq_no: i64| -> Vec<(usize, Told)> { (0..40).map(|n| (n, Told::of(seq_no, 9))).collect() };
        for seq_no in [0, 2, 5] {
            process.write(&of_all(seq_no), None).await;
        }
        assert_eq!(store.counts(), (1, 40));
        let late: Vec<(usize, Told)> = [1, 3, 4].into_iter().flat_map(of_all).collect();
        process.write(&late, None).await;
        assert_eq!(store.counts(), (2, 80));
    });
}

#[test]
fn no_more_keys_are_read_at_once_than_a_query_asks_for() {
    run(async {
        let store = Store::default();
        store.keys_max.store(7, Ordering::Relaxed);
        let mut process = Process::new(&store, 0);
        let started: Vec<(usize, Told)> = (0..40).map(|n| (n, Told::of(0, 9))).collect();
        process.write(&started, None).await;
        assert_eq!(store.counts(), (6, 40));
    });
}

#[test]
fn a_copy_that_comes_again_renews_nothing() {
    run(async {
        let store = Store::default();
        let mut process = Process::new(&store, 1 << 20);
        let events: Vec<(usize, Told)> = (0..3).map(|n| (1, Told::of(n, 9))).collect();
        process.write(&events, None).await;
        let again = Told { delay_s: 40, ..Told::of(2, 9) };
        let renewed = process
            .renewer
            .renew(HashMap::from([(key(1), vec![again.content()])]), false, Instant::now())
            .await;
        assert_eq!((renewed.rows.count(), renewed.unchanged, store.counts()), (0, 1, (1, 1)));
    });
}

#[test]
fn a_partial_read_is_repeated_and_never_written_from() {
    run(async {
        let store = Store::default();
        let mut process = Process::new(&store, 0);
        let events: Vec<(usize, Told)> = (0..3).map(|n| (1, Told::of(n, 9))).collect();
        process.write(&events, None).await;
        store.partial.store(1, Ordering::Relaxed);
        process.write(&[(1, Told::of(3, 9))], None).await;
        assert_eq!(store.counts().0, 3);
        store.partial.store(usize::MAX, Ordering::Relaxed);
        let events = HashMap::from([(key(1), vec![Told::of(4, 9).content()])]);
        let renewed = process.renewer.renew(events, false, Instant::now()).await;
        assert_eq!((renewed.rows.count(), renewed.keys.len()), (0, 0));
        assert_eq!(store.counts().0, 3 + usize::try_from(PARTIAL_READS_MAX).unwrap());
    });
}

#[test]
fn new_events_do_not_make_up_for_a_partial_read() {
    run(async {
        let store = Store::default();
        let mut process = Process::new(&store, 0);
        let events: Vec<(usize, Told)> = (0..3).map(|n| (1, Told::of(n, 9))).collect();
        process.write(&events, None).await;
        store.partial.store(usize::MAX, Ordering::Relaxed);
        let events = (3..7).map(|n| Told::of(n, 9).content()).collect();
        let renewed = process.renewer.renew(HashMap::from([(key(1), events)]), false, Instant::now()).await;
        assert_eq!((renewed.rows.count(), renewed.keys.len()), (0, 0));
    });
}

/// A clock fault in every second event, so that the set has to be folded.
fn out_of_order(n: i64) -> (usize, Told) {
    (1, Told { minute: n - 3 * (n % 2), ..Told::of(n, i64::MAX) })
}

#[test]
fn a_large_record_is_renewed_once_a_minute_and_by_the_next_owner() {
    run(async {
        let store = Store::default();
        let mut process = Process::new(&store, 1 << 20);
        let many = i64::from(LARGE_CONTENTS) + 1;
        let range: Vec<(usize, Told)> = (0..many).map(out_of_order).collect();
        process.write(&range, None).await;
        let counts = store.counts();

        let now = Instant::now();
        let further = |n: i64| HashMap::from([(key(1), vec![out_of_order(many + n).1.content()])]);
        for n in 0..5 {
            let renewed = process.renewer.renew(further(n), false, now).await;
            store.insert(&key(1), &out_of_order(many + n).1.content());
            process.consumed.get_mut(&key(1)).unwrap().unite(out_of_order(many + n).1.content());
            assert_eq!((renewed.keys.len(), renewed.put_off), (0, 1));
        }
        assert_eq!(store.counts(), counts, "what is put off is not looked up");
        let due = process.renewer.next_due().unwrap();
        assert!(due <= now + super::super::large::RENEWED_EVERY);

        let mut heir = renewer(&store, 1 << 20);
        heir.expect_large(|_| true).await;
        for renewer in [&mut process.renewer, &mut heir] {
            let due = renewer.next_due().unwrap();
            let renewed = renewer.renew(ByTransaction::new(), false, due).await;
            let whole = expected(&key(1), &process.consumed[&key(1)]);
            assert_eq!((renewed.keys, renewed.rows), (vec![key(1)], whole.0));
        }
    });
}

/// A process that has written a large record, event by event beyond the first range.
async fn with_large(store: &Store) -> Process<'_> {
    let mut process = Process::new(store, 1 << 30);
    let range: Vec<(usize, Told)> = (0..=i64::from(LARGE_CONTENTS)).map(out_of_order).collect();
    process.write(&range, None).await;
    process
}

#[test]
fn what_is_put_off_in_another_month_is_read_when_its_turn_comes() {
    run(async {
        const FORTY_DAYS: i64 = 40 * 24 * 60;
        let store = Store::default();
        let mut process = with_large(&store).await;
        let (number, told) = out_of_order(i64::from(LARGE_CONTENTS) + 1);
        let content = Told { minute: told.minute + FORTY_DAYS, ..told }.content();
        let events = HashMap::from([(key(number), vec![content.clone()])]);
        let renewed = process.renewer.renew(events, false, Instant::now()).await;
        assert_eq!((renewed.keys.len(), renewed.put_off), (0, 1));
        store.insert(&key(number), &content);
        process.consumed.get_mut(&key(number)).unwrap().unite(content);

        let mut heir = renewer(&store, 1 << 20);
        heir.expect_large(|_| true).await;
        for renewer in [&mut process.renewer, &mut heir] {
            let due = renewer.next_due().unwrap();
            let renewed = renewer.renew(ByTransaction::new(), false, due).await;
            let whole = expected(&key(1), &process.consumed[&key(1)]);
            assert!(renewed.rows == whole.0, "the record lacks what was put off");
        }
    });
}

#[test]
fn a_large_record_that_cannot_be_read_waits_for_another_turn() {
    run(async {
        let store = Store::default();
        drop(with_large(&store).await);
        let mut heir = renewer(&store, 1 << 20);
        heir.expect_large(|_| true).await;
        store.partial.store(usize::MAX, Ordering::Relaxed);
        let now = Instant::now();
        let renewed = heir.renew(ByTransaction::new(), false, now).await;
        assert_eq!(renewed.keys.len(), 0);
        assert_eq!(heir.next_due(), Some(now + super::super::large::RENEWED_EVERY));
    });
}

#[test]
fn a_set_that_grows_large_in_memory_takes_turns() {
    run(async {
        let store = Store::default();
        let mut process = Process::new(&store, 1 << 30);
        let range: Vec<(usize, Told)> = (0..i64::from(LARGE_CONTENTS)).map(out_of_order).collect();
        process.write(&range, None).await;
        assert_eq!(process.renewer.memory.count(), 1, "as large as a set in memory can be");
        process.write(&[out_of_order(i64::from(LARGE_CONTENTS))], None).await;
        assert_eq!(process.renewer.memory.count(), 0);
        let events = HashMap::from([(key(1), vec![out_of_order(i64::from(LARGE_CONTENTS) + 1).1.content()])]);
        let renewed = process.renewer.renew(events, false, Instant::now()).await;
        assert_eq!((renewed.keys.len(), renewed.put_off), (0, 1));
    });
}
