//! Each member of a TransactionEventRequest, of both versions, has a typed column.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::database::Database;

/// Member of the request, and its column in `events` or `meter_values`.
const COLUMNS: &[(&str, &str)] = &[
    ("eventType", "events.event_type"),
    ("timestamp", "events.event_time"),
    ("triggerReason", "events.trigger_reason"),
    ("seqNo", "events.seq_no"),
    ("offline", "events.offline"),
    ("numberOfPhasesUsed", "events.phases_used"),
    ("cableMaxCurrent", "events.cable_max_current_a"),
    ("reservationId", "events.reservation_id"),
    ("preconditioningStatus", "events.preconditioning_status"),
    ("evseSleep", "events.evse_sleep"),
    ("evse.id", "events.evse_id"),
    ("evse.connectorId", "events.connector_id"),
    ("idToken.idToken", "events.id_token"),
    ("idToken.type", "events.id_token_type"),
    ("idToken.additionalInfo.additionalIdToken", "events.id_token_additional"),
    ("idToken.additionalInfo.type", "events.id_token_additional"),
    ("transactionInfo.transactionId", "events.transaction_id"),
    ("transactionInfo.chargingState", "events.charging_state"),
    ("transactionInfo.timeSpentCharging", "events.time_spent_charging_s"),
    ("transactionInfo.stoppedReason", "events.stopped_reason"),
    ("transactionInfo.remoteStartId", "events.remote_start_id"),
    ("transactionInfo.operationMode", "events.operation_mode"),
    ("transactionInfo.tariffId", "events.tariff_id"),
    ("transactionInfo.transactionLimit.maxCost", "events.limit_cost"),
    ("transactionInfo.transactionLimit.maxEnergy", "events.limit_energy_wh"),
    ("transactionInfo.transactionLimit.maxTime", "events.limit_time_s"),
    ("transactionInfo.transactionLimit.maxSoC", "events.limit_soc_percent"),
    ("meterValue.timestamp", "meter_values.at"),
    ("meterValue.sampledValue.value", "meter_values.value_normalised"),
    ("meterValue.sampledValue.measurand", "meter_values.measurand"),
    ("meterValue.sampledValue.context", "meter_values.context"),
    ("meterValue.sampledValue.phase", "meter_values.phase"),
    ("meterValue.sampledValue.location", "meter_values.location"),
    ("meterValue.sampledValue.unitOfMeasure.unit", "meter_values.unit_text"),
    ("meterValue.sampledValue.unitOfMeasure.multiplier", "meter_values.multiplier"),
    ("meterValue.sampledValue.signedMeterValue.signedMeterData", "meter_values.signed_meter_data"),
    ("meterValue.sampledValue.signedMeterValue.signingMethod", "meter_values.signing_method"),
    ("meterValue.sampledValue.signedMeterValue.encodingMethod", "meter_values.encoding_method"),
    ("meterValue.sampledValue.signedMeterValue.publicKey", "meter_values.public_key"),
    ("costDetails.failureToCalculate", "events.cost_failed"),
    ("costDetails.failureReason", "events.cost_failure_reason"),
    ("costDetails.totalCost.currency", "events.cost_currency"),
    ("costDetails.totalCost.typeOfCost", "events.cost_type"),
    ("costDetails.totalCost.total.exclTax", "events.cost_excl_tax"),
    ("costDetails.totalCost.total.inclTax", "events.cost_incl_tax"),
    ("costDetails.totalUsage.energy", "events.cost_energy_wh"),
    ("costDetails.totalUsage.chargingTime", "events.cost_charging_s"),
    ("costDetails.totalUsage.idleTime", "events.cost_idle_s"),
    ("costDetails.totalUsage.reservationTime", "events.cost_reservation_s"),
];

/// Members below these stand in `events.cost_details` as JSON, cut from `raw`: prices by part, and periods.
const IN_COST_DETAILS: &[&str] = &[
    "costDetails.chargingPeriods.",
    "costDetails.totalCost.fixed.",
    "costDetails.totalCost.energy.",
    "costDetails.totalCost.chargingTime.",
    "costDetails.totalCost.idleTime.",
    "costDetails.totalCost.reservationTime.",
    "costDetails.totalCost.reservationFixed.",
];

/// Vendors' own members, at any depth: in `raw` only, since nobody but the vendor knows their types.
const RAW_ONLY: &str = "customData";

/// Paths of the members of a schema that hold a value of their own.
fn leaves(root: &Value, schema: &Value, path: &str, found: &mut BTreeSet<String>) {
    let schema = schema.get("$ref").map_or(schema, |reference| {
        let name = reference.as_str().unwrap().trim_start_matches("#/definitions/");
        root.get("definitions").unwrap().get(name).unwrap()
    });
    if let Some(items) = schema.get("items") {
        return leaves(root, items, path, found);
    }
    let Some(members) = schema.get("properties").and_then(Value::as_object) else {
        found.insert(path.to_owned());
        return;
    };
    for (name, member) in members.iter().filter(|(name, _)| *name != RAW_ONLY) {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        leaves(root, member, &path, found);
    }
}

fn members() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for version in ["v201", "v21"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local/ocpp-schemas");
        let file = folder.join(version).join("TransactionEventRequest.json");
        let text = std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error}; run `make fetch` first", file.display()));
        let schema: Value = serde_json::from_str(&text).unwrap();
        leaves(&schema, &schema, "", &mut found);
    }
    found
}

#[tokio::test]
async fn each_member_of_the_request_has_a_typed_column() {
    let members = members();
    assert!(members.len() > 60, "{members:?}");
    let has_column = |member: &str| COLUMNS.iter().any(|(name, _)| *name == member);
    let in_details = |member: &str| IN_COST_DETAILS.iter().any(|part| member.starts_with(part));
    let without: Vec<_> = members.iter().filter(|m| !has_column(m) && !in_details(m)).collect();
    assert!(without.is_empty(), "{without:?}");
    let unknown: Vec<_> = COLUMNS.iter().filter(|(member, _)| !members.contains(*member)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let database = Database::empty("columns").await;
    let sql =
        "SELECT concat(table, '.', name) FROM system.columns WHERE database = 'columns' AND comment != ''";
    let columns = database.text(sql).await;
    let missing: Vec<_> =
        COLUMNS.iter().filter(|(_, column)| !columns.lines().any(|c| c == *column)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
