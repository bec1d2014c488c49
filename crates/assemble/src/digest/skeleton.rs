//! The few events that decide the record, folded like any others; then what is counted over all events is put in.
//!
//! The skeleton has the start, what was told once, the readings that decide, the first event with state Charging, and
//! the Ended. seqNos are closed up: numbers are missing between two of its events if and only if some are missing
//! between them in the charge. So every rule is applied by the fold itself; what a rule could see only in events that
//! were not kept, the power of each step and the mean power, is judged here, and where it says anything the record is
//! left to the whole set.

use std::collections::BTreeMap;

use wattledger_decoder::{ChargingState, ReadingContext};
use wattledger_decoder::{EventType, Measurand, TriggerReason};
use wattledger_record::{ContentHash, Decimal6, Micros, StationKey};

use super::Digest;
use super::meter::Mark;
use super::told::Rare;
use crate::event::{Event, Sample};
use crate::power::unit_suspect;
use crate::record::{Folded, Record};
use crate::signs::SEAM_MIN;
use crate::words::review;

/// Later than any tolerated delay, µs.
const LATE_US: i64 = 3_600_000_000;

/// The record of a digest; `None` if the whole set has to tell.
pub(super) fn record(digest: &Digest, station: &StationKey, transaction_id: &str) -> Option<Folded> {
    let events = events(digest, station, transaction_id);
    let mut folded = crate::fold(station, transaction_id, &events);
    let [record] = folded.records.as_mut_slice() else { return None };
    complete(digest, record);
    // a silence between two events that were kept may be the sum of shorter ones
    let silent = digest.pace.is_broken() || record.flags.contains(&review::TIME_GAP);
    if silent || (digest.extra.end().is_some() && is_doubtful(digest, record)) {
        return None;
    }
    let course = &digest.course;
    folded.version = course.version();
    folded.contents = course.contents();
    (folded.first_month, folded.last_month) = course.months();
    folded.undated = course.undated;
    folded.flag_large();
    Some(folded)
}

/// Puts in what is counted over all events.
fn complete(digest: &Digest, record: &mut Record) {
    let course = &digest.course;
    record.first_seq = course.first_seq;
    record.last_seq = course.last_seq();
    record.events = course.contents();
    record.offline_events = course.offline;
    let holes = digest.extra.get().map(|parts| parts.holes.clone()).unwrap_or_default();
    record.missing_count = holes.missing;
    record.missing_truncated = u32::try_from(holes.listed.len()).is_ok_and(|listed| listed < course.holes());
    record.missing_ranges = holes.listed;
    record.first_received_at = Micros(course.received_first);
    record.last_received_at = Micros(course.received_last);
    record.last_event_at = Some(Micros(course.last_at));
    record.state_times = record.state_times.map(|_| digest.states.times(course));
}

/// Whether a guard may see something in the events that were not kept.
fn is_doubtful(digest: &Digest, record: &Record) -> bool {
    let power = digest.meter.power();
    let charging = record.state_times.map(|times| times.charging.0);
    let suspect = record.energy.zip(power.mean).zip(charging);
    // the longer steps of the skeleton are at most as steep, so a word there without one here is rounding
    record.flags.contains(&review::POWER_IMPLAUSIBLE)
        || digest.meter.register.exceeds(power.bound())
        || suspect.is_some_and(|((energy, mean), us)| unit_suspect(energy.wh.0, mean, us))
}

/// Events under construction.
struct Skeleton {
    events: Vec<Event>,
    seq_no: i64,
    holes: u32,
    at: i64,
    /// Numbers that are left out at a hole: room for an Ended and a Started, if any hole of the charge has that.
    gap: i64,
}

impl Skeleton {
    /// Appends an event, behind missing numbers where there are more holes below it than below the one before.
    ///
    /// Time passes before the hole, so that no hole is a long silence: that is judged apart.
    fn push(&mut self, event: Event, holes: u32) {
        let event_time = event.event_time.unwrap_or(Micros(self.at));
        if event_time.0 > self.at && holes > self.holes {
            self.at = event_time.0;
            self.append(blank(EventType::Updated), event_time);
        }
        if holes > self.holes {
            self.seq_no += self.gap;
        }
        self.holes = holes;
        self.at = event_time.0;
        self.append(event, event_time);
    }

    fn append(&mut self, event: Event, event_time: Micros) {
        self.seq_no += 1;
        let hash = ContentHash(u128::try_from(self.events.len()).unwrap_or(0));
        self.events.push(Event {
            seq_no: self.seq_no,
            content_hash: hash,
            core_hash: hash,
            event_time: Some(event_time),
            received_at: Micros(event_time.0.saturating_add(event.received_at.0)),
            ..event
        });
    }
}

/// What one event of the charge adds to the skeleton.
#[derive(Default)]
struct Bone {
    holes: u32,
    marks: Vec<Mark>,
    charging_at: Option<i64>,
}

fn bones(digest: &Digest) -> BTreeMap<u32, Bone> {
    let mut bones: BTreeMap<u32, Bone> = BTreeMap::new();
    bones.entry(0).or_default();
    for mark in digest.meter.register.marks(digest.extra.zero()) {
        let bone = bones.entry(mark.offset).or_default();
        bone.holes = mark.holes;
        if !bone.marks.contains(&mark) {
            bone.marks.push(mark);
        }
    }
    if let Some(charging) = digest.told.charging() {
        let bone = bones.entry(charging.offset).or_default();
        bone.holes = charging.holes;
        bone.charging_at = Some(charging.at);
    }
    bones
}

fn events(digest: &Digest, station: &StationKey, transaction_id: &str) -> Vec<Event> {
    let at = digest.course.started_at;
    let gap = if digest.pace.has_seam() { i64::try_from(SEAM_MIN).unwrap_or(1) } else { 1 };
    let mut skeleton = Skeleton { events: Vec::with_capacity(8), seq_no: 0, holes: 0, at, gap };
    for (offset, mut bone) in bones(digest) {
        bone.marks.sort_by_key(|mark| mark.at);
        let samples = bone.marks.iter().map(|mark| sample(digest, mark)).collect();
        let charging_state = bone.charging_at.map(|_| ChargingState::Charging);
        let event_time = bone.charging_at.map(Micros);
        if offset > 0 {
            let event = Event { samples, charging_state, event_time, ..blank(EventType::Updated) };
            skeleton.push(event, bone.holes);
            continue;
        }
        let rare = digest.extra.rarities();
        let station_raw = digest.told.station_raw(station, &rare);
        let transaction_id_raw = digest.told.transaction_id_raw(transaction_id, &rare);
        let started = blank(EventType::Started);
        skeleton.push(Event { samples, charging_state, station_raw, transaction_id_raw, ..started }, 0);
        for teller in tellers(digest, rare) {
            skeleton.push(teller, 0);
        }
    }
    let holes = digest.course.holes();
    match digest.extra.end() {
        Some(end) => skeleton.push(end.clone(), holes),
        None if holes > skeleton.holes => skeleton.push(blank(EventType::Updated), holes),
        None => {}
    }
    skeleton.events
}

/// The events that tell what was told once.
fn tellers(digest: &Digest, rare: Rare) -> Vec<Event> {
    let told = &digest.told;
    let mut tellers: Vec<Event> = told
        .phases_used()
        .map(|phases| Event { phases_used: Some(phases), ..blank(EventType::Updated) })
        .collect();
    tellers.push(Event {
        received_at: Micros(if digest.course.late { LATE_US } else { 0 }),
        id_token: told.start_token(),
        evse_id: told.evse_id.get(),
        connector_id: told.connector_id.get(),
        remote_start_id: told.remote_start_id.get(),
        reservation_id: told.reservation_id.get(),
        cable_max_current_a: told.cable_max_current_a.get(),
        time_spent_charging_s: told.time_spent_charging_s.get(),
        operation_mode: rare.operation_mode,
        tariff_id: rare.tariff_id,
        flags: told.flags.iter().collect(),
        // the largest power bounds the steps, whoever reported it; the mean is judged apart
        samples: digest.meter.power().largest.map(offered).into_iter().collect(),
        ..blank(EventType::Updated)
    });
    if rare.stop.is_some() {
        let trigger_reason = TriggerReason::StopAuthorized;
        tellers.push(Event { id_token: rare.stop, trigger_reason, ..blank(EventType::Updated) });
    }
    tellers
}

fn sample(digest: &Digest, mark: &Mark) -> Sample {
    Sample {
        at: Some(Micros(mark.at)),
        value: Some(Decimal6(mark.value)),
        ulp: Decimal6(i64::from(mark.ulp)),
        measurand: Measurand::EnergyActiveImportRegister,
        context: mark.context,
        location: digest.meter.register.location(),
        ..offered(0)
    }
}

fn offered(watts: i64) -> Sample {
    Sample {
        at: None,
        value: Some(Decimal6(watts)),
        ulp: Decimal6::ZERO,
        measurand: Measurand::PowerOffered,
        context: ReadingContext::SamplePeriodic,
        context_given: true,
        phase: None,
        location: None,
        signed: false,
        container: None,
    }
}

/// An event that tells nothing. In a skeleton `received_at` is what the event came too late by.
pub(super) fn blank(event_type: EventType) -> Event {
    Event {
        seq_no: 0,
        content_hash: ContentHash(0),
        core_hash: ContentHash(0),
        received_at: Micros(0),
        month: 0,
        station_raw: Box::default(),
        transaction_id_raw: Box::default(),
        event_type,
        trigger_reason: TriggerReason::Unknown,
        event_time: None,
        offline: false,
        evse_id: None,
        connector_id: None,
        id_token: None,
        charging_state: None,
        stopped_reason: None,
        stopped_reason_raw: None,
        time_spent_charging_s: None,
        remote_start_id: None,
        reservation_id: None,
        phases_used: None,
        cable_max_current_a: None,
        operation_mode: None,
        tariff_id: None,
        flags: Vec::new(),
        samples: Vec::new(),
    }
}
