//! From a decoded event to what the assembling core knows of it: exactly what its stored row says.

use wattledger_decoder::{Code, SampledValue, TransactionEvent};
use wattledger_record::{ContentHash, Micros};

use crate::rows::event::{context, operation_mode};
use crate::rows::rowbinary::storable;
use wattledger_assemble::event::{Event, Sample, Token};
use wattledger_assemble::ocmf;

/// What the core needs beside the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reception<'a> {
    /// As decoded.
    pub content_hash: ContentHash,
    /// As decoded.
    pub core_hash: ContentHash,
    /// When the copy was received.
    pub received_at: Micros,
    /// Station identity as the connection spelled it.
    pub station_raw: &'a str,
    /// Codes of the message, sorted.
    pub flags: Vec<Code>,
}

/// The core's event. Empty text is absent text, as in the row.
#[must_use]
pub fn of_message(event: &TransactionEvent<'_>, reception: Reception<'_>) -> Event {
    let info = &event.transaction_info;
    Event {
        seq_no: event.seq_no,
        content_hash: reception.content_hash,
        core_hash: reception.core_hash,
        received_at: reception.received_at,
        month: event.timestamp.month,
        station_raw: reception.station_raw.into(),
        transaction_id_raw: info.transaction_id.into(),
        event_type: event.event_type,
        trigger_reason: event.trigger_reason.value,
        event_time: storable(event.timestamp.micros),
        offline: event.offline.unwrap_or_default(),
        evse_id: event.evse.and_then(|evse| evse.id),
        connector_id: event.evse.and_then(|evse| evse.connector_id),
        id_token: event
            .id_token
            .map(|token| Token { id_token: token.id_token.into(), token_type: token.token_type.into() }),
        charging_state: info.charging_state.map(|state| state.value),
        stopped_reason: info.stopped_reason.map(|reason| reason.value),
        stopped_reason_raw: info.stopped_reason.and_then(|reason| filled(reason.raw)),
        time_spent_charging_s: info.time_spent_charging_s,
        remote_start_id: info.remote_start_id,
        reservation_id: event.reservation_id,
        phases_used: event.phases_used,
        cable_max_current_a: event.cable_max_current_a,
        operation_mode: filled(operation_mode(event)),
        tariff_id: info.tariff_id.map(Box::from),
        flags: reception.flags,
        samples: event.samples.iter().map(sample).collect(),
    }
}

fn filled(text: Option<&str>) -> Option<Box<str>> {
    text.filter(|text| !text.is_empty()).map(Box::from)
}

fn sample(sample: SampledValue<'_>) -> Sample {
    Sample {
        at: storable(sample.at),
        value: sample.value,
        ulp: sample.ulp,
        measurand: sample.measurand.value,
        context: context(sample),
        context_given: sample.context.is_some(),
        phase: sample.phase.map(|phase| phase.value),
        location: sample.location.map(|location| location.value),
        signed: sample.signed.is_some_and(|signed| !signed.signed_meter_data.is_empty()),
        container: sample.signed.and_then(|signed| ocmf::read(signed.signed_meter_data)),
    }
}
