//! The events of a charge, line by line.

use std::collections::{BTreeSet, HashMap};

use wattledger_decoder::{Code, StoppedReason};
use wattledger_record::{Decimal6, Micros};

use super::{Copies, CopyTold, Difference, Event, Line, Place, Position, Reception, energy};
use crate::charges::{Charge, Entry, Mark, Role};
use crate::differ;
use crate::figures;
use crate::limits::{COPIES_TOLD_MAX, DIFFERENCES_MAX, QUARANTINED_TOLD_MAX};
use crate::registers::{self, Reading};
use crate::sources;
use crate::story::{Content, Coordinates, DeliveryRow, Detail, Story};
use crate::wanted::winner;
use crate::window;

/// What lines are made from.
pub(super) struct Lines<'s> {
    story: &'s Story,
    delivered: HashMap<Content, Vec<&'s DeliveryRow>>,
    /// seqNos of messages of this transactionId in quarantine.
    set_aside: BTreeSet<i64>,
}

impl<'s> Lines<'s> {
    pub(super) fn new(story: &'s Story) -> Self {
        let mut delivered: HashMap<Content, Vec<&DeliveryRow>> = HashMap::new();
        for row in story.deliveries.rows.iter().filter(|row| row.outcome != "quarantined") {
            let content = (row.seq_no.unwrap_or_default(), wattledger_record::ContentHash(row.content_hash));
            delivered.entry(content).or_default().push(row);
        }
        let quarantined = story.deliveries.rows.iter().filter(|row| row.outcome == "quarantined");
        Self { story, delivered, set_aside: quarantined.filter_map(|row| row.seq_no).collect() }
    }

    /// The lines of a charge: what is shown, what is missing, and how much is passed over.
    pub(super) fn of(&self, charge: &Charge<'_>, all: bool) -> Vec<Line> {
        let shown = window::shown(charge, &sources::contents(charge), all);
        let registers = energy::shown_series(charge)
            .map(|series| registers::along(&series, &charge.entries))
            .unwrap_or_default();
        let holes = charge.holes();
        let mut lines = Vec::new();
        let mut next = 0;
        for index in shown {
            if index > next {
                lines.extend(omitted(charge, &holes, next, index));
            }
            next = index + 1;
            let Some(entry) = charge.entries.get(index) else { continue };
            let hole = holes.binary_search_by_key(&index, |(before, ..)| *before).ok();
            lines.extend(hole.and_then(|hole| holes.get(hole)).map(|hole| self.missing(entry.epoch, hole)));
            let readings = registers.get(index).cloned().unwrap_or_default();
            lines.push(Line::Event(Box::new(self.event(charge, entry, readings))));
        }
        lines
    }

    fn missing(&self, epoch: u16, (_, first, last): &(usize, i64, i64)) -> Line {
        let set_aside = self.set_aside.range(first..=last).take(QUARANTINED_TOLD_MAX).copied().collect();
        Line::Missing { epoch, first: *first, last: *last, count: numbers(*first, *last), set_aside }
    }

    fn event(&self, charge: &Charge<'_>, entry: &Entry<'_>, registers: Vec<Reading>) -> Event {
        let event = entry.event;
        let detail = self.story.details.get(&entry.content());
        let differences = self.differences(charge, entry);
        let lag = event.event_time.map(|Micros(at)| Decimal6(event.received_at.0.saturating_sub(at)));
        Event {
            epoch: entry.epoch,
            seq_no: event.seq_no,
            content_hash: format!("{:032x}", event.content_hash.0),
            role: entry.role.as_str(),
            marks: entry.marks.iter().copied().map(Mark::as_str).collect(),
            event_type: event.event_type.as_str(),
            trigger_reason: event.trigger_reason.as_str(),
            event_time: event.event_time.map(figures::time),
            received_at: figures::time(event.received_at),
            lag_s: lag.map(|lag| lag.to_string()),
            offline: event.offline,
            evse_id: event.evse_id,
            connector_id: event.connector_id,
            charging_state: event.charging_state.map(|state| state.as_str()),
            stopped_reason: event.stopped_reason.map(StoppedReason::as_str),
            id_token: event.id_token.as_ref().map(|token| token.id_token.to_string()),
            id_token_type: event.id_token.as_ref().map(|token| token.token_type.to_string()),
            flags: event.flags.iter().copied().map(Code::as_str).collect(),
            registers,
            place: detail.map(energy::place),
            received_by: detail.map(reception),
            copies: self.copies(entry, detail),
            differences_in_all: differences.as_ref().map_or(0, Vec::len),
            differences: differences.map(|all| all.into_iter().take(DIFFERENCES_MAX).collect()),
        }
    }

    fn differences(&self, charge: &Charge<'_>, entry: &Entry<'_>) -> Option<Vec<Difference>> {
        let raws = &self.story.raws;
        let counting = raws.get(&winner(charge, entry)?.content())?;
        differ::between(counting, raws.get(&entry.content())?)
    }

    /// Deliveries of a content beside the one whose coordinates its row has.
    fn copies(&self, entry: &Entry<'_>, detail: Option<&Detail>) -> Copies {
        let rows = self.delivered.get(&entry.content()).map(Vec::as_slice).unwrap_or_default();
        let all: u64 = rows.iter().map(|row| row.deliveries).sum();
        let own = detail.map(|d| (d.generation, d.partition, d.offset));
        let further = |(_, generation, partition, offset): &&Coordinates| {
            own.is_none_or(|own| own != (*generation, *partition, *offset))
        };
        let mut first: Vec<Coordinates> =
            rows.iter().flat_map(|row| &row.earliest).filter(further).copied().collect();
        first.sort_unstable();
        let topic = detail.map(|detail| detail.topic.clone()).unwrap_or_default();
        let copy = |(at, generation, partition, offset): Coordinates| CopyTold {
            place: Place { topic: topic.clone(), generation, partition, offset },
            received_at: figures::time(Micros(at)),
        };
        let told = if all > 1 { COPIES_TOLD_MAX } else { 0 };
        Copies { count: all.saturating_sub(1), first: first.into_iter().take(told).map(copy).collect() }
    }
}

fn reception(detail: &Detail) -> Reception {
    Reception {
        ingress: detail.ingress.clone(),
        gateway: detail.gateway.clone(),
        message_id: (!detail.message_id.is_empty()).then(|| detail.message_id.clone()),
        ocpp: detail.ocpp.clone(),
    }
}

/// How many numbers a hole has.
pub(crate) fn numbers(first: i64, last: i64) -> u64 {
    u64::try_from(i128::from(last) - i128::from(first) + 1).unwrap_or_default()
}

/// What is passed over between two shown entries; a hole before the next shown one is told there.
fn omitted(charge: &Charge<'_>, holes: &[(usize, i64, i64)], from: usize, to: usize) -> Option<Line> {
    let passed = charge.entries.get(from..to)?;
    let position = |entry: &Entry<'_>| Position { epoch: entry.epoch, seq_no: entry.event.seq_no };
    let inside = holes.iter().filter(|(before, ..)| (from..to).contains(before));
    Some(Line::Omitted {
        events: passed.len(),
        from: position(passed.first()?),
        to: position(passed.last()?),
        lost: passed.iter().filter(|entry| entry.role != Role::Counts).count(),
        missing: inside.map(|(_, first, last)| numbers(*first, *last)).sum(),
    })
}
