//! One `RD` entry: its members, what it takes over from the entry before it, and what they say.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use wattledger_decoder::ReadingContext;
use wattledger_record::{Decimal6, Micros};

use super::{Code, Register, SignedReading};

/// Digits of a number that are looked at: more do not fit a register.
const NUMBER_BYTES_MAX: usize = 40;

/// The members as they are written.
#[derive(Deserialize)]
pub(super) struct Members<'a> {
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

/// The members as they are meant.
#[derive(Default)]
pub(super) struct Entry<'a> {
    time: Option<Cow<'a, str>>,
    transaction: Option<Cow<'a, str>>,
    value: Option<Cow<'a, str>>,
    register: Option<Cow<'a, str>>,
    unit: Option<Cow<'a, str>>,
    errors: Option<Cow<'a, str>>,
    state: Option<Cow<'a, str>>,
}

impl<'a> Entry<'a> {
    /// An entry with what it leaves out; `None` if a member that can say "do not bill" is no text.
    pub(super) fn after(before: &Self, members: &Members<'a>) -> Option<Self> {
        let told = |member: Option<&'a RawValue>, before: &Option<Cow<'a, str>>| {
            member.and_then(text_of).or_else(|| before.clone())
        };
        let heard = |member: Option<&'a RawValue>, before: &Option<Cow<'a, str>>| match member {
            Some(member) => text_of(member).map(Some),
            None => Some(before.clone()),
        };
        Some(Self {
            time: told(members.time, &before.time),
            transaction: heard(members.transaction, &before.transaction)?,
            value: members.value.and_then(text_of),
            register: told(members.register, &before.register),
            unit: told(members.unit, &before.unit),
            errors: heard(members.errors, &before.errors)?,
            state: heard(members.state, &before.state)?,
        })
    }

    pub(super) fn reading(&self, meter: Option<Box<str>>) -> SignedReading {
        let transaction = self.transaction.as_deref().unwrap_or_default();
        let errors = self.errors.as_deref().unwrap_or_default();
        let state = self.state.as_deref().unwrap_or_default();
        let exponent = self.unit.as_deref().and_then(unit_exponent);
        let number = exponent.zip(self.value.as_deref()).and_then(|(exponent, text)| decimal(text, exponent));
        SignedReading {
            at: self.time.as_deref().and_then(time),
            register: match &self.register {
                None => Some(Register::OfSample),
                Some(identifier) => register(identifier),
            },
            value: number.map(|(value, _)| value),
            ulp: number.map_or(Decimal6::ZERO, |(_, ulp)| ulp),
            context: match transaction {
                "B" => Some(ReadingContext::TransactionBegin),
                "E" | "L" | "R" | "A" | "P" => Some(ReadingContext::TransactionEnd),
                _ => None,
            },
            energy_error: transaction == "X" || errors.contains('E'),
            time_error: errors.contains('t'),
            meter_works: matches!(state, "" | "G" | "X"),
            exchanged: state == "X",
            meter,
        }
    }
}

/// Text of a string, or of a number as written.
pub(super) fn text_of(value: &RawValue) -> Option<Cow<'_, str>> {
    let raw = value.get();
    if let Some(inner) = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        if !inner.contains('\\') {
            return Some(Cow::Borrowed(inner.trim()));
        }
        return serde_json::from_str::<String>(raw).ok().map(|text| Cow::Owned(text.trim().to_owned()));
    }
    let number = raw.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    number.then_some(Cow::Borrowed(raw))
}

/// `1-b:1.8.0`, `01-00:01.08.00*FF`, `01-00:B1.08.00*FF` and their like: OBIS groups C, D, E and F.
///
/// B0 to B3 and C0 to C3 are the registers that OCMF 1.4 sets aside for billing: total and of the transaction, each at
/// the meter and at the vehicle, that is without the loss of the cable.
fn register(identifier: &str) -> Option<Register> {
    let code = identifier.rsplit(':').next()?;
    let mut groups = code.split(['.', '*', '&']).map(|group| group.trim().trim_start_matches('0'));
    let quantity = groups.next()?.to_ascii_uppercase();
    if groups.next()? != "8" {
        return None;
    }
    let number = |group: Option<&str>| match group.unwrap_or_default() {
        "" => Some(0),
        group => u16::from_str_radix(group, 16).ok(),
    };
    let tariff = number(groups.next())?;
    // the running register is 255, in hex or not
    let period = match groups.next() {
        Some("255" | "FF" | "ff") => 0,
        group => number(group)?,
    };
    let code = |rank| Code { rank, tariff, period };
    match quantity.as_str() {
        "B1" => Some(Register::Import(code(0))),
        "B3" => Some(Register::Import(code(1))),
        "B0" => Some(Register::Import(code(2))),
        "B2" => Some(Register::Import(code(3))),
        "1" => Some(Register::Import(code(Code::TOTAL.rank))),
        "C1" => Some(Register::Export(code(0))),
        "C3" => Some(Register::Export(code(1))),
        "C0" => Some(Register::Export(code(2))),
        "C2" => Some(Register::Export(code(3))),
        "2" => Some(Register::Export(code(Code::TOTAL.rank))),
        _ => None,
    }
}

/// Power of ten from the unit to Wh.
fn unit_exponent(unit: &str) -> Option<i32> {
    match unit {
        _ if unit.eq_ignore_ascii_case("Wh") => Some(0),
        _ if unit.eq_ignore_ascii_case("kWh") => Some(3),
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
