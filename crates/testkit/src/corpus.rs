//! Many messages from a seed, as the firmware of several makes writes them: each dialect has its own order of members,
//! spacing, set of measurands and habits. The same seed gives the same bytes.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::json::Json;

/// How one make of station writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// Schema order, no spaces, total register and power.
    Plain,
    /// `transactionInfo` first, a space after commas and colons, three phases.
    Spaced,
    /// Members in alphabetical order, units and locations always given.
    Verbose,
    /// One signed reading beside the plain one.
    Signed,
}

const DIALECTS: [Dialect; 4] = [Dialect::Plain, Dialect::Spaced, Dialect::Verbose, Dialect::Signed];

/// `count` messages without a fault.
#[must_use]
pub fn clean(seed: u64, count: usize) -> Vec<Vec<u8>> {
    let mut rng = StdRng::seed_from_u64(seed);
    (0..count).map(|n| write(&mut rng, n, |_, _| {})).collect()
}

/// `count` messages of which every tenth carries flags.
#[must_use]
pub fn dirty(seed: u64, count: usize) -> Vec<Vec<u8>> {
    let mut rng = StdRng::seed_from_u64(seed);
    let message = |n: usize| {
        write(&mut rng, n, |rng, members| {
            if n.is_multiple_of(10) {
                spoil(rng, members);
            }
        })
    };
    (0..count).map(message).collect()
}

/// An `Ended` of a long stay, at least `bytes` long.
#[must_use]
pub fn long_ended(seed: u64, bytes: usize) -> Vec<u8> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut event = event(&mut rng, Dialect::Plain, 2, 9_000);
    let mut elements = Vec::new();
    let mut length = 0;
    while length < bytes {
        let element = meter_value(&mut rng, Dialect::Plain, elements.len() * 60);
        length += element.to_text().len() + 1;
        elements.push(element);
    }
    event.retain(|(name, _)| name != "meterValue");
    event.push(("meterValue".to_owned(), Json::Array(elements)));
    Json::Object(event).to_text().into_bytes()
}

fn write(rng: &mut StdRng, n: usize, spoil: impl FnOnce(&mut StdRng, &mut Vec<(String, Json)>)) -> Vec<u8> {
    let dialect = DIALECTS[rng.random_range(0..DIALECTS.len())];
    let kind = match n % 20 {
        0 => 0,
        19 => 2,
        _ => 1,
    };
    let mut members = event(rng, dialect, kind, n);
    spoil(rng, &mut members);
    match dialect {
        Dialect::Spaced => Json::Object(members).to_spaced_text(),
        Dialect::Plain | Dialect::Verbose | Dialect::Signed => Json::Object(members).to_text(),
    }
    .into_bytes()
}

fn text(value: impl Into<String>) -> Json {
    Json::String(value.into())
}

fn number(value: impl ToString) -> Json {
    Json::Number(value.to_string())
}

fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn event(rng: &mut StdRng, dialect: Dialect, kind: usize, n: usize) -> Vec<(String, Json)> {
    let mut info =
        vec![("transactionId".to_owned(), text(format!("{:08x}-4b1d-41f7-8a01-{:012x}", n / 20, n * 7919)))];
    let states = ["EVConnected", "Charging", "SuspendedEV"];
    info.push(("chargingState".to_owned(), text(states[kind])));
    if kind == 2 {
        info.push(("stoppedReason".to_owned(), text("EVDisconnected")));
        info.push(("timeSpentCharging".to_owned(), number(rng.random_range(60..30_000u32))));
    }
    let mut members = vec![
        ("eventType".to_owned(), text(["Started", "Updated", "Ended"][kind])),
        ("timestamp".to_owned(), text(time(rng, n))),
        ("triggerReason".to_owned(), text(["CablePluggedIn", "MeterValuePeriodic", "EVDeparted"][kind])),
        ("seqNo".to_owned(), number(n % 20)),
        ("transactionInfo".to_owned(), Json::Object(info)),
    ];
    if kind == 0 {
        members.push(("evse".to_owned(), object([("id", number(1 + n % 4)), ("connectorId", number(1))])));
        let token = object([("idToken", text(format!("{:014X}", n * 65_537))), ("type", text("ISO14443"))]);
        members.push(("idToken".to_owned(), token));
    }
    members.push(("meterValue".to_owned(), Json::Array(vec![meter_value(rng, dialect, n)])));
    match dialect {
        Dialect::Spaced => members.rotate_left(4),
        Dialect::Verbose => members.sort_by(|a, b| a.0.cmp(&b.0)),
        Dialect::Plain | Dialect::Signed => {}
    }
    members
}

fn time(rng: &mut StdRng, n: usize) -> String {
    let (day, hour, minute) = (1 + n / 1_440 % 28, n / 60 % 24, n % 60);
    let second = rng.random_range(0..60u8);
    let milli = rng.random_range(0..1_000u16);
    format!("2026-03-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

fn meter_value(rng: &mut StdRng, dialect: Dialect, n: usize) -> Json {
    let samples = samples(rng, dialect, n);
    object([("timestamp", text(time(rng, n))), ("sampledValue", Json::Array(samples))])
}

fn samples(rng: &mut StdRng, dialect: Dialect, n: usize) -> Vec<Json> {
    let context = if n.is_multiple_of(20) { "Transaction.Begin" } else { "Sample.Periodic" };
    let register = format!("{}.{}", 1_204_000 + n * 35, rng.random_range(0..10u8));
    let unit = |name: &str| object([("unit", text(name))]);
    let energy = object([
        ("value", number(&register)),
        ("context", text(context)),
        ("measurand", text("Energy.Active.Import.Register")),
        ("unitOfMeasure", unit("Wh")),
    ]);
    let mut samples = vec![energy];
    let phases: &[Option<&str>] = match dialect {
        Dialect::Plain | Dialect::Signed => &[None],
        Dialect::Spaced | Dialect::Verbose => &[Some("L1"), Some("L2"), Some("L3")],
    };
    for phase in phases {
        let mut current = vec![
            (
                "value".to_owned(),
                number(format!("{}.{:02}", rng.random_range(0..32u8), rng.random_range(0..100u8))),
            ),
            ("measurand".to_owned(), text("Current.Import")),
        ];
        if let Some(phase) = phase {
            current.push(("phase".to_owned(), text(*phase)));
        }
        if dialect == Dialect::Verbose {
            current.push(("location".to_owned(), text("Outlet")));
            current.push(("unitOfMeasure".to_owned(), unit("A")));
        }
        samples.push(Json::Object(current));
    }
    samples.push(object([
        ("value", number(format!("{}.{}", rng.random_range(0..22u8), rng.random_range(0..1_000u16)))),
        ("measurand", text("Power.Active.Import")),
        ("unitOfMeasure", object([("unit", text("kW")), ("multiplier", number(0))])),
    ]));
    if dialect == Dialect::Signed {
        samples.push(signed(&register, n));
    }
    samples
}

fn signed(register: &str, n: usize) -> Json {
    let data = format!(
        "OCMF|{{\"FV\":\"1.0\",\"PG\":\"T{n}\",\"RD\":[{{\"TX\":\"T\",\"RV\":{register},\"RI\":\"1-b:1.8.0\",\"RU\":\"Wh\"}}]}}|{{\"SD\":\"{:064x}\"}}",
        n * 104_729
    );
    object([
        ("value", number(register)),
        (
            "signedMeterValue",
            object([
                ("signedMeterData", text(data)),
                ("signingMethod", text("ECDSA-secp256r1-SHA256")),
                ("encodingMethod", text("OCMF")),
                ("publicKey", text("")),
            ]),
        ),
        ("unitOfMeasure", object([("unit", text("Wh"))])),
    ])
}

/// Breaks one or two rules, none of which makes the message ambiguous.
fn spoil(rng: &mut StdRng, members: &mut Vec<(String, Json)>) {
    for _ in 0..rng.random_range(1..3u8) {
        match rng.random_range(0..6u8) {
            0 => members.push(("firmwareBuild".to_owned(), text("4.2.1"))),
            1 => set(members, "timestamp", text("2026-03-01T10:00:00")),
            2 => set(members, "triggerReason", text("meterValuePeriodic")),
            3 => set(members, "seqNo", text("7")),
            4 => members.push(("customData".to_owned(), object([("build", number(12))]))),
            _ => set(members, "timestamp", text("2026-03-01 10:00:00.123456+01")),
        }
        members.dedup_by(|a, b| a.0 == b.0);
    }
}

fn set(members: &mut [(String, Json)], name: &str, value: Json) {
    if let Some((_, old)) = members.iter_mut().find(|(member, _)| member == name) {
        *old = value;
    }
}
