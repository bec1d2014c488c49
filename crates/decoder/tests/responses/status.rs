//! GetTransactionStatus, as it is read.

use wattledger_record::OcppVersion::{V21, V201};

use super::read::check;
use super::shown;

#[test]
fn status_requests() {
    let request = |payload: &str, expected: &[&str]| {
        for version in [V201, V21] {
            check(shown::status_request, version, payload, expected);
        }
    };
    request("{}", &["clean"]);
    request(r#"{"transactionId":"tx-1"}"#, &["clean", "transaction tx-1"]);
    request(
        r#"{"transactionId":5,"customData":{}}"#,
        &[
            "flagged",
            "transaction 5",
            "extra '' 'customData' {}",
            "! coerced at 'transactionId': expected a string, not a number",
            "! custom_data_no_vendor at 'customData'",
        ],
    );
    let long = "x".repeat(37);
    request(
        &format!(r#"{{"transactionId":"{long}"}}"#),
        &[
            "flagged",
            &format!("transaction {long}"),
            "! too_long at 'transactionId': 37 characters, at most 36",
        ],
    );
}

#[test]
fn status_responses() {
    let answer = |payload: &str, expected: &[&str]| {
        for version in [V201, V21] {
            check(shown::status_response, version, payload, expected);
        }
    };
    answer(
        r#"{"ongoingIndicator":false,"messagesInQueue":true}"#,
        &["clean", "ongoing false", "in queue true"],
    );
    answer(r#"{"messagesInQueue":false}"#, &["clean", "in queue false"]);
    // never read as false: the charge would be closed with a hole
    let missing = "! missing_required at 'messagesInQueue'";
    answer("{}", &["flagged", missing]);
    answer(r#"{"ongoingIndicator":true}"#, &["flagged", "ongoing true", missing]);
    answer(r#"{"messagesInQueue":null}"#, &["flagged", "! null_value at 'messagesInQueue'"]);
    answer(
        r#"{"messagesInQueue":"maybe","ongoingIndicator":0,"queue":[]}"#,
        &[
            "flagged",
            "ongoing false",
            "extra '' 'queue' []",
            "! wrong_type at 'messagesInQueue': expected a boolean, not a string",
            "! coerced at 'ongoingIndicator': expected a boolean, not a number",
            "! unknown_property at 'queue'",
        ],
    );
}
