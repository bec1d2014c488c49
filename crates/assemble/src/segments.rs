//! A charge during which the meter was exchanged: which readings are of which meter (rule 27, row 77).
//!
//! A segment begins with the first reading of an exchanged meter (`ST` X), or with another serial number (`MS`). Only
//! signed readings say so, so only they are split. Every doubt holds the bill: a segment of one reading, a serial that
//! comes back, a meter or a mark that was heard and is not among the readings, phases of one moment by several meters.

use std::collections::BTreeSet;

use wattledger_record::Micros;

use super::pick::Pick;
use super::readings::Readings;
use super::series::Point;
use super::signed::Exchange;

/// The readings from begin to end, meter by meter; one segment where the exchange was before the begin. `None` if it
/// cannot be told which reading is of which meter.
pub(super) fn split(exchange: &Exchange<'_>, readings: &Readings, pick: &Pick) -> Option<Vec<Vec<Point>>> {
    let from = pick.run.iter().position(|p| *p == pick.begin)?;
    let run = pick.run.get(from..)?;
    if !is_told_by(run, exchange, readings) {
        return None;
    }
    let segments = by_meter(run);
    let whole = segments.iter().all(|segment| segment.len() > 1);
    (whole && !comes_back(&segments)).then_some(segments)
}

/// Cuts readings in order where another meter begins.
pub(super) fn by_meter(points: &[Point]) -> Vec<Vec<Point>> {
    let mut segments: Vec<Vec<Point>> = Vec::new();
    let (mut serial, mut marked) = (None, false);
    for point in points {
        let other = serial.zip(point.origin.meter).is_some_and(|(a, b)| a != b);
        // a station that repeats the mark means the same exchange
        let mark = point.origin.exchanged && !marked;
        match segments.last_mut() {
            Some(segment) if !other && !mark => segment.push(*point),
            _ => segments.push(vec![*point]),
        }
        serial = point.origin.meter.or(serial);
        marked = point.origin.exchanged;
    }
    segments
}

/// Whether the readings show every meter and every mark that was heard, and each of them is of one meter.
fn is_told_by(run: &[Point], exchange: &Exchange<'_>, readings: &Readings) -> bool {
    let meters_of = |point: &Point| -> BTreeSet<u32> {
        readings.behind(point).filter_map(|reading| reading.meter).collect()
    };
    let serial = |meter: u32| readings.meters.get(usize::try_from(meter).ok()?).map(AsRef::as_ref);
    let meters: BTreeSet<&str> = run.iter().flat_map(meters_of).filter_map(serial).collect();
    let marks: BTreeSet<Option<Micros>> =
        run.iter().filter(|p| p.origin.exchanged).map(|p| p.at.map(Micros)).collect();
    run.iter().all(|point| meters_of(point).len() < 2)
        && meters == exchange.meters
        && exchange.marks.is_subset(&marks)
}

/// Whether a meter that was replaced is told again.
fn comes_back(segments: &[Vec<Point>]) -> bool {
    let mut gone: BTreeSet<u32> = BTreeSet::new();
    let mut current = None;
    for segment in segments {
        let serial = segment.iter().find_map(|point| point.origin.meter);
        if serial.is_some_and(|serial| gone.contains(&serial)) {
            return true;
        }
        if serial.is_some() && serial != current {
            gone.extend(current);
            current = serial;
        }
    }
    false
}
