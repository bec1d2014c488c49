//! A fleet's messages, written into the log as they would have come in over a year.
//!
//! They go straight to the broker with the headers of the record contract, because the gateway would stamp all of them
//! with the minute of the run, and stand there in the order of receipt over all stations.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use wattledger_decoder::{Decoder, Limits, Reading};
use wattledger_fleet::ledger::{Ack, Head, Writer};
use wattledger_fleet::stream::{Delivery, Stream};
use wattledger_fleet::{Faults, Plan};
use wattledger_local::settings::TENANT;
use wattledger_record::headers::Ingress;
use wattledger_record::{Headers, Micros, OcppVersion, StationKey};

use super::Outcome;
use super::log::Log;
use super::world::Size;

/// Stations are commissioned this far apart, in as many steps as there are months; those of step 0 are busy to the end.
const STEP_MS: i64 = 30 * 86_400_000;
const STEPS: u32 = 12;
/// Lines of the ledger that are written at once.
const ACKS_MAX: usize = 1_000;
/// Writes every station's messages into the log, in the order of receipt, and what is true of them into the ledger.
/// Returns how many, and when the last one was received.
pub(super) fn tell(size: Size, brokers: &str, ledger: &Path) -> Outcome<(u64, Micros)> {
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let head = Head {
        tenant: TENANT.to_owned(),
        prefix: PREFIX.to_owned(),
        seed: SEED_NUMBER,
        planned: size.events,
    };
    let ledger = Writer::create(ledger, &head)?;
    let log = Log::open(brokers)?;
    let mut stations =
        (0..size.stations).map(|index| Telling::begin(size, index, now)).collect::<Outcome<Vec<_>>>()?;
    let mut waiting = BinaryHeap::new();
    for (place, station) in stations.iter_mut().enumerate() {
        waiting.extend(station.next(&ledger)?.map(|at| Reverse((at, place))));
    }
    let (mut told, mut until, mut acks) = (0, Micros(0), Vec::with_capacity(ACKS_MAX));
    while let Some(Reverse((at, place))) = waiting.pop() {
        let Some(station) = stations.get_mut(place) else { continue };
        acks.push(station.send(at, &log)?);
        if acks.len() == ACKS_MAX {
            ledger.acks(&acks)?;
            acks.clear();
        }
        (told, until) = (told + 1, Micros(at));
        waiting.extend(station.next(&ledger)?.map(|at| Reverse((at, place))));
    }
    log.close()?;
    ledger.acks(&acks)?;
    ledger.end(told)?;
    Ok((told, until))
}

/// What station names begin with.
pub(super) const PREFIX: &str = "CP";
/// Seed of the fleet.
const SEED_NUMBER: u64 = 1;

/// A station that tells its messages, each at its time.
struct Telling {
    key: StationKey,
    stream: Stream,
    clock: Clock,
    next: Option<(Delivery, Vec<u8>)>,
}

/// When messages of a station arrive.
struct Clock {
    decoder: Decoder,
    version: OcppVersion,
    /// The latest receipt, µs.
    at: i64,
}

impl Telling {
    /// A station whose last charge ends at its step before `now_ms`.
    fn begin(size: Size, index: u32, now_ms: i64) -> Outcome<Self> {
        let plan = |until_ms| Plan {
            seed: SEED_NUMBER,
            stations: size.stations,
            events: size.events,
            until_ms,
            prefix: PREFIX.to_owned(),
            faults: Faults::default(),
            direct: 0,
        };
        // everything but the times is drawn from the seed: a first telling shows when the last message would come
        let mut trial = Stream::new(&plan(now_ms), index);
        let mut clock = Clock::new(&trial);
        let mut bytes = Vec::new();
        while let Some(delivery) = trial.next_acknowledged() {
            bytes.clear();
            delivery.write(&mut bytes);
            clock.receive(&bytes);
        }
        let end_ms = now_ms - i64::from(index % STEPS) * STEP_MS;
        let stream = Stream::new(&plan(now_ms + end_ms - clock.at / 1_000 - 1_000), index);
        let key = StationKey::new(TENANT, &stream.station().name)?;
        Ok(Self { key, clock: Clock::new(&stream), stream, next: None })
    }

    /// When the next message arrives, µs; what is true of it is on file then.
    fn next(&mut self, ledger: &Writer) -> Outcome<Option<i64>> {
        let Some(delivery) = self.stream.next_acknowledged() else { return Ok(None) };
        ledger.units(self.stream.announced().iter().map(|unit| &unit.truth))?;
        let mut bytes = Vec::new();
        delivery.write(&mut bytes);
        let at = self.clock.receive(&bytes);
        self.next = Some((delivery, bytes));
        Ok(Some(at))
    }

    fn send(&mut self, at: i64, log: &Log) -> Outcome<Ack> {
        let (delivery, bytes) = self.next.take().ok_or("no message is waiting")?;
        let unit = delivery.unit.truth.unit;
        let message_id = format!("{unit:x}-{}-{}", delivery.content, delivery.copy);
        let name = &self.stream.station().name;
        let headers = Headers {
            received_at: Some(Micros(at)),
            ocpp: Some(self.clock.version),
            message_id: Some(&message_id),
            ingress: Some(Ingress::HttpBatch),
            gateway: Some("gw-0"),
            station: (name.as_str() != self.key.station()).then_some(name),
            ..Headers::default()
        };
        log.append(&self.key, &headers, &bytes)?;
        let hash = xxhash_rust::xxh3::xxh3_64(&bytes);
        Ok(Ack { unit, content: delivery.content, hash, attempts: 1, at_ms: at / 1_000 })
    }
}

impl Clock {
    fn new(stream: &Stream) -> Self {
        let version = OcppVersion::parse(stream.station().ocpp).unwrap_or_default();
        Self { decoder: Decoder::new(Limits::default()), version, at: 0 }
    }

    /// A message arrives 0.2 to 1.5 s after the event, or after the message before it, if it was held back.
    fn receive(&mut self, bytes: &[u8]) -> i64 {
        let decoded = self.decoder.decode(bytes, Reading { version: self.version, ..Reading::default() });
        let event_time = decoded.event.and_then(|event| event.timestamp.micros).filter(|at| at.is_usable());
        let [low, high, ..] = decoded.content_hash.0.to_le_bytes();
        let way = 200_000 + i64::from(u16::from_le_bytes([low, high])) * 20;
        self.at = event_time.map_or(0, |Micros(at)| at).max(self.at) + way;
        self.at
    }
}
