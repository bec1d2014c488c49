//! Writes the record of a sorted-out charge, field by field (rules 11, 13, 17).

use uuid::Uuid;
use wattledger_decoder::{EventType, StoppedReason};
use wattledger_record::{Micros, StationKey, ids};

use super::carried::{self, Carried, Tokens};
use super::charge::Charge;
use super::classify::{self, Needs};
use super::contents::Entry;
use super::energy::{self, Direction};
use super::event::Event;
use super::instances::Instance;
use super::missing;
use super::readings;
use super::record::{Class, Reckoning, Record};
use super::times;
use super::words::{Remarks, flag, review};

/// Whose charges these are.
pub(super) struct Identity<'a> {
    pub(super) station: &'a StationKey,
    pub(super) transaction_id: &'a str,
}

impl Identity<'_> {
    fn record_id(&self, started_at: Option<Micros>) -> Uuid {
        ids::record_id(self.station, self.transaction_id, started_at)
    }
}

/// The record of a charge, and where its figures come from.
pub(super) fn record(id: &Identity<'_>, mut charge: Charge<'_>) -> (Record, Reckoning) {
    let mut remarks = std::mem::take(&mut charge.remarks);
    let missing = missing::find(charge.until_end(), charge.start().map(|e| e.place));
    let tokens = carried::tokens(charge.told(), &mut remarks);
    if tokens.is_stopped_by_other() && charge.has_seam() {
        remarks.both(review::STOPPED_BY_OTHER);
    }
    let carried = carried::gather(charge.stated(), &mut remarks);
    let times = times::find(&charge, energy::first_reading(&charge), &mut remarks);
    times::judge_clocks(&charge.contents, &mut remarks);
    let charging_us = times.state_times.map(|times| times.charging.0);
    let import = energy::measure(&charge, Direction::Import, charging_us, &mut remarks);
    let mut export_remarks = Remarks::default();
    let export = energy::measure(&charge, Direction::Export, charging_us, &mut export_remarks);
    remarks.absorb_export(&export_remarks);
    if charge.end().is_some_and(|end| charge.contested.binary_search(&end.place).is_ok()) {
        remarks.review(review::CONFLICT);
    }
    let registers = [Direction::Import.register(), Direction::Export.register()];
    if readings::any_negative(&charge.contents, &registers) {
        remarks.flag(flag::REGISTER_NEGATIVE);
    }
    for code in charge.contents.iter().flat_map(|e| &e.event.flags) {
        remarks.flag(code.as_str());
    }
    let needs = Needs {
        both_registers: import.both_ends,
        token: tokens.start.is_some(),
        evse: carried.evse_id.is_some(),
    };
    let class = classify::class(&charge, missing.count, &needs);
    let (review, flags) = remarks.into_lists();

    let blank = blank(&charge, id.record_id(record_time(&charge)), class);
    let Tokens { start, stop } = tokens;
    let Carried { evse_id, connector_id, remote_start_id, reservation_id, phases_used, .. } = carried;
    let reckoning = Reckoning { instance_key: charge.key, import: import.basis, export: export.basis };
    let record = Record {
        missing_count: missing.count,
        missing_ranges: missing.ranges,
        missing_truncated: missing.truncated,
        started_at: times.started_at,
        ended_at: times.ended_at,
        started_at_estimate: times.started_at_estimate,
        ended_at_estimate: times.ended_at_estimate,
        duration_s: times.duration_s,
        state_times: times.state_times,
        evse_id,
        connector_id,
        id_token_start: start,
        id_token_stop: stop,
        remote_start_id,
        reservation_id,
        phases_used,
        cable_max_current_a: carried.cable_max_current_a,
        reported_charging_s: carried.reported_charging_s,
        operation_mode: carried.operation_mode,
        tariff_id: carried.tariff_id,
        energy: import.energy,
        energy_estimate: import.estimate,
        register_begin_wh: import.begin,
        register_end_wh: import.end,
        energy_export_wh: export.energy.map(|energy| energy.wh),
        last_register_wh: import.last_register,
        review,
        flags,
        epoch_starts: charge.epoch_starts,
        placed: charge.placed,
        lost: charge.lost,
        ..blank
    };
    (record, reckoning)
}

/// The record with what needs no judgement: counts, ends, spelling.
fn blank(charge: &Charge<'_>, record_id: Uuid, class: Class) -> Record {
    let seqs = || charge.counting.iter().map(|e| e.place.seq_no);
    let lowest = charge.counting.first().map(|e| e.event);
    let end = charge.end().map(|e| e.event);
    let received = || charge.contents.iter().map(|e| e.event.received_at);
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Record {
        until: charge.until,
        class,
        first_seq: charge.start().map(|e| e.place.seq_no).or_else(|| seqs().min()).unwrap_or(0),
        last_seq: end.map(|e| e.seq_no).or_else(|| seqs().max()).unwrap_or(0),
        epochs: charge.epochs,
        events: count(charge.counting.len()),
        offline_events: count(charge.counting.iter().filter(|e| e.event.offline).count()),
        conflicts: charge.conflicts,
        stopped_reason: end.map_or("", |e| e.stopped_reason.unwrap_or(StoppedReason::Local).as_str()),
        stopped_reason_raw: end.and_then(stopped_reason_raw),
        last_event_at: charge.contents.iter().filter_map(|e| e.event.usable_time()).max(),
        first_received_at: received().min().unwrap_or_default(),
        last_received_at: received().max().unwrap_or_default(),
        ..empty(charge.key, record_id, lowest)
    }
}

fn stopped_reason_raw(end: &Event) -> Option<Box<str>> {
    let canonical = || end.stopped_reason.map(|reason| Box::from(reason.as_str()));
    end.stopped_reason_raw.clone().or_else(canonical)
}

/// Event time that identifies the charge: that of its start, else of any Started it has.
fn record_time(charge: &Charge<'_>) -> Option<Micros> {
    let started = || charge.counting.iter().filter(|e| e.is(EventType::Started));
    let counting = started().find_map(|e| e.event.usable_time());
    let any = || {
        let told = charge.contents.iter().filter(|e| e.is(EventType::Started));
        told.filter_map(|e: &Entry<'_>| e.event.usable_time()).min()
    };
    counting.or_else(any)
}

/// The row of a Started that merely repeats the start of another instance: it says only that.
pub(super) fn repeat(id: &Identity<'_>, instance: &Instance<'_>) -> Record {
    let opening = instance.opening;
    let seq_no = opening.map_or(0, |e| e.seq_no);
    let received_at = opening.map(|e| e.received_at).unwrap_or_default();
    Record {
        part_of: instance.part_of,
        until: instance.until,
        first_seq: seq_no,
        last_seq: seq_no,
        first_received_at: received_at,
        last_received_at: received_at,
        ..empty(instance.key, id.record_id(Some(Micros(instance.key))), opening)
    }
}

fn empty(instance_key: i64, record_id: Uuid, lowest: Option<&Event>) -> Record {
    Record {
        instance_key,
        part_of: None,
        until: i64::MAX,
        epoch_starts: Vec::new(),
        placed: Vec::new(),
        lost: Vec::new(),
        station_raw: lowest.map(|e| e.station_raw.clone()).unwrap_or_default(),
        transaction_id_raw: lowest.map(|e| e.transaction_id_raw.clone()).unwrap_or_default(),
        record_id,
        class: Class::Open,
        first_seq: 0,
        last_seq: 0,
        epochs: 1,
        events: 0,
        offline_events: 0,
        conflicts: 0,
        missing_count: 0,
        missing_ranges: Vec::new(),
        missing_truncated: false,
        started_at: None,
        ended_at: None,
        started_at_estimate: None,
        ended_at_estimate: None,
        duration_s: None,
        state_times: None,
        evse_id: None,
        connector_id: None,
        id_token_start: None,
        id_token_stop: None,
        remote_start_id: None,
        reservation_id: None,
        phases_used: Vec::new(),
        cable_max_current_a: None,
        reported_charging_s: None,
        operation_mode: None,
        tariff_id: None,
        stopped_reason: "",
        stopped_reason_raw: None,
        energy: None,
        energy_estimate: None,
        register_begin_wh: None,
        register_end_wh: None,
        energy_export_wh: None,
        review: Vec::new(),
        flags: Vec::new(),
        last_event_at: None,
        last_register_wh: None,
        first_received_at: Micros(0),
        last_received_at: Micros(0),
    }
}
