//! A decoded event as path -> text, in the words of `wattledger_testkit::reference`.

pub(crate) mod check;

use std::collections::BTreeMap;
use std::fmt::Display;

use wattledger_decoder::{Amount, CostDetails, Price, Spelled, Timestamp, TransactionEvent};

type Fields = BTreeMap<String, String>;

fn put(fields: &mut Fields, path: &str, value: Option<impl Display>) {
    if let Some(value) = value {
        fields.insert(path.to_owned(), value.to_string());
    }
}

fn time(fields: &mut Fields, path: &str, stamp: Timestamp<'_>) {
    let micros = stamp.micros.map(|micros| micros.0);
    put(fields, path, stamp.text.map(|text| format!("{text} = {micros:?}")));
}

/// A word; what stands for "absent" or "unreadable" has neither a spelling of its own nor one that was sent.
fn word<T: Copy>(
    fields: &mut Fields,
    path: &str,
    word: Option<Spelled<'_, T>>,
    name: fn(T) -> &'static str,
    none: &str,
) {
    let Some(word) = word else { return };
    let canonical = name(word.value);
    match word.raw {
        Some(raw) => put(fields, path, Some(format!("{canonical} from {raw}"))),
        None if canonical == none => {}
        None => put(fields, path, Some(canonical)),
    }
}

fn amount(fields: &mut Fields, path: &str, amount: Option<Amount<'_>>) {
    put(
        fields,
        path,
        amount.map(|amount| format!("{} = {:?}", amount.text, amount.value.map(|value| value.0))),
    );
}

pub(crate) fn event(event: &TransactionEvent<'_>) -> Fields {
    use wattledger_decoder as d;
    let mut fields = Fields::new();
    let out = &mut fields;
    let info = &event.transaction_info;
    put(out, "eventType", Some(event.event_type.as_str()));
    time(out, "timestamp", event.timestamp);
    word(out, "triggerReason", Some(event.trigger_reason), d::TriggerReason::as_str, "Unknown");
    put(out, "seqNo", Some(event.seq_no));
    put(out, "offline", event.offline);
    put(out, "numberOfPhasesUsed", event.phases_used);
    put(out, "cableMaxCurrent", event.cable_max_current_a);
    put(out, "reservationId", event.reservation_id);
    word(
        out,
        "preconditioningStatus",
        event.preconditioning_status,
        d::PreconditioningStatus::as_str,
        "Other",
    );
    put(out, "evseSleep", event.evse_sleep);
    put(out, "transactionInfo.transactionId", Some(info.transaction_id));
    word(out, "transactionInfo.chargingState", info.charging_state, d::ChargingState::as_str, "Unknown");
    put(out, "transactionInfo.timeSpentCharging", info.time_spent_charging_s);
    word(out, "transactionInfo.stoppedReason", info.stopped_reason, d::StoppedReason::as_str, "Unknown");
    put(out, "transactionInfo.remoteStartId", info.remote_start_id);
    word(out, "transactionInfo.operationMode", info.operation_mode, d::OperationMode::as_str, "Unknown");
    put(out, "transactionInfo.tariffId", info.tariff_id);
    if let Some(limit) = info.transaction_limit {
        amount(out, "transactionInfo.transactionLimit.maxCost", limit.max_cost);
        amount(out, "transactionInfo.transactionLimit.maxEnergy", limit.max_energy_wh);
        put(out, "transactionInfo.transactionLimit.maxTime", limit.max_time_s);
        put(out, "transactionInfo.transactionLimit.maxSoC", limit.max_soc_percent);
    }
    put(out, "evse.id", event.evse.and_then(|evse| evse.id));
    put(out, "evse.connectorId", event.evse.and_then(|evse| evse.connector_id));
    if let Some(token) = &event.id_token {
        put(out, "idToken.idToken", Some(token.id_token));
        put(out, "idToken.type", Some(token.token_type));
        for (i, info) in token.additional_info.iter().enumerate() {
            put(
                out,
                &format!("idToken.additionalInfo[{i}].additionalIdToken"),
                Some(info.additional_id_token),
            );
            put(out, &format!("idToken.additionalInfo[{i}].type"), Some(info.info_type));
        }
    }
    meter_values(out, event);
    if let Some(cost) = &event.cost_details {
        self::cost(out, cost);
    }
    fields
}

fn meter_values(out: &mut Fields, event: &TransactionEvent<'_>) {
    use wattledger_decoder as d;
    let mut all = event.samples.iter();
    for (i, element) in event.meter_values.iter().enumerate() {
        time(out, &format!("meterValue[{i}].timestamp"), element.timestamp);
        for (j, sample) in element.samples.iter().enumerate() {
            assert_eq!(all.next(), Some(sample), "the flat list holds the samples of the elements in order");
            assert_eq!((sample.meter_value as usize, sample.at), (i, element.timestamp.micros));
            let path = format!("meterValue[{i}].sampledValue[{j}]");
            let value = sample.value.map(|value| value.0);
            put(out, &format!("{path}="), Some(format!("{value:?} {}", sample.unit.as_str())));
            put(out, &format!("{path}.value"), Some(sample.value_text));
            let measurand = Some(sample.measurand).filter(|word| {
                // absent reads as the default, which the reference leaves out
                word.raw.is_some() || word.value != d::Measurand::EnergyActiveImportRegister
            });
            word(out, &format!("{path}.measurand"), measurand, d::Measurand::as_str, "Unknown");
            word(out, &format!("{path}.context"), sample.context, d::ReadingContext::as_str, "Unknown");
            word(out, &format!("{path}.phase"), sample.phase, d::Phase::as_str, "Unknown");
            word(out, &format!("{path}.location"), sample.location, d::Location::as_str, "Unknown");
            put(out, &format!("{path}.unitOfMeasure.unit"), sample.unit_text);
            if let Some(signed) = sample.signed {
                let path = format!("{path}.signedMeterValue");
                put(out, &format!("{path}.signedMeterData"), Some(signed.signed_meter_data));
                put(out, &format!("{path}.signingMethod"), Some(signed.signing_method));
                put(out, &format!("{path}.encodingMethod"), Some(signed.encoding_method));
                put(out, &format!("{path}.publicKey"), Some(signed.public_key));
            }
        }
    }
    assert_eq!(all.next(), None);
}

fn price(out: &mut Fields, path: &str, price: Option<&Price<'_>>) {
    let Some(price) = price else { return };
    let path = format!("costDetails.totalCost.{path}");
    amount(out, &format!("{path}.exclTax"), price.excl_tax);
    amount(out, &format!("{path}.inclTax"), price.incl_tax);
    if path.ends_with(".total") {
        return;
    }
    for (i, rate) in price.tax_rates.iter().enumerate() {
        put(out, &format!("{path}.taxRates[{i}].type"), Some(rate.tax_type));
        amount(out, &format!("{path}.taxRates[{i}].tax"), rate.tax);
        put(out, &format!("{path}.taxRates[{i}].stack"), rate.stack);
    }
}

fn cost(out: &mut Fields, cost: &CostDetails<'_>) {
    use wattledger_decoder as d;
    put(out, "costDetails.failureToCalculate", cost.failure_to_calculate);
    put(out, "costDetails.failureReason", cost.failure_reason);
    if let Some(total) = &cost.total_cost {
        put(out, "costDetails.totalCost.currency", total.currency);
        word(out, "costDetails.totalCost.typeOfCost", total.type_of_cost, d::CostKind::as_str, "Unknown");
        price(out, "total", total.total.as_ref());
        price(out, "fixed", total.fixed.as_ref());
        price(out, "energy", total.energy.as_ref());
        price(out, "chargingTime", total.charging_time.as_ref());
        price(out, "idleTime", total.idle_time.as_ref());
        price(out, "reservationTime", total.reservation_time.as_ref());
        price(out, "reservationFixed", total.reservation_fixed.as_ref());
    }
    if let Some(usage) = cost.total_usage {
        amount(out, "costDetails.totalUsage.energy", usage.energy_wh);
        put(out, "costDetails.totalUsage.chargingTime", usage.charging_time_s);
        put(out, "costDetails.totalUsage.idleTime", usage.idle_time_s);
        put(out, "costDetails.totalUsage.reservationTime", usage.reservation_time_s);
    }
    for (i, period) in cost.charging_periods.iter().enumerate() {
        let path = format!("costDetails.chargingPeriods[{i}]");
        time(out, &format!("{path}.startPeriod"), period.start_period);
        put(out, &format!("{path}.tariffId"), period.tariff_id);
        for (j, dimension) in period.dimensions.iter().enumerate() {
            let path = format!("{path}.dimensions[{j}]");
            word(out, &format!("{path}.type"), dimension.kind, d::DimensionKind::as_str, "Unknown");
            amount(out, &format!("{path}.volume"), dimension.volume);
        }
    }
}
