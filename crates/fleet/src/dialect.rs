//! How the firmware of one maker writes an event: eight dialects, each modelled on habits seen in the field.
//!
//! A dialect changes bytes, never facts: every one of them says the same seqNo, time, register and token, by the defaults
//! of OCPP, by exact arithmetic, or by an alias that the field catalogue demands to be understood.

use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::json::{self, Json, Layout, Numbers, Order, Spacing};
use crate::script::{Context, Event, Kind, Reading, Station};
use crate::time::{self, Spelling};

/// How a station's firmware writes JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Schema order, no white space, kWh never: certified C++ firmware.
    Terse,
    /// Alphabetical members, white space after `,` and `:`, `3.0` for integers: scripted firmware.
    Alphabetical,
    /// Escapes where none are needed, exponents, members backwards, customData: embedded C with a generic writer.
    Escaped,
    /// Many lines with CRLF, kWh with three digits, the EVSE in every event.
    Pretty,
    /// Wh with a multiplier, every electrical measurand, explicit Outlet, a total beside the phases.
    Metrologist,
    /// Registers per phase only.
    Phased,
    /// Nothing that has a default: no unit, measurand, context or connectorId.
    Frugal,
    /// Grown out of OCPP 1.6: quoted numbers, `Kwh`, `+0000`, vendor members, a NUL at the end.
    Ported,
}

/// How registers are measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Wh,
    /// Wh is the default (row 38 of the field catalogue).
    Absent,
    Kwh,
    /// An alias (row 39).
    KwhMisspelled,
    /// Thousands of Wh.
    Multiplied,
}

struct Style {
    layout: Layout,
    unit: Unit,
    time: Spelling,
    /// Sum of the habits below.
    habits: u8,
    tail: &'static [u8],
}

/// Context and measurand are written.
const EXPLICIT: u8 = 1;
/// Voltages, currents and the state of charge stand beside the power.
const ELECTRICAL: u8 = 2;
/// Every event names its EVSE.
const EVSE_EVERYWHERE: u8 = 4;
/// An EVSE is named with its connector.
const CONNECTOR: u8 = 8;
/// There is customData in every event.
const CUSTOM_DATA: u8 = 16;
/// There is a member that OCPP does not know.
const VENDOR_MEMBER: u8 = 32;

const TERSE: Style = Style {
    layout: Layout {
        spacing: Spacing::Compact,
        order: Order::Schema,
        numbers: Numbers::Plain,
        escapes: false,
    },
    unit: Unit::Wh,
    time: Spelling::Millis,
    habits: EXPLICIT | CONNECTOR,
    tail: b"",
};

impl Style {
    const fn has(&self, habit: u8) -> bool {
        self.habits & habit != 0
    }
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 8] = [
        Self::Terse,
        Self::Alphabetical,
        Self::Escaped,
        Self::Pretty,
        Self::Metrologist,
        Self::Phased,
        Self::Frugal,
        Self::Ported,
    ];

    /// One of the dialects; [`Self::Ported`] if and only if the station slips in units and types.
    pub(crate) fn draw(slips: bool, rng: &mut StdRng) -> Self {
        if slips {
            return Self::Ported;
        }
        Self::ALL.get(rng.random_range(0..Self::ALL.len() - 1)).copied().unwrap_or(Self::Terse)
    }

    /// Whether readings say why they were taken. Without it, begin and end can only be told by where they stand, so a
    /// charge with both in its Ended is not told in such a dialect.
    #[must_use]
    pub const fn names_contexts(self) -> bool {
        self.style().has(EXPLICIT)
    }

    /// Whether the energy has to be summed over phases.
    #[must_use]
    pub const fn phases_only(self) -> bool {
        matches!(self, Self::Phased)
    }

    /// Whether every event names its EVSE.
    pub(crate) const fn repeats_evse(self) -> bool {
        self.style().has(EVSE_EVERYWHERE)
    }

    const fn style(self) -> Style {
        let terse = TERSE;
        match self {
            Self::Terse => terse,
            Self::Alphabetical => Style {
                layout: Layout {
                    spacing: Spacing::Spaced,
                    order: Order::Alphabetical,
                    numbers: Numbers::PointZero,
                    escapes: false,
                },
                time: Spelling::OffsetZero,
                ..terse
            },
            Self::Escaped => Style {
                layout: Layout {
                    spacing: Spacing::Compact,
                    order: Order::Reversed,
                    numbers: Numbers::Exponent,
                    escapes: true,
                },
                time: Spelling::OffsetTwo,
                habits: EXPLICIT | CONNECTOR | CUSTOM_DATA,
                ..terse
            },
            Self::Pretty => Style {
                layout: Layout {
                    spacing: Spacing::Pretty,
                    order: Order::Schema,
                    numbers: Numbers::Padded,
                    escapes: false,
                },
                unit: Unit::Kwh,
                habits: EXPLICIT | CONNECTOR | EVSE_EVERYWHERE,
                ..terse
            },
            Self::Metrologist => Style {
                unit: Unit::Multiplied,
                habits: EXPLICIT | CONNECTOR | ELECTRICAL,
                time: Spelling::Nanos,
                ..terse
            },
            Self::Phased => Style {
                layout: Layout {
                    spacing: Spacing::Spaced,
                    order: Order::Schema,
                    numbers: Numbers::Padded,
                    escapes: false,
                },
                ..terse
            },
            Self::Frugal => Style { unit: Unit::Absent, habits: 0, ..terse },
            Self::Ported => Style {
                layout: Layout {
                    spacing: Spacing::Spaced,
                    order: Order::Schema,
                    numbers: Numbers::Quoted,
                    escapes: false,
                },
                unit: Unit::KwhMisspelled,
                time: Spelling::OffsetBasic,
                habits: EXPLICIT | CONNECTOR | VENDOR_MEMBER,
                tail: b"\0",
            },
        }
    }
}

/// Appends the event as `station` writes it.
pub(crate) fn write(
    station: &Station,
    transaction_id: &str,
    event: &Event,
    offline: bool,
    out: &mut Vec<u8>,
) {
    let mut style = station.dialect.style();
    if station.zoneless {
        style.time = Spelling::Zoneless;
    }
    let writer = Writer { station, style: &style };
    json::write(&writer.event(transaction_id, event, offline), style.layout, out);
    out.extend_from_slice(style.tail);
}

struct Writer<'a> {
    station: &'a Station,
    style: &'a Style,
}

impl Writer<'_> {
    fn event<'e>(&self, transaction_id: &'e str, event: &'e Event, offline: bool) -> Json<'e> {
        let kind = match event.kind {
            Kind::Started => "Started",
            Kind::Updated => "Updated",
            Kind::Ended => "Ended",
        };
        let mut members = vec![
            ("eventType", Json::Text(kind)),
            ("timestamp", self.time(event, event.at_ms)),
            ("triggerReason", Json::Text(event.trigger)),
            ("seqNo", Json::Int(event.seq_no)),
            ("transactionInfo", transaction_info(transaction_id, event)),
        ];
        if offline {
            members.push(("offline", Json::Bool(true)));
        }
        if let Some(id) = event.evse {
            members.push(("evse", self.evse(id)));
        }
        if let Some(token) = &event.token {
            members.push((
                "idToken",
                Json::Object(vec![("idToken", Json::Text(&token.id)), ("type", Json::Text(token.kind))]),
            ));
        }
        if event.state == Some("Charging") && self.style.has(EXPLICIT) {
            members.push(("numberOfPhasesUsed", Json::Int(3)));
        }
        let meter_values = self.meter_values(event);
        if !meter_values.is_empty() {
            members.push(("meterValue", Json::Array(meter_values)));
        }
        if event.marker.is_some() || self.style.has(CUSTOM_DATA) {
            members.push(("customData", custom_data(event)));
        }
        if self.style.has(VENDOR_MEMBER) {
            members.push(("vendorErrorCode", Json::Text("")));
        }
        Json::Object(members)
    }

    fn time(&self, event: &Event, at_ms: i64) -> Json<'static> {
        // a clock that was never set counts from 1970
        let at_ms = if event.clock_set { at_ms } else { at_ms % 86_400_000 };
        Json::Owned(time::write(at_ms, self.style.time))
    }

    fn evse(&self, id: i64) -> Json<'static> {
        let mut members = vec![("id", Json::Int(id))];
        if self.style.has(CONNECTOR) {
            members.push(("connectorId", Json::Int(1)));
        }
        Json::Object(members)
    }

    /// One element per moment; power and the rest stand beside the register of the event's own time.
    fn meter_values(&self, event: &Event) -> Vec<Json<'static>> {
        let mut elements: Vec<Json<'static>> = Vec::with_capacity(2);
        let mut own_time = false;
        for reading in &event.readings {
            let mut samples = self.registers(reading);
            if reading.at_ms == event.at_ms {
                own_time = true;
                self.electrical(event, &mut samples);
            }
            elements.push(self.element(event, reading.at_ms, samples));
        }
        if !own_time {
            let mut samples = vec![];
            self.electrical(event, &mut samples);
            if !samples.is_empty() {
                elements.push(self.element(event, event.at_ms, samples));
            }
        }
        elements
    }

    fn element(&self, event: &Event, at_ms: i64, samples: Vec<Json<'static>>) -> Json<'static> {
        Json::Object(vec![("timestamp", self.time(event, at_ms)), ("sampledValue", Json::Array(samples))])
    }

    fn registers(&self, reading: &Reading) -> Vec<Json<'static>> {
        let resolution = self.station.resolution_uwh;
        let units = reading.uwh / resolution;
        let phases = ["L1", "L2", "L3"].into_iter().zip(0_i64..);
        // floor(n/3) + floor((n+1)/3) + floor((n+2)/3) = n, and each rises with n
        let phases = phases.map(|(name, i)| (Some(name), (units + i) / 3 * resolution));
        let mut samples = vec![];
        if self.station.dialect != Dialect::Phased {
            samples.push(self.register(reading.context, None, reading.uwh));
        }
        if matches!(self.station.dialect, Dialect::Phased | Dialect::Metrologist) {
            samples.extend(phases.map(|(name, uwh)| self.register(reading.context, name, uwh)));
        }
        samples
    }

    fn register(&self, context: Context, phase: Option<&'static str>, uwh: i64) -> Json<'static> {
        let decimals = match self.style.unit {
            Unit::Wh | Unit::Absent => 6,
            Unit::Kwh | Unit::KwhMisspelled | Unit::Multiplied => 9,
        };
        let mut members = vec![("value", Json::Decimal(uwh, decimals))];
        if self.style.has(EXPLICIT) {
            members.push(("context", Json::Text(context_name(context))));
            members.push(("measurand", Json::Text("Energy.Active.Import.Register")));
        }
        if let Some(phase) = phase {
            members.push(("phase", Json::Text(phase)));
        }
        if self.style.has(ELECTRICAL) {
            members.push(("location", Json::Text("Outlet")));
        }
        if let Some(unit) = self.unit() {
            members.push(("unitOfMeasure", unit));
        }
        Json::Object(members)
    }

    fn unit(&self) -> Option<Json<'static>> {
        let unit = |name| Json::Object(vec![("unit", Json::Text(name))]);
        match self.style.unit {
            Unit::Absent => None,
            Unit::Wh => Some(unit("Wh")),
            Unit::Kwh => Some(unit("kWh")),
            Unit::KwhMisspelled => Some(unit("Kwh")),
            Unit::Multiplied => {
                Some(Json::Object(vec![("unit", Json::Text("Wh")), ("multiplier", Json::Int(3))]))
            }
        }
    }

    fn electrical(&self, event: &Event, samples: &mut Vec<Json<'static>>) {
        let Some(watts) = event.power_w else { return };
        samples.push(sample("Power.Active.Import", None, watts * 1_000, "W"));
        if !self.style.has(ELECTRICAL) {
            return;
        }
        for phase in ["L1-N", "L2-N", "L3-N"] {
            samples.push(sample("Voltage", Some(phase), 229_800 + event.seq_no % 10 * 100, "V"));
        }
        for phase in ["L1", "L2", "L3"] {
            // mA of one phase at 230 V
            samples.push(sample("Current.Import", Some(phase), watts * 1_000 / 690, "A"));
        }
        samples.push(sample("SoC", None, (20 + event.seq_no % 60) * 1_000, "Percent"));
    }
}

/// A sample in thousandths.
fn sample(
    measurand: &'static str,
    phase: Option<&'static str>,
    thousandths: i64,
    unit: &'static str,
) -> Json<'static> {
    let mut members = vec![("value", Json::Decimal(thousandths, 3)), ("measurand", Json::Text(measurand))];
    if let Some(phase) = phase {
        members.push(("phase", Json::Text(phase)));
    }
    members.push(("unitOfMeasure", Json::Object(vec![("unit", Json::Text(unit))])));
    Json::Object(members)
}

fn transaction_info<'e>(transaction_id: &'e str, event: &Event) -> Json<'e> {
    let mut members = vec![("transactionId", Json::Text(transaction_id))];
    if let Some(state) = event.state {
        members.push(("chargingState", Json::Text(state)));
    }
    if let Some(reason) = event.stopped_reason {
        members.push(("stoppedReason", Json::Text(reason)));
    }
    Json::Object(members)
}

fn custom_data(event: &Event) -> Json<'static> {
    let mut members = vec![("vendorId", Json::Text("net/example")), ("ünit", Json::Text("Straße 1"))];
    if let Some(marker) = event.marker {
        members.push(("sendCounter", Json::Int(i64::from(marker))));
    }
    Json::Object(members)
}

const fn context_name(context: Context) -> &'static str {
    match context {
        Context::Begin => "Transaction.Begin",
        Context::Periodic => "Sample.Periodic",
        Context::End => "Transaction.End",
    }
}
