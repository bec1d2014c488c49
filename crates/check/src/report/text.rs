//! The report for people: plain text that can be pasted into a ticket, the short of it first. With one input a place is a
//! line, with several a file and a line.

mod charges;
mod plain;

use std::fmt::{self, Write as _};

use super::{CodeFound, Counted, Example, Report};
use crate::position::Place;
use plain::{bytes, length, many, number, percent, percent_of, zone};

/// Names of other actions that are told.
const ACTIONS_TOLD: usize = 8;
/// Characters of a line of text, the indent apart.
const WIDTH: usize = 96;

/// Writes a report.
pub(super) fn write(report: &Report) -> String {
    let mut page = Page { text: String::new(), is_one_input: report.input.files.len() == 1 };
    // a String takes everything
    match report_to(report, &mut page) {
        Ok(()) | Err(fmt::Error) => page.text,
    }
}

/// The parts that are not empty.
fn joined(parts: &[&str], by: &str) -> String {
    let filled: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    filled.join(by)
}

/// What is written.
struct Page {
    text: String,
    /// Then a place needs no file.
    is_one_input: bool,
}

impl fmt::Write for Page {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.write_str(text)
    }
}

impl Page {
    fn place(&self, place: &Place) -> String {
        if self.is_one_input { format!("line {}", place.line) } else { place.to_string() }
    }

    /// A sentence over as many lines as it needs.
    fn wrapped(&mut self, text: &str) -> fmt::Result {
        let mut line = String::new();
        for word in text.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
                writeln!(self, "    {line}")?;
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        writeln!(self, "    {line}")
    }

    fn title(&mut self, text: &str) -> fmt::Result {
        writeln!(self, "\n{text}\n{}", "-".repeat(text.len()))
    }

    fn examples(&mut self, examples: &[Example]) -> fmt::Result {
        for example in examples {
            let Example { place, path, detail, transaction_id, seq_no } = example;
            let id = transaction_id.as_deref().unwrap_or_default();
            let seq_no = seq_no.map(|seq_no| format!("seqNo {seq_no}")).unwrap_or_default();
            let whose = joined(&[id, &seq_no], " ");
            let said = joined(&[path, detail], ": ");
            let text = joined(&[&whose, &said], " | ");
            let place = self.place(place);
            writeln!(self, "      {}", joined(&[&place, &text], "  "))?;
        }
        Ok(())
    }
}

fn report_to(report: &Report, out: &mut Page) -> fmt::Result {
    head(report, out)?;
    verdict(report, out)?;
    events(report, out)?;
    lines(report, out)?;
    if !report.codes.is_empty() {
        out.title("Wrong with events")?;
        report.codes.iter().try_for_each(|code| code_found(code, out))?;
    }
    if report.charges.transaction_ids > 0 {
        charges::write(report, out)?;
    }
    Ok(())
}

fn head(report: &Report, out: &mut Page) -> fmt::Result {
    writeln!(out, "wattledger check {}", report.wattledger)?;
    for file in &report.input.files {
        let size = bytes(file.bytes);
        writeln!(out, "  {}: {}, {size}", file.file, many(file.lines, "line"))?;
    }
    let reading = &report.reading;
    let version = match (reading.version, reading.version_from) {
        ("both", _) => "OCPP 2.0.1 and 2.1, as the input says".to_owned(),
        (version, "input") => format!("OCPP {version}, as the input says"),
        (version, "option") => format!("OCPP {version}, as asked for"),
        (version, _) => format!("OCPP {version}, since the input does not say (--version)"),
    };
    let strict = if reading.strict { "strict" } else { "lenient" };
    writeln!(out, "  read as {version}; {strict}; times without a zone are {}", zone(reading.zone_minutes))
}

fn verdict(report: &Report, out: &mut Page) -> fmt::Result {
    let verdict = &report.verdict;
    let passes = if verdict.exit_status == 0 { "PASSED" } else { "FAILED" };
    writeln!(out, "\n{passes}: {}", short(report))?;
    writeln!(out, "  exit status {}; a run fails on: {} or worse", verdict.exit_status, verdict.fail_on)
}

/// The short of it, in one sentence.
fn short(report: &Report) -> String {
    let (events, found) = (&report.events, &report.charges);
    if events.total == 0 {
        return "no TransactionEvent was found, so nothing was tested".to_owned();
    }
    let level =
        |name: &str| found.levels.iter().find(|level| level.name == name).map_or(0, |level| level.count);
    let (review, flagged) = (level("review"), level("flagged"));
    let mut parts = Vec::new();
    if events.quarantined > 0 {
        parts.push(format!(
            "{} of {} would be quarantined",
            number(events.quarantined),
            many(events.total, "event")
        ));
    }
    if review > 0 {
        let verb = if review == 1 { "needs" } else { "need" };
        parts.push(format!(
            "{} of {} {verb} a human before a bill",
            number(review),
            many(found.charges, "charge")
        ));
    }
    if events.flagged > 0 {
        parts.push(format!(
            "{} of {} would carry flags",
            number(events.flagged),
            many(events.total, "event")
        ));
    }
    if flagged > 0 {
        let verb = if flagged == 1 { "has" } else { "have" };
        parts.push(format!("{} of {} {verb} remarks", number(flagged), many(found.charges, "charge")));
    }
    if found.not_assembled.count > 0 {
        parts.push(format!("{} not assembled", many(found.not_assembled.count, "transactionId")));
    }
    if parts.is_empty() {
        let (events, charges) = (many(events.total, "event"), many(found.charges, "charge"));
        return format!("nothing found in {events} of {charges}");
    }
    parts.join("; ")
}

fn events(report: &Report, out: &mut Page) -> fmt::Result {
    let events = &report.events;
    if events.total == 0 {
        return Ok(());
    }
    let forms: Vec<String> = report.input.forms.iter().map(form).collect();
    out.title("Events")?;
    let rows = [
        ("clean", events.clean, "accepted as they are"),
        ("flagged", events.flagged, "accepted, and carry their codes"),
        ("quarantined", events.quarantined, "kept byte for byte, part of no charge"),
    ];
    writeln!(out, "  {:>10}           in all: {}", number(events.total), forms.join(", "))?;
    for (name, count, what) in rows {
        writeln!(out, "  {:>10} {:>8}  {name}: {what}", number(count), percent(count, events.total))?;
    }
    Ok(())
}

fn form(counted: &Counted) -> String {
    let what = match counted.name.as_str() {
        "payload" => "as payloads",
        "envelope" => "in batch envelopes",
        "frame" => "as OCPP-J frames",
        _ => "as frames in log lines",
    };
    format!("{} {what}", number(counted.count))
}

fn lines(report: &Report, out: &mut Page) -> fmt::Result {
    let input = &report.input;
    if input.other_lines.is_empty() {
        return Ok(());
    }
    out.title("Lines without a TransactionEvent")?;
    for other in &input.other_lines {
        let actions =
            if other.kind == "other_action" { actions(&input.other_actions) } else { String::new() };
        writeln!(out, "  {:>10}  {}{actions}", number(other.count), other.meaning)?;
        out.examples(&other.examples)?;
    }
    Ok(())
}

fn actions(actions: &[Counted]) -> String {
    let told = actions.iter().take(ACTIONS_TOLD);
    let mut told: Vec<String> =
        told.map(|action| format!("{} {}", number(action.count), action.name)).collect();
    if actions.len() > ACTIONS_TOLD {
        told.push(format!("{} more", number(length(actions.len() - ACTIONS_TOLD))));
    }
    format!(": {}", told.join(", "))
}

fn code_found(code: &CodeFound, out: &mut Page) -> fmt::Result {
    let effect = if code.effect == "quarantine" { "QUARANTINES" } else { "flag" };
    let share = percent_of(code.share);
    writeln!(out, "  {}  {effect}  {} ({share})", code.code, many(code.events, "event"))?;
    out.wrapped(&format!("{} [{}; {}]", code.meaning, code.source, code.ocpp_error))?;
    out.examples(&code.examples)
}
