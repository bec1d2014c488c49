//! Records that could not be made from what was read.

use super::*;
use crate::partition::doubtful::TRIED_EVERY;

/// Writes an event of a record whose events cannot be read whole: it is committed, and no record has it.
async fn unread(process: &mut Process<'_>, told: Told) -> Instant {
    let content = told.content();
    process.store.partial.store(PARTIAL_READS_MAX.try_into().unwrap(), Ordering::Relaxed);
    let now = Instant::now();
    let events = HashMap::from([(key(1), vec![content.clone()])]);
    let renewed = process.renewer.renew(events, false, now).await;
    assert_eq!((renewed.rows.count(), renewed.keys.len()), (0, 0));
    process.store.insert(&key(1), &content);
    process.consumed.entry(key(1)).or_default().unite(content);
    now
}

/// Lets the next trial pass without a further event; the record has everything.
async fn made_whole(process: &mut Process<'_>) {
    let due = process.renewer.next_due().unwrap();
    let renewed = process.renewer.renew(ByTransaction::new(), false, due).await;
    assert!(renewed.rows == expected(&key(1), &process.consumed[&key(1)]).0, "the record lacks an event");
    assert_eq!(process.renewer.next_due(), None);
}

#[test]
fn a_partial_read_that_passes_later_needs_no_further_event() {
    run(async {
        let store = Store::default();
        let mut process = Process::new(&store, 0);
        let events: Vec<(usize, Told)> = (0..3).map(|n| (1, Told::of(n, 9))).collect();
        process.write(&events, None).await;
        let now = unread(&mut process, Told::of(3, 9)).await;
        assert_eq!(process.renewer.next_due(), Some(now + TRIED_EVERY));
        made_whole(&mut process).await;
    });
}

#[test]
fn what_was_stored_meanwhile_in_another_month_is_read() {
    run(async {
        let store = Store::default();
        let mut process = Process::new(&store, 0);
        let events: Vec<(usize, Told)> = (0..3).map(|n| (1, Told::of(n, 9))).collect();
        process.write(&events, None).await;
        unread(&mut process, Told { minute: 40 * 24 * 60, ..Told::of(3, 9) }).await;
        made_whole(&mut process).await;
    });
}

#[test]
fn an_event_of_a_doubtful_record_tries_it_at_once() {
    run(async {
        let store = Store::default();
        let mut process = Process::new(&store, 0);
        let events: Vec<(usize, Told)> = (0..3).map(|n| (1, Told::of(n, 9))).collect();
        process.write(&events, None).await;
        unread(&mut process, Told { minute: 40 * 24 * 60, ..Told::of(3, 9) }).await;
        process.write(&[(1, Told { minute: 40 * 24 * 60 + 1, ..Told::of(4, 9) })], None).await;
        assert_eq!(process.renewer.next_due(), None);
    });
}

#[test]
fn keys_that_are_refused_together_are_asked_for_in_halves() {
    run(async {
        let store = Store::default();
        store.refuses_above.store(3, Ordering::Relaxed);
        let mut process = Process::new(&store, 0);
        let started: Vec<(usize, Told)> = (0..20).map(|n| (n, Told::of(0, 9))).collect();
        process.write(&started, None).await;
        assert_eq!(store.counts(), (8, 20), "20 = 8 · 2 or 3");
    });
}
