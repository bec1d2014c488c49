//! A decoded message as lines of text, for golden files: only what differs from "absent".

use std::fmt::{Debug, Display, Write as _};

use wattledger_decoder::{Decoded, Price, SampledValue, Spelled, TransactionEvent};

pub(crate) fn decoded(decoded: &Decoded<'_>) -> String {
    let mut out = format!("outcome {}\n", decoded.outcome().as_str());
    for violation in decoded.violations {
        let detail =
            if violation.detail.is_empty() { String::new() } else { format!(": {}", violation.detail) };
        writeln!(out, "violation {} at '{}'{detail}", violation.code, violation.path.as_str()).unwrap();
    }
    writeln!(out, "content {:032x}\ncore {:032x}", decoded.content_hash.0, decoded.core_hash.0).unwrap();
    match &decoded.event {
        Some(event) => self::event(&mut out, event),
        None => {
            line(&mut out, "by sight transaction_id", decoded.transaction_id);
            line(&mut out, "by sight seq_no", decoded.seq_no);
        }
    }
    out
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

fn event(out: &mut String, event: &TransactionEvent<'_>) {
    let info = &event.transaction_info;
    line(out, "event_type", Some(event.event_type.as_str()));
    line(out, "timestamp", event.timestamp.micros.map(|micros| micros.0));
    line(out, "month", Some(event.timestamp.month));
    line(out, "trigger_reason", Some(spelled(event.trigger_reason)));
    line(out, "seq_no", Some(event.seq_no));
    line(out, "offline", event.offline);
    line(out, "phases_used", event.phases_used);
    line(out, "cable_max_current_a", event.cable_max_current_a);
    line(out, "reservation_id", event.reservation_id);
    line(out, "preconditioning_status", event.preconditioning_status.map(spelled));
    line(out, "evse_sleep", event.evse_sleep);
    line(out, "transaction_id", Some(info.transaction_id));
    line(out, "charging_state", info.charging_state.map(spelled));
    line(out, "time_spent_charging_s", info.time_spent_charging_s);
    line(out, "stopped_reason", info.stopped_reason.map(spelled));
    line(out, "remote_start_id", info.remote_start_id);
    line(out, "operation_mode", info.operation_mode.map(spelled));
    line(out, "tariff_id", info.tariff_id);
    line(out, "transaction_limit", info.transaction_limit.map(|limit| format!("{limit:?}")));
    line(out, "evse", event.evse.map(|evse| format!("{evse:?}")));
    if let Some(token) = &event.id_token {
        writeln!(out, "id_token '{}' type '{}'", token.id_token, token.token_type).unwrap();
        for info in token.additional_info.iter() {
            writeln!(out, "additional_info '{}' type '{}'", info.additional_id_token, info.info_type)
                .unwrap();
        }
    }
    for (i, element) in event.meter_values.iter().enumerate() {
        let at = element.timestamp.micros.map(|micros| micros.0);
        writeln!(out, "meter_value {i} at {at:?}, {} samples", element.samples.len()).unwrap();
    }
    for sample in event.samples.iter() {
        self::sample(out, &sample);
    }
    cost(out, event);
    line(out, "custom_data", event.custom_data);
    for extra in event.extras.iter() {
        writeln!(out, "extra '{}' '{}' {}", extra.owner.as_str(), extra.name, extra.raw).unwrap();
    }
}

fn sample(out: &mut String, sample: &SampledValue<'_>) {
    let value = sample.value.map_or_else(|| "none".to_owned(), |value| value.to_string());
    write!(out, "sample {} '{}' = {value} {}", sample.meter_value, sample.value_text, sample.unit.as_str())
        .unwrap();
    write!(out, " ulp {} multiplier {} {}", sample.ulp, sample.multiplier, spelled(sample.measurand))
        .unwrap();
    write!(out, " unit {:?}", sample.unit_text).unwrap();
    write!(out, " context {:?}", sample.context.map(spelled)).unwrap();
    write!(out, " phase {:?} location {:?}", sample.phase.map(spelled), sample.location.map(spelled))
        .unwrap();
    writeln!(out, " signed {:?}", sample.signed).unwrap();
}

fn cost(out: &mut String, event: &TransactionEvent<'_>) {
    let Some(cost) = &event.cost_details else { return };
    line(out, "failure_to_calculate", cost.failure_to_calculate);
    line(out, "failure_reason", cost.failure_reason);
    line(out, "total_usage", cost.total_usage.map(|usage| format!("{usage:?}")));
    if let Some(total) = &cost.total_cost {
        line(out, "currency", total.currency);
        line(out, "type_of_cost", total.type_of_cost.map(spelled));
        let price =
            |price: &Price<'_>| format!("{:?} {:?} {:?}", price.excl_tax, price.incl_tax, price.tax_rates);
        line(out, "total", total.total.as_ref().map(price));
        line(out, "fixed", total.fixed.as_ref().map(price));
        line(out, "energy", total.energy.as_ref().map(price));
        line(out, "charging_time", total.charging_time.as_ref().map(price));
        line(out, "idle_time", total.idle_time.as_ref().map(price));
        line(out, "reservation_time", total.reservation_time.as_ref().map(price));
        line(out, "reservation_fixed", total.reservation_fixed.as_ref().map(price));
    }
    for period in cost.charging_periods.iter() {
        let at = period.start_period.micros.map(|micros| micros.0);
        writeln!(out, "period at {at:?} tariff {:?} {:?}", period.tariff_id, period.dimensions).unwrap();
    }
}
