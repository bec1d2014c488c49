//! Signed readings in the Open Charge Metering Format (rule 27): `OCMF|<JSON payload>|<JSON signature>`.
//!
//! In: `signedMeterData` as stored, the text itself, its Base64 or its hex digits. Out: what its `RD` entries say; that
//! it is OCMF and cannot be read, since an entry out of sight may say "do not bill"; or `None` where it is another
//! format. Nothing is verified and nothing written back: the signed bytes stay as they came.
//!
//! An entry leaves out what it has in common with the one before it, in the same container (OCMF "Readings"): every
//! member is taken over but `RV`, whose absence also means that an entry only tells of an error.

mod entry;

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

/// How OCMF starts, in capitals or not.
const HEAD: &str = "OCMF";
/// What some writers put before any text.
const BYTE_ORDER_MARK: char = '\u{feff}';
/// Packed characters that are unpacked to see what the data are: at least eight bytes, a byte order mark and `OCMF`.
const HEAD_PACKED: usize = 16;

/// Signed data in OCMF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Container {
    /// What its `RD` entries say, in their order; at least one.
    Readings(Box<[SignedReading]>),
    /// It starts like OCMF and is cut, too long, without entries or with too many, or broken.
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
    /// By `RI`; `None` is a register of something else, or one that OCMF does not define.
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
    /// 1.8.x, or B0 to B3 of OCMF 1.4.
    Import(Code),
    /// 2.8.x, or C0 to C3.
    Export(Code),
    /// `RI` is absent: the register of the sample that carries the data.
    OfSample,
}

/// Tells one register of a direction from another; the most believed is the lowest.
///
/// A total and a register that starts anew with every charge, a tariff's and the sum of all, the meter's and what
/// reaches the vehicle: each is whole by itself, and one difference never takes its begin from one and its end from
/// another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// Place in the order of belief: what OCMF defines for billing, at the vehicle before at the meter, then others.
    pub rank: u8,
    /// OBIS group E; 0 is the sum over tariffs.
    pub tariff: u16,
    /// OBIS group F; 0 is the running register.
    pub period: u16,
}

impl Code {
    /// x.8.0, the running sum over tariffs: what a register is unless it says otherwise.
    pub const TOTAL: Self = Self { rank: 4, tariff: 0, period: 0 };
}

impl Register {
    /// The measurand, given that of the sample.
    #[must_use]
    pub fn measurand(self, sample: Measurand) -> Measurand {
        match self {
            Self::Import(_) => Measurand::EnergyActiveImportRegister,
            Self::Export(_) => Measurand::EnergyActiveExportRegister,
            Self::OfSample => sample,
        }
    }

    /// Which of the registers of its measurand it is.
    #[must_use]
    pub fn code(self) -> Code {
        match self {
            Self::Import(code) | Self::Export(code) => code,
            Self::OfSample => Code::TOTAL,
        }
    }
}

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow, default, rename = "MS")]
    meter: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "RD")]
    entries: Option<Vec<entry::Members<'a>>>,
}

/// How the text is packed.
#[derive(Clone, Copy)]
enum Packing {
    Text,
    Base64,
    Hex,
}

/// Reads signed data; `None` if it does not start like OCMF.
#[must_use]
pub fn read(data: &str) -> Option<Container> {
    let packing = packing(data)?;
    let readings = if data.len() > DATA_BYTES_MAX {
        None
    } else if let Packing::Text = packing {
        read_text(data)
    } else {
        unpack(data, packing).and_then(|bytes| read_text(std::str::from_utf8(&bytes).ok()?))
    };
    Some(readings.map_or(Container::Unreadable, Container::Readings))
}

/// Text without what may stand before and behind it.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == BYTE_ORDER_MARK)
}

/// What follows the head.
fn strip_head(text: &str) -> Option<&str> {
    let (head, rest) = trimmed(text).split_at_checked(HEAD.len())?;
    head.eq_ignore_ascii_case(HEAD).then_some(rest)
}

/// How OCMF is packed; `None` for another format. It may be broken into lines anywhere.
fn packing(data: &str) -> Option<Packing> {
    if strip_head(data).is_some() {
        return Some(Packing::Text);
    }
    // cut data still show their head
    let starts_right = |packing, padding: char| {
        let packed = trimmed(data).chars().filter(|c| !c.is_ascii_whitespace() && *c != '=');
        let start: String = packed.chain(std::iter::repeat(padding)).take(HEAD_PACKED).collect();
        let bytes = unpack(&start, packing);
        bytes.is_some_and(|bytes| strip_head(&String::from_utf8_lossy(&bytes)).is_some())
    };
    if starts_right(Packing::Hex, '0') {
        return Some(Packing::Hex);
    }
    starts_right(Packing::Base64, 'A').then_some(Packing::Base64)
}

fn unpack(data: &str, packing: Packing) -> Option<Vec<u8>> {
    let packed = trimmed(data).chars().filter(|c| !c.is_ascii_whitespace());
    match packing {
        Packing::Text => Some(data.as_bytes().to_vec()),
        Packing::Base64 => {
            let both_alphabets = packed.map(|c| match c {
                '-' => '+',
                '_' => '/',
                other => other,
            });
            let packed: String = both_alphabets.collect();
            STANDARD.decode(&packed).or_else(|_| STANDARD_NO_PAD.decode(&packed)).ok()
        }
        Packing::Hex => {
            let digit = |c: char| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            let digits: Vec<u8> = packed.map(digit).collect::<Option<_>>()?;
            let bytes = digits.chunks(2).map(|pair| match pair {
                [high, low] => Some(high << 4 | low),
                _ => None,
            });
            bytes.collect()
        }
    }
}

fn read_text(text: &str) -> Option<Box<[SignedReading]>> {
    read_payload(strip_head(text)?.trim_start().strip_prefix('|')?)
}

/// Reads from the payload on; what follows it (the signature) is left alone.
fn read_payload(text: &str) -> Option<Box<[SignedReading]>> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Payload<'_>>();
    let payload = values.next()?.ok()?;
    let entries = payload.entries.filter(|entries| (1..=ENTRIES_MAX).contains(&entries.len()))?;
    let meter = payload.meter.and_then(entry::text_of).filter(|serial| !serial.is_empty());
    let meter: Option<Box<str>> = meter.map(|serial| serial.into_owned().into_boxed_str());
    let mut before = entry::Entry::default();
    let mut readings = Vec::with_capacity(entries.len());
    for members in entries {
        before = entry::Entry::after(&before, &members)?;
        readings.push(before.reading(meter.clone()));
    }
    Some(readings.into_boxed_slice())
}
