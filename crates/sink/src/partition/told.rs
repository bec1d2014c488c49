//! Events for tests, decoded from what a station writes.

use serde_json::{Value, json};
use wattledger_decoder::{Decoder, Limits, Reading};
use wattledger_record::ids::event_version;
use wattledger_record::{Micros, StationKey};

use crate::deliver::event::{Reception, of_message};
use crate::deliver::{Content, TransactionKey};

/// 2026-03-01T10:00:00Z, µs.
pub(crate) const TEN: i64 = 1_772_359_200_000_000;
const SECOND: i64 = 1_000_000;

/// What a station tells in one event of a charge at 11 kW that was plugged in at ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) kind: &'static str,
    pub(crate) seq_no: i64,
    /// After ten.
    pub(crate) minute: i64,
    /// Received so many seconds after the event time.
    pub(crate) delay_s: i64,
    /// Told otherwise than usual: another content.
    pub(crate) salt: i64,
}

impl Told {
    /// The event of a charge of `last` + 1 events, one a minute, in which this is the seqNo.
    pub(crate) const fn of(seq_no: i64, last: i64) -> Self {
        let kind = match seq_no {
            0 => "Started",
            n if n == last => "Ended",
            _ => "Updated",
        };
        Self { kind, seq_no, minute: seq_no, delay_s: 1, salt: 0 }
    }

    pub(crate) fn content(self) -> Content {
        let value = serde_json::to_vec(&self.message()).unwrap();
        let mut decoder = Decoder::new(Limits::default());
        let decoded = decoder.decode(&value, Reading::default());
        let event = decoded.event.as_ref().unwrap();
        let received_at = Micros(event.timestamp.micros.unwrap().0 + self.delay_s * SECOND);
        let reception = Reception {
            content_hash: decoded.content_hash,
            core_hash: decoded.core_hash,
            received_at,
            station_raw: "CS-1",
            flags: Vec::new(),
        };
        Content { version: event_version(received_at, 7), event: of_message(event, reception) }
    }

    fn message(self) -> Value {
        let at = chrono::DateTime::from_timestamp_micros(TEN + self.minute * 60 * SECOND).unwrap();
        let at = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let context = match self.kind {
            "Started" => "Transaction.Begin",
            "Ended" => "Transaction.End",
            _ => "Sample.Periodic",
        };
        let mut event = json!({
            "eventType": self.kind, "timestamp": at, "triggerReason": "MeterValuePeriodic", "seqNo": self.seq_no,
            "transactionInfo": {"transactionId": "TX-1", "chargingState": "Charging"},
            "meterValue": [{"timestamp": at, "sampledValue": [{
                "value": 1_000 + self.minute * 180 + self.salt, "context": context,
                "measurand": "Energy.Active.Import.Register", "location": "Outlet",
            }]}],
        });
        if self.kind == "Started" {
            event["evse"] = json!({"id": 1, "connectorId": 1});
            event["idToken"] = json!({"idToken": "04A2B3", "type": "ISO14443"});
        }
        event
    }
}

pub(crate) fn key(number: usize) -> TransactionKey {
    TransactionKey {
        station: StationKey::new("t", "cs-1").unwrap(),
        transaction_id: format!("tx-{number:03}").into(),
    }
}
