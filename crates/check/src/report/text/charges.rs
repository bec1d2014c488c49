//! What is told of charges: counts, words, and the first of them one by one.

use std::fmt::{self, Write as _};

use super::Page;
use super::plain::{length, many, number};
use crate::limits::RANGES_TOLD_MAX;
use crate::report::{Charge, Found, Report, WordFound};

pub(super) fn write(report: &Report, out: &mut Page) -> fmt::Result {
    let found = &report.charges;
    out.title("Charges")?;
    let ids = many(found.transaction_ids, "transactionId");
    writeln!(out, "  {} under {ids}", many(found.charges, "charge"))?;
    for class in &found.classes {
        writeln!(out, "  {:>10}  {}: {}", number(class.count), class.name, class.meaning)?;
    }
    let all = many(found.charges, "charge");
    writeln!(
        out,
        "  {} of {all} could be billed as told: {} Wh",
        number(found.billable_charges),
        found.billable_wh
    )?;
    for energy in &found.energy {
        let charges = many(energy.charges, "charge");
        writeln!(out, "  {} Wh in {charges} by {}: {}", energy.wh, energy.method, energy.meaning)?;
    }
    count(&found.holes, &format!("with {}", many(found.missing_seq_nos, "missing seqNo")), "charge", out)?;
    count(&found.conflicts, "contradicting another under the same seqNo", "content", out)?;
    count(&found.repeats, "of an event that had come: a retry, which is no fault", "further copy", out)?;
    if found.variants > 0 {
        writeln!(out, "  {} telling an event again in other words", many(found.variants, "variant"))?;
    }
    let left_out =
        format!("not assembled: {} are above the bound", many(found.not_assembled_events, "event"));
    count(&found.not_assembled, &left_out, "transactionId", out)?;
    words("Why a human has to look before a bill", &found.review, out)?;
    words("Remarks on charges", &found.flags, out)?;
    told(report, out)
}

fn count(found: &Found, what: &str, unit: &str, out: &mut Page) -> fmt::Result {
    if found.count == 0 {
        return Ok(());
    }
    writeln!(out, "  {} {what}", many(found.count, unit))?;
    out.examples(&found.examples)
}

fn words(heading: &str, words: &[WordFound], out: &mut Page) -> fmt::Result {
    if words.is_empty() {
        return Ok(());
    }
    out.title(heading)?;
    for word in words {
        writeln!(out, "  {}  {}", word.word, many(word.charges, "charge"))?;
        out.wrapped(&word.meaning)?;
        out.examples(&word.examples)?;
    }
    Ok(())
}

fn told(report: &Report, out: &mut Page) -> fmt::Result {
    let found = &report.charges;
    if found.told.is_empty() {
        return Ok(());
    }
    let shown = length(found.told.len());
    let which = if shown == found.charges {
        "Charges one by one, the worst first".to_owned()
    } else {
        format!("{} of {}, the worst first", number(shown), many(found.charges, "charge"))
    };
    out.title(&which)?;
    found.told.iter().try_for_each(|charge| one(charge, out))
}

fn one(charge: &Charge, out: &mut Page) -> fmt::Result {
    let level = if charge.level == "review" { "REVIEW" } else { charge.level };
    let Charge { station, transaction_id, place, .. } = charge;
    let place = out.place(place);
    writeln!(out, "  {level}  {station}  {transaction_id}  {place}")?;
    out.wrapped(&sequence(charge))?;
    out.wrapped(&energy(charge))?;
    for (name, words) in [("review", &charge.review), ("remarks", &charge.flags)] {
        if !words.is_empty() {
            out.wrapped(&format!("{name}: {}", words.join(", ")))?;
        }
    }
    for lost in &charge.lost {
        let what = if lost.kind == "variant" { "tells again in other words" } else { "contradicts" };
        let counts = lost.counts.as_ref().map_or_else(|| "another".to_owned(), |place| out.place(place));
        let at = out.place(&lost.place);
        writeln!(out, "      seqNo {} at {at} {what} {counts}, which counts", lost.seq_no)?;
    }
    Ok(())
}

fn sequence(charge: &Charge) -> String {
    let mut text = format!(
        "{}: {}, seqNo {} to {}",
        charge.class,
        many(u64::from(charge.events), "event"),
        charge.first_seq_no,
        charge.last_seq_no
    );
    if charge.missing_seq_nos > 0 {
        let more = if charge.missing_ranges.len() < RANGES_TOLD_MAX { "" } else { ", …" };
        let ranges = charge.missing_ranges.join(", ");
        text += &format!(", {} missing: {ranges}{more}", number(charge.missing_seq_nos));
    }
    if charge.runs > 1 {
        text += &format!(", in {} runs", charge.runs);
    }
    if charge.repeats > 0 {
        text += &format!("; {}", many(charge.repeats, "further copy"));
    }
    text
}

fn energy(charge: &Charge) -> String {
    let unknown = || "?".to_owned();
    let mut text = format!(
        "{} to {}; ",
        charge.started_at.clone().unwrap_or_else(unknown),
        charge.ended_at.clone().unwrap_or_else(unknown)
    );
    let by = |wh: &Option<String>, method: Option<&str>| {
        wh.as_ref().map(|wh| format!("{wh} Wh by {}", method.unwrap_or("?")))
    };
    text +=
        &match (by(&charge.energy_wh, charge.energy_method), by(&charge.estimate_wh, charge.estimate_method))
        {
            (Some(energy), _) => energy,
            (None, Some(estimate)) => format!("no energy to bill, estimate {estimate}"),
            (None, None) => "no energy to bill".to_owned(),
        };
    if let (Some(begin), Some(end)) = (&charge.register_begin_wh, &charge.register_end_wh) {
        text += &format!(" (register {begin} to {end} Wh)");
    }
    text
}
