//! Findings about charges → that part of the report.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat};
use wattledger_assemble::meaning;
use wattledger_assemble::record::MissingRange;
use wattledger_record::{Decimal6, Micros};

use super::{counted, examples, found};
use crate::charges::{CLASSES, Told, range_text};
use crate::position::{Atlas, Position};
use crate::report::{Charge, ChargesFound, ClassFound, EnergyFound, Findings, Lost, WordFound};
use crate::tally::Seen;

pub(super) fn all(findings: &Findings<'_>) -> ChargesFound {
    let (charges, atlas) = (&findings.charges, &findings.atlas);
    let energy = charges.energy.iter().map(|(method, (count, sum))| EnergyFound {
        method,
        meaning: meaning::of_method(method),
        charges: *count,
        wh: micro(*sum),
    });
    ChargesFound {
        transaction_ids: charges.transactions,
        charges: charges.count(),
        classes: CLASSES
            .iter()
            .zip(charges.classes)
            .filter(|(_, count)| *count > 0)
            .map(|(class, count)| {
                let name = class.as_str();
                ClassFound { name, meaning: meaning::of_class(name), count }
            })
            .collect(),
        levels: charges.levels.iter().map(|(level, count)| counted(level.as_str(), *count)).collect(),
        billable_charges: charges.billable.0,
        billable_wh: micro(charges.billable.1),
        energy: energy.collect(),
        missing_seq_nos: charges.missing,
        holes: found(&charges.with_holes, atlas),
        repeats: found(&charges.repeats, atlas),
        variants: charges.variants,
        conflicts: found(&charges.conflicts, atlas),
        review: worded(&charges.review, atlas),
        flags: worded(&charges.flags, atlas),
        not_assembled: found(&charges.not_assembled, atlas),
        not_assembled_events: charges.not_assembled_events,
        told: told(findings),
    }
}

fn worded(words: &BTreeMap<&'static str, Seen<String>>, atlas: &Atlas) -> Vec<WordFound> {
    let mut found: Vec<WordFound> = words
        .iter()
        .map(|(word, seen)| WordFound {
            word,
            meaning: meaning::of(word),
            charges: seen.count,
            examples: examples(seen, atlas),
        })
        .collect();
    found.sort_by(|a, b| b.charges.cmp(&a.charges).then_with(|| a.word.cmp(b.word)));
    found
}

/// The first charges, the worst level first.
fn told(findings: &Findings<'_>) -> Vec<Charge> {
    let all = findings.charges.told.iter().flat_map(|first| first.iter());
    all.take(findings.options.charges).map(|(at, told)| charge(at, told, &findings.atlas)).collect()
}

fn charge(at: Position, told: &Told, atlas: &Atlas) -> Charge {
    let wh = |value: Option<Decimal6>| value.map(|value| value.to_string());
    let range = |range: &MissingRange| range_text(range, told.epochs);
    Charge {
        place: atlas.place(at),
        level: told.level.as_str(),
        station: told.station.clone(),
        transaction_id: told.transaction_id.clone(),
        class: told.class,
        billable: told.billable,
        events: told.events,
        repeats: told.repeats,
        variants: told.variants,
        conflicts: told.conflicts,
        first_seq_no: told.first_seq,
        last_seq_no: told.last_seq,
        missing_seq_nos: told.missing,
        missing_ranges: told.missing_ranges.iter().map(range).collect(),
        runs: told.epochs,
        started_at: told.started_at.and_then(time),
        ended_at: told.ended_at.and_then(time),
        energy_wh: wh(told.energy.map(|energy| energy.wh)),
        energy_method: told.energy.map(|energy| energy.method),
        estimate_wh: wh(told.estimate.map(|energy| energy.wh)),
        estimate_method: told.estimate.map(|energy| energy.method),
        register_begin_wh: wh(told.register_begin),
        register_end_wh: wh(told.register_end),
        review: told.review.clone(),
        flags: told.flags.clone(),
        lost: told
            .lost
            .iter()
            .map(|lost| Lost {
                seq_no: lost.seq_no,
                kind: if lost.variant { "variant" } else { "conflict" },
                place: atlas.place(lost.at),
                counts: lost.counts.map(|at| atlas.place(at)),
            })
            .collect(),
    }
}

fn time(at: Micros) -> Option<String> {
    DateTime::from_timestamp_micros(at.0).map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// A sum in millionths, exact, without zeros at its end.
fn micro(sum: i128) -> String {
    let (sign, size) = (if sum < 0 { "-" } else { "" }, sum.unsigned_abs());
    let text = format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact() {
        assert_eq!(
            [micro(0), micro(1_500_000), micro(-1), micro(20_000_000)],
            ["0", "1.5", "-0.000001", "20"]
        );
    }
}
