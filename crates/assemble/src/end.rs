//! The end: which Ended counts, what the others say, and what came after (rules 14–16).

use std::collections::BTreeMap;

use wattledger_decoder::{ChargingState, EventType, Location, Measurand, Phase, ReadingContext};
use wattledger_record::Decimal6;

use super::carried::same_token;
use super::contents::{Entry, precedence};
use super::event::Event;
use super::words::{Remarks, flag, review};

/// How much later than the Ended an event with a lower seqNo may be stamped, µs: clocks are set by seconds, and
/// trailing values are read after the contactor opens.
pub const AFTER_ENDED_MAX_US: i64 = 60_000_000;

/// The Ended with the earliest usable event time, then the lowest place; only where its seqNo is not taken by an
/// event of another type that takes precedence.
pub(super) fn choose<'a>(tellings: &[Entry<'a>]) -> Option<Entry<'a>> {
    let mut best: Option<Entry<'a>> = None;
    for group in tellings.chunk_by(|a, b| a.place == b.place) {
        let first = group.iter().min_by(|a, b| precedence(a.event, b.event));
        if !first.is_some_and(|e| e.is(EventType::Ended)) {
            continue;
        }
        for end in group.iter().filter(|e| e.is(EventType::Ended)) {
            let key = |e: &Entry<'_>| (e.at().is_none(), e.at(), e.place);
            let earlier = best.as_ref().is_none_or(|best| {
                key(end).cmp(&key(best)).then_with(|| precedence(end.event, best.event)).is_lt()
            });
            if earlier {
                best = Some(*end);
            }
        }
    }
    best
}

/// Says what the other Ended are; true where one contradicts the end.
pub(super) fn compare(end: Option<Entry<'_>>, tellings: &[Entry<'_>], remarks: &mut Remarks) -> bool {
    let Some(end) = end else { return false };
    let mut contradicted = false;
    let others = tellings
        .iter()
        .filter(|e| e.is(EventType::Ended) && e.event.content_hash != end.event.content_hash)
        .filter(|e| (e.place.epoch, e.place.seq_no, e.event.core_hash) != of(&end));
    for other in others {
        if other.event.samples.len() > end.event.samples.len() {
            remarks.flag(flag::RICHER_END);
        }
        if agree(end.event, other.event) {
            remarks.flag(flag::ENDED_TWICE);
        } else {
            remarks.both(review::TWO_ENDS);
            contradicted = true;
        }
    }
    contradicted
}

fn of(entry: &Entry<'_>) -> (u16, i64, wattledger_record::ContentHash) {
    (entry.place.epoch, entry.place.seq_no, entry.event.core_hash)
}

/// Whether two Ended agree in register and token: one stop, told twice.
///
/// Their import registers must be the same ones with the same values, or absent from both; export alone proves nothing.
pub(super) fn agree(a: &Event, b: &Event) -> bool {
    let tokens = match (&a.id_token, &b.id_token) {
        (Some(a), Some(b)) => same_token(a, b),
        (None, None) => true,
        _ => false,
    };
    let (a, b) = (end_registers(a), end_registers(b));
    let import = |key: &RegisterKey| key.0 == Measurand::EnergyActiveImportRegister;
    let imports = a.iter().filter(|(key, _)| import(key)).eq(b.iter().filter(|(key, _)| import(key)));
    tokens && imports && a.iter().all(|(key, a)| b.get(key).is_none_or(|b| a == b))
}

type RegisterKey = (Measurand, Option<Phase>, Option<Location>, bool);

/// The latest value of each register in an Ended; one marked Transaction.End before any other.
fn end_registers(event: &Event) -> BTreeMap<RegisterKey, Decimal6> {
    let mut latest = BTreeMap::new();
    for (index, sample) in event.samples.iter().enumerate() {
        let register = matches!(
            sample.measurand,
            Measurand::EnergyActiveImportRegister | Measurand::EnergyActiveExportRegister
        );
        let Some(value) = sample.value.filter(|value| register && *value >= Decimal6::ZERO) else { continue };
        let rank = (sample.context == ReadingContext::TransactionEnd, sample.at, index);
        let slot = latest
            .entry((sample.measurand, sample.phase, sample.location, sample.signed))
            .or_insert((rank, value));
        if rank > slot.0 {
            *slot = (rank, value);
        }
    }
    latest.into_iter().map(|(key, (_, value))| (key, value)).collect()
}

/// Flags events after the end, and asks for review where one may belong to the next driver.
pub(super) fn judge_after<'e, 'a: 'e>(
    body: &[Entry<'a>],
    end: &Entry<'a>,
    after: impl Iterator<Item = &'e Entry<'a>>,
    remarks: &mut Remarks,
) {
    let mut after = after.peekable();
    if after.peek().is_none() {
        return;
    }
    remarks.flag(review::AFTER_END);
    let mut highest: BTreeMap<(Option<Phase>, Option<Location>, bool), Decimal6> = BTreeMap::new();
    for (key, value) in body.iter().flat_map(|e| import_registers(e.event)) {
        let slot = highest.entry(key).or_insert(value);
        *slot = value.max(*slot);
    }
    for entry in after {
        let event = entry.event;
        if entry.is(EventType::Ended) && agree(end.event, event) {
            continue;
        }
        let above = import_registers(event).any(|(key, value)| highest.get(&key).is_none_or(|h| value > *h));
        // what comes after by seqNo and before by time was counted by another run of the counter
        let stamped_before =
            end.at().zip(entry.at()).is_some_and(|(end, at)| end.saturating_sub(at) > AFTER_ENDED_MAX_US);
        if above
            || stamped_before
            || event.id_token.is_some()
            || event.charging_state == Some(ChargingState::Charging)
        {
            remarks.review(review::AFTER_END);
        }
    }
}

fn import_registers(
    event: &Event,
) -> impl Iterator<Item = ((Option<Phase>, Option<Location>, bool), Decimal6)> + '_ {
    event
        .samples
        .iter()
        .filter(|s| s.measurand == Measurand::EnergyActiveImportRegister)
        .filter(|s| s.location != Some(Location::Upstream))
        .filter_map(|s| s.value.map(|value| ((s.phase, s.location, s.signed), value)))
}
