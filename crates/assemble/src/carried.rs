//! Fields that a station sends once, in whichever event knows them first (rules 33, 34; E §1.5, E01.FR.16).
//!
//! In: the events that the record speaks from, in place order. A value is never overwritten by its absence.

use std::collections::BTreeSet;

use wattledger_decoder::{EventType, TriggerReason};

use super::contents::Entry;
use super::event::{Event, Token};
use super::words::{Remarks, review};

/// Start and stop token.
#[derive(Default)]
pub(super) struct Tokens {
    pub(super) start: Option<Token>,
    pub(super) stop: Option<Token>,
}

impl Tokens {
    /// Whether the charge was stopped by another token than it was started with, as members of a group may.
    pub(super) fn is_stopped_by_other(&self) -> bool {
        self.start.as_ref().zip(self.stop.as_ref()).is_some_and(|(start, stop)| !same_token(start, stop))
    }
}

/// The other carried fields.
#[derive(Default)]
pub(super) struct Carried {
    pub(super) evse_id: Option<i64>,
    pub(super) connector_id: Option<i64>,
    pub(super) remote_start_id: Option<i64>,
    pub(super) reservation_id: Option<i64>,
    pub(super) phases_used: Vec<i64>,
    pub(super) cable_max_current_a: Option<i64>,
    pub(super) reported_charging_s: Option<i64>,
    pub(super) operation_mode: Option<Box<str>>,
    pub(super) tariff_id: Option<Box<str>>,
}

/// Equality of tokens: idToken and type, both without regard to ASCII case (C01.FR.25).
pub(super) fn same_token(a: &Token, b: &Token) -> bool {
    a.id_token.eq_ignore_ascii_case(&b.id_token) && a.token_type.eq_ignore_ascii_case(&b.token_type)
}

/// Whether the event ends or denies an authorization, so that its token starts nothing.
pub(super) fn is_stop(event: &Event) -> bool {
    event.event_type == EventType::Ended
        || matches!(event.trigger_reason, TriggerReason::StopAuthorized | TriggerReason::Deauthorized)
}

/// Finds start and stop token.
pub(super) fn tokens(entries: &[Entry<'_>], remarks: &mut Remarks) -> Tokens {
    let mut starting = entries.iter().filter(|e| !is_stop(e.event)).filter_map(|e| e.event.id_token.as_ref());
    let start = starting.next();
    if let Some(first) = start
        && starting.any(|token| !same_token(first, token))
    {
        remarks.review(review::TOKEN_CHANGED);
    }
    let with_token = || entries.iter().filter(|e| e.event.id_token.is_some());
    let stop = with_token()
        .find(|e| e.event.trigger_reason == TriggerReason::StopAuthorized)
        .or_else(|| with_token().find(|e| e.is(EventType::Ended)))
        .and_then(|e| e.event.id_token.as_ref().map(|token| (e, token)))
        .filter(|(e, token)| {
            // the Ended's own token, equal to the start's, is a repetition
            !(e.is(EventType::Ended) && start.is_some_and(|start| same_token(start, token)))
        })
        .map(|(_, token)| token.clone());
    Tokens { start: start.cloned(), stop }
}

/// Gathers the other carried fields.
pub(super) fn gather(entries: &[Entry<'_>], remarks: &mut Remarks) -> Carried {
    let events = || entries.iter().map(|entry| entry.event);
    let evse_id = agreed(events().filter_map(|e| e.evse_id), review::EVSE_CHANGED, remarks);
    let phases_used: BTreeSet<i64> = events().filter_map(|e| e.phases_used).collect();
    Carried {
        evse_id,
        connector_id: events()
            .filter(|e| e.evse_id.is_some() && e.evse_id == evse_id)
            .find_map(|e| e.connector_id),
        remote_start_id: agreed(
            events().filter_map(|e| e.remote_start_id),
            review::REMOTE_START_CHANGED,
            remarks,
        ),
        reservation_id: agreed(
            events().filter_map(|e| e.reservation_id),
            review::RESERVATION_CHANGED,
            remarks,
        ),
        phases_used: phases_used.into_iter().collect(),
        cable_max_current_a: events().find_map(|e| e.cable_max_current_a),
        reported_charging_s: events().filter_map(|e| e.time_spent_charging_s).next_back(),
        operation_mode: events().find_map(|e| e.operation_mode.clone()),
        tariff_id: events().filter_map(|e| e.tariff_id.clone()).next_back(),
    }
}

/// The first value; another one is a reason for review.
fn agreed(
    mut values: impl Iterator<Item = i64>,
    changed: &'static str,
    remarks: &mut Remarks,
) -> Option<i64> {
    let first = values.next()?;
    if values.any(|value| value != first) {
        remarks.review(changed);
    }
    Some(first)
}
