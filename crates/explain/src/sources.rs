//! Which readings a figure was made of, as the fold tells it.

use wattledger_assemble::record::{Basis, Source};

use crate::charges::Charge;
use crate::limits::AMOUNTS_TOLD_MAX;
use crate::registers::Series;
use crate::story::Content;

/// The readings behind the imported energy of a charge that are told: all begins and ends, the first amounts of a sum.
#[must_use]
pub(crate) fn of<'a>(charge: &Charge<'a>) -> Vec<&'a Source> {
    match charge.reckoning.and_then(|reckoning| reckoning.import.as_ref()) {
        Some(Basis::Register(spans)) => {
            spans.iter().flat_map(|span| span.begin.iter().chain(&span.end)).collect()
        }
        Some(Basis::Amounts(amounts)) => amounts.iter().take(AMOUNTS_TOLD_MAX).collect(),
        None => Vec::new(),
    }
}

/// The contents that hold them.
#[must_use]
pub(crate) fn contents(charge: &Charge<'_>) -> Vec<Content> {
    let mut contents: Vec<Content> =
        of(charge).into_iter().map(|source| (source.seq_no, source.content_hash)).collect();
    contents.sort_unstable();
    contents.dedup();
    contents
}

/// The series that they are of; `None` for a sum of amounts.
#[must_use]
pub(crate) fn series(charge: &Charge<'_>) -> Option<Series> {
    let Some(Basis::Register(spans)) = charge.reckoning?.import.as_ref() else { return None };
    let sources = || spans.iter().flat_map(|span| span.begin.iter().chain(&span.end));
    let mut locations: Vec<_> = sources().map(|source| source.location).collect();
    let mut phases: Vec<_> = sources().filter_map(|source| source.phase).collect();
    locations.sort_unstable();
    locations.dedup();
    phases.sort_unstable();
    phases.dedup();
    Some(Series { locations, phases, signed: sources().any(|source| source.signed) })
}
