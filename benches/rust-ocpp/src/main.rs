//! The benchmark `decode` with one more contestant: rust-ocpp's own types, filled by serde_json. `make bench-decode`.

use std::hint::black_box;

use rust_ocpp::v2_0_1::messages::transaction_event::TransactionEventRequest;
use wattledger_benches::allocations::Counting;
use wattledger_benches::decode;
use wattledger_benches::rounds::{Answer, Contestant};
use wattledger_decoder::TransactionEvent;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    decode::run(vec![rust_ocpp()]);
}

/// rust-ocpp: owned text, times and words read, decimals for values; what the types cannot hold is refused.
fn rust_ocpp() -> Contestant {
    Contestant {
        name: "rust-ocpp by serde_json",
        pass: Box::new(|set| {
            for message in &set.messages {
                black_box(&serde_json::from_slice::<TransactionEventRequest>(message));
            }
        }),
        answer: Box::new(|message, ours| match serde_json::from_slice(message) {
            Ok(event) if agrees(&event, ours) => Answer::Same,
            Ok(_) => Answer::Different,
            Err(_) => Answer::Refused,
        }),
    }
}

fn agrees(theirs: &TransactionEventRequest, ours: &TransactionEvent<'_>) -> bool {
    let samples: Vec<_> =
        theirs.meter_value.iter().flatten().flat_map(|element| &element.sampled_value).collect();
    let token = theirs.id_token.as_ref().map(|token| token.id_token.as_str());
    let evse = theirs.evse.as_ref().map(|evse| (Some(i64::from(evse.id)), evse.connector_id.map(i64::from)));
    theirs.transaction_info.transaction_id == ours.transaction_info.transaction_id
        && i64::from(theirs.seq_no) == ours.seq_no
        && Some(theirs.timestamp.timestamp_micros()) == ours.timestamp.micros.map(|micros| micros.0)
        && token == ours.id_token.map(|token| token.id_token)
        && evse == ours.evse.map(|evse| (evse.id, evse.connector_id))
        && samples.len() == ours.samples.len()
        && ours.samples.iter().zip(samples).all(|(ours, theirs)| {
            let signed = theirs.signed_meter_value.as_ref().map(|signed| signed.signed_meter_data.as_str());
            ours.value_text.parse() == Ok(theirs.value)
                && signed == ours.signed.map(|signed| signed.signed_meter_data)
        })
}
