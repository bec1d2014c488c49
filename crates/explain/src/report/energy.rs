//! How the energy of a charge was found.

use wattledger_assemble::meaning;
use wattledger_assemble::record::{self, Energy as Folded};
use wattledger_decoder::{Location, Phase};

use super::{Basis, Energy, Place, Source, Span};
use crate::charges::Charge;
use crate::figures::{self, Figures};
use crate::limits::AMOUNTS_TOLD_MAX;
use crate::registers::Series;
use crate::sources;
use crate::story::{Detail, Story};
use crate::why;

/// The series whose readings stand beside the events: that of the figure, else the one with the most readings.
pub(super) fn shown_series(charge: &Charge<'_>) -> Option<Series> {
    sources::series(charge).or_else(|| Series::most_told(&charge.entries))
}

/// What can be said without events.
pub(super) fn without_events(record: &Figures) -> Energy {
    let said = |method: &Option<String>| method.as_deref().map(meaning::of_method).unwrap_or_default();
    Energy {
        method_meaning: said(&record.energy_method),
        estimate_method_meaning: said(&record.energy_estimate_method),
        basis: None,
        shown_series: None,
        guards: why::guards(record),
    }
}

pub(super) fn of(story: &Story, charge: &Charge<'_>, record: &Figures) -> Energy {
    // where the stored figure is not the fold's, the fold's readings are not behind it
    let is_folds = |energy: &Folded| {
        record.energy_wh == Some(energy.wh.to_string())
            && record.energy_method.as_deref() == Some(energy.method)
    };
    let basis = charge.reckoning.and_then(|reckoning| reckoning.import.as_ref());
    let basis = basis.filter(|_| charge.record.energy.as_ref().is_some_and(is_folds));
    Energy {
        basis: basis.map(|basis| told(story, basis)),
        shown_series: shown_series(charge).map(|series| series.name()),
        ..without_events(record)
    }
}

fn told(story: &Story, basis: &record::Basis) -> Basis {
    let all = |sources: &[record::Source]| sources.iter().map(|s| source(story, s)).collect();
    match basis {
        record::Basis::Register(spans) => Basis::Register {
            spans: spans
                .iter()
                .map(|span| Span {
                    meter: span.meter.as_deref().map(str::to_owned),
                    begin: all(&span.begin),
                    end: all(&span.end),
                })
                .collect(),
        },
        record::Basis::Amounts(amounts) => Basis::Amounts {
            count: amounts.len(),
            first: amounts.iter().take(AMOUNTS_TOLD_MAX).map(|amount| source(story, amount)).collect(),
        },
    }
}

fn source(story: &Story, source: &record::Source) -> Source {
    let position = source.sample.saturating_add(1);
    let text = story.texts.get(&(source.content_hash, position));
    Source {
        wh: source.wh.to_string(),
        epoch: source.epoch,
        seq_no: source.seq_no,
        content_hash: format!("{:032x}", source.content_hash.0),
        position,
        entry: source.entry.map(|entry| entry.saturating_add(1)),
        signed: source.signed,
        at: source.at.map(figures::time),
        location: source.location.map(Location::as_str),
        phase: source.phase.map(Phase::as_str),
        value_text: text.map(|text| text.value.clone()),
        unit_text: text.map(|text| text.unit.clone()),
        multiplier: text.map(|text| text.multiplier),
        place: story.details.get(&(source.seq_no, source.content_hash)).map(place),
    }
}

pub(super) fn place(detail: &Detail) -> Place {
    Place {
        topic: detail.topic.clone(),
        generation: detail.generation,
        partition: detail.partition,
        offset: detail.offset,
    }
}
