//! A station: one charge after another, one message after another.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::fault;
use super::firmware::{Firmware, Signing};
use super::meter::{Moment, meter_value, object, text};
use crate::json::Json;

/// 2026-03-01T00:00:00Z, ms since 1970.
const BEGINNING: i64 = 1_772_323_200_000;
const MINUTE: i64 = 60_000;
const QUARTER: i64 = 15 * MINUTE;

/// Members of a message.
pub(super) type Members = Vec<(String, Json)>;

/// A station and the charge it is in.
pub(super) struct Station {
    number: u64,
    firmware: Firmware,
    /// What its firmware gets wrong, if it gets something wrong.
    fault: u64,
    /// State of the hash function of its firmware, where that orders members.
    table: u64,
    /// Its own, so that how much one station measures changes nothing for the others.
    rng: StdRng,
    charge: Charge,
}

struct Charge {
    transaction_id: String,
    token: Json,
    seq_no: u64,
    /// `seqNo` of its `Ended`.
    last: u64,
    /// Milliseconds since 1970.
    now: i64,
    begun: i64,
    /// mWh.
    register: u64,
    evse: u64,
}

/// What an event reports.
struct Report {
    event: &'static str,
    trigger: &'static str,
    state: &'static str,
    context: Option<&'static str>,
}

impl Station {
    pub(super) fn new(rng: &mut StdRng, number: u64) -> Self {
        let mut own = StdRng::seed_from_u64(rng.random());
        let now = BEGINNING + own.random_range(0..30 * 24 * 60) * MINUTE;
        let register = own.random_range(1_000_000..9_000_000_000u64);
        let charge = Charge::new(&mut own, now, register);
        let mut station = Self {
            number,
            firmware: Firmware::of(number),
            fault: own.random(),
            table: own.random(),
            rng: own,
            charge,
        };
        // a partition is read from somewhere in the middle
        station.charge.seq_no = station.rng.random_range(0..station.charge.last);
        station
    }

    /// The next message; `was_offline` if it waited for a connection.
    pub(super) fn next_message(&mut self, was_offline: bool, is_faulty: bool) -> Vec<u8> {
        let interval = self.rng.random_range(50_000..70_000);
        self.pass(interval);
        let report = self.report();
        let mut members = self.head(&report, was_offline);
        if let Some(context) = report.context {
            members.push(("meterValue".to_owned(), Json::Array(self.meter_values(&report, context))));
        }
        let message = self.write(members, is_faulty);
        self.charge.seq_no += 1;
        if report.event == "Ended" {
            self.charge = Charge::new(&mut self.rng, self.charge.now + 20 * MINUTE, self.charge.register);
        }
        message
    }

    /// The end of the charge with a reading of each minute, at least `bytes` long.
    pub(super) fn long_ended(mut self, bytes: usize) -> Vec<u8> {
        self.charge.seq_no = self.charge.last;
        let report = self.report();
        let (mut elements, mut length) = (Vec::new(), 0);
        while length < bytes {
            self.pass(MINUTE);
            let element = self.meter_value("Sample.Periodic", false);
            length += element.to_text_in(self.firmware.layout).len();
            elements.push(element);
        }
        let mut members = self.head(&report, false);
        members.push(("meterValue".to_owned(), Json::Array(elements)));
        self.write(members, false)
    }

    fn pass(&mut self, millis: i64) {
        self.charge.now += millis;
        self.charge.register += self.rng.random_range(0..250_000);
    }

    fn report(&mut self) -> Report {
        let report = |event, trigger, state, context| Report { event, trigger, state, context };
        match self.charge.seq_no {
            0 => report("Started", "CablePluggedIn", "EVConnected", Some("Transaction.Begin")),
            seq_no if seq_no >= self.charge.last => {
                report("Ended", "EVDeparted", "Idle", Some("Transaction.End"))
            }
            1 => report("Updated", "Authorized", "EVConnected", None),
            2 => report("Updated", "ChargingStateChanged", "Charging", None),
            _ => match self.rng.random_range(0..12u8) {
                0 => report("Updated", "ChargingStateChanged", "SuspendedEV", None),
                1 => report("Updated", "MeterValueClock", "Charging", Some("Sample.Clock")),
                _ => report("Updated", "MeterValuePeriodic", "Charging", Some("Sample.Periodic")),
            },
        }
    }

    /// All members but the meter values.
    fn head(&mut self, report: &Report, was_offline: bool) -> Members {
        let Self { firmware, charge, .. } = self;
        let (is_first, is_last) = (report.event == "Started", report.event == "Ended");
        let mut info = vec![
            ("transactionId".to_owned(), text(charge.transaction_id.as_str())),
            ("chargingState".to_owned(), text(report.state)),
        ];
        if is_last {
            info.push(("stoppedReason".to_owned(), text("EVDisconnected")));
            let seconds = (charge.now - charge.begun) / 1_000;
            info.push(("timeSpentCharging".to_owned(), Json::Number(seconds.to_string())));
        }
        let mut members = vec![
            ("eventType".to_owned(), text(report.event)),
            ("timestamp".to_owned(), firmware.time(charge.now)),
            ("triggerReason".to_owned(), text(report.trigger)),
            ("seqNo".to_owned(), Json::Number(charge.seq_no.to_string())),
            ("transactionInfo".to_owned(), Json::Object(info)),
        ];
        let mut add = |name: &str, value: Json| members.push((name.to_owned(), value));
        if was_offline || firmware.is_wordy {
            add("offline", Json::Bool(was_offline));
        }
        if is_first || firmware.repeats {
            let connector = ("connectorId", Json::Number("1".to_owned()));
            add("evse", object([("id", Json::Number(charge.evse.to_string())), connector]));
        }
        if report.trigger == "Authorized" || is_last || firmware.repeats {
            add("idToken", charge.token.clone());
        }
        if firmware.has_custom_data {
            let number = Json::Number(self.number.to_string());
            add("customData", object([("vendorId", text("org.example.charger")), ("slot", number)]));
        }
        members
    }

    /// The reading of now; at the full quarter of an hour another one of that moment before it, at the end that of the begin.
    fn meter_values(&mut self, report: &Report, context: &'static str) -> Vec<Json> {
        let now = self.charge.now;
        let mut elements = Vec::new();
        if report.event == "Updated" && now % QUARTER < MINUTE {
            self.charge.now = now - now % QUARTER;
            elements.push(self.meter_value("Sample.Clock", false));
        }
        if report.event == "Ended" {
            self.charge.now = self.charge.begun;
            elements.push(self.meter_value("Transaction.Begin", self.firmware.signing == Signing::Ends));
        }
        self.charge.now = now;
        let is_signed = match self.firmware.signing {
            Signing::Never => false,
            Signing::Ends => report.event != "Updated",
            Signing::Always => true,
        };
        elements.push(self.meter_value(context, is_signed));
        elements
    }

    fn meter_value(&mut self, context: &'static str, is_signed: bool) -> Json {
        let moment = Moment { at: self.charge.now, register: self.charge.register, context };
        meter_value(&mut self.rng, self.firmware, &moment, is_signed)
    }

    fn write(&self, members: Members, is_faulty: bool) -> Vec<u8> {
        let mut json = Json::Object(members);
        if is_faulty {
            fault::spoil(&mut json, self.fault);
        }
        self.firmware.sort(&mut json, self.table);
        json.to_text_in(self.firmware.layout).into_bytes()
    }
}

impl Charge {
    fn new(rng: &mut StdRng, now: i64, register: u64) -> Self {
        let id: u128 = rng.random();
        let transaction_id = match id % 3 {
            0 => format!("{}", id % 1_000_000_000),
            _ => uuid_text(id),
        };
        let token: u64 = rng.random();
        let token = match token % 4 {
            0 => object([("idToken", text(format!("DE8ACC{:08X}", token >> 32))), ("type", text("eMAID"))]),
            _ => object([("idToken", text(format!("{:014X}", token >> 8))), ("type", text("ISO14443"))]),
        };
        Self {
            transaction_id,
            token,
            seq_no: 0,
            last: rng.random_range(8..50),
            now,
            begun: now,
            register,
            evse: rng.random_range(1..5),
        }
    }
}

fn uuid_text(id: u128) -> String {
    let hex = format!("{id:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
