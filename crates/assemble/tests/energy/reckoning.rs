//! A figure is traced back to the samples that gave it.

use crate::fold;
use wattledger_assemble::fold_and_reckon;
use wattledger_assemble::record::{Basis, Source, Span};
use wattledger_decoder::{Location, Phase};

fn basis(text: &str) -> Basis {
    let (_, reckonings) = fold_and_reckon(&fold::station(), "tx-1", &fold::events(text));
    reckonings.into_iter().next().unwrap().import.unwrap()
}

fn spans(text: &str) -> Vec<Span> {
    match basis(text) {
        Basis::Register(spans) => spans,
        Basis::Amounts(amounts) => panic!("{amounts:?}"),
    }
}

/// seqNo, index of the sample, index of the signed entry, Wh.
fn places(sources: &[Source]) -> Vec<(i64, u32, Option<u32>, i64)> {
    let place = |s: &Source| (s.seq_no, s.sample, s.entry, s.wh.0 / 1_000_000);
    sources.iter().map(place).collect()
}

#[test]
fn a_total_is_one_sample_at_each_end() {
    let text = "0 S 10:00 pow=0 begin=1000 tok=A evse=1/1\n1 E 11:00 reg=1900@10:50 end.Outlet=5 end=2000";
    let spans = spans(text);
    let [span] = spans.as_slice() else { panic!("{spans:?}") };
    assert_eq!(places(&span.begin), [(0, 1, None, 1000)]);
    assert_eq!(places(&span.end), [(1, 2, None, 2000)]);
    let end = span.end.first().unwrap();
    assert_eq!((end.epoch, end.signed, end.location, end.phase), (1, false, None, None));
    assert_eq!(end.content_hash, fold::events(text).last().unwrap().content_hash);
    assert_eq!(span.meter, None);
}

#[test]
fn a_phase_sum_is_a_sample_per_phase_also_over_several_events() {
    let spans = spans(
        "0 S 10:00 begin.Outlet.L1=10 begin.Outlet.L2=20 begin.Outlet.L3=30 tok=A evse=1/1\n\
         1 U 10:59 end.Outlet.L2=120@11:00\n\
         2 E 11:00 end.Outlet.L1=110 end.Outlet.L3=130",
    );
    let [span] = spans.as_slice() else { panic!("{spans:?}") };
    assert_eq!(places(&span.begin), [(0, 0, None, 10), (0, 1, None, 20), (0, 2, None, 30)]);
    assert_eq!(places(&span.end), [(1, 0, None, 120), (2, 0, None, 110), (2, 1, None, 130)]);
    let phases: Vec<_> = span.end.iter().map(|s| (s.location, s.phase)).collect();
    let outlet = Some(Location::Outlet);
    assert_eq!(phases, [(outlet, Some(Phase::L2)), (outlet, Some(Phase::L1)), (outlet, Some(Phase::L3))]);
}

#[test]
fn a_signed_reading_is_an_entry_of_its_sample() {
    let spans =
        spans("0 S 10:00 tok=A evse=1/1\n1 E 11:00 pow=0 end.ocmf=M7/B,10:00,1,kWh,G;C,10:30,2;E,11:00,3");
    let [span] = spans.as_slice() else { panic!("{spans:?}") };
    assert_eq!(places(&span.begin), [(1, 1, Some(0), 1000)]);
    assert_eq!(places(&span.end), [(1, 1, Some(2), 3000)]);
    assert_eq!(span.meter.as_deref(), Some("M7"));
    assert!(span.end.iter().all(|source| source.signed));
}

#[test]
fn an_exchanged_meter_is_a_span_per_meter() {
    let spans = spans(
        "0 S 10:00 begin.ocmf=M1/B,10:00,1000,Wh,G tok=A evse=1/1\n\
         1 U 10:20 reg.ocmf=M1/C,10:20,1300,Wh,G\n\
         2 U 10:30 reg.ocmf=M2/C,10:30,0,Wh,X\n\
         3 E 11:00 end.ocmf=M2/E,11:00,500,Wh,G",
    );
    let told: Vec<_> = spans.iter().map(|s| (s.meter.as_deref(), places(&s.begin), places(&s.end))).collect();
    let entry = |seq, wh| vec![(seq, 0, Some(0), wh)];
    assert_eq!(
        told,
        [(Some("M1"), entry(0, 1000), entry(1, 1300)), (Some("M2"), entry(2, 0), entry(3, 500))]
    );
}

#[test]
fn a_rebased_begin_is_the_reading_that_stands_for_it() {
    let spans = spans("0 S 10:00 begin=0 tok=A evse=1/1\n1 U 10:30 reg=900000\n2 E 11:00 end=905000");
    let [span] = spans.as_slice() else { panic!("{spans:?}") };
    assert_eq!(places(&span.begin), [(1, 0, None, 900_000)]);
}

#[test]
fn a_reading_told_again_is_the_first_event_s() {
    let spans = spans("0 S 10:00 begin=1000 tok=A evse=1/1\n1 E 11:00 begin=1000@10:00 end=2000");
    let [span] = spans.as_slice() else { panic!("{spans:?}") };
    assert_eq!(places(&span.begin), [(0, 0, None, 1000)]);
}

#[test]
fn a_sum_is_its_amounts() {
    let text = "0 S 10:00 tok=A evse=1/1\n1 U 10:30 int=500\n2 U 10:40 int=500@10:30\n3 E 11:00 int=700";
    let Basis::Amounts(amounts) = basis(text) else { panic!("no amounts") };
    assert_eq!(places(&amounts), [(1, 0, None, 500), (3, 0, None, 700)]);
}

#[test]
fn no_figure_has_no_basis() {
    let events = fold::events("0 S 10:00 begin=1000 tok=A evse=1/1");
    let (_, reckonings) = fold_and_reckon(&fold::station(), "tx-1", &events);
    assert!(reckonings.iter().all(|reckoning| reckoning.import.is_none() && reckoning.export.is_none()));
}
