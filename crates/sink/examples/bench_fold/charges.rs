//! Charges as the simulated fleet tells them, decoded as the sink decodes them.

use std::collections::BTreeMap;

use wattledger_assemble::event::Event;
use wattledger_decoder::{Decoder, Limits, Reading};
use wattledger_fleet::stream::Stream;
use wattledger_fleet::{Faults, Plan};
use wattledger_record::ids::fold_id;
use wattledger_record::{Micros, OcppVersion, StationKey};
use wattledger_sink::{Reception, of_message};

/// 2026-03-01T00:00:00Z, before which every charge has ended.
const UNTIL_MS: i64 = 1_772_323_200_000;
/// A gateway receives an event so long after its time, µs.
const DELAY_US: i64 = 800_000;

/// The events of one transactionId, in the order of the log.
pub(crate) struct Charge {
    pub(crate) station: StationKey,
    /// Folded.
    pub(crate) transaction_id: String,
    pub(crate) dialect: String,
    pub(crate) events: Vec<Event>,
}

/// The charges behind about so many events of 50 stations.
pub(crate) fn told(events: u64, seed: u64, faults: Faults) -> Vec<Charge> {
    let plan =
        Plan { seed, stations: 50, events, until_ms: UNTIL_MS, prefix: "CP".to_owned(), faults, direct: 0 };
    (0..plan.stations).flat_map(|index| of_station(&plan, index)).collect()
}

fn of_station(plan: &Plan, index: u32) -> Vec<Charge> {
    let mut stream = Stream::new(plan, index);
    let (name, dialect) = (stream.station().name.clone(), format!("{:?}", stream.station().dialect));
    let version = if stream.station().ocpp == "2.1" { OcppVersion::V21 } else { OcppVersion::V201 };
    let station = StationKey::new("acme", &name).unwrap();
    let mut decoder = Decoder::new(Limits::default());
    let mut charges: BTreeMap<String, Charge> = BTreeMap::new();
    let mut clock = 0;
    while let Some(delivery) = stream.next_acknowledged() {
        stream.announced();
        let mut payload = Vec::new();
        delivery.write(&mut payload);
        let decoded = decoder.decode(&payload, Reading { version, ..Reading::default() });
        let Some(event) = decoded.event.as_ref() else { continue };
        let at = event.timestamp.micros.unwrap_or(Micros(0)).0;
        // one station's events are received in the order in which they are sent
        clock = (clock + 1).max(at + DELAY_US);
        let reception = Reception {
            content_hash: decoded.content_hash,
            core_hash: decoded.core_hash,
            received_at: Micros(clock),
            station_raw: &name,
            flags: decoded.codes().iter().collect(),
        };
        let event = of_message(event, reception);
        let transaction_id = fold_id(&event.transaction_id_raw);
        let charge = charges.entry(transaction_id.clone()).or_insert_with(|| Charge {
            station: station.clone(),
            transaction_id,
            dialect: dialect.clone(),
            events: Vec::new(),
        });
        charge.events.push(event);
    }
    charges.into_values().collect()
}
