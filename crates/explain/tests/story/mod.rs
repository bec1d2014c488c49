//! A small language for stories: messages of a station, line by line, and what the sink had made of them.
//!
//! ```text
//! # a sentence on what happened
//! 0 S 10:00 begin=1000 tok=A evse=1/1       seqNo, type, event time, what the event tells
//! 1 U 10:15 reg=2.5kWh x3                   came three times, a second apart
//! 3..9 U 10:30+5m reg=3000+250              seven events, five minutes and 250 Wh apart
//! 2 U 10:20 reg=2700 rx=12:00               received then instead of a second after its event time
//! settled                                   the grace is over
//! ```
//!
//! Registers: `begin`, `reg`, `end` (import), `int` (interval), `pow`; a suffix as `.Outlet` or `.L1` says where, a
//! `.signed` one makes OCMF of it. `tok`, `evse`, `state`, `why`, `reason`, `note` (in customData) and `offline` are the
//! other facts; a time of `-` cannot be read. Further lines: `stored N` (the record was written after the first N messages;
//! 0: never), `revision N` (of the rules that wrote it), `expired` (the events are gone), `set-aside TIME CODE seq=N`,
//! `unreadable TIME CODE`.

use serde_json::{Value, json};

/// 2026-03-01T00:00:00Z, µs.
pub(crate) const DAY: i64 = 1_772_323_200_000_000;
/// µs.
pub(crate) const SECOND: i64 = 1_000_000;

/// What a story tells.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) messages: Vec<Message>,
    pub(crate) settled: bool,
    /// Messages that the record knows; all if absent.
    pub(crate) stored: Option<usize>,
    pub(crate) revision: Option<u16>,
    pub(crate) expired: bool,
    pub(crate) set_aside: Vec<SetAside>,
}

/// One message, and how often it came.
pub(crate) struct Message {
    pub(crate) raw: String,
    pub(crate) received_at: i64,
    pub(crate) copies: u64,
}

/// A message in quarantine.
pub(crate) struct SetAside {
    pub(crate) received_at: i64,
    pub(crate) code: String,
    pub(crate) seq_no: Option<i64>,
}

/// Reads a story.
pub(crate) fn read(text: &str) -> Told {
    let mut told = Told::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["settled"] => told.settled = true,
            ["expired"] => told.expired = true,
            ["stored", count] => told.stored = Some(count.parse().unwrap()),
            ["revision", number] => told.revision = Some(number.parse().unwrap()),
            ["set-aside" | "unreadable", at, code, rest @ ..] => told.set_aside.push(SetAside {
                received_at: time(at).unwrap(),
                code: (*code).to_owned(),
                seq_no: rest.first().map(|seq| seq.strip_prefix("seq=").unwrap().parse().unwrap()),
            }),
            [seq_no, kind, at, facts @ ..] => told.messages.extend(messages(seq_no, kind, at, facts)),
            _ => panic!("no line of a story: {line}"),
        }
    }
    told
}

/// A time of day in March 2026; `None` if it is `-`.
fn time(text: &str) -> Option<i64> {
    if text == "-" {
        return None;
    }
    let parts: Vec<i64> = text.split(':').map(|part| part.parse().unwrap()).collect();
    let seconds = parts.iter().fold(0, |sum, part| sum * 60 + part) * if parts.len() == 2 { 60 } else { 1 };
    Some(DAY + seconds * SECOND)
}

fn messages(seq_no: &str, kind: &str, at: &str, facts: &[&str]) -> Vec<Message> {
    let (first, last) = seq_no.split_once("..").unwrap_or((seq_no, seq_no));
    let (first, last): (i64, i64) = (first.parse().unwrap(), last.parse().unwrap());
    let (begin, every) = at.split_once('+').map_or((at, 0), |(at, every)| {
        (at, every.strip_suffix('m').unwrap().parse::<i64>().unwrap() * 60 * SECOND)
    });
    (first..=last)
        .map(|seq_no| {
            let step = seq_no - first;
            message(seq_no, kind, time(begin).map(|at| at + step * every), step, facts)
        })
        .collect()
}

fn message(seq_no: i64, kind: &str, at: Option<i64>, step: i64, facts: &[&str]) -> Message {
    let text = at.map_or_else(|| "soon".to_owned(), rfc3339);
    let mut event = json!({
        "eventType": match kind { "S" => "Started", "U" => "Updated", "E" => "Ended", other => panic!("no type {other}") },
        "timestamp": text,
        "triggerReason": match kind { "S" => "Authorized", "E" => "EVDeparted", _ => "MeterValuePeriodic" },
        "seqNo": seq_no,
        "transactionInfo": {"transactionId": "TX-1"},
    });
    let mut samples: Vec<Value> = Vec::new();
    let mut message =
        Message { raw: String::new(), received_at: at.map_or(DAY, |at| at + SECOND), copies: 1 };
    for fact in facts {
        let (name, value) = fact.split_once('=').unwrap_or((fact, ""));
        match name {
            "offline" => event["offline"] = json!(true),
            "rx" => message.received_at = time(value).unwrap(),
            "tok" => event["idToken"] = json!({"idToken": value, "type": "ISO14443"}),
            "state" => event["transactionInfo"]["chargingState"] = json!(value),
            "why" => event["triggerReason"] = json!(value),
            "reason" => event["transactionInfo"]["stoppedReason"] = json!(value),
            "note" => event["customData"] = json!({"vendorId": "acme", "note": value}),
            "evse" => {
                let (evse, connector) = value.split_once('/').unwrap_or((value, "1"));
                let number = |text: &str| text.parse::<i64>().unwrap();
                event["evse"] = json!({"id": number(evse), "connectorId": number(connector)});
            }
            _ if value.is_empty() => message.copies = name.strip_prefix('x').unwrap().parse().unwrap(),
            _ => samples.push(sample(name, value, step, &text)),
        }
    }
    if !samples.is_empty() {
        event["meterValue"] = json!([{"timestamp": text, "sampledValue": samples}]);
    }
    message.raw = serde_json::to_string(&event).unwrap();
    message
}

fn rfc3339(at: i64) -> String {
    chrono::DateTime::from_timestamp_micros(at).unwrap().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn sample(name: &str, value: &str, step: i64, at: &str) -> Value {
    let mut parts = name.split('.');
    let (measurand, context, base) = match parts.next().unwrap() {
        "begin" => ("Energy.Active.Import.Register", "Transaction.Begin", "Wh"),
        "reg" => ("Energy.Active.Import.Register", "Sample.Periodic", "Wh"),
        "end" => ("Energy.Active.Import.Register", "Transaction.End", "Wh"),
        "int" => ("Energy.Active.Import.Interval", "Sample.Periodic", "Wh"),
        "pow" => ("Power.Active.Import", "Sample.Periodic", "W"),
        other => panic!("no sample {other}"),
    };
    let (value, rise) =
        value.split_once('+').map_or((value, 0), |(v, rise)| (v, rise.parse::<i64>().unwrap()));
    let digits = value.trim_end_matches(char::is_alphabetic);
    let unit = if digits.len() < value.len() { &value[digits.len()..] } else { base };
    let text = if rise == 0 {
        digits.to_owned()
    } else {
        (digits.parse::<i64>().unwrap() + step * rise).to_string()
    };
    let number: serde_json::Number = text.parse().unwrap();
    let mut sample = json!({
        "value": number, "measurand": measurand, "context": context, "unitOfMeasure": {"unit": unit},
    });
    for part in parts {
        match part {
            "L1" | "L2" | "L3" => sample["phase"] = json!(part),
            "signed" => {
                let tx = if context == "Transaction.Begin" { "B" } else { "E" };
                let ocmf = format!(
                    "OCMF|{{\"FV\":\"1.0\",\"MS\":\"M7\",\"RD\":[{{\"TM\":\"{},000+0000 S\",\"TX\":\"{tx}\",\
                     \"RV\":{text},\"RI\":\"1-b:1.8.0\",\"RU\":\"{unit}\",\"ST\":\"G\"}}]}}|{{\"SD\":\"3046\"}}",
                    at.trim_end_matches('Z')
                );
                sample["signedMeterValue"] = json!({
                    "signedMeterData": ocmf, "signingMethod": "", "encodingMethod": "OCMF", "publicKey": "",
                });
            }
            location => sample["location"] = json!(location),
        }
    }
    sample
}
