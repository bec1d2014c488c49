//! Payloads of a plain charge, as a station writes them.

use serde_json::{Value, json};

/// A `Started` with begin register, token and EVSE.
pub(crate) fn started(tx: &str, seq_no: i64, at: &str, wh: i64) -> Vec<u8> {
    let mut event = event("Started", "Authorized", tx, seq_no, at, "Transaction.Begin", wh);
    event["evse"] = json!({"id": 1, "connectorId": 1});
    event["idToken"] = json!({"idToken": "04A2B3C4D5E6F7", "type": "ISO14443"});
    event["transactionInfo"]["chargingState"] = json!("Charging");
    bytes(&event)
}

/// An `Updated` with a periodic register.
pub(crate) fn updated(tx: &str, seq_no: i64, at: &str, wh: i64) -> Vec<u8> {
    bytes(&event("Updated", "MeterValuePeriodic", tx, seq_no, at, "Sample.Periodic", wh))
}

/// An `Ended` with end register.
pub(crate) fn ended(tx: &str, seq_no: i64, at: &str, wh: i64) -> Vec<u8> {
    let mut event = event("Ended", "EVDeparted", tx, seq_no, at, "Transaction.End", wh);
    event["transactionInfo"]["stoppedReason"] = json!("EVDisconnected");
    bytes(&event)
}

/// A flawless charge of one hour: five events, 1 kWh apart.
pub(crate) fn charge(tx: &str) -> Vec<Vec<u8>> {
    let at = |minute: u32| format!("2026-03-01T10:{minute:02}:00Z");
    vec![
        started(tx, 0, &at(0), 1_000),
        updated(tx, 1, &at(15), 2_000),
        updated(tx, 2, &at(30), 3_000),
        updated(tx, 3, &at(45), 4_000),
        ended(tx, 4, &at(59), 5_000),
    ]
}

fn event(kind: &str, trigger: &str, tx: &str, seq_no: i64, at: &str, context: &str, wh: i64) -> Value {
    json!({
        "eventType": kind,
        "timestamp": at,
        "triggerReason": trigger,
        "seqNo": seq_no,
        "transactionInfo": {"transactionId": tx},
        "meterValue": [{
            "timestamp": at,
            "sampledValue": [{"value": wh, "context": context, "measurand": "Energy.Active.Import.Register"}],
        }],
    })
}

fn bytes(event: &Value) -> Vec<u8> {
    event.to_string().into_bytes()
}
