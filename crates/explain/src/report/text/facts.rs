//! What a record says beside its energy: times, states, seqNos, what it carries, its identity.

use std::fmt::{self, Write as _};

use super::page::Page;
use super::plain::{duration, grouped, many, printable};
use crate::figures::Figures;
use crate::report::{Charge, Line};

pub(super) fn write(charge: &Charge, out: &mut Page) -> fmt::Result {
    let record = &charge.record;
    out.wrapped("  ", &times(record))?;
    if let Some(states) = states(record) {
        out.wrapped("  ", &format!("of that {states}"))?;
    }
    out.wrapped("  ", &sequence(charge))?;
    let carried = carried(charge);
    if !carried.is_empty() {
        out.wrapped("  ", &carried.join("; "))?;
    }
    let settled = charge.settled_at.as_deref().map(|at| format!(", settled {at}")).unwrap_or_default();
    let version = match (&charge.version, &charge.version_of) {
        (Some(version), Some(of)) => format!(
            "version {version} ({}, revision {} of the rules)",
            many(u64::from(of.contents), "content"),
            of.fold_revision
        ),
        _ => "not stored".to_owned(),
    };
    writeln!(out, "  record {}, changed {}{settled}", record.record_id, record.last_received_at)?;
    writeln!(out, "    {version}")
}

fn times(record: &Figures) -> String {
    let side = |at: &Option<String>, estimate: &Option<String>| match (at, estimate) {
        (Some(at), _) => at.clone(),
        (None, Some(estimate)) => format!("? (perhaps {estimate})"),
        (None, None) => "?".to_owned(),
    };
    let lasted = record.duration_s.as_deref().map(|s| format!(", {}", duration(s))).unwrap_or_default();
    let begin = side(&record.started_at, &record.started_at_estimate);
    format!("{begin} to {}{lasted}", side(&record.ended_at, &record.ended_at_estimate))
}

fn states(record: &Figures) -> Option<String> {
    let states = [
        ("Charging", &record.time_charging_s),
        ("SuspendedEV", &record.time_suspended_ev_s),
        ("SuspendedEVSE", &record.time_suspended_evse_s),
        ("EVConnected", &record.time_ev_connected_s),
        ("Idle", &record.time_idle_s),
        ("in a state that cannot be told", &record.time_unknown_s),
    ];
    let told = states.iter().filter_map(|(name, s)| Some((name, s.as_deref().filter(|s| *s != "0")?)));
    let told: Vec<String> = told.map(|(name, seconds)| format!("{} {name}", duration(seconds))).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// Places that are named before the list of events; more are only counted.
const PLACES_NAMED: usize = 3;

/// The first of some places in brackets.
fn named(places: Vec<String>) -> String {
    if places.is_empty() {
        return String::new();
    }
    let more = if places.len() > PLACES_NAMED { ", …" } else { "" };
    let first: Vec<String> = places.into_iter().take(PLACES_NAMED).collect();
    format!(" (seqNo {}{more})", first.join(", "))
}

fn sequence(charge: &Charge) -> String {
    let record = &charge.record;
    let missing = charge.events.iter().filter_map(|line| match line {
        Line::Missing { first, last, .. } if first == last => Some(first.to_string()),
        Line::Missing { first, last, .. } => Some(format!("{first}-{last}")),
        Line::Event(_) | Line::Omitted { .. } => None,
    });
    let lost = charge.events.iter().filter_map(|line| match line {
        Line::Event(event) if event.role == "conflict" => Some(event.seq_no.to_string()),
        Line::Event(_) | Line::Missing { .. } | Line::Omitted { .. } => None,
    });
    let mut text = format!(
        "{} count, seqNo {} to {}",
        many(u64::from(record.events), "event"),
        record.first_seq,
        record.last_seq
    );
    if record.epochs > 1 {
        text += &format!(" in {} runs", record.epochs);
    }
    text += &match record.missing_count {
        0 => ", none missing".to_owned(),
        count => format!(", {} missing{}", grouped(&count.to_string()), named(missing.collect())),
    };
    if record.conflicts > 0 {
        let contents = many(u64::from(record.conflicts), "content");
        text += &format!(", {contents} lost a conflict{}", named(lost.collect()));
    }
    if record.offline_events > 0 {
        text += &format!(", {} sent as offline", grouped(&record.offline_events.to_string()));
    }
    // of a class that holds the bill the reasons have told it
    if charge.not_billable.iter().any(|reason| reason.kind == "class") {
        return text;
    }
    format!("{text}; {}: {}", record.class, charge.class_meaning)
}

fn carried(charge: &Charge) -> Vec<String> {
    let record = &charge.record;
    let number = |name: &str, value: Option<i64>| value.map(|value| format!("{name} {value}"));
    let text =
        |name: &str, value: &Option<String>| value.as_ref().map(|v| format!("{name} {}", printable(v)));
    let token = |name: &str, token: &Option<String>, kind: &Option<String>, reference: &Option<String>| {
        let token = token.as_deref()?;
        let reference = reference.as_deref().map(|r| format!(" (ref {r})")).unwrap_or_default();
        Some(printable(&format!("{name} {} {token}{reference}", kind.as_deref().unwrap_or_default())))
    };
    let evse = record.evse_id.map(|evse| match record.connector_id {
        Some(connector) => format!("EVSE {evse}, connector {connector}"),
        None => format!("EVSE {evse}"),
    });
    let stopped = match (&record.stopped_reason, &record.stopped_reason_raw) {
        (Some(reason), Some(raw)) if reason != raw => {
            Some(format!("stopped: {reason}, sent as {}", printable(raw)))
        }
        (Some(reason), Some(_)) => Some(format!("stopped: {reason}")),
        (Some(reason), None) => Some(format!("stopped: {reason}, since the Ended gives no reason")),
        (None, _) => None,
    };
    let facts = [
        evse,
        token("started by", &record.id_token_start, &record.id_token_start_type, &charge.id_token_start_ref),
        token("stopped by", &record.id_token_stop, &record.id_token_stop_type, &charge.id_token_stop_ref),
        stopped,
        number("remoteStartId", record.remote_start_id),
        number("reservationId", record.reservation_id),
        number("timeSpentCharging, s:", record.reported_charging_s),
        number("cableMaxCurrent, A:", record.cable_max_current_a),
        text("operationMode", &record.operation_mode),
        text("tariffId", &record.tariff_id),
    ];
    facts.into_iter().flatten().collect()
}
