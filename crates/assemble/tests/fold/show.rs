//! A record as text, field by field: what the lines after `=` of a fixture speak of.

use std::collections::BTreeMap;

use wattledger_assemble::event::Token;
use wattledger_assemble::record::{Class, Energy, Record, StateTimes};
use wattledger_record::Micros;

use crate::fold::{DAY_ONE, SECOND};

/// A record as text, field by field.
pub(crate) fn show(record: &Record) -> BTreeMap<&'static str, String> {
    let mut fields = BTreeMap::new();
    let mut put = |name, text: String| fields.insert(name, text);
    put("part_of", record.part_of.map_or(String::new(), clock));
    put("key", clock(record.instance_key));
    put("until", clock(record.until));
    put("class", class(record.class).to_owned());
    put("seq", format!("{}..{}", record.first_seq, record.last_seq));
    put("epochs", record.epochs.to_string());
    put("epoch_starts", list(record.epoch_starts.iter().map(|s| format!("{}#{}", clock(s.at), s.seq_no))));
    put("placed", list(record.placed.iter().map(|p| format!("{}/{}", p.epoch, p.seq_no))));
    put("events", record.events.to_string());
    put("offline", record.offline_events.to_string());
    put("conflicts", record.conflicts.to_string());
    let mut lost: Vec<String> =
        record.lost.iter().map(|l| format!("{}{}", l.seq_no, if l.variant { "v" } else { "" })).collect();
    lost.sort_unstable();
    put("lost", list(lost.into_iter()));
    let ranges = record.missing_ranges.iter();
    put("missing", list(ranges.map(|r| format!("{}:{}-{}", r.epoch, r.first, r.last))));
    put("missing_count", record.missing_count.to_string());
    put("start", moment(record.started_at));
    put("end", moment(record.ended_at));
    put("start_estimate", moment(record.started_at_estimate));
    put("end_estimate", moment(record.ended_at_estimate));
    put("duration", record.duration_s.map_or(String::new(), |d| d.to_string()));
    put("states", record.state_times.map_or(String::new(), states));
    put("evse", number(record.evse_id));
    put("connector", number(record.connector_id));
    put("token", token(record.id_token_start.as_ref()));
    put("stop_token", token(record.id_token_stop.as_ref()));
    put("remote", number(record.remote_start_id));
    put("reservation", number(record.reservation_id));
    put("phases", list(record.phases_used.iter().map(ToString::to_string)));
    put("cable", number(record.cable_max_current_a));
    put("spent", number(record.reported_charging_s));
    put("mode", record.operation_mode.as_deref().unwrap_or_default().to_owned());
    put("tariff", record.tariff_id.as_deref().unwrap_or_default().to_owned());
    put("reason", record.stopped_reason.to_owned());
    put("reason_raw", record.stopped_reason_raw.as_deref().unwrap_or_default().to_owned());
    put("energy", record.energy.map_or(String::new(), energy));
    put("estimate", record.energy_estimate.map_or(String::new(), energy));
    let registers = record.register_begin_wh.zip(record.register_end_wh);
    put("registers", registers.map_or(String::new(), |(begin, end)| format!("{begin}..{end}")));
    put("export", record.energy_export_wh.map_or(String::new(), |wh| wh.to_string()));
    put("last_register", record.last_register_wh.map_or(String::new(), |wh| wh.to_string()));
    put("review", list(record.review.iter().map(ToString::to_string)));
    put("flags", list(record.flags.iter().map(ToString::to_string)));
    put("last_event", moment(record.last_event_at));
    fields
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(" ")
}

fn number(value: Option<i64>) -> String {
    value.map_or(String::new(), |n| n.to_string())
}

fn token(token: Option<&Token>) -> String {
    token.map_or(String::new(), |t| t.id_token.to_string())
}

fn energy(energy: Energy) -> String {
    format!("{} {}", energy.wh, energy.method)
}

fn moment(at: Option<Micros>) -> String {
    at.map_or(String::new(), |Micros(at)| clock(at))
}

fn clock(at: i64) -> String {
    if at == 0 || at == i64::MAX {
        return if at == 0 { "0" } else { "never" }.to_owned();
    }
    let seconds = (at - DAY_ONE).div_euclid(SECOND);
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let day = if day == 0 { String::new() } else { format!("d{}/", day + 1) };
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let second = if second == 0 { String::new() } else { format!(":{second:02}") };
    format!("{day}{hour:02}:{minute:02}{second}")
}

fn states(times: StateTimes) -> String {
    let named = [
        ("charging", times.charging),
        ("suspended_ev", times.suspended_ev),
        ("suspended_evse", times.suspended_evse),
        ("ev_connected", times.ev_connected),
        ("idle", times.idle),
        ("unknown", times.unknown),
    ];
    list(named.iter().filter(|(_, s)| s.0 != 0).map(|(name, s)| format!("{name}={s}")))
}

/// Name of a class as stored.
fn class(class: Class) -> &'static str {
    match class {
        Class::Conflict => "conflict",
        Class::NoStart => "no_start",
        Class::Open => "open",
        Class::Complete => "complete",
        Class::CompletePermittedGaps => "complete_permitted_gaps",
        Class::Waiting => "waiting",
    }
}
