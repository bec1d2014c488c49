//! Where the figures of a charge come from: from the readings behind them back to the samples that told them.

use wattledger_decoder::{Location, Phase};
use wattledger_record::{ContentHash, Decimal6, Micros};

use super::contents::Entry;
use super::readings::{Reading, Readings};
use super::series::Point;

/// Where the figures of one charge come from: for whoever asks why a bill is what it is. No row holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reckoning {
    /// Key of the charge among the records of its transactionId.
    pub instance_key: i64,
    /// Of `energy`; `None` where there is none.
    pub import: Option<Basis>,
    /// Of `energy_export_wh`.
    pub export: Option<Basis>,
}

/// What a figure was read off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    /// End minus begin of a register, one span per meter in their order; the spans add up to the figure.
    Register(Vec<Span>),
    /// Amounts of intervals; they add up to the figure.
    Amounts(Vec<Source>),
}

/// Begin and end of one meter's register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its signed serial number.
    pub meter: Option<Box<str>>,
    /// The begin reading; several are phases that are summed.
    pub begin: Vec<Source>,
    /// The end reading, likewise.
    pub end: Vec<Source>,
}

/// One reading, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// Content hash of the event that counts for it; a repeat of the reading elsewhere is not told.
    pub content_hash: ContentHash,
    /// Epoch of the event, from 1.
    pub epoch: u16,
    /// seqNo of the event.
    pub seq_no: i64,
    /// Index of the sample in the event.
    pub sample: u32,
    /// Index of the entry in the sample's signed data; `None` is the sample's own value.
    pub entry: Option<u32>,
    /// Whether the sample is signed.
    pub signed: bool,
    /// Own time.
    pub at: Option<Micros>,
    /// Where in the station; `None` is unmarked.
    pub location: Option<Location>,
    /// `None` is the total.
    pub phase: Option<Phase>,
    /// The reading, Wh.
    pub wh: Decimal6,
}

/// The basis of differences, each from its begin to its end.
pub(super) fn of_spans(entries: &[Entry<'_>], readings: &Readings, spans: &[(Point, Point)]) -> Basis {
    let span = |(begin, end): &(Point, Point)| {
        let meter = begin.origin.meter.or(end.origin.meter);
        let serial = meter.and_then(|meter| readings.meters.get(usize::try_from(meter).ok()?));
        let sources = |point| of_point(entries, readings, point).collect();
        Span { meter: serial.cloned(), begin: sources(begin), end: sources(end) }
    };
    Basis::Register(spans.iter().map(span).collect())
}

/// The basis of a sum of amounts.
pub(super) fn of_amounts(entries: &[Entry<'_>], readings: &Readings, amounts: &[Point]) -> Basis {
    Basis::Amounts(amounts.iter().flat_map(|amount| of_point(entries, readings, amount)).collect())
}

fn of_point<'r>(
    entries: &'r [Entry<'_>],
    readings: &'r Readings,
    point: &Point,
) -> impl Iterator<Item = Source> + use<'r> {
    readings.behind(point).filter_map(|reading| source(entries, reading))
}

fn source(entries: &[Entry<'_>], reading: &Reading) -> Option<Source> {
    let told = entries.iter().find(|entry| entry.place == reading.place)?;
    Some(Source {
        content_hash: told.event.content_hash,
        epoch: reading.place.epoch,
        seq_no: reading.place.seq_no,
        sample: reading.index,
        entry: reading.entry,
        signed: reading.signed,
        at: reading.at.map(Micros),
        location: reading.location,
        phase: reading.phase,
        wh: Decimal6(reading.value),
    })
}
