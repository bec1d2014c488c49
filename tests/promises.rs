//! P6 *Bounded* and P7 *Signed meter data survives byte for byte*, seen from outside.

use serde_json::json;

use crate::harness::World;

#[tokio::test(flavor = "multi_thread")]
async fn p6_what_is_above_the_door_is_refused_and_said() {
    let world = World::new("bounded").await;
    let answer = world.post_event("CS-6", &vec![b' '; (8 << 20) + 1]).await.unwrap();
    assert_eq!(answer.status, 413, "{answer:?}");
    assert!(answer.body["code"].is_string(), "{answer:?}");
    let largest = world.post_event("CS-6", &vec![b' '; 8 << 20]).await.unwrap();
    assert_eq!(largest.status, 200, "what the door lets in is durable: {largest:?}");
    world.until_sql("SELECT length(raw) FROM quarantine", &(8 << 20).to_string()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p7_signed_meter_data_survives_byte_for_byte() {
    let world = World::new("signed").await;
    let awkward = [
        "OCMF|{\"FV\":\"1.0\",\"RD\":[{\"RV\":2935.600,\"RU\":\"kWh\"}]}|{\"SD\":\"3045\"}",
        "T0NNRnx7IkZWIjoiMS4wIn18eyJTRCI6IjMwNDUifQ==",
        "  spaces, \ttab, \\backslash, \"quotes\", /slash, é, \u{1F50C}, \u{0} and 'single' ",
    ];
    let samples: Vec<_> = awkward
        .iter()
        .map(|data| {
            json!({"value": 1.5, "unitOfMeasure": {"unit": "kWh"}, "signedMeterValue": {
                "signedMeterData": data, "signingMethod": "", "encodingMethod": "OCMF", "publicKey": ""}})
        })
        .collect();
    let event = json!({
        "eventType": "Updated", "timestamp": "2026-03-01T10:00:00Z", "triggerReason": "SignedDataReceived",
        "seqNo": 7, "transactionInfo": {"transactionId": "signed"},
        "meterValue": [{"timestamp": "2026-03-01T10:00:00Z", "sampledValue": samples}],
    });
    let bytes = serde_json::to_vec_pretty(&event).unwrap();
    assert_eq!(world.post_event("CS-7", &bytes).await.unwrap().status, 200);
    world.until_written(1).await;
    let hexes: Vec<String> = awkward.iter().map(|data| hex(data.as_bytes())).collect();
    let stored =
        "SELECT arrayStringConcat(arraySort(groupArray(hex(signed_meter_data))), ' ') FROM meter_values";
    let mut expect = hexes;
    expect.sort();
    world.until_sql(stored, &expect.join(" ")).await;
    world.until_sql("SELECT hex(raw) FROM events", &hex(&bytes)).await;
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
