//! A small language for charges: one event per line, then what the record must say.
//!
//! ```text
//! 0 S 10:00 begin=1000 tok=A evse=1/1      seqNo, type, event time, what the event tells
//! 1 E 11:00 end=2000 rx=12:00              received a second after the event time unless rx says otherwise
//! =
//! class = complete
//! energy = 1000 begin_end_register
//! review =
//! ```
//!
//! Times are `[d<day>/]HH:MM[:SS]` in March 2026; `-` is unreadable and `1970` a clock that was never set. Registers:
//! `begin`, `reg`, `clock`, `end` (import), `xbegin`, `xreg`, `xend` (export), `int` (interval), `pow`, `offered`;
//! `reg.Outlet.L1=5@10:30` adds location, phase and own time, `.signed` a signature, a value of `?` has no usable unit.
//! `end.ocmf=M7/B,10:00,1.5,kWh,G;E,11:00,2.5,kWh,G,E,1.8.0` has OCMF of meter M7 with entries of TX, TM, RV, RU, ST, EF,
//! RI, each of which `-` or the end leaves out; `end.broken=2000` has OCMF that cannot be read.
//! Equal lines at another time are variants of one event. `-- n` begins what the n-th record must say.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a fixture that cannot be read, or a broken expectation, fails the test"
)]

use wattledger_assemble::event::{Event, Sample, Token};
use wattledger_assemble::ocmf;
use wattledger_assemble::record::Folded;
use wattledger_decoder::{
    ChargingState, EventType, Location, Measurand, Phase, ReadingContext, StoppedReason, TriggerReason,
};
use wattledger_record::{ContentHash, Decimal6, Micros, StationKey};

/// 2026-03-01T00:00:00Z, µs.
pub(crate) const DAY_ONE: i64 = 1_772_323_200_000_000;
/// One second, µs.
pub(crate) const SECOND: i64 = 1_000_000;

/// The station of all fixtures.
pub(crate) fn station() -> StationKey {
    StationKey::new("north", "cs1").unwrap()
}

/// Folds under the transactionId of all fixtures.
pub(crate) fn fold(events: &[Event]) -> Folded {
    wattledger_assemble::fold(&station(), "tx-1", events)
}

/// Reads event lines.
pub(crate) fn events(text: &str) -> Vec<Event> {
    let mut received = DAY_ONE;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let event = event(line, received + SECOND);
            received = event.received_at.0;
            event
        })
        .collect()
}

/// A time in µs; `None` if the text is `-`.
pub(crate) fn time(text: &str) -> Option<i64> {
    match text {
        "-" => return None,
        "1970" => return Some(60 * SECOND),
        _ => {}
    }
    let (day, clock) = match text.strip_prefix('d') {
        Some(rest) => rest.split_once('/').map(|(day, clock)| (day.parse().unwrap(), clock)).unwrap(),
        None => (1i64, text),
    };
    let mut parts = clock.split(':').map(|part| part.parse::<f64>().unwrap());
    let mut next = || parts.next().unwrap_or(0.0);
    let seconds = next() * 3600.0 + next() * 60.0 + next();
    #[expect(clippy::cast_possible_truncation, reason = "a time of day in µs is far below 2^53")]
    let micros = (seconds * 1e6).round() as i64;
    Some(DAY_ONE + (day - 1) * 86_400 * SECOND + micros)
}

/// A hash of a text for fixtures (FNV-1a over 128 bits).
pub(crate) fn hash(text: &str) -> ContentHash {
    let step = |hash: u128, byte: u8| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    };
    ContentHash(text.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, step))
}

fn event(line: &str, received_if_untimed: i64) -> Event {
    let mut words = line.split_whitespace();
    let seq_no: i64 = words.next().unwrap().parse().unwrap();
    let kind = words.next().unwrap();
    let when = words.next().unwrap();
    let facts: Vec<&str> = words.collect();
    let identity: Vec<&str> =
        facts.iter().copied().filter(|f| !f.starts_with("rx=") && *f != "offline").collect();
    let said = identity.join(" ");
    let at = time(when);
    let usable = at.filter(|at| Micros(*at).is_usable());
    let mut event = Event {
        seq_no,
        content_hash: hash(&format!("{seq_no} {kind} {when} {said}")),
        core_hash: hash(&format!("{seq_no} {kind} {said}")),
        received_at: Micros(usable.map_or(received_if_untimed, |at| at + SECOND)),
        month: at.map_or(0, |at| Micros(at).month()),
        station_raw: "CS1".into(),
        transaction_id_raw: "TX-1".into(),
        event_type: match kind {
            "S" => EventType::Started,
            "U" => EventType::Updated,
            "E" => EventType::Ended,
            other => panic!("no event type {other}"),
        },
        trigger_reason: TriggerReason::Unknown,
        event_time: at.map(Micros),
        offline: false,
        evse_id: None,
        connector_id: None,
        id_token: None,
        charging_state: None,
        stopped_reason: None,
        stopped_reason_raw: None,
        time_spent_charging_s: None,
        remote_start_id: None,
        reservation_id: None,
        phases_used: None,
        cable_max_current_a: None,
        operation_mode: None,
        tariff_id: None,
        flags: Vec::new(),
        samples: Vec::new(),
    };
    for fact in facts {
        tell(&mut event, fact);
    }
    event
}

fn tell(event: &mut Event, fact: &str) {
    let (name, value) = fact.split_once('=').unwrap_or((fact, ""));
    let number = || value.parse::<i64>().unwrap_or_else(|_| panic!("no number in {fact}"));
    match name {
        "offline" => event.offline = true,
        "rx" => event.received_at = Micros(time(value).unwrap()),
        "note" => {}
        "tok" => {
            let (id, kind) = value.split_once(':').unwrap_or((value, "ISO14443"));
            event.id_token = Some(Token { id_token: id.into(), token_type: kind.into() });
        }
        "evse" => {
            let (evse, connector) = value.split_once('/').unwrap_or((value, ""));
            event.evse_id = Some(evse.parse().unwrap());
            event.connector_id = connector.parse().ok();
        }
        "connector" => event.connector_id = Some(number()),
        "state" => event.charging_state = ChargingState::parse(value),
        "why" => event.trigger_reason = TriggerReason::parse(value).unwrap(),
        "reason" => event.stopped_reason = StoppedReason::parse(value),
        "spent" => event.time_spent_charging_s = Some(number()),
        "remote" => event.remote_start_id = Some(number()),
        "reservation" => event.reservation_id = Some(number()),
        "phases" => event.phases_used = Some(number()),
        "cable" => event.cable_max_current_a = Some(number()),
        "mode" => event.operation_mode = Some(value.into()),
        "tariff" => event.tariff_id = Some(value.into()),
        _ => {
            let sample = sample(event.event_time, name, value);
            event.samples.push(sample);
        }
    }
}

fn sample(event_time: Option<Micros>, name: &str, value: &str) -> Sample {
    let signed_data = value;
    let (value, at) = match value.split_once('@') {
        Some((value, at)) => (value, time(at).map(Micros)),
        None => (value, event_time),
    };
    let mut parts = name.split('.');
    let (measurand, context) = match parts.next().unwrap() {
        "begin" => (Measurand::EnergyActiveImportRegister, ReadingContext::TransactionBegin),
        "reg" => (Measurand::EnergyActiveImportRegister, ReadingContext::SamplePeriodic),
        "clock" => (Measurand::EnergyActiveImportRegister, ReadingContext::SampleClock),
        "end" => (Measurand::EnergyActiveImportRegister, ReadingContext::TransactionEnd),
        "xbegin" => (Measurand::EnergyActiveExportRegister, ReadingContext::TransactionBegin),
        "xreg" => (Measurand::EnergyActiveExportRegister, ReadingContext::SamplePeriodic),
        "xend" => (Measurand::EnergyActiveExportRegister, ReadingContext::TransactionEnd),
        "int" => (Measurand::EnergyActiveImportInterval, ReadingContext::SamplePeriodic),
        "intclock" => (Measurand::EnergyActiveImportInterval, ReadingContext::SampleClock),
        "intend" => (Measurand::EnergyActiveImportInterval, ReadingContext::TransactionEnd),
        "pow" => (Measurand::PowerActiveImport, ReadingContext::SamplePeriodic),
        "offered" => (Measurand::PowerOffered, ReadingContext::SamplePeriodic),
        other => panic!("no fact {other}"),
    };
    let mut sample = Sample {
        at,
        value: None,
        ulp: Decimal6::ZERO,
        measurand,
        context,
        context_given: true,
        phase: None,
        location: None,
        signed: false,
        container: None,
    };
    if !name.ends_with(".ocmf") {
        sample.value = decimal(value);
        sample.ulp = Decimal6(ulp(value));
    }
    for part in parts {
        if part == "signed" {
            sample.signed = true;
        } else if part == "ocmf" || part == "broken" {
            sample.signed = true;
            let data = if part == "ocmf" { container(signed_data) } else { "OCMF|{\"RD\":[{".to_owned() };
            sample.container = ocmf::read(&data);
            let unreadable = sample.container == Some(ocmf::Container::Unreadable);
            assert_eq!(unreadable, part == "broken", "{data}");
        } else if let Some(phase) = Phase::parse(part) {
            sample.phase = Some(phase);
        } else {
            sample.location = Some(Location::parse(part).unwrap_or_else(|| panic!("no part {part}")));
        }
    }
    sample
}

/// OCMF text of the entries of a fact.
pub(crate) fn container(entries: &str) -> String {
    const MEMBERS: [&str; 7] = ["TX", "TM", "RV", "RU", "ST", "EF", "RI"];
    let (meter, entries) = entries.split_once('/').unwrap_or(("M1", entries));
    let entry = |entry: &str| {
        let told = MEMBERS.iter().zip(entry.split(',')).filter(|(_, said)| *said != "-");
        let member = |(name, said): (&&str, &str)| match *name {
            "RV" => format!("\"RV\":{said}"),
            "TM" => format!("\"TM\":\"2026-03-01T{said}:00,000+0000 S\""),
            _ => format!("\"{name}\":\"{said}\""),
        };
        format!("{{{}}}", told.map(member).collect::<Vec<_>>().join(","))
    };
    let entries: Vec<String> = entries.split(';').map(entry).collect();
    format!("OCMF|{{\"FV\":\"1.0\",\"MS\":\"{meter}\",\"RD\":[{}]}}|{{\"SD\":\"3046\"}}", entries.join(","))
}

/// A decimal text in units of 10⁻⁶; `?` is a value without a usable unit.
fn decimal(text: &str) -> Option<Decimal6> {
    if text == "?" {
        return None;
    }
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let micro: i64 = format!("{fraction:0<6}").parse().unwrap();
    Some(Decimal6(sign * (whole.parse::<i64>().unwrap() * 1_000_000 + micro)))
}

fn ulp(text: &str) -> i64 {
    let places = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    10i64.pow(6 - u32::try_from(places).unwrap())
}
