//! Writes what a simulated fleet sends, faults and all, as one of the forms that `wattledger check` reads:
//! `fleet_log FORM EVENTS STATIONS SEED > file`. Same arguments, same bytes. The fixtures in `tests/data` and the input of
//! `make bench-check` are made by it.

#![expect(clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a tool for developers")]

use std::io::{self, BufWriter, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat};
use wattledger_fleet::stream::Stream;
use wattledger_fleet::{Faults, Plan};

/// 2026-03-01T00:00:00Z, before which every charge has ended.
const UNTIL_MS: i64 = 1_772_323_200_000;

/// How a message is written into a line.
type Form = fn(&Message<'_>) -> String;

/// A message and what a log says around it.
struct Message<'a> {
    station: &'a str,
    id: u64,
    /// RFC 3339, UTC.
    at: &'a str,
    payload: &'a str,
    is_json: bool,
    /// The message as an OCPP-J frame, or another frame.
    frame: &'a str,
}

const FORMS: [(&str, Form); 11] = [
    ("payloads", |m| m.payload.to_owned()),
    ("envelopes", |m| {
        let Message { station, id, at, payload, .. } = m;
        let payload = if m.is_json {
            format!(r#""payload":{payload}"#)
        } else {
            format!(r#""payloadBase64":"{}""#, STANDARD.encode(payload))
        };
        format!(r#"{{"station":"{station}","messageId":"{id}","receivedAt":"{at}",{payload}}}"#)
    }),
    ("frames", |m| m.frame.to_owned()),
    ("mobilityhouse", |m| format!("INFO:ocpp:{}: receive message {}", m.station, m.frame)),
    ("home-assistant", |m| {
        let at = m.at.replace('T', " ").replace('Z', "");
        format!("{at} INFO (MainThread) [ocpp] {}: receive message {}", m.station, m.frame)
    }),
    ("ocpp-go", |m| {
        let message = quoted(&format!("received JSON message from {}: {}", m.station, m.frame));
        format!("time=\"{}\" level=debug msg={message} logger=ocppj", m.at)
    }),
    ("citrineos", |m| {
        format!(
            r#"{{"0":"Received message","1":"1:{}","2":{},"_meta":{{"date":"{}","logLevelName":"DEBUG","name":"ocpp2.0.1"}}}}"#,
            m.station,
            quoted(m.frame),
            m.at
        )
    }),
    ("steve", |m| {
        let at = m.at.replace('T', " ").replace('.', ",").replace('Z', "");
        format!(
            "[INFO ] {at} ocpp.ws.WebSocketLogger - [chargeBoxId={}, sessionId=5863aadf] Received: {}",
            m.station, m.frame
        )
    }),
    ("everest", |m| {
        let broken = serde_json::from_str::<serde_json::Value>(m.frame)
            .and_then(|frame| serde_json::to_string_pretty(&frame));
        format!(
            "{}: ChargePoint>CentralSystem TransactionEvent \n{}\n",
            m.at,
            broken.unwrap_or_else(|_| m.frame.to_owned())
        )
    }),
    ("microocpp", |m| format!("[MO] Send: {}", m.frame)),
    ("docker", |m| {
        let line = format!(
            "time=\"{}\" level=debug msg={}\n",
            m.at,
            quoted(&format!("received JSON message from {}: {}", m.station, m.frame))
        );
        format!(r#"{{"log":{},"stream":"stdout","time":"{}"}}"#, quoted(&line), m.at)
    }),
];

/// What comes between events: an answer, another call.
fn between(id: u64) -> String {
    match id / 4 % 3 {
        0 => format!(r#"[3,"{id}",{{}}]"#),
        1 => format!(r#"[2,"h{id}","Heartbeat",{{}}]"#),
        _ => format!(r#"[2,"s{id}","StatusNotification",{{"connectorStatus":"Occupied","evseId":1}}]"#),
    }
}

/// A text in quotes.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string has a JSON form")
}

/// The event time of a payload, µs, as far as it has one.
fn time_of(payload: &str) -> Option<i64> {
    let value: serde_json::Value = serde_json::from_str(payload).ok()?;
    let at = DateTime::parse_from_rfc3339(value.get("timestamp")?.as_str()?).ok()?;
    Some(at.timestamp_micros())
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [form, numbers @ ..] = arguments.as_slice() else {
        eprintln!("fleet_log FORM EVENTS STATIONS SEED");
        return Ok(());
    };
    let (name, form) = *FORMS.iter().find(|(name, _)| name == form).expect("a known form");
    let numbers: Vec<u64> = numbers.iter().map(|number| number.parse().expect("a number")).collect();
    let [events, stations, seed] = numbers[..] else { panic!("events, stations and seed") };
    let plan = Plan {
        seed,
        stations: u32::try_from(stations).expect("at most 2^32 stations"),
        events,
        until_ms: UNTIL_MS,
        prefix: "CP".to_owned(),
        faults: Faults::default(),
        direct: 0,
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let mut id = 0;
    for index in 0..plan.stations {
        let mut stream = Stream::new(&plan, index);
        let station = stream.station().name.clone();
        let mut clock = 0;
        while let Some(delivery) = stream.next_acknowledged() {
            stream.announced();
            let mut payload = Vec::new();
            delivery.write(&mut payload);
            // a line is a line; in JSON a line feed is white space
            payload.iter_mut().filter(|b| matches!(b, b'\n' | b'\r')).for_each(|b| *b = b' ');
            let payload = String::from_utf8_lossy(&payload).replace('\0', "");
            clock = time_of(&payload).unwrap_or_default().max(clock) + 1_000_000;
            let at = DateTime::from_timestamp_micros(clock).expect("a time of this century");
            let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
            let frame = format!(r#"[2,"{id}","TransactionEvent",{payload}]"#);
            let (at, payload, is_json) = (at.as_str(), payload.as_str(), delivery.is_json());
            let message = Message { station: &station, id, at, payload, is_json, frame: &frame };
            writeln!(out, "{}", form(&message))?;
            if id % 4 == 0 && !matches!(name, "payloads" | "envelopes" | "everest") {
                writeln!(out, "{}", form(&Message { frame: &between(id), ..message }))?;
            }
            id += 1;
        }
    }
    out.flush()
}
