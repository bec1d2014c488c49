//! Units: text -> base unit and power of ten, and the unit that each measurand is in.
//!
//! Only units that differ from the base unit by a power of ten are read: such a shift is exact. Kelvin, Fahrenheit or
//! minutes are in the specification's list too; a value in one of them is kept as text and not used.

use crate::vocabulary::Measurand;
use crate::words::Word;

/// Base unit of a value; the numbers are those of the column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Unit {
    /// Not known.
    Unknown = 0,
    /// Watt-hours.
    Wh = 1,
    /// Reactive volt-ampere-hours.
    Varh = 2,
    /// Volt-ampere-hours.
    VAh = 3,
    /// Watts.
    W = 4,
    /// Reactive volt-amperes.
    Var = 5,
    /// Volt-amperes.
    VA = 6,
    /// Amperes.
    A = 7,
    /// Volts.
    V = 8,
    /// Hertz.
    Hz = 9,
    /// Percent.
    Percent = 10,
    /// Degrees Celsius.
    Celsius = 11,
    /// Seconds.
    S = 12,
    /// A number without a unit.
    None = 13,
}

impl Unit {
    /// Every unit, in the order of the numbers.
    pub const ALL: &'static [Self] = &[
        Self::Unknown,
        Self::Wh,
        Self::Varh,
        Self::VAh,
        Self::W,
        Self::Var,
        Self::VA,
        Self::A,
        Self::V,
        Self::Hz,
        Self::Percent,
        Self::Celsius,
        Self::S,
        Self::None,
    ];

    /// Text of the column's value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Wh => "Wh",
            Self::Varh => "varh",
            Self::VAh => "VAh",
            Self::W => "W",
            Self::Var => "var",
            Self::VA => "VA",
            Self::A => "A",
            Self::V => "V",
            Self::Hz => "Hz",
            Self::Percent => "Percent",
            Self::Celsius => "Celsius",
            Self::S => "s",
            Self::None => "none",
        }
    }

    /// Number in columns.
    #[must_use]
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// The unit of a stored number.
    #[must_use]
    pub fn from_u8(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// A spelling of a unit that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitSpelling {
    /// As it is sent.
    pub text: &'static str,
    /// Base unit.
    pub unit: Unit,
    /// The text means the base unit × 10^power.
    pub power: i32,
    /// Whether it stands in the specification's list; any other is flagged.
    pub is_listed: bool,
    /// Whether capitals count.
    pub is_exact: bool,
}

impl UnitSpelling {
    /// Every spelling that is read: those of the list, those with a prefix that the list lacks, and those of the field, in
    /// which case, spaces and underscores do not count.
    pub fn all() -> impl Iterator<Item = Self> {
        let spelling = |is_listed, is_exact| {
            move |(text, unit, power): &(&'static str, Unit, i32)| Self {
                text,
                unit: *unit,
                power: *power,
                is_listed,
                is_exact,
            }
        };
        let listed = LISTED.iter().map(spelling(true, true));
        listed
            .chain(PREFIXED.iter().map(spelling(false, true)))
            .chain(ALIASES.iter().map(spelling(false, false)))
    }
}

/// What a unit's text was read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReadUnit {
    /// Base unit.
    pub(crate) unit: Unit,
    /// The unit is the base unit × 10^power.
    pub(crate) power: i32,
    /// Whether it is spelled as in the specification's list.
    pub(crate) listed: bool,
}

/// Spelled as in the list, with SI prefixes that the list lacks: here capitals count, since `mW` is not `MW`.
const LISTED: &[(&str, Unit, i32)] = &[
    ("Wh", Unit::Wh, 0),
    ("kWh", Unit::Wh, 3),
    ("W", Unit::W, 0),
    ("kW", Unit::W, 3),
    ("A", Unit::A, 0),
    ("V", Unit::V, 0),
    ("Percent", Unit::Percent, 0),
    ("Hz", Unit::Hz, 0),
    ("varh", Unit::Varh, 0),
    ("kvarh", Unit::Varh, 3),
    ("VAh", Unit::VAh, 0),
    ("kVAh", Unit::VAh, 3),
    ("var", Unit::Var, 0),
    ("kvar", Unit::Var, 3),
    ("VA", Unit::VA, 0),
    ("kVA", Unit::VA, 3),
    ("Celsius", Unit::Celsius, 0),
    ("s", Unit::S, 0),
];

/// Other spellings in which capitals count.
const PREFIXED: &[(&str, Unit, i32)] = &[
    ("MWh", Unit::Wh, 6),
    ("mWh", Unit::Wh, -3),
    ("MW", Unit::W, 6),
    ("mW", Unit::W, -3),
    ("mA", Unit::A, -3),
    ("kA", Unit::A, 3),
    ("mV", Unit::V, -3),
    ("kV", Unit::V, 3),
    ("kHz", Unit::Hz, 3),
    ("mHz", Unit::Hz, -3),
    ("ms", Unit::S, -3),
];

/// Spellings seen in the field, in any case and with spaces left out; none of them means two things.
const ALIASES: &[(&str, Unit, i32)] = &[
    ("wh", Unit::Wh, 0),
    ("watthour", Unit::Wh, 0),
    ("watthours", Unit::Wh, 0),
    ("kwh", Unit::Wh, 3),
    ("kilowatthour", Unit::Wh, 3),
    ("kilowatthours", Unit::Wh, 3),
    ("w", Unit::W, 0),
    ("watt", Unit::W, 0),
    ("watts", Unit::W, 0),
    ("kw", Unit::W, 3),
    ("kilowatt", Unit::W, 3),
    ("kilowatts", Unit::W, 3),
    ("a", Unit::A, 0),
    ("amp", Unit::A, 0),
    ("amps", Unit::A, 0),
    ("ampere", Unit::A, 0),
    ("amperes", Unit::A, 0),
    ("v", Unit::V, 0),
    ("volt", Unit::V, 0),
    ("volts", Unit::V, 0),
    ("%", Unit::Percent, 0),
    ("percent", Unit::Percent, 0),
    ("percentage", Unit::Percent, 0),
    ("hz", Unit::Hz, 0),
    ("hertz", Unit::Hz, 0),
    ("varh", Unit::Varh, 0),
    ("kvarh", Unit::Varh, 3),
    ("vah", Unit::VAh, 0),
    ("kvah", Unit::VAh, 3),
    ("var", Unit::Var, 0),
    ("kvar", Unit::Var, 3),
    ("va", Unit::VA, 0),
    ("kva", Unit::VA, 3),
    ("celsius", Unit::Celsius, 0),
    ("celcius", Unit::Celsius, 0),
    ("c", Unit::Celsius, 0),
    ("°c", Unit::Celsius, 0),
    ("sec", Unit::S, 0),
    ("second", Unit::S, 0),
    ("seconds", Unit::S, 0),
];

/// The spellings of [`LISTED`], in its order.
pub(crate) const WORDS: &[Word] = &words();

#[expect(clippy::indexing_slicing, reason = "runs at compile time, where a wrong index stops the build")]
const fn words() -> [Word; LISTED.len()] {
    let mut words = [const { Word::new("") }; LISTED.len()];
    let mut i = 0;
    while i < LISTED.len() {
        words[i] = Word::new(LISTED[i].0);
        i += 1;
    }
    words
}

/// The unit of one of [`WORDS`].
pub(crate) fn listed(place: usize) -> Option<ReadUnit> {
    LISTED.get(place).map(|(_, unit, power)| ReadUnit { unit: *unit, power: *power, listed: true })
}

/// Longest alias, in bytes; longer texts are not looked up.
const ALIAS_BYTES_MAX: usize = 16;

/// Reads a unit; `None` if it is unknown or no power of ten away from a base unit.
pub(crate) fn read(text: &str) -> Option<ReadUnit> {
    let hit = |(_, unit, power): &(&str, Unit, i32), listed| ReadUnit { unit: *unit, power: *power, listed };
    if let Some(entry) = LISTED.iter().find(|(name, ..)| *name == text) {
        return Some(hit(entry, true));
    }
    if let Some(entry) = PREFIXED.iter().find(|(name, ..)| *name == text) {
        return Some(hit(entry, false));
    }
    let mut folded = [0u8; ALIAS_BYTES_MAX];
    let mut len = 0;
    for byte in text.bytes().filter(|b| !matches!(b, b' ' | b'_')) {
        *folded.get_mut(len)? = byte.to_ascii_lowercase();
        len += 1;
    }
    let folded = folded.get(..len)?;
    ALIASES.iter().find(|(name, ..)| name.as_bytes() == folded).map(|entry| hit(entry, false))
}

impl Measurand {
    /// Base unit of the measurand's values, also where no unit is sent; `Unknown` for an unknown measurand.
    #[must_use]
    pub const fn base_unit(self) -> Unit {
        match self {
            Self::Unknown => Unit::Unknown,
            Self::CurrentExport
            | Self::CurrentImport
            | Self::CurrentOffered
            | Self::CurrentExportOffered
            | Self::CurrentExportMinimum
            | Self::CurrentImportOffered
            | Self::CurrentImportMinimum => Unit::A,
            Self::EnergyActiveExportRegister
            | Self::EnergyActiveImportRegister
            | Self::EnergyActiveExportInterval
            | Self::EnergyActiveImportInterval
            | Self::EnergyActiveNet
            | Self::DisplayBatteryEnergyCapacity
            | Self::EnergyActiveImportCableLoss
            | Self::EnergyActiveImportLocalGenerationRegister
            | Self::EnergyActiveSetpointInterval
            | Self::EnergyRequestTarget
            | Self::EnergyRequestMinimum
            | Self::EnergyRequestMaximum
            | Self::EnergyRequestMinimumV2X
            | Self::EnergyRequestMaximumV2X
            | Self::EnergyRequestBulk => Unit::Wh,
            Self::EnergyReactiveExportRegister
            | Self::EnergyReactiveImportRegister
            | Self::EnergyReactiveExportInterval
            | Self::EnergyReactiveImportInterval
            | Self::EnergyReactiveNet => Unit::Varh,
            Self::EnergyApparentNet | Self::EnergyApparentImport | Self::EnergyApparentExport => Unit::VAh,
            Self::Frequency => Unit::Hz,
            Self::PowerActiveExport
            | Self::PowerActiveImport
            | Self::PowerOffered
            | Self::PowerActiveSetpoint
            | Self::PowerActiveResidual
            | Self::PowerExportMinimum
            | Self::PowerExportOffered
            | Self::PowerImportOffered
            | Self::PowerImportMinimum => Unit::W,
            Self::PowerReactiveExport | Self::PowerReactiveImport => Unit::Var,
            Self::PowerFactor | Self::DisplayChargingComplete | Self::DisplayInletHot => Unit::None,
            Self::SoC
            | Self::DisplayPresentSOC
            | Self::DisplayMinimumSOC
            | Self::DisplayTargetSOC
            | Self::DisplayMaximumSOC => Unit::Percent,
            Self::Voltage | Self::VoltageMinimum | Self::VoltageMaximum => Unit::V,
            Self::DisplayRemainingTimeToMinimumSOC
            | Self::DisplayRemainingTimeToTargetSOC
            | Self::DisplayRemainingTimeToMaximumSOC => Unit::S,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_the_field_are_read_and_ambiguous_ones_are_not() {
        let unit = |text| read(text).map(|u| (u.unit, u.power, u.listed));
        assert_eq!(unit("kWh"), Some((Unit::Wh, 3, true)));
        assert_eq!(unit("Kwh"), Some((Unit::Wh, 3, false)));
        assert_eq!(unit("KW"), Some((Unit::W, 3, false)));
        assert_eq!(unit("kW h"), Some((Unit::Wh, 3, false)));
        assert_eq!(unit("Amp"), Some((Unit::A, 0, false)));
        assert_eq!(unit("Volt"), Some((Unit::V, 0, false)));
        assert_eq!(unit("Celcius"), Some((Unit::Celsius, 0, false)));
        assert_eq!(unit("MWh"), Some((Unit::Wh, 6, false)));
        assert_eq!(unit("mWh"), Some((Unit::Wh, -3, false)));
        for text in ["MWH", "mwh", "K", "Fahrenheit", "min", "", "Wh/100km", "joule"] {
            assert_eq!(unit(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_those_of_the_column() {
        for (number, unit) in Unit::ALL.iter().enumerate() {
            assert_eq!(usize::from(unit.as_u8()), number);
            assert_eq!(Unit::from_u8(unit.as_u8()), Some(*unit));
        }
    }
}
