//! Sampled values: what a station of a profile measures, and how a reading is signed.

use rand::RngExt as _;
use rand::rngs::StdRng;

use super::firmware::Firmware;
use crate::json::Json;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    /// The energy register.
    Register,
    /// Register and power.
    Power,
    /// Register, power, and a current per phase.
    Phases,
    /// Register, power, current, voltage and state of charge of a direct-current station.
    Direct,
    /// Everything, in total and per phase.
    Everything,
}

/// A moment of a charge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// Milliseconds since 1970.
    pub(super) at: i64,
    /// Reading of the register, mWh.
    pub(super) register: u64,
    pub(super) context: &'static str,
}

/// One sampled value in the making.
struct Sample<'a> {
    measurand: &'static str,
    unit: &'static str,
    phase: Option<&'static str>,
    /// In thousandths.
    value: u64,
    moment: &'a Moment,
}

pub(super) fn text(value: impl Into<String>) -> Json {
    Json::String(value.into())
}

pub(super) fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

const REGISTER: &str = "Energy.Active.Import.Register";
const PHASES: [Option<&str>; 3] = [Some("L1"), Some("L2"), Some("L3")];
const TO_NEUTRAL: [Option<&str>; 3] = [Some("L1-N"), Some("L2-N"), Some("L3-N")];

/// An element of `meterValue`.
pub(super) fn meter_value(rng: &mut StdRng, firmware: Firmware, moment: &Moment, is_signed: bool) -> Json {
    let mut samples: Vec<_> =
        samples(rng, firmware, moment).iter().map(|sample| sample.json(firmware)).collect();
    if is_signed {
        samples.push(signed(rng, firmware, moment));
    }
    object([("timestamp", firmware.time(moment.at)), ("sampledValue", Json::Array(samples))])
}

fn samples<'a>(rng: &mut StdRng, firmware: Firmware, moment: &'a Moment) -> Vec<Sample<'a>> {
    let sample = |measurand, unit, phase, value| Sample { measurand, unit, phase, value, moment };
    let read = |value: u64| value - value % firmware.resolution;
    let amperes = rng.random_range(600..3_200u64) * 10;
    let volts = |rng: &mut StdRng| rng.random_range(2_250..2_350u64) * 100;
    let register = sample(REGISTER, "Wh", None, read(moment.register));
    let power = sample("Power.Active.Import", "W", None, read(amperes * 690));
    match firmware.profile {
        Profile::Register => vec![register],
        Profile::Power => vec![register, power],
        Profile::Phases => {
            let current =
                |phase| sample("Current.Import", "A", phase, amperes + rng.random_range(0..20) * 10);
            [register, power].into_iter().chain(PHASES.map(current)).collect()
        }
        Profile::Direct => vec![
            sample(REGISTER, "kWh", None, moment.register / 1_000),
            sample("Power.Active.Import", "kW", None, amperes * 4),
            sample("Current.Import", "A", None, amperes * 9),
            sample("Voltage", "V", None, volts(rng) * 2),
            sample("SoC", "Percent", None, rng.random_range(10..100u64) * 1_000),
        ],
        Profile::Everything => {
            let per_phase = |measurand, unit, phases: [Option<&'static str>; 3], value: u64| {
                phases.map(|phase| sample(measurand, unit, phase, value))
            };
            let mut all = vec![
                register,
                power,
                sample("Frequency", "Hz", None, 49_980),
                sample("Current.Offered", "A", None, 32_000),
            ];
            all.extend(per_phase(REGISTER, "Wh", PHASES, read(moment.register / 3)));
            all.extend(per_phase("Current.Import", "A", PHASES, amperes));
            all.extend(per_phase("Voltage", "V", TO_NEUTRAL, volts(rng)));
            all.extend(per_phase("Power.Active.Import", "W", PHASES, read(amperes * 230)));
            all
        }
    }
}

impl Sample<'_> {
    fn json(&self, firmware: Firmware) -> Json {
        let is_default = self.measurand == REGISTER && self.unit == "Wh";
        let mut members = vec![("value".to_owned(), firmware.number(self.value))];
        let mut add = |name: &str, value: Json| members.push((name.to_owned(), value));
        add("context", text(self.moment.context));
        if firmware.is_wordy || !is_default {
            add("measurand", text(self.measurand));
            let mut unit = vec![("unit".to_owned(), text(self.unit))];
            if firmware.is_wordy {
                unit.push(("multiplier".to_owned(), Json::Number("0".to_owned())));
            }
            add("unitOfMeasure", Json::Object(unit));
        }
        if let Some(phase) = self.phase {
            add("phase", text(phase));
        }
        if firmware.is_wordy {
            add("location", text(if self.measurand == "SoC" { "EV" } else { "Outlet" }));
        }
        Json::Object(members)
    }
}

/// The register once more, with an OCMF container of some 600 characters, half of them plain and half in Base64.
fn signed(rng: &mut StdRng, firmware: Firmware, moment: &Moment) -> Json {
    let register = firmware.number(moment.register - moment.register % firmware.resolution);
    let Json::Number(value) = &register else { unreachable!("numbers are numbers") };
    let Json::String(at) = firmware.time(moment.at) else { unreachable!("times are text") };
    let page = moment.register % 100_000;
    let data = format!(
        r#"OCMF|{{"FV":"1.0","GI":"EMH-4711","GS":"1EMH0012345678","GV":"1.4p3","PG":"T{page}","MV":"EMH","MM":"eHZ-E","MS":"1EMH0012345678","MF":"1.13","IS":true,"IL":"VERIFIED","IF":["RFID_RELATED","OCPP_CERTIFIED","ISO15118_NONE","PLMN_NONE"],"IT":"ISO14443","ID":"{page:014X}","RD":[{{"TM":"{at} S","TX":"C","RV":{value},"RI":"01-00:98.08.00.FF","RU":"Wh","RT":"AC","EF":"","ST":"G"}}]}}|{{"SA":"ECDSA-secp256r1-SHA256","SE":"base64","SD":"{}=="}}"#,
        base64(rng, 94),
    );
    object([
        ("value", register),
        ("context", text(moment.context)),
        ("measurand", text(REGISTER)),
        ("unitOfMeasure", object([("unit", text("Wh"))])),
        (
            "signedMeterValue",
            object([
                ("signedMeterData", text(data)),
                ("signingMethod", text("ECDSA-secp256r1-SHA256")),
                ("encodingMethod", text("OCMF")),
                ("publicKey", text(format!("{}==", base64(rng, 122)))),
            ]),
        ),
    ])
}

fn base64(rng: &mut StdRng, len: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..len).map(|_| char::from(DIGITS[rng.random_range(0..64usize)])).collect()
}
