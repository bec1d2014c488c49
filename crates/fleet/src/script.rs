//! What happened: stations, and charges at them, before anything goes wrong with the telling.
//!
//! Times are those of the station's own world, days before the run; registers are µWh and only ever rise; a charge
//! begins where the one before it at the same EVSE ended. Everything is drawn from the plan's seed.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::config::Plan;
use crate::dialect::Dialect;
use crate::fault::Fault;

/// Time set aside for one charge at an EVSE, ms: a charge takes at most 3 h, and starts within half an hour.
const SLOT_MS: i64 = 4 * 3_600_000;
/// Longest charge, ms.
const CHARGE_MS: i64 = 10_000_000;

/// A simulated station and its habits.
#[derive(Debug, Clone)]
pub struct Station {
    /// Number within the plan.
    pub index: u32,
    /// Identity as spelled.
    pub name: String,
    /// How its firmware writes JSON.
    pub dialect: Dialect,
    /// Whether it posts each event alone to its own URL.
    pub direct: bool,
    /// `2.0.1` or `2.1`.
    pub ocpp: &'static str,
    pub(crate) zoneless: bool,
    pub(crate) ids: Ids,
    pub(crate) counting: Counting,
    pub(crate) power_w: i64,
    pub(crate) resolution_uwh: i64,
}

/// How transactionIds are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ids {
    Uuid,
    /// `1`, `2` …: the same at many stations.
    Counter,
    /// 32 digits.
    Digits,
    /// Upper and lower case.
    Mixed,
}

/// Where seqNo begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counting {
    Zero,
    One,
    /// Runs on from charge to charge of an EVSE (E04.FR.04).
    Running,
}

/// State of an EVSE between charges.
#[derive(Debug, Clone)]
pub(crate) struct Evse {
    pub(crate) id: i64,
    register_uwh: i64,
    next_seq: i64,
    free_from_ms: i64,
}

/// `eventType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The first event.
    Started,
    /// Any event between.
    Updated,
    /// The last event.
    Ended,
}

/// Context of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// `Transaction.Begin`
    Begin,
    /// `Sample.Periodic`
    Periodic,
    /// `Transaction.End`
    End,
}

/// The import register at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// ms since the Unix epoch.
    pub at_ms: i64,
    /// Why it was read.
    pub context: Context,
    /// µWh.
    pub uwh: i64,
}

/// An identifier that authorises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// `idToken`
    pub id: String,
    /// `type`
    pub kind: &'static str,
}

/// One event as it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// seqNo.
    pub seq_no: i64,
    /// `eventType`.
    pub kind: Kind,
    /// When, ms since the Unix epoch.
    pub at_ms: i64,
    /// Whether the station knew the time; if not it writes 1970.
    pub clock_set: bool,
    /// `triggerReason`.
    pub trigger: &'static str,
    /// `chargingState`, where it is told.
    pub state: Option<&'static str>,
    /// Whether the event names its EVSE.
    pub evse: Option<i64>,
    /// Token, where one is told.
    pub token: Option<Token>,
    /// `stoppedReason`; absent means Local.
    pub stopped_reason: Option<&'static str>,
    /// Register readings.
    pub readings: Vec<Reading>,
    /// Mean power since the event before, W.
    pub power_w: Option<i64>,
    /// `offline`.
    pub offline: bool,
    /// Counter in customData, which tells variants of one event apart.
    pub marker: Option<u32>,
}

/// Which events carry the registers of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Begin in the Started, end in the Ended.
    Usual,
    /// Both in the Ended (J §2.5).
    EndedOnly,
    /// EVSE, token and begin in Updated, as where a transaction starts with the parking bay (E01.FR.17).
    Parking,
    /// No register in the Ended (E06.FR.12): the last Updated has the end.
    Thinned,
}

/// A charge as it happened.
#[derive(Debug, Clone)]
pub struct Charge {
    /// Where the registers are.
    pub shape: Shape,
    /// Token that started it.
    pub token: Token,
    /// Register at its start, µWh.
    pub begin_uwh: i64,
    /// Its events, by seqNo and time.
    pub events: Vec<Event>,
}

impl Station {
    /// Draws the station `index` of a plan.
    pub(crate) fn new(plan: &Plan, index: u32) -> (Self, Vec<Evse>, StdRng) {
        let mut rng = StdRng::seed_from_u64(
            plan.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(u64::from(index) + 1),
        );
        let slips = plan.faults.happens(Fault::UnitSlips, &mut rng);
        let zoneless = plan.faults.happens(Fault::ZonelessClock, &mut rng);
        let direct = rng.random_range(0..10_000) < plan.direct;
        let dialect = Dialect::draw(slips, &mut rng);
        let ocpp = if rng.random_bool(0.3) { "2.1" } else { "2.0.1" };
        let pick = rng.random_range(0..10);
        let ids = match pick {
            0..5 => Ids::Uuid,
            5..7 => Ids::Counter,
            7..9 => Ids::Mixed,
            _ => Ids::Digits,
        };
        let counting = match rng.random_range(0..10) {
            0..6 => Counting::Zero,
            6..8 => Counting::One,
            _ => Counting::Running,
        };
        let power_w = draw(&mut rng, &[3_700, 7_400, 11_000, 22_000, 50_000, 150_000]);
        let resolution_uwh = draw(&mut rng, &[1_000_000, 1_000_000, 100_000, 10_000_000, 1_000]);
        let count = rng.random_range(1..=3);
        let slots = i64::try_from(plan.events_of(index) / 8).unwrap_or_default() / count + 3;
        let from_ms = plan.until_ms - slots * SLOT_MS;
        let evses = (1..=count)
            .map(|id| Evse {
                id,
                register_uwh: rng.random_range(10_000..900_000_000) * 1_000_000 / resolution_uwh
                    * resolution_uwh,
                next_seq: rng.random_range(0..5_000),
                free_from_ms: from_ms,
            })
            .collect();
        let name = format!("{}-{index:05}", plan.prefix);
        let station =
            Self { index, name, dialect, direct, ocpp, zoneless, ids, counting, power_w, resolution_uwh };
        (station, evses, rng)
    }

    /// Whether its times have no zone.
    #[must_use]
    pub const fn is_zoneless(&self) -> bool {
        self.zoneless
    }

    /// A transactionId that this station has not used.
    pub(crate) fn transaction_id(&self, number: u64, rng: &mut StdRng) -> String {
        let (a, b): (u64, u64) = (rng.random(), rng.random());
        match self.ids {
            Ids::Uuid => {
                let hex = format!("{a:016x}{b:016x}");
                let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default().to_owned();
                [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
            }
            Ids::Counter => (number + 1).to_string(),
            Ids::Digits => format!("{number:012}{:020}", a),
            Ids::Mixed => format!("Tx-{a:012X}-{number}"),
        }
    }

    /// Lets a charge of `count` events (at least 2; 6 where the shape is not the usual one) happen at an EVSE.
    pub(crate) fn charge(&self, evse: &mut Evse, shape: Shape, count: usize, rng: &mut StdRng) -> Charge {
        let first_seq = match self.counting {
            Counting::Zero => 0,
            Counting::One => 1,
            Counting::Running => evse.next_seq,
        };
        let mut telling = Telling {
            evse: evse.id,
            token: token(rng),
            shape,
            count,
            seq_no: first_seq,
            at_ms: evse.free_from_ms + rng.random_range(0..1_800_000),
            uwh: evse.register_uwh,
            paused: false,
            repeats_evse: self.dialect.repeats_evse(),
        };
        let step_ms = draw(rng, &[60_000, 120_000, 300_000, 600_000])
            .min(CHARGE_MS / i64::try_from(count).unwrap_or(CHARGE_MS));
        let begin = telling.reading(Context::Begin);
        let mut events = Vec::with_capacity(count);
        for place in 0..count {
            let watts = telling.flow(place, self, step_ms, rng);
            events.push(telling.event(place, watts, begin, rng));
            telling.seq_no += 1;
        }
        evse.register_uwh = telling.uwh;
        evse.next_seq = telling.seq_no;
        evse.free_from_ms += SLOT_MS;
        Charge { shape, token: telling.token, begin_uwh: begin.uwh, events }
    }
}

/// The charge while it goes on.
struct Telling {
    evse: i64,
    token: Token,
    shape: Shape,
    count: usize,
    seq_no: i64,
    at_ms: i64,
    uwh: i64,
    /// Whether the vehicle takes nothing at present.
    paused: bool,
    repeats_evse: bool,
}

impl Telling {
    /// Place of the event with which charging begins.
    const fn charging_place(&self) -> usize {
        match self.shape {
            Shape::Parking => 3,
            Shape::Usual | Shape::EndedOnly | Shape::Thinned => 1,
        }
    }

    /// Lets time and energy flow up to the event at `place`; gives the mean power, W.
    fn flow(&mut self, place: usize, station: &Station, step_ms: i64, rng: &mut StdRng) -> i64 {
        if place == 0 {
            return 0;
        }
        let flows = place > self.charging_place() || self.count == 2;
        // never below 86 % of the station's power, so that no step exceeds the power reported elsewhere by a fifth,
        // above which a reader would rightly doubt it
        let watts = if flows && !self.paused {
            rng.random_range(station.power_w * 86 / 100..=station.power_w)
        } else {
            0
        };
        let span_ms = step_ms + rng.random_range(0..2_000);
        self.at_ms += span_ms;
        // W × ms = 5/18 µWh, rounded down to what the register shows
        self.uwh += watts * span_ms * 5 / 18 / station.resolution_uwh * station.resolution_uwh;
        watts
    }

    const fn reading(&self, context: Context) -> Reading {
        Reading { at_ms: self.at_ms, context, uwh: self.uwh }
    }

    fn event(&mut self, place: usize, watts: i64, begin: Reading, rng: &mut StdRng) -> Event {
        let mut event = Event {
            seq_no: self.seq_no,
            kind: Kind::Updated,
            at_ms: self.at_ms,
            clock_set: true,
            trigger: "MeterValuePeriodic",
            state: None,
            evse: self.repeats_evse.then_some(self.evse),
            token: None,
            stopped_reason: None,
            readings: vec![],
            power_w: None,
            offline: false,
            marker: None,
        };
        match (place, self.shape) {
            (0, shape) => self.started(&mut event, shape),
            (place, shape) if place + 1 == self.count => self.ended(&mut event, shape, begin, rng),
            (1, Shape::Parking) => {
                event.trigger = "CablePluggedIn";
                event.state = Some("EVConnected");
                event.evse = Some(self.evse);
            }
            (2, Shape::Parking) => {
                event.trigger = "Authorized";
                event.token = Some(self.token.clone());
            }
            (3, Shape::Parking) => self.charging(&mut event, Context::Begin),
            (1, _) => self.charging(&mut event, Context::Periodic),
            (_, _) => self.periodic(&mut event, place, watts, rng),
        }
        event
    }

    fn periodic(&mut self, event: &mut Event, place: usize, watts: i64, rng: &mut StdRng) {
        event.power_w = Some(watts);
        if self.shape != Shape::EndedOnly {
            event.readings.push(self.reading(Context::Periodic));
        }
        if self.paused {
            self.paused = false;
            event.trigger = "ChargingStateChanged";
            event.state = Some("Charging");
        } else if place > self.charging_place() + 1 && rng.random_bool(0.06) {
            self.paused = true;
            event.trigger = "ChargingStateChanged";
            event.state = Some("SuspendedEV");
        }
    }

    fn started(&self, event: &mut Event, shape: Shape) {
        event.kind = Kind::Started;
        if shape == Shape::Parking {
            event.trigger = "EVDetected";
            event.state = Some("Idle");
            return;
        }
        event.trigger = "Authorized";
        event.state = Some("EVConnected");
        event.evse = Some(self.evse);
        event.token = Some(self.token.clone());
        if shape != Shape::EndedOnly {
            event.readings.push(self.reading(Context::Begin));
        }
    }

    fn charging(&self, event: &mut Event, context: Context) {
        event.trigger = "ChargingStateChanged";
        event.state = Some("Charging");
        if self.shape != Shape::EndedOnly {
            event.readings.push(self.reading(context));
        }
    }

    fn ended(&self, event: &mut Event, shape: Shape, begin: Reading, rng: &mut StdRng) {
        event.kind = Kind::Ended;
        (event.trigger, event.stopped_reason) = match rng.random_range(0..4) {
            0 => ("StopAuthorized", None),
            1 => ("EVDeparted", Some("EVDisconnected")),
            2 => ("RemoteStop", Some("Remote")),
            _ => ("ChargingStateChanged", Some("StoppedByEV")),
        };
        event.state = Some("EVConnected");
        if event.trigger == "StopAuthorized" {
            event.token = Some(self.token.clone());
        }
        match shape {
            Shape::Thinned => {}
            Shape::EndedOnly => event.readings.extend([begin, self.reading(Context::End)]),
            Shape::Usual | Shape::Parking => event.readings.push(self.reading(Context::End)),
        }
    }
}

fn token(rng: &mut StdRng) -> Token {
    let number: u64 = rng.random();
    match number % 4 {
        0 => Token { id: format!("DE-8EM-C{:08}-{}", number / 16 % 100_000_000, number % 10), kind: "eMAID" },
        1 => Token { id: format!("04{:012X}", number >> 16), kind: "ISO14443" },
        2 => Token { id: format!("{:08x}", number >> 32), kind: "ISO14443" },
        _ => Token { id: format!("app:{:06}", number / 4 % 1_000_000), kind: "Central" },
    }
}

fn draw(rng: &mut StdRng, from: &[i64]) -> i64 {
    from.get(rng.random_range(0..from.len())).copied().unwrap_or(1)
}
