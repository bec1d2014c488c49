//! Work that grew with the square of the number of events would not end in a test's time.

use wattledger_assemble::event::Event;
use wattledger_decoder::EventType;
use wattledger_record::{ContentHash, Micros};

use crate::fold;

/// Transactions of 100,000 events: work that grew with the square of the number would not end in this test's time.
#[test]
fn a_huge_transaction_is_folded_in_bounded_time() {
    let template = fold::events("0 S 10:00 begin=1000 tok=A evse=1/1\n1 U 10:01 reg=1001\n");
    let many = |change: &dyn Fn(&mut Event, i64)| -> Vec<Event> {
        let events = (0..100_000i64).map(|n| {
            let mut event = template[usize::from(n > 0)].clone();
            event.content_hash = ContentHash(u128::try_from(n).unwrap());
            event.core_hash = event.content_hash;
            event.event_time = event.event_time.map(|t| Micros(t.0 + n * 1_000_000));
            change(&mut event, n);
            event
        });
        events.collect()
    };
    let in_order = fold::fold(&many(&|event, n| event.seq_no = n));
    assert_eq!(in_order.records[0].events, 100_000);
    let holes = fold::fold(&many(&|event, n| event.seq_no = 2 * n));
    assert_eq!((holes.records[0].missing_count, holes.records[0].missing_ranges.len()), (99_999, 64));
    let constant = fold::fold(&many(&|event, _| event.seq_no = 5));
    assert_eq!((constant.records[0].events, constant.records[0].conflicts), (1, 99_999));
    let starts = fold::fold(&many(&|event, _| {
        event.seq_no = 5;
        event.event_type = EventType::Started;
    }));
    assert_eq!(starts.records.len(), 100_000);
    let untimed = fold::fold(&many(&|event, n| {
        event.seq_no = n % 7;
        event.event_time = event.event_time.filter(|_| n % 2 == 0);
    }));
    assert_eq!(untimed.contents, 100_000);
}
