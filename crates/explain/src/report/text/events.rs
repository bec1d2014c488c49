//! The events of a charge as a table; below an event what is to be said of it.

use std::fmt::{self, Write as _};

use super::page::{Ink, Page};
use super::plain::{day_and_clock, grouped, many, power, printable};
use crate::report::{Basis, Charge, Copies, Event, Line, Source};

pub(super) fn write(charge: &Charge, out: &mut Page) -> fmt::Result {
    if charge.events.is_empty() {
        return Ok(());
    }
    out.title("  Events")?;
    if let Some(series) = &charge.energy.shown_series {
        writeln!(out, "  register: {series}; power: mean over the step")?;
    }
    let has_runs = charge.record.epochs > 1;
    let heads = [
        "seqNo",
        "",
        "type",
        "event time, UTC",
        "lag s",
        "state",
        "register Wh",
        "step Wh",
        "power",
        "part/offset",
    ];
    let run = if has_runs { "run " } else { "" };
    out.ink(Ink::Faint, &row(run, heads.map(str::to_owned)))?;
    let mut day = String::new();
    for line in &charge.events {
        match line {
            Line::Event(event) => self::event(charge, event, has_runs, &mut day, out)?,
            Line::Missing { epoch, first, last, count, set_aside } => {
                let run = if has_runs { format!(" of run {epoch}") } else { String::new() };
                let which = if first == last { format!("{first}") } else { format!("{first} to {last}") };
                let text = format!("  ---- missing: seqNo {which}{run} ({})", many(*count, "number"));
                out.ink(Ink::Bad, &text)?;
                if !set_aside.is_empty() {
                    let numbers: Vec<String> = set_aside.iter().map(ToString::to_string).collect();
                    let text = format!("seqNo {} came and was set aside: see below", numbers.join(", "));
                    out.wrapped_in(Ink::Bad, INDENT, &text)?;
                }
            }
            Line::Omitted { events, from, to, lost, missing } => {
                let count = many(u64::try_from(*events).unwrap_or(u64::MAX), "event");
                let mut text = format!("  .... {count} not shown, seqNo {} to {}", from.seq_no, to.seq_no);
                if *lost > 0 {
                    text += &format!(", {} of them not counting", grouped(&lost.to_string()));
                }
                if *missing > 0 {
                    text += &format!(", {} missing between them", grouped(&missing.to_string()));
                }
                out.ink(Ink::Faint, &format!("{text}; --all shows them"))?;
            }
        }
    }
    Ok(())
}

fn row(run: &str, columns: [String; 10]) -> String {
    let [seq_no, role, kind, time, lag, state, register, step, power, place] = columns;
    format!(
        "  {run}{seq_no:>7}{role:1} {kind:<7} {time:>23} {lag:>9} {state:<13} {register:>15} {step:>11} {power:>9} {place:>10}"
    )
}

fn event(charge: &Charge, event: &Event, has_runs: bool, day: &mut String, out: &mut Page) -> fmt::Result {
    let time = event.event_time.as_deref().map_or_else(
        || "unreadable".to_owned(),
        |time| {
            let (this, clock) = day_and_clock(time);
            if this == *day {
                return clock.to_owned();
            }
            this.clone_into(day);
            format!("{this} {clock:<12}").trim_end().to_owned()
        },
    );
    let (role, ink) = match event.role {
        "counts" => ("", Ink::Plain),
        "variant" => ("~", Ink::Faint),
        _ => ("!", Ink::Bad),
    };
    let latest =
        event.registers.iter().rev().find(|reading| !reading.repeated).or_else(|| event.registers.last());
    let of_latest =
        |of: fn(&crate::registers::Reading) -> Option<String>| latest.and_then(of).unwrap_or_default();
    let step = of_latest(|r| r.step_wh.as_ref().map(|step| signed(step)));
    let columns = [
        event.seq_no.to_string(),
        role.to_owned(),
        event.event_type.to_owned(),
        time,
        event.lag_s.as_deref().map(lag).unwrap_or_default(),
        event.charging_state.unwrap_or_default().to_owned(),
        of_latest(|r| Some(grouped(&r.wh))),
        step,
        of_latest(|r| r.power_w.as_deref().map(power)),
        event.place.as_ref().map(|p| format!("{}/{}", p.partition, p.offset)).unwrap_or_default(),
    ];
    let run = if has_runs { format!("{:>3} ", event.epoch) } else { String::new() };
    out.ink(ink, &row(&run, columns))?;
    notes(charge, event, ink, out)
}

/// Seconds to the tenth.
fn lag(seconds: &str) -> String {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    format!("{}.{}", grouped(whole), fraction.get(..1).unwrap_or("0"))
}

fn signed(step: &str) -> String {
    if step.starts_with('-') { grouped(step) } else { format!("+{}", grouped(step)) }
}

const INDENT: &str = "           ";

fn notes(charge: &Charge, event: &Event, ink: Ink, out: &mut Page) -> fmt::Result {
    let marks = marks(charge, event);
    if !marks.is_empty() {
        out.wrapped_in(ink, INDENT, &marks.join("; "))?;
    }
    copies(&event.copies, out)?;
    if event.role != "counts" {
        lost(event, ink, out)?;
    }
    Ok(())
}

/// What is to be said of an event beside its columns.
fn marks(charge: &Charge, event: &Event) -> Vec<String> {
    let mut notes: Vec<String> = event.marks.iter().map(|mark| mark_text(mark).to_owned()).collect();
    let holds = |sources: &[Source]| sources.iter().any(|s| s.content_hash == event.content_hash);
    match &charge.energy.basis {
        Some(Basis::Register { spans }) => {
            let begin = spans.iter().any(|span| holds(&span.begin)).then_some("BEGIN reading");
            let end = spans.iter().any(|span| holds(&span.end)).then_some("END reading");
            notes.extend(begin.into_iter().chain(end).map(str::to_owned));
        }
        Some(Basis::Amounts { first, .. }) if holds(first) => notes.push("an amount of the sum".to_owned()),
        Some(Basis::Amounts { .. }) | None => {}
    }
    if let Some(token) = &event.id_token {
        notes.push(format!("token {} {token}", event.id_token_type.as_deref().unwrap_or_default()));
    }
    // of an EVSE only the first word and another one: some stations name it in every event
    if event.evse_id != charge.record.evse_id || event.event_type == "Started" {
        notes.extend(event.evse_id.map(|evse| format!("EVSE {evse}")));
    }
    if event.event_type != "Updated" {
        notes.push(format!("trigger {}", event.trigger_reason));
    }
    notes.extend(event.stopped_reason.map(|reason| format!("stopped: {reason}")));
    if event.offline {
        notes.push("sent as offline".to_owned());
    }
    if event.registers.len() > 1 {
        notes.push(format!("{} readings, the latest new one is shown", event.registers.len()));
    }
    if !event.flags.is_empty() {
        notes.push(format!("flags {}", event.flags.join(", ")));
    }
    notes
}

fn mark_text(mark: &str) -> &str {
    match mark {
        "start" => "START",
        "end" => "END",
        "further_start" => "a further Started",
        "start_again" => "the start told again: it opens no charge",
        "further_end" => "a further Ended, not the end",
        "before_start" => "below the start: perhaps another charge's",
        "after_end" => "after the end",
        "stamped_after_end" => "stamped after the end: its values serve the estimate only",
        "untimed" => "no usable event time: placed by when it was received",
        "reset" => "seqNo begins anew here",
        other => other,
    }
}

fn copies(copies: &Copies, out: &mut Page) -> fmt::Result {
    if copies.count == 0 {
        return Ok(());
    }
    let told: Vec<String> = copies
        .first
        .iter()
        .map(|copy| format!("{}/{} at {}", copy.place.partition, copy.place.offset, copy.received_at))
        .collect();
    let more = copies.count.saturating_sub(u64::try_from(told.len()).unwrap_or(u64::MAX));
    let more = if more > 0 { format!(", and {} more", grouped(&more.to_string())) } else { String::new() };
    out.wrapped(INDENT, &format!("{}: {}{more}", many(copies.count, "further copy"), told.join(", ")))
}

/// Why a content does not count, and what differs.
fn lost(event: &Event, ink: Ink, out: &mut Page) -> fmt::Result {
    let what = if event.role == "variant" {
        "tells the content that counts again, in other words"
    } else {
        "contradicts the content that counts, and lost"
    };
    out.wrapped_in(ink, INDENT, &format!("content {} {what}", event.content_hash))?;
    let Some(differences) = &event.differences else {
        return out.wrapped(INDENT, "its bytes were not compared");
    };
    for difference in differences {
        let side = |value: &Option<String>| value.as_deref().map_or_else(|| "nothing".to_owned(), printable);
        let (counts, this) = (side(&difference.counts), side(&difference.this));
        out.wrapped(INDENT, &format!("  {}: counts {counts}, this {this}", printable(&difference.path)))?;
    }
    let told = differences.len();
    if event.differences_in_all > told {
        out.wrapped(INDENT, &format!("  and {} more differences", event.differences_in_all - told))?;
    }
    Ok(())
}
