//! A decoded message as lines of text: only what is there, then the violations.

use std::fmt::{Debug, Display, Write as _};

use wattledger_decoder::{
    Decoder, Extras, IdTokenInfo, MessageContent, Reading, Spelled, TransactionEventResponse, Violation,
};
use wattledger_record::OcppVersion;

fn reading(version: OcppVersion) -> Reading {
    Reading { version, ..Reading::default() }
}

fn line(out: &mut String, name: &str, value: Option<impl Display>) {
    if let Some(value) = value {
        writeln!(out, "{name} {value}").unwrap();
    }
}

fn spelled<T: Copy + Debug>(word: Spelled<'_, T>) -> String {
    match word.raw {
        Some(raw) => format!("{:?} from '{raw}'", word.value),
        None => format!("{:?}", word.value),
    }
}

fn message(message: MessageContent<'_>) -> String {
    let format = message.format.map_or_else(|| "no format".to_owned(), spelled);
    format!("{format} {:?} '{}'", message.language, message.content)
}

fn info(out: &mut String, info: &IdTokenInfo<'_>) {
    line(out, "status", info.status.map(spelled));
    let micros = info.cache_expiry.map(|expiry| format!("{:?}", expiry.micros.map(|micros| micros.0)));
    line(out, "cache_expiry", micros);
    line(out, "token priority", info.charging_priority);
    if let Some(token) = &info.group_id_token {
        writeln!(out, "group '{}' type '{}'", token.id_token, token.token_type).unwrap();
        for info in token.additional_info.iter() {
            writeln!(out, "additional '{}' type '{}'", info.additional_id_token, info.info_type).unwrap();
        }
    }
    line(out, "language1", info.language1);
    line(out, "language2", info.language2);
    if !info.evse_ids.is_empty() {
        writeln!(out, "evse_ids {:?}", info.evse_ids).unwrap();
    }
    line(out, "personal message", info.personal_message.map(message));
}

fn fields(out: &mut String, response: &TransactionEventResponse<'_>) {
    let cost =
        response.total_cost.map(|cost| format!("'{}' {:?}", cost.text, cost.value.map(|value| value.0)));
    line(out, "cost", cost);
    line(out, "priority", response.charging_priority);
    if let Some(info) = &response.id_token_info {
        self::info(out, info);
    }
    if let Some(limit) = response.transaction_limit {
        let cost = limit.max_cost.map(|cost| cost.text);
        let energy = limit.max_energy_wh.map(|energy| energy.text);
        let (time, soc) = (limit.max_time_s, limit.max_soc_percent);
        writeln!(out, "limit {cost:?} {energy:?} {time:?} {soc:?}").unwrap();
    }
    line(out, "updated message", response.updated_personal_message.map(message));
    for extra in response.updated_personal_message_extra.iter() {
        line(out, "extra message", Some(message(extra)));
    }
    line(out, "custom_data", response.custom_data);
}

fn rest(out: &mut String, extras: Option<Extras<'_>>, violations: &[Violation]) {
    for extra in extras.iter().flat_map(Extras::iter) {
        writeln!(out, "extra '{}' '{}' {}", extra.owner.as_str(), extra.name, extra.raw).unwrap();
    }
    for violation in violations {
        let detail =
            if violation.detail.is_empty() { String::new() } else { format!(": {}", violation.detail) };
        writeln!(out, "! {} at '{}'{detail}", violation.code, violation.path.as_str()).unwrap();
    }
}

/// A TransactionEventResponse.
pub(super) fn response(version: OcppVersion, payload: &[u8]) -> String {
    response_by(&mut Decoder::default(), version, payload)
}

/// The same, by a decoder that has read others before.
pub(super) fn response_by(decoder: &mut Decoder, version: OcppVersion, payload: &[u8]) -> String {
    let decoded = decoder.decode_response(payload, reading(version));
    let mut out = format!("{}\n", decoded.outcome().as_str());
    if let Some(response) = &decoded.message {
        fields(&mut out, response);
    }
    rest(&mut out, decoded.message.map(|response| response.extras), decoded.violations);
    out
}

/// A GetTransactionStatusRequest.
pub(super) fn status_request(version: OcppVersion, payload: &[u8]) -> String {
    let mut decoder = Decoder::default();
    let decoded = decoder.decode_status_request(payload, reading(version));
    let mut out = format!("{}\n", decoded.outcome().as_str());
    line(&mut out, "transaction", decoded.message.and_then(|request| request.transaction_id));
    rest(&mut out, decoded.message.map(|request| request.extras), decoded.violations);
    out
}

/// A GetTransactionStatusResponse.
pub(super) fn status_response(version: OcppVersion, payload: &[u8]) -> String {
    let mut decoder = Decoder::default();
    let decoded = decoder.decode_status_response(payload, reading(version));
    let mut out = format!("{}\n", decoded.outcome().as_str());
    if let Some(response) = &decoded.message {
        line(&mut out, "ongoing", response.ongoing);
        line(&mut out, "in queue", response.messages_in_queue);
    }
    rest(&mut out, decoded.message.map(|response| response.extras), decoded.violations);
    out
}
