//! What a station tells once, in whichever event knows it first: tokens, EVSE, spellings, and the flags of messages.

use wattledger_decoder::{ChargingState, CodeSet, EventType, TriggerReason};
use wattledger_record::StationKey;

use super::Small;
use super::course::Position;
use super::extra::Extra;
use crate::carried::{is_stop, same_token};
use crate::event::{Event, Token};
use crate::signs::Plug;

/// Parts a token's type from its id.
const PART: char = '\0';
/// No time of an event: usable ones are later.
const NEVER: i64 = i64::MIN;
/// Phases that a charge can use.
const PHASES_MAX: i64 = 7;

/// A spelling next to the folded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Folded,
    Upper,
    /// Kept in [`Rare`].
    Other,
}

/// The first event with state Charging.
#[derive(Debug, Clone, Copy)]
pub(super) struct Charging {
    pub(super) at: i64,
    pub(super) offset: u32,
    pub(super) holes: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Told {
    /// Type, NUL, id: two texts in one place.
    start: Option<Box<str>>,
    pub(super) evse_id: Small,
    pub(super) connector_id: Small,
    pub(super) remote_start_id: Small,
    pub(super) reservation_id: Small,
    pub(super) cable_max_current_a: Small,
    pub(super) time_spent_charging_s: Small,
    /// A bit for each numberOfPhasesUsed.
    phases: u8,
    station: Spelling,
    transaction: Spelling,
    /// Of the event with `charging`: offset and holes.
    charging_place: (u32, u32),
    /// Event time of the first event with state Charging, µs; [`NEVER`] if there is none.
    charging_at: i64,
    pub(super) flags: CodeSet,
    pub(super) plug: Plug,
}

/// What few charges have.
#[derive(Debug, Clone, Default)]
pub(super) struct Rare {
    station_raw: Option<Box<str>>,
    transaction_id_raw: Option<Box<str>>,
    pub(super) operation_mode: Option<Box<str>>,
    pub(super) tariff_id: Option<Box<str>>,
    /// Of the first event that stops by a token and is no Ended.
    pub(super) stop: Option<Token>,
}

impl Told {
    pub(super) fn begin(
        station: &StationKey,
        transaction_id_folded: &str,
        event: &Event,
        extra: &mut Extra,
    ) -> Self {
        let told = Self {
            start: None,
            evse_id: Small::NONE,
            connector_id: Small::NONE,
            remote_start_id: Small::NONE,
            reservation_id: Small::NONE,
            cable_max_current_a: Small::NONE,
            time_spent_charging_s: Small::NONE,
            phases: 0,
            station: spelling(&event.station_raw, station.station()),
            transaction: spelling(&event.transaction_id_raw, transaction_id_folded),
            charging_place: (0, 0),
            charging_at: NEVER,
            flags: CodeSet::default(),
            plug: Plug::default(),
        };
        if told.station == Spelling::Other {
            extra.rare().station_raw = Some(event.station_raw.clone());
        }
        if told.transaction == Spelling::Other {
            extra.rare().transaction_id_raw = Some(event.transaction_id_raw.clone());
        }
        told
    }

    /// Takes in an event; `false` if it contradicts what was told, or does not fit.
    pub(super) fn take(&mut self, event: &Event, position: Position, extra: &mut Extra) -> bool {
        for code in &event.flags {
            self.flags.insert(*code);
        }
        let Position { offset, holes, at } = position;
        let charging = event.charging_state == Some(ChargingState::Charging);
        // the skeleton has the Ended's own state
        if charging && self.charging_at == NEVER && event.event_type != EventType::Ended {
            (self.charging_at, self.charging_place) = (at, (offset, holes));
        }
        take_texts(event, extra);
        // a vehicle that is there again is a sign of another charge
        !self.plug.hear(event.charging_state) && self.take_token(event, extra) && self.take_numbers(event)
    }

    fn take_token(&mut self, event: &Event, extra: &mut Extra) -> bool {
        let Some(token) = &event.id_token else { return true };
        if !is_stop(event) {
            return match self.start_token() {
                Some(start) => same_token(&start, token),
                None => {
                    self.start = Some(format!("{}{PART}{}", token.token_type, token.id_token).into());
                    !token.token_type.contains(PART)
                }
            };
        }
        let stops = event.trigger_reason == TriggerReason::StopAuthorized;
        if stops && event.event_type != EventType::Ended {
            extra.rare().stop.get_or_insert_with(|| token.clone());
        }
        true
    }

    fn take_numbers(&mut self, event: &Event) -> bool {
        let phase = match event.phases_used {
            None => Some(0),
            Some(phases) if (0..=PHASES_MAX).contains(&phases) => {
                u32::try_from(phases).ok().and_then(|phases| 1u8.checked_shl(phases))
            }
            Some(_) => None,
        };
        let Some(phase) = phase else { return false };
        self.phases |= phase;
        // the connector is one of the EVSE that its event names
        let connector = event.evse_id.and(event.connector_id);
        if let Some(spent) = event.time_spent_charging_s {
            let before = self.time_spent_charging_s;
            let Some(spent) = Small::of(spent).filter(|spent| before.get() <= spent.get()) else {
                return false;
            };
            self.time_spent_charging_s = spent;
        }
        self.evse_id.keep(event.evse_id)
            && self.connector_id.keep(connector)
            && self.remote_start_id.keep(event.remote_start_id)
            && self.reservation_id.keep(event.reservation_id)
            && self.cable_max_current_a.keep(event.cable_max_current_a)
    }

    /// The first event with state Charging.
    pub(super) fn charging(&self) -> Option<Charging> {
        let (offset, holes) = self.charging_place;
        (self.charging_at != NEVER).then_some(Charging { at: self.charging_at, offset, holes })
    }

    pub(super) fn start_token(&self) -> Option<Token> {
        let (token_type, id_token) = self.start.as_ref()?.split_once(PART)?;
        Some(Token { id_token: id_token.into(), token_type: token_type.into() })
    }

    /// Every numberOfPhasesUsed.
    pub(super) fn phases_used(&self) -> impl Iterator<Item = i64> {
        (0u32..8).filter(|phases| self.phases >> phases & 1 == 1).map(i64::from)
    }

    pub(super) fn station_raw(&self, station: &StationKey, rare: &Rare) -> Box<str> {
        spelled(self.station, station.station(), rare.station_raw.as_deref())
    }

    pub(super) fn transaction_id_raw(&self, transaction_id_folded: &str, rare: &Rare) -> Box<str> {
        spelled(self.transaction, transaction_id_folded, rare.transaction_id_raw.as_deref())
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.start.as_ref().map_or(0, |token| token.len())
    }
}

impl Rare {
    pub(super) fn heap_bytes(&self) -> usize {
        let texts = [&self.station_raw, &self.transaction_id_raw, &self.operation_mode, &self.tariff_id];
        let stop = self.stop.as_ref().map_or(0, |token| token.id_token.len() + token.token_type.len());
        size_of::<Self>() + stop + texts.into_iter().flatten().map(|text| text.len()).sum::<usize>()
    }
}

fn take_texts(event: &Event, extra: &mut Extra) {
    if let Some(mode) = &event.operation_mode {
        extra.rare().operation_mode.get_or_insert_with(|| mode.clone());
    }
    if let Some(tariff) = &event.tariff_id {
        extra.rare().tariff_id = Some(tariff.clone());
    }
}

fn spelling(raw: &str, folded: &str) -> Spelling {
    if raw == folded {
        Spelling::Folded
    } else if raw == folded.to_ascii_uppercase() {
        Spelling::Upper
    } else {
        Spelling::Other
    }
}

fn spelled(spelling: Spelling, folded: &str, kept: Option<&str>) -> Box<str> {
    match spelling {
        Spelling::Folded => folded.into(),
        Spelling::Upper => folded.to_ascii_uppercase().into(),
        Spelling::Other => kept.unwrap_or_default().into(),
    }
}
