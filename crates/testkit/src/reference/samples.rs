//! Values by shifting the point in a string of digits.

use super::Reader;
use crate::json::split;

/// Listed units, base unit and power of ten.
const UNITS: &[(&str, &str, i64)] = &[
    ("Wh", "Wh", 0),
    ("kWh", "Wh", 3),
    ("W", "W", 0),
    ("kW", "W", 3),
    ("A", "A", 0),
    ("V", "V", 0),
    ("Percent", "Percent", 0),
    ("Hz", "Hz", 0),
    ("varh", "varh", 0),
    ("kvarh", "varh", 3),
    ("VAh", "VAh", 0),
    ("kVAh", "VAh", 3),
    ("var", "var", 0),
    ("kvar", "var", 3),
    ("VA", "VA", 0),
    ("kVA", "VA", 3),
    ("Celsius", "Celsius", 0),
    ("s", "s", 0),
];

/// Prefixes whose capitals count.
const PREFIXED: &[(&str, &str, i64)] = &[
    ("MWh", "Wh", 6),
    ("mWh", "Wh", -3),
    ("MW", "W", 6),
    ("mW", "W", -3),
    ("mA", "A", -3),
    ("kA", "A", 3),
    ("mV", "V", -3),
    ("kV", "V", 3),
    ("kHz", "Hz", 3),
    ("mHz", "Hz", -3),
    ("ms", "s", -3),
];

/// Other spellings, words apart: base unit, power of ten, spellings without case, spaces and underscores.
const SPELLINGS: &[(&str, i64, &str)] = &[
    ("Wh", 0, "wh watthour watthours"),
    ("Wh", 3, "kwh kilowatthour kilowatthours"),
    ("W", 0, "w watt watts"),
    ("W", 3, "kw kilowatt kilowatts"),
    ("A", 0, "a amp amps ampere amperes"),
    ("V", 0, "v volt volts"),
    ("Percent", 0, "% percent percentage"),
    ("Hz", 0, "hz hertz"),
    ("varh", 0, "varh"),
    ("varh", 3, "kvarh"),
    ("VAh", 0, "vah"),
    ("VAh", 3, "kvah"),
    ("var", 0, "var"),
    ("var", 3, "kvar"),
    ("VA", 0, "va"),
    ("VA", 3, "kva"),
    ("Celsius", 0, "celsius celcius c \u{b0}c"),
    ("s", 0, "sec second seconds"),
];

/// Base unit and power of ten of a spelling that is not listed.
fn spelled(text: &str) -> Option<(&'static str, i64)> {
    let folded: String = text.chars().filter(|c| !" _".contains(*c)).collect::<String>().to_ascii_lowercase();
    let prefixed = PREFIXED.iter().find(|(name, ..)| *name == text).map(|(_, unit, power)| (*unit, *power));
    let word = SPELLINGS.iter().find(|(.., words)| words.split(' ').any(|word| word == folded));
    prefixed.or_else(|| word.map(|(unit, power, _)| (*unit, *power)))
}

fn base_unit(measurand: &str) -> &'static str {
    let starts = |prefix| measurand.starts_with(prefix);
    match measurand {
        "Frequency" => "Hz",
        "SoC" => "Percent",
        "Power.Factor" | "Display.ChargingComplete" | "Display.InletHot" => "none",
        "Display.BatteryEnergyCapacity" => "Wh",
        _ if starts("Current.") => "A",
        _ if starts("Voltage") => "V",
        _ if starts("Display.RemainingTime") => "s",
        _ if starts("Display.") => "Percent",
        _ if starts("Energy.Reactive") => "varh",
        _ if starts("Energy.Apparent") => "VAh",
        _ if starts("Energy") => "Wh",
        _ if starts("Power.Reactive") => "var",
        _ if starts("Power.") => "W",
        _ => "unknown",
    }
}

impl Reader {
    /// Brings the sample at a path to its base unit.
    pub(super) fn sample(&mut self, path: &str) {
        let get = |name: &str| self.fields.get(&format!("{path}.{name}")).cloned();
        let is_bad = |name: &str| self.fields.contains_key(&format!("{path}.{name}!"));
        let measurand = match get("measurand") {
            Some(text) => text.split(" from ").next().unwrap_or_default().to_owned(),
            None if is_bad("measurand") => "Unknown".to_owned(),
            None => "Energy.Active.Import.Register".to_owned(),
        };
        let expected = base_unit(&measurand);
        let is_unreadable =
            is_bad("unitOfMeasure") || is_bad("unitOfMeasure.unit") || is_bad("unitOfMeasure.multiplier");
        let multiplier: i64 = get("unitOfMeasure.multiplier").map_or(0, |text| text.parse().unwrap());
        let sent = get("unitOfMeasure.unit");
        let is_signed = get("signedMeterValue").is_some();
        let digits = get("value");
        let (unit, mut power) =
            if is_unreadable { ("unknown", None) } else { self.unit(sent.as_deref(), expected, is_signed) };
        if !is_unreadable && !(-9..=9).contains(&multiplier) {
            self.codes.insert("multiplier_out_of_range");
            power = None;
        }
        let value = match (digits, power) {
            (Some(digits), Some(power)) => self.scaled(&digits, power + multiplier),
            _ => None,
        };
        self.fields.insert(format!("{path}="), format!("{value:?} {unit}"));
    }

    fn unit(
        &mut self,
        sent: Option<&str>,
        expected: &'static str,
        is_signed: bool,
    ) -> (&'static str, Option<i64>) {
        match sent {
            Some(text) if !text.trim_ascii().is_empty() => {
                let listed = UNITS.iter().find(|(name, ..)| *name == text);
                let listed = listed.map(|(_, unit, power)| (*unit, *power));
                let Some((unit, power)) = listed.or_else(|| spelled(text)) else {
                    self.codes.insert("unit_unknown");
                    return ("unknown", None);
                };
                if listed.is_none() {
                    self.codes.insert("unit_spelling");
                }
                let fits = expected == "unknown" || unit == expected;
                if !fits {
                    self.codes.insert("unit_mismatch");
                }
                (unit, fits.then_some(power))
            }
            sent => {
                if sent.is_some() {
                    self.codes.insert("unit_spelling");
                }
                if is_signed {
                    self.codes.insert("signed_unit_missing");
                    return ("unknown", None);
                }
                (expected, (expected != "unknown").then_some(0))
            }
        }
    }

    /// Millionths of digits × 10^power, rounded half away from zero.
    pub(super) fn scaled(&mut self, digits: &str, power: i64) -> Option<i64> {
        let (negative, all, exponent) = split(digits);
        let Some(all) = all else { return Some(0) };
        // digits before the point of the number of millionths
        let whole_len = i64::try_from(all.len()).unwrap() + exponent + power + 6;
        let (whole, rest) = if whole_len > 38 {
            self.codes.insert("value_out_of_range");
            return None;
        } else if whole_len <= 0 {
            let zeros = usize::try_from(-whole_len).unwrap().min(50);
            ("0".to_owned(), "0".repeat(zeros) + &all)
        } else {
            let whole_len = usize::try_from(whole_len).unwrap();
            let padded = format!("{all:0<whole_len$}");
            (padded[..whole_len].to_owned(), padded[whole_len..].to_owned())
        };
        let mut magnitude: i128 = whole.parse().unwrap();
        magnitude += i128::from(rest.as_bytes().first().is_some_and(|first| *first >= b'5'));
        if magnitude >= 1_000_000_000_000_000_000 {
            self.codes.insert("value_out_of_range");
            return None;
        }
        if rest.bytes().any(|digit| digit != b'0') {
            self.codes.insert("value_rounded");
        }
        if magnitude >= (1 << 33) * 1_000_000 {
            self.codes.insert("value_large");
        }
        i64::try_from(if negative { -magnitude } else { magnitude }).ok()
    }
}

/// The integer that a number is, if it is one and fits.
pub(super) fn integer(number: &str) -> Option<i64> {
    let (negative, digits, exponent) = split(number);
    let Some(digits) = digits else { return Some(0) };
    if !(0..30).contains(&exponent) {
        return None;
    }
    let text = digits + &"0".repeat(usize::try_from(exponent).unwrap());
    let magnitude: i128 = text.parse().ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// Whether a text is a number that serde_json refuses only for its size.
pub(super) fn is_overlong_number(text: &str) -> bool {
    serde_json::from_str::<Box<serde_json::value::RawValue>>(text)
        .is_ok_and(|raw| raw.get().starts_with(|c: char| c == '-' || c.is_ascii_digit()))
}
