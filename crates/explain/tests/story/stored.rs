//! What ClickHouse would hold of a story: its events decoded, its record as the view shows it, its deliveries.

use std::collections::HashMap;

use wattledger_assemble::event::Event;
use wattledger_assemble::record::{Class, Energy, Folded, Reckoning, Record, StateTimes};
use wattledger_decoder::{Decoder, Limits, Reading};
use wattledger_explain::story::{
    Clock, Deliveries, DeliveryRow, Detail, QuarantineRow, Quarantined, StoredRecord, Story, Text,
};
use wattledger_record::{ContentHash, Decimal6, Micros, OcppVersion, StationKey};
use wattledger_sink::{Reception, of_message};

use super::story::{DAY, Message, SECOND, Told};

const DAY_US: i64 = 86_400 * SECOND;

/// A story as it was read, and what the fold makes of it.
pub(crate) struct Read {
    pub(crate) story: Story,
    pub(crate) folded: Folded,
    pub(crate) reckonings: Vec<Reckoning>,
}

fn station() -> StationKey {
    StationKey::new("north", "CS1").unwrap()
}

fn event(message: &Message, texts: &mut HashMap<(ContentHash, u32), Text>) -> Event {
    let mut decoder = Decoder::new(Limits::default());
    let reading = Reading { version: OcppVersion::V201, strict: false, zone_minutes: None };
    let decoded = decoder.decode(message.raw.as_bytes(), reading);
    let event = decoded.event.as_ref().unwrap_or_else(|| panic!("{} is no event", message.raw));
    for (position, sample) in (1..).zip(event.samples.iter()) {
        let text = Text {
            content_hash: decoded.content_hash.0,
            position,
            value: sample.value_text.to_owned(),
            unit: sample.unit_text.unwrap_or_default().to_owned(),
            multiplier: sample.multiplier,
        };
        texts.insert((decoded.content_hash, position), text);
    }
    let reception = Reception {
        content_hash: decoded.content_hash,
        core_hash: decoded.core_hash,
        received_at: Micros(message.received_at),
        station_raw: "CS1",
        flags: decoded.codes().iter().collect(),
    };
    of_message(event, reception)
}

/// Plays a story.
pub(crate) fn play(told: &Told) -> Read {
    let mut texts = HashMap::new();
    let events: Vec<Event> = told.messages.iter().map(|message| event(message, &mut texts)).collect();
    let fold = |events: &[Event]| wattledger_assemble::fold_and_reckon(&station(), "tx-1", events);
    let known = told.stored.unwrap_or(events.len());
    let records = if known == 0 { Vec::new() } else { view(&fold(&events[..known]).0, told) };
    let mut deliveries = Deliveries { rows: Vec::new(), until: DAY + 9 * DAY_US };
    let mut details = HashMap::new();
    let mut raws = HashMap::new();
    for ((offset, message), event) in (100u64..).step_by(10).zip(&told.messages).zip(&events) {
        let content = (event.seq_no, event.content_hash);
        let copies = 0..message.copies;
        deliveries.rows.push(DeliveryRow {
            seq_no: Some(event.seq_no),
            content_hash: event.content_hash.0,
            outcome: "stored".to_owned(),
            deliveries: message.copies,
            earliest: copies
                .map(|n| (message.received_at + i64::try_from(n).unwrap() * SECOND, 1, 3, offset + n))
                .collect(),
        });
        details.insert(content, detail(event, offset));
        raws.insert(content, message.raw.clone());
    }
    let events = if told.expired { Vec::new() } else { events };
    let (folded, reckonings) = fold(&events);
    let clock = Clock {
        partitions: 6,
        watermark: if told.settled { DAY + 3 * DAY_US } else { DAY + DAY_US },
        settle_after_s: Some(86_400.0),
        stale_after_s: Some(86_400.0),
    };
    let quarantined = quarantined(told, &mut deliveries);
    let story = Story {
        station: station(),
        transaction_id: "tx-1".to_owned(),
        clock,
        records,
        events,
        details,
        texts,
        raws,
        deliveries,
        quarantined,
    };
    Read { story, folded, reckonings }
}

fn detail(event: &Event, offset: u64) -> Detail {
    Detail {
        seq_no: event.seq_no,
        content_hash: event.content_hash.0,
        topic: "wattledger.events.v1".to_owned(),
        generation: 1,
        partition: 3,
        offset,
        ingress: "websocket".to_owned(),
        gateway: "gw-1".to_owned(),
        message_id: format!("m{offset}"),
        ocpp: "2.0.1".to_owned(),
    }
}

fn quarantined(told: &Told, deliveries: &mut Deliveries) -> Quarantined {
    let total = u64::try_from(told.set_aside.len()).unwrap();
    let mut first = Vec::new();
    for (offset, message) in (900u64..).zip(&told.set_aside) {
        if let Some(seq_no) = message.seq_no {
            deliveries.rows.push(DeliveryRow {
                seq_no: Some(seq_no),
                content_hash: u128::from(offset),
                outcome: "quarantined".to_owned(),
                deliveries: 1,
                earliest: vec![(message.received_at, 1, 3, offset)],
            });
        }
        first.push(QuarantineRow {
            topic: "wattledger.events.v1".to_owned(),
            generation: 1,
            partition: 3,
            offset,
            received_at: message.received_at,
            reasons: vec![message.code.clone()],
            message: format!("{}: at byte 212", message.code),
            names_it: message.seq_no.is_some(),
            total,
        });
    }
    first.sort_by_key(|row| !row.names_it);
    Quarantined { count: total, first }
}

/// What the view `transactions` shows of the charges.
fn view(folded: &Folded, told: &Told) -> Vec<StoredRecord> {
    let version = match told.revision {
        None => folded.version,
        Some(revision) => folded.version >> 16 << 16 | u128::from(revision),
    };
    let records = folded.records.iter().filter(|record| record.part_of.is_none());
    (1..).zip(records).map(|(instance, record)| row(record, instance, version, told.settled)).collect()
}

#[expect(clippy::too_many_lines, reason = "a line per column of the view")]
fn row(record: &Record, instance: u32, version: u128, settled: bool) -> StoredRecord {
    let class = match record.class {
        Class::Open if settled => "no_end_presumed",
        Class::Waiting if settled => "incomplete",
        other => other.as_str(),
    };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    let mut review = words(&record.review);
    if settled && record.id_token_start.is_none() {
        review.push("token_missing".to_owned());
        review.sort();
    }
    let whole = matches!(class, "complete" | "complete_permitted_gaps" | "incomplete");
    let at = |at: Option<Micros>| at.map(|at| at.0);
    let amount = |value: Option<Decimal6>| value.map(|value| value.0);
    let state = |of: fn(&StateTimes) -> Decimal6| record.state_times.as_ref().map(of).map(|s| s.0);
    let wh = |energy: Option<Energy>| energy.map(|energy| energy.wh.0);
    let method = |energy: Option<Energy>| energy.map(|energy| energy.method.to_owned());
    let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    let token = |token: &Option<wattledger_assemble::event::Token>| {
        let token = token.as_ref();
        let reference = token.map(|_| "5f2a7c".to_owned());
        (token.map(|t| t.id_token.to_string()), token.map(|t| t.token_type.to_string()), reference)
    };
    let (start, stop) = (token(&record.id_token_start), token(&record.id_token_stop));
    StoredRecord {
        record_id: record.record_id,
        instance,
        version,
        class: class.to_owned(),
        settled_at: settled.then_some(record.last_received_at.0 + DAY_US),
        billable: whole && settled && review.is_empty() && record.energy.is_some(),
        review,
        flags: words(&record.flags),
        station: record.station_raw.to_string(),
        transaction_id: record.transaction_id_raw.to_string(),
        first_seq: record.first_seq,
        last_seq: record.last_seq,
        epochs: record.epochs,
        events: record.events,
        offline_events: record.offline_events,
        conflicts: record.conflicts,
        missing_count: record.missing_count,
        started_at: at(record.started_at),
        ended_at: at(record.ended_at),
        started_at_estimate: at(record.started_at_estimate),
        ended_at_estimate: at(record.ended_at_estimate),
        duration_s: amount(record.duration_s),
        time_charging_s: state(|times| times.charging),
        time_suspended_ev_s: state(|times| times.suspended_ev),
        time_suspended_evse_s: state(|times| times.suspended_evse),
        time_ev_connected_s: state(|times| times.ev_connected),
        time_idle_s: state(|times| times.idle),
        time_unknown_s: state(|times| times.unknown),
        evse_id: record.evse_id,
        connector_id: record.connector_id,
        id_token_start: start.0,
        id_token_start_type: start.1,
        id_token_start_ref: start.2,
        id_token_stop: stop.0,
        id_token_stop_type: stop.1,
        id_token_stop_ref: stop.2,
        remote_start_id: record.remote_start_id,
        reservation_id: record.reservation_id,
        phases_used: record.phases_used.clone(),
        cable_max_current_a: record.cable_max_current_a,
        reported_charging_s: record.reported_charging_s,
        operation_mode: text(&record.operation_mode),
        tariff_id: text(&record.tariff_id),
        stopped_reason: Some(record.stopped_reason.to_owned()).filter(|reason| !reason.is_empty()),
        stopped_reason_raw: text(&record.stopped_reason_raw),
        energy_wh: wh(record.energy),
        energy_method: method(record.energy),
        energy_estimate_wh: wh(record.energy_estimate),
        energy_estimate_method: method(record.energy_estimate),
        register_begin_wh: amount(record.register_begin_wh),
        register_end_wh: amount(record.register_end_wh),
        energy_export_wh: amount(record.energy_export_wh),
        last_register_wh: amount(record.last_register_wh),
        last_event_at: at(record.last_event_at),
        first_received_at: record.first_received_at.0,
        last_received_at: record.last_received_at.0,
    }
}
