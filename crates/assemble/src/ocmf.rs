//! Signed readings in the Open Charge Metering Format (rule 27): `OCMF|<JSON payload>|<JSON signature>`.
//!
//! In: `signedMeterData` as stored, the text itself or its Base64. Out: what its `RD` entries say; that it is OCMF and
//! cannot be read, since an entry out of sight may say "do not bill"; or `None` where it is another format. Nothing is
//! verified and nothing written back: the signed bytes stay as they came.
//!
//! Tolerant: a member of an unexpected kind is an absent one, an entry without a value may still say "do not bill". What
//! OCMF lets an entry leave out because the entry before it says the same (`RI`, `RU`, `ST`, `EF`) is taken over.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::Deserialize;
use serde_json::value::RawValue;
use wattledger_decoder::{Measurand, ReadingContext};
use wattledger_record::{Decimal6, Micros};

/// Longest signed data that is looked into, bytes: twice the longest that OCPP 2.1 allows (32768).
const DATA_BYTES_MAX: usize = 65_536;
/// Most entries of one container; charges sampled every 15 minutes fill it in ten days.
const ENTRIES_MAX: usize = 1_024;
/// Digits of a number that are looked at: more do not fit a register.
const NUMBER_BYTES_MAX: usize = 40;

/// How OCMF starts, as text.
const HEAD: &str = "OCMF";
/// How `OCMF|` starts in Base64: the characters that no later byte can change.
const HEAD_PACKED: &str = "T0NNRn";

/// Signed data in OCMF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Container {
    /// What its `RD` entries say, in their order.
    Readings(Box<[SignedReading]>),
    /// It starts like OCMF and is cut, too long, has too many entries, or is broken.
    Unreadable,
}

impl Container {
    /// What could be read: nothing of an unreadable one.
    #[must_use]
    pub fn readings(&self) -> &[SignedReading] {
        match self {
            Self::Readings(readings) => readings,
            Self::Unreadable => &[],
        }
    }
}

/// What one `RD` entry says.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a finding of its own, and any may come with any other"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedReading {
    /// `TM`.
    pub at: Option<Micros>,
    /// Register by `RI`: 1.8.x import, 2.8.x export; `None` is any other one.
    pub register: Option<Register>,
    /// `RV` in Wh; `None` without a usable `RV` and `RU`.
    pub value: Option<Decimal6>,
    /// One unit in the last place of `RV`, Wh.
    pub ulp: Decimal6,
    /// By `TX`: B is Transaction.Begin; E, L, R, A, P are Transaction.End; others are `None`.
    pub context: Option<ReadingContext>,
    /// `TX` X, or `EF` with E: energy is unusable from this reading on.
    pub energy_error: bool,
    /// `EF` with t: times are unusable.
    pub time_error: bool,
    /// `ST` is absent, G or X: the reading may be used.
    pub meter_works: bool,
    /// `ST` X: the meter was exchanged, this is the new one's first reading.
    pub exchanged: bool,
    /// `MS`, the meter's serial number.
    pub meter: Option<Box<str>>,
}

/// Which register an entry is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Register {
    /// 1.8.x.
    Import,
    /// 2.8.x.
    Export,
    /// `RI` is absent: the register of the sample that carries the data.
    OfSample,
}

impl Register {
    /// The measurand, given that of the sample.
    #[must_use]
    pub fn measurand(self, sample: Measurand) -> Measurand {
        match self {
            Self::Import => Measurand::EnergyActiveImportRegister,
            Self::Export => Measurand::EnergyActiveExportRegister,
            Self::OfSample => sample,
        }
    }
}

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow, default, rename = "MS")]
    meter: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "RD")]
    entries: Vec<Entry<'a>>,
}

#[derive(Deserialize, Clone, Copy, Default)]
struct Entry<'a> {
    #[serde(borrow, default, rename = "TM")]
    time: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "TX")]
    transaction: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "RV")]
    value: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "RI")]
    register: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "RU")]
    unit: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "EF")]
    errors: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "ST")]
    state: Option<&'a RawValue>,
}

/// Reads signed data; `None` if it does not start like OCMF.
#[must_use]
pub fn read(data: &str) -> Option<Container> {
    let trimmed = data.trim();
    let is_text = trimmed.starts_with(HEAD);
    if !is_text && !starts_packed(trimmed) {
        return None;
    }
    let readings = if data.len() > DATA_BYTES_MAX {
        None
    } else if is_text {
        read_text(trimmed)
    } else {
        read_packed(trimmed)
    };
    Some(readings.map_or(Container::Unreadable, Container::Readings))
}

/// Whether Base64 starts like OCMF; it may be broken into lines anywhere.
fn starts_packed(text: &str) -> bool {
    text.chars().filter(|c| !c.is_ascii_whitespace()).take(HEAD_PACKED.len()).eq(HEAD_PACKED.chars())
}

fn read_packed(trimmed: &str) -> Option<Box<[SignedReading]>> {
    let packed: String = trimmed.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(&packed).or_else(|_| STANDARD_NO_PAD.decode(&packed)).ok()?;
    read_text(std::str::from_utf8(&bytes).ok()?.trim())
}

fn read_text(text: &str) -> Option<Box<[SignedReading]>> {
    read_payload(text.strip_prefix(HEAD)?.strip_prefix('|')?)
}

/// Reads from the payload on; what follows it (the signature) is left alone.
fn read_payload(text: &str) -> Option<Box<[SignedReading]>> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Payload<'_>>();
    let payload = values.next()?.ok()?;
    if payload.entries.len() > ENTRIES_MAX {
        return None;
    }
    let meter =
        payload.meter.and_then(text_of).filter(|serial| !serial.is_empty()).map(String::into_boxed_str);
    let mut before = Entry::default();
    let readings = payload.entries.into_iter().map(|entry| {
        before = Entry {
            register: entry.register.or(before.register),
            unit: entry.unit.or(before.unit),
            errors: entry.errors.or(before.errors),
            state: entry.state.or(before.state),
            ..entry
        };
        reading(&before, meter.clone())
    });
    Some(readings.collect())
}

fn reading(entry: &Entry<'_>, meter: Option<Box<str>>) -> SignedReading {
    let said = |member: Option<&RawValue>| member.and_then(text_of).unwrap_or_default();
    let (transaction, errors, state) = (said(entry.transaction), said(entry.errors), said(entry.state));
    let number = unit_exponent(&said(entry.unit))
        .zip(entry.value)
        .and_then(|(exponent, value)| decimal(&text_of(value)?, exponent));
    SignedReading {
        at: time(&said(entry.time)),
        register: match entry.register {
            None => Some(Register::OfSample),
            Some(identifier) => text_of(identifier).and_then(|text| register(&text)),
        },
        value: number.map(|(value, _)| value),
        ulp: number.map_or(Decimal6::ZERO, |(_, ulp)| ulp),
        context: match transaction.as_str() {
            "B" => Some(ReadingContext::TransactionBegin),
            "E" | "L" | "R" | "A" | "P" => Some(ReadingContext::TransactionEnd),
            _ => None,
        },
        energy_error: transaction == "X" || errors.contains('E'),
        time_error: errors.contains('t'),
        meter_works: matches!(state.as_str(), "" | "G" | "X"),
        exchanged: state == "X",
        meter,
    }
}

/// Text of a string, or of a number as written.
fn text_of(value: &RawValue) -> Option<String> {
    let raw = value.get();
    if raw.starts_with('"') {
        return serde_json::from_str::<String>(raw).ok().map(|text| text.trim().to_owned());
    }
    let number = raw.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    number.then(|| raw.to_owned())
}

/// `1-b:1.8.0`, `01-00:01.08.00*FF` and their like.
fn register(identifier: &str) -> Option<Register> {
    let code = identifier.rsplit(':').next()?;
    let mut groups = code.split(['.', '*']).map(|group| group.trim_start_matches('0'));
    match (groups.next()?, groups.next()?) {
        ("1", "8") => Some(Register::Import),
        ("2", "8") => Some(Register::Export),
        _ => None,
    }
}

/// Power of ten from the unit to Wh.
fn unit_exponent(unit: &str) -> Option<i32> {
    match unit {
        "Wh" => Some(0),
        "kWh" => Some(3),
        _ => None,
    }
}

/// `2018-07-24T13:22:04,000+0200 S`; the letter tells how good the clock is.
fn time(text: &str) -> Option<Micros> {
    let moment = text.split_ascii_whitespace().next()?.replacen(',', ".", 1);
    let formats = ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M:%S%.f%#z"];
    let parsed = formats.iter().find_map(|format| chrono::DateTime::parse_from_str(&moment, format).ok())?;
    Some(Micros(parsed.timestamp_micros()))
}

/// A decimal number times 10^`exponent`, and one unit of its last place; `None` if it is not exact in 10⁻⁶.
fn decimal(text: &str, exponent: i32) -> Option<(Decimal6, Decimal6)> {
    if text.len() > NUMBER_BYTES_MAX {
        return None;
    }
    let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let power: i32 = power.parse::<i16>().ok()?.into();
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let places = i32::try_from(fraction.len()).ok()?;
    let shift = exponent + 6 + power - places;
    let scale = 10i128.checked_pow(shift.unsigned_abs())?;
    let (value, ulp) = if shift >= 0 {
        (digits.checked_mul(scale)?, scale)
    } else if digits % scale == 0 {
        (digits / scale, 1)
    } else {
        return None;
    };
    Some((Decimal6(i64::try_from(value).ok()?), Decimal6(i64::try_from(ulp).ok()?)))
}
