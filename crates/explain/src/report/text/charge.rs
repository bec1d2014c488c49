//! One charge: the figure and whether it may be billed in the first lines, then how it came about.

use std::fmt::{self, Write as _};

use super::page::{Ink, Page};
use super::plain::{grouped, kilo, many, printable};
use super::{events, facts, where_is};
use crate::agree::State;
use crate::report::{Basis, Charge, Report, Source};
use crate::why::{Guard, Word};

/// Readings that are told before the reasons: a begin and an end.
const READINGS_BEFORE_REASONS: usize = 2;

pub(super) fn write(report: &Report, charge: &Charge, out: &mut Page) -> fmt::Result {
    heading(report, charge, out)?;
    figure(charge, out)?;
    // the answer to "why not" does not stand behind a long list of phases or amounts
    if readings(charge) > READINGS_BEFORE_REASONS {
        because(charge, out)?;
        sources(charge, out)?;
    } else {
        sources(charge, out)?;
        because(charge, out)?;
    }
    agreement(charge, out)?;
    facts::write(charge, out)?;
    words(charge, out)?;
    events::write(charge, out)?;
    guards(charge, out)
}

fn heading(report: &Report, charge: &Charge, out: &mut Page) -> fmt::Result {
    let record = &charge.record;
    let name = format!("CHARGE {} of {}   {}", charge.instance, report.charges_in_all, record.class);
    let name = out.inked(Ink::Head, &name);
    let verdict =
        if charge.billable { out.inked(Ink::Good, "BILLABLE") } else { out.inked(Ink::Bad, "NOT BILLABLE") };
    let kwh = record.energy_wh.as_deref().map_or_else(String::new, |wh| format!("   {} kWh", kilo(wh)));
    writeln!(out, "\n{name}   {verdict}{kwh}")
}

/// The figure, its registers and its method.
fn figure(charge: &Charge, out: &mut Page) -> fmt::Result {
    let (record, energy) = (&charge.record, &charge.energy);
    let wh = |wh: &Option<String>| wh.as_deref().map(grouped);
    let method =
        |word: &Option<String>, meaning: &str| format!("{}: {meaning}", word.as_deref().unwrap_or("?"));
    let text = match (wh(&record.energy_wh), wh(&record.register_begin_wh), wh(&record.register_end_wh)) {
        (Some(wh), Some(begin), Some(end)) => {
            format!(
                "{wh} Wh = {end} - {begin} Wh by {}",
                method(&record.energy_method, energy.method_meaning)
            )
        }
        (Some(wh), ..) => format!("{wh} Wh by {}", method(&record.energy_method, energy.method_meaning)),
        (None, ..) => "no energy to bill".to_owned(),
    };
    out.wrapped("  ", &text)?;
    if record.energy_estimate_wh != record.energy_wh
        && let Some(estimate) = wh(&record.energy_estimate_wh)
    {
        let by = method(&record.energy_estimate_method, energy.estimate_method_meaning);
        out.wrapped("  ", &format!("estimate, never a bill: {estimate} Wh by {by}"))?;
    }
    if let Some(export) = wh(&record.energy_export_wh) {
        writeln!(out, "  exported {export} Wh")?;
    }
    Ok(())
}

/// How many readings the figure was made of.
fn readings(charge: &Charge) -> usize {
    match &charge.energy.basis {
        None => 0,
        Some(Basis::Register { spans }) => spans.iter().map(|span| span.begin.len() + span.end.len()).sum(),
        Some(Basis::Amounts { count, .. }) => *count,
    }
}

/// Where the readings behind the figure stand.
fn sources(charge: &Charge, out: &mut Page) -> fmt::Result {
    let has_runs = charge.record.epochs > 1;
    match &charge.energy.basis {
        None => Ok(()),
        Some(Basis::Register { spans }) => spans.iter().try_for_each(|span| {
            if let Some(meter) = &span.meter {
                writeln!(out, "    meter {}", printable(meter))?;
            }
            let begin = span.begin.iter().map(|source| ("begin", source));
            let mut all = begin.chain(span.end.iter().map(|source| ("end", source)));
            all.try_for_each(|(name, source)| reading(name, source, has_runs, out))
        }),
        Some(Basis::Amounts { count, first }) => {
            first.iter().try_for_each(|source| reading("+", source, has_runs, out))?;
            match count.saturating_sub(first.len()) {
                0 => Ok(()),
                more => {
                    writeln!(out, "    and {} more", many(u64::try_from(more).unwrap_or(u64::MAX), "amount"))
                }
            }
        }
    }
}

fn reading(name: &str, source: &Source, has_runs: bool, out: &mut Page) -> fmt::Result {
    let run = if has_runs { format!("run {}, ", source.epoch) } else { String::new() };
    let kinds = [source.location, source.phase, source.signed.then_some("signed")];
    let kinds: Vec<&str> = kinds.into_iter().flatten().collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    let entry = source.entry.map(|entry| format!(", entry {entry} of its signed data")).unwrap_or_default();
    let place = source.place.as_ref().map(|place| format!("  {}", where_is(place))).unwrap_or_default();
    let sent = as_sent(source);
    let wh = grouped(&source.wh);
    let text = format!(
        "{name:<5} {wh:>12} Wh  {run}seqNo {}, value {}{entry}{kinds}{sent}{place}",
        source.seq_no, source.position
    );
    out.wrapped("    ", &text)
}

/// The value of the sample digit by digit.
fn as_sent(source: &Source) -> String {
    let Some(value) = &source.value_text else { return String::new() };
    let unit = source.unit_text.as_deref().filter(|unit| !unit.is_empty());
    let unit = unit.map(|unit| format!(" {unit}")).unwrap_or_default();
    let shift = source.multiplier.filter(|power| *power != 0).map(|power| format!(" x 10^{power}"));
    format!(", sent as {value}{unit}{}", shift.unwrap_or_default())
}

fn because(charge: &Charge, out: &mut Page) -> fmt::Result {
    if charge.not_billable.is_empty() {
        return Ok(());
    }
    writeln!(out, "  not billable because")?;
    for reason in &charge.not_billable {
        let word = match reason.kind {
            "class" | "review" => format!("{} {}: ", reason.kind, reason.word),
            _ => String::new(),
        };
        out.wrapped_in(Ink::Bad, "    ", &format!("{word}{}", reason.meaning))?;
    }
    Ok(())
}

/// Columns that differ are told before the rest is only counted: a record that is one event behind differs in twenty.
const COLUMNS_TOLD: usize = 8;

/// Says so where the stored record is not what its events give.
fn agreement(charge: &Charge, out: &mut Page) -> fmt::Result {
    let agreement = &charge.agreement;
    if agreement.state == State::Equal {
        return Ok(());
    }
    let same = if agreement.state == State::OtherRevision && agreement.differences.is_empty() {
        "; today's rules give the same figures"
    } else {
        ""
    };
    out.wrapped_in(Ink::Bad, "  ", &format!("{}: {}{same}", agreement.state.title(), agreement.meaning))?;
    for column in agreement.differences.iter().take(COLUMNS_TOLD) {
        let text = format!("{}: stored {}, the events give {}", column.column, column.stored, column.folded);
        out.wrapped("    ", &text)?;
    }
    match agreement.differences.len().saturating_sub(COLUMNS_TOLD) {
        0 => Ok(()),
        more => writeln!(out, "    and {more} columns more: --format json has them"),
    }
}

/// Flags that are no reason for review: those have been told.
fn words(charge: &Charge, out: &mut Page) -> fmt::Result {
    for Word { word, meaning } in &charge.flags {
        out.wrapped("  ", &format!("flag {word}: {meaning}"))?;
    }
    Ok(())
}

fn guards(charge: &Charge, out: &mut Page) -> fmt::Result {
    out.title("  Guards of the figure")?;
    let (silent, spoke): (Vec<&Guard>, Vec<&Guard>) =
        charge.energy.guards.iter().partition(|guard| guard.said == "silent");
    for Guard { word, meaning, said } in spoke {
        let effect = if *said == "review" { "holds the bill" } else { "flag only" };
        out.wrapped("  ", &format!("{word} spoke ({effect}): {meaning}"))?;
    }
    let silent: Vec<&str> = silent.into_iter().map(|guard| guard.word).collect();
    out.wrapped_in(Ink::Faint, "  ", &format!("silent: {}", silent.join(", ")))
}
