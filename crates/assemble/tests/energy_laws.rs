//! Laws of the energy over generated charges: what may change a bill, what may not, and that it can be traced back.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a charge that cannot be read, or gives no figure, fails the test"
)]

mod fold;
#[path = "energy/reckoning.rs"]
mod reckoning;

use std::fmt::Write as _;

use proptest::prelude::*;
use wattledger_assemble::event::{Event, Sample};
use wattledger_assemble::fold_and_reckon;
use wattledger_assemble::ocmf::Container;
use wattledger_assemble::record::{Basis, Energy, Record, Source};
use wattledger_assemble::words::{method, review};
use wattledger_record::Decimal6;

/// Minutes between neighbours.
const STEP: u32 = 10;
/// First minute of a charge: 06:00.
const START: u32 = 360;

/// A charge as a station would tell it: one reading per event, each some Wh above the one before it.
#[derive(Debug, Clone)]
struct Plan {
    begin: u32,
    rises: Vec<u32>,
    fault: Fault,
    place: &'static str,
}

/// What is wrong with the register.
#[derive(Debug, Clone, Copy)]
enum Fault {
    None,
    NoBegin,
    NoEnd,
    Late,
    Fall(usize),
    Dip(usize),
    Marked,
}

fn plan() -> impl Strategy<Value = Plan> {
    let fault = prop_oneof![
        4 => Just(Fault::None),
        1 => Just(Fault::NoBegin),
        1 => Just(Fault::NoEnd),
        1 => Just(Fault::Late),
        1 => (0usize..6).prop_map(Fault::Fall),
        1 => (0usize..6).prop_map(Fault::Dip),
        1 => Just(Fault::Marked),
    ];
    let place = prop_oneof![3 => Just(""), 1 => Just(".Outlet"), 1 => Just(".Body"), 1 => Just(".L1")];
    let rises = prop::collection::vec(10u32..3_000, 1..8);
    (1_000u32..1_000_000, rises, fault, place).prop_map(|(begin, rises, fault, place)| Plan {
        begin,
        rises,
        fault,
        place,
    })
}

fn clock(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

impl Plan {
    /// Readings by event, Wh: the Started's, each Updated's, the Ended's.
    fn values(&self) -> Vec<Option<u32>> {
        let sum = |sum: &mut u32, rise: &u32| {
            *sum += rise;
            Some(Some(*sum))
        };
        let mut values = vec![Some(self.begin)];
        values.extend(self.rises.iter().scan(self.begin, sum));
        let last = values.len() - 1;
        match self.fault {
            Fault::NoBegin => values.iter_mut().take(2).for_each(|value| *value = None),
            Fault::NoEnd => values.iter_mut().skip(last).for_each(|value| *value = None),
            Fault::Fall(at) => {
                values.iter_mut().skip(1 + at % last).for_each(|value| *value = value.map(|v| v / 2));
            }
            Fault::Dip(at) => {
                values.iter_mut().skip(1 + at % last).take(1).for_each(|value| *value = Some(10))
            }
            Fault::None | Fault::Late | Fault::Marked => {}
        }
        values
    }

    /// Its lines, every value times `factor`, with a signed copy of each reading where `signed`.
    fn lines(&self, factor: u32, signed: bool) -> String {
        let values = self.values();
        let last = values.len() - 1;
        let mut text = String::new();
        for (index, value) in values.into_iter().enumerate() {
            let at = clock(START + STEP * u32::try_from(index).unwrap());
            let (kind, context, mark) = match index {
                0 => ("S", "begin", 'B'),
                _ if index == last => ("E", "end", 'E'),
                _ if matches!(self.fault, Fault::Marked) => ("U", "begin", 'B'),
                _ => ("U", "reg", 'C'),
            };
            let late = matches!(self.fault, Fault::Late);
            let (context, mark) = if late && index == 0 { ("reg", 'C') } else { (context, mark) };
            let state = if index == 0 && !late { "" } else { " state=Charging" };
            write!(text, "{index} {kind} {at} evse=1/1{state}").unwrap();
            if index == 0 {
                text += " tok=A";
            }
            if let Some(value) = value.map(|value| value * factor) {
                let place = self.place;
                write!(text, " {context}{place}={value}").unwrap();
                if signed {
                    write!(text, " {context}{place}.ocmf=M1/{mark},{at},{value},Wh,G").unwrap();
                }
            }
            text.push('\n');
        }
        text
    }
}

fn only(text: &str) -> Record {
    let folded = fold::fold(&fold::events(text));
    assert_eq!(folded.records.len(), 1);
    folded.records.into_iter().next().unwrap()
}

/// What the record says about energy: bill and estimate, begin and end, what a human has to look at.
fn bill(record: &Record) -> ([Option<Energy>; 2], [Option<Decimal6>; 2], &[&'static str]) {
    let energies = [record.energy, record.energy_estimate];
    (energies, [record.register_begin_wh, record.register_end_wh], &record.review)
}

/// Energy of a meter that was exchanged so often: rises per meter.
fn meters() -> impl Strategy<Value = Vec<(u32, Vec<u32>)>> {
    let meter = (0u32..100_000, prop::collection::vec(1u32..3_000, 0..4));
    prop::collection::vec(meter, 2..5)
}

/// Signed readings of one meter after another, and what they rose.
fn exchanged(meters: &[(u32, Vec<u32>)]) -> (String, u32) {
    let count = meters.iter().map(|(_, rises)| rises.len() + 1).sum::<usize>();
    let (mut text, mut sum, mut index) = (String::new(), 0, 0usize);
    for (number, (first, rises)) in meters.iter().enumerate() {
        let mut value = *first;
        for rise in std::iter::once(&0).chain(rises) {
            value += rise;
            sum += rise;
            let at = clock(START + STEP * u32::try_from(index).unwrap());
            let (kind, mark) = match index {
                0 => ("S", 'B'),
                _ if index + 1 == count => ("E", 'E'),
                _ => ("U", 'C'),
            };
            writeln!(text, "{index} {kind} {at} evse=1/1 tok=A reg.ocmf=M{number}/{mark},{at},{value},Wh,G")
                .unwrap();
            index += 1;
        }
    }
    (text, sum)
}

/// The value of the sample that a source names.
fn told(events: &[Event], source: &Source) -> Option<Decimal6> {
    let event = events.iter().find(|event| event.content_hash == source.content_hash)?;
    let sample: &Sample = event.samples.get(usize::try_from(source.sample).ok()?)?;
    let entry = source.entry.map(|entry| usize::try_from(entry).unwrap());
    let value = match (&sample.container, entry) {
        (Some(Container::Readings(readings)), Some(entry)) => readings.get(entry)?.value,
        (None, None) => sample.value,
        _ => None,
    };
    let named = event.seq_no == source.seq_no
        && (sample.location, sample.phase, sample.signed) == (source.location, source.phase, source.signed);
    value.filter(|_| named)
}

fn sum<'s>(sources: impl IntoIterator<Item = &'s Source>) -> i64 {
    sources.into_iter().map(|source| source.wh.0).sum()
}

/// Checks that a figure is what its basis gives, and that every source is what the events say.
fn traced(text: &str) -> Result<(), TestCaseError> {
    let events = fold::events(text);
    let (folded, reckonings) = fold_and_reckon(&fold::station(), "tx-1", &events);
    prop_assert_eq!(&folded, &fold::fold(&events));
    prop_assert_eq!(folded.records.len(), reckonings.len());
    for (record, reckoning) in folded.records.iter().zip(&reckonings) {
        prop_assert_eq!(record.instance_key, reckoning.instance_key);
        prop_assert_eq!(record.energy.is_some(), reckoning.import.is_some());
        let sources: Vec<&Source> = match &reckoning.import {
            None => continue,
            Some(Basis::Amounts(amounts)) => {
                prop_assert_eq!(record.energy.unwrap().wh.0, sum(amounts));
                amounts.iter().collect()
            }
            Some(Basis::Register(spans)) => {
                let wh: i64 = spans.iter().map(|span| sum(&span.end) - sum(&span.begin)).sum();
                prop_assert_eq!(record.energy.unwrap().wh.0, wh.max(0));
                prop_assert_eq!(record.register_begin_wh.unwrap().0, sum(&spans.first().unwrap().begin));
                prop_assert_eq!(record.register_end_wh.unwrap().0, sum(&spans.last().unwrap().end));
                spans.iter().flat_map(|span| span.begin.iter().chain(&span.end)).collect()
            }
        };
        for source in sources {
            prop_assert_eq!(told(&events, source), Some(source.wh), "{:?}", source);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_figure_lies_within_the_register(plan in plan(), order in any::<prop::sample::Index>()) {
        let text = plan.lines(1, false);
        let mut events = fold::events(&text);
        let at = order.index(events.len());
        events.rotate_left(at);
        let record = fold::fold(&events).records.into_iter().next().unwrap();
        let in_order = only(&text);
        prop_assert_eq!(bill(&record), bill(&in_order));
        let told: Vec<i64> = plan.values().into_iter().flatten().map(i64::from).collect();
        let range = told.iter().max().unwrap_or(&0) - told.iter().min().unwrap_or(&0);
        if let Some(energy) = record.energy {
            prop_assert!((0..=range * 1_000_000).contains(&energy.wh.0), "{:?} of {}", energy, range);
        }
        if matches!(plan.fault, Fault::None | Fault::Marked) {
            let all: u32 = plan.rises.iter().sum();
            prop_assert_eq!(record.energy.unwrap().wh.0, i64::from(all) * 1_000_000);
        }
    }

    #[test]
    fn one_more_reading_on_the_way_changes_no_bill(plan in plan(), kept in any::<prop::sample::Index>()) {
        prop_assume!(matches!(plan.fault, Fault::None | Fault::Marked));
        // every second reading lies in the middle of its neighbours, by time and by value
        let rises = plan.rises.iter().flat_map(|rise| [*rise, *rise]).collect();
        let kept = 2 * kept.index(plan.rises.len()) + 1;
        let all = Plan { rises, ..plan }.lines(1, false);
        let told = |stays: &dyn Fn(usize) -> bool| {
            let lines = all.lines().enumerate().filter(|(index, _)| index % 2 == 0 || stays(*index));
            let events = lines.enumerate().map(|(seq_no, (_, line))| {
                format!("{seq_no} {}\n", line.split_once(' ').unwrap().1)
            });
            only(&events.collect::<String>())
        };
        let (without, with) = (told(&|_| false), told(&|index| index == kept));
        prop_assert_eq!(with.events, without.events + 1);
        prop_assert_eq!(bill(&without), bill(&with));
        prop_assert_eq!(without.flags, with.flags);
    }

    #[test]
    fn ten_times_the_register_is_ten_times_the_energy(plan in plan()) {
        let (one, ten) = (only(&plan.lines(1, false)), only(&plan.lines(10, false)));
        let scaled = |energy: Option<Energy>, by: i64| energy.map(|e| (e.wh.0 * by, e.method));
        prop_assert_eq!(scaled(one.energy, 10), scaled(ten.energy, 1));
        prop_assert_eq!(scaled(one.energy_estimate, 10), scaled(ten.energy_estimate, 1));
    }

    #[test]
    fn a_signed_copy_changes_no_bill(plan in plan()) {
        let (plain, signed) = (only(&plan.lines(1, false)), only(&plan.lines(1, true)));
        prop_assert_eq!(bill(&plain), bill(&signed));
    }

    #[test]
    fn every_figure_can_be_traced(plan in plan(), signed in any::<bool>()) {
        traced(&plan.lines(1, signed))?;
    }

    #[test]
    fn every_meter_is_billed_by_itself(meters in meters()) {
        let (text, rises) = exchanged(&meters);
        let record = only(&text);
        prop_assert!(record.review.contains(&review::METER_EXCHANGED));
        let told = meters.iter().all(|(_, rises)| !rises.is_empty());
        let expected = Energy { wh: Decimal6(i64::from(rises) * 1_000_000), method: method::SEGMENT_SUM };
        let implausible = [review::BASELINE_REBASED, review::ZERO_BASELINE];
        if !record.review.iter().any(|word| implausible.contains(word)) {
            prop_assert_eq!(record.energy, told.then_some(expected));
        }
        prop_assert!(record.energy.is_none_or(|energy| energy.wh <= expected.wh && energy.wh >= Decimal6::ZERO));
        traced(&text)?;
    }
}
