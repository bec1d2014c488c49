//! Messages with every member of both versions in them, broken at random places: input for comparing two decoders.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::json::Json;

/// Everything there is, valid under 2.1.
const FULL: &str = r#"{
  "eventType": "Updated", "timestamp": "2026-03-01T10:00:00.5Z", "triggerReason": "RunningCost", "seqNo": 4,
  "offline": false, "numberOfPhasesUsed": 3, "cableMaxCurrent": 32, "reservationId": 9,
  "preconditioningStatus": "Ready", "evseSleep": false,
  "transactionInfo": {
    "transactionId": "tx \u00e4\"1", "chargingState": "Charging", "timeSpentCharging": 60, "stoppedReason": "Local",
    "remoteStartId": 7, "operationMode": "ChargingOnly", "tariffId": "t1",
    "transactionLimit": {"maxCost": 12.5, "maxEnergy": 10000, "maxTime": 3600, "maxSoC": 80}
  },
  "evse": {"id": 1, "connectorId": 2},
  "idToken": {"idToken": "04AA", "type": "ISO14443", "additionalInfo": [
    {"additionalIdToken": "a", "type": "b"}, {"additionalIdToken": "c", "type": "d"}]},
  "meterValue": [
    {"timestamp": "2026-03-01T10:00:00Z", "sampledValue": [
      {"value": 1234.5, "measurand": "Energy.Active.Import.Register", "context": "Sample.Clock", "phase": "L1",
       "location": "Outlet", "unitOfMeasure": {"unit": "kWh", "multiplier": 0}},
      {"value": 7.25, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "kW", "multiplier": 0}},
      {"value": 55, "measurand": "SoC"}]},
    {"timestamp": "2026-03-01T10:01:00Z", "sampledValue": [
      {"value": 5, "signedMeterValue": {"signedMeterData": "OCMF|{}|{}", "signingMethod": "", "encodingMethod": "OCMF",
       "publicKey": ""}, "unitOfMeasure": {"unit": "Wh"}}]}],
  "costDetails": {
    "totalCost": {"currency": "EUR", "typeOfCost": "NormalCost", "total": {"exclTax": 1.5, "inclTax": 2},
      "fixed": {"exclTax": 1}, "energy": {"inclTax": 1, "taxRates": [{"type": "vat", "tax": 19.5, "stack": 0}]}},
    "totalUsage": {"energy": 1000, "chargingTime": 60, "idleTime": 0, "reservationTime": 1},
    "chargingPeriods": [{"startPeriod": "2026-03-01T10:00:00Z", "tariffId": "t1",
      "dimensions": [{"type": "Energy", "volume": 1.5}]}],
    "failureToCalculate": false, "failureReason": "none"},
  "customData": {"vendorId": "org.example", "x": [1, {"y": null}]}
}"#;

/// What a member may be replaced by, as JSON.
const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "3.0",
    "3.5",
    "1e2",
    "10e-1",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999999",
    "1e30",
    "-0.0",
    "0.1234567",
    "8589934592",
    "999999999999.9999995",
    "500.37957763671875",
    "1e-400",
    "12",
    "10",
    "-10",
    "-300",
    "7",
    "4",
    "101",
    r#""""#,
    r#"" ""#,
    r#""abc""#,
    r#""1.5""#,
    r#""3""#,
    r#"" 4 ""#,
    r#""1e400""#,
    r#""0x1""#,
    r#""-1""#,
    r#""0""#,
    r#""true""#,
    r#""False""#,
    r#""9223372036854775807""#,
    r#""Unknown""#,
    r#""Other""#,
    "[]",
    "{}",
    "[1]",
    "[{}]",
    "[null]",
    r#"{"a": 1}"#,
    r#"{"vendorId": "v", "a": 1, "a": 2}"#,
    r#"{"vendorId": 5}"#,
    r#""2026-03-01T10:00:00""#,
    r#""2026-03-01 10:00:00z""#,
    r#""2026-03-01T10:00:00+02""#,
    r#""2026-03-01T10:00:00-0530""#,
    r#""2026-03-01T10:00:00,25Z""#,
    r#""2026-03-01T10:00:00.123456789Z""#,
    r#""2016-12-31T23:59:60Z""#,
    r#""2026-02-29T10:00:00Z""#,
    r#""1970-01-01T00:00:00Z""#,
    r#""2026-03-01""#,
    r#""2040-01-01T00:00:00Z""#,
    r#""0001-01-01T00:00:00Z""#,
    r#""2026-03-01T10:00:00+25:00""#,
    r#"" 2026-03-01T10:00:00Z ""#,
    r#""ended""#,
    r#""DeAuthorized""#,
    r#""Deauthorized""#,
    r#""HardReset""#,
    r#""EVDetected""#,
    r#""SoftReset""#,
    r#""TxResumed""#,
    r#""Transaction.Start""#,
    r#""EVConnectionTimeout""#,
    r#""Upstream""#,
    r#""L1-N""#,
    r#""l2""#,
    r#""Voltage""#,
    r#""Current.Import""#,
    r#""Power.Factor""#,
    r#""Display.PresentSOC""#,
    r#""Temperature""#,
    r#""Energy.Reactive.Net""#,
    r#""IdleTime""#,
    r#""Transaction.Begin""#,
    r#""isO14443""#,
    r#""VIN""#,
    r#""KW""#,
    r#""Kwh""#,
    r#""k W_h""#,
    r#""MWH""#,
    r#""mA""#,
    r#""\u00b0C""#,
    r#""joule""#,
    r#""MWh""#,
    r#""A""#,
    r#""Percent""#,
    r#""%""#,
    r#""a\u00df\ud83d\ude00\/""#,
    r#""xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx""#,
];

/// A message with everything in it.
///
/// # Panics
/// Never: the text is constant.
#[must_use]
pub fn full() -> Json {
    Json::parse(FULL.as_bytes()).unwrap()
}

/// A message with some of everything, some of it broken; the same seed gives the same message.
#[must_use]
pub fn message(seed: u64) -> Json {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut json = full();
    for _ in 0..rng.random_range(0..12u8) {
        remove(&mut rng, &mut json);
    }
    for _ in 0..rng.random_range(0..5u8) {
        mutate(&mut rng, &mut json);
    }
    if rng.random_ratio(7, 8) {
        restore(&mut json);
    }
    json
}

/// Puts back what a message is no event without.
fn restore(json: &mut Json) {
    let (Json::Object(members), Json::Object(whole)) = (json, full()) else { return };
    for (name, value) in whole {
        let is_needed = matches!(name.as_str(), "eventType" | "seqNo" | "transactionInfo");
        if is_needed && !members.iter().any(|(member, _)| *member == name) {
            members.push((name, value));
        }
    }
}

/// Changes one place: another value, a member gone, twice, renamed, or new.
///
/// # Panics
/// Never: every value of the pool is JSON.
pub fn mutate(rng: &mut StdRng, json: &mut Json) {
    match (json, rng.random_range(0..24u8)) {
        (any, 4) => *any = value(rng),
        (Json::Object(members), 0) if !members.is_empty() => {
            let twin = members[rng.random_range(0..members.len())].clone();
            members.push(twin);
        }
        (Json::Object(members), 1) if !members.is_empty() => {
            let (name, _) = members[rng.random_range(0..members.len())].clone();
            members.push((name, value(rng)));
        }
        (Json::Object(members), 2) => members.push(("extra".to_owned(), value(rng))),
        (Json::Object(members), 3) => members.push(("customData".to_owned(), value(rng))),
        (Json::Object(members), _) if !members.is_empty() => {
            let at = rng.random_range(0..members.len());
            mutate(rng, &mut members[at].1);
        }
        (Json::Array(elements), 0) => elements.push(value(rng)),
        (Json::Array(elements), 5) => elements.clear(),
        (Json::Array(elements), 1..) if !elements.is_empty() => {
            let at = rng.random_range(0..elements.len());
            mutate(rng, &mut elements[at]);
        }
        (other, _) => *other = value(rng),
    }
}

fn remove(rng: &mut StdRng, json: &mut Json) {
    match json {
        Json::Object(members) if !members.is_empty() => {
            let at = rng.random_range(0..members.len());
            let is_leaf = !matches!(members[at].1, Json::Object(_) | Json::Array(_));
            if is_leaf || rng.random_ratio(1, 4) {
                members.remove(at);
            } else {
                remove(rng, &mut members[at].1);
            }
        }
        Json::Array(elements) if !elements.is_empty() => {
            let at = rng.random_range(0..elements.len());
            remove(rng, &mut elements[at]);
        }
        _ => {}
    }
}

fn value(rng: &mut StdRng) -> Json {
    let text = VALUES[rng.random_range(0..VALUES.len())];
    Json::parse(text.as_bytes()).unwrap()
}
