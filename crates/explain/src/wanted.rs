//! What has to be read beside the events themselves, so that a long charge costs no more than what is shown of it.

use std::collections::BTreeSet;

use uuid::Uuid;
use wattledger_decoder::EventType;

use crate::charges::{Charge, Entry, Role};
use crate::limits::{CHARGES_TOLD_MAX, COMPARED_MAX};
use crate::sources;
use crate::story::Content;
use crate::window;

/// What is asked of a transactionId.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope {
    /// Every event, however many there are.
    pub all: bool,
    /// Only the charge of this record.
    pub only: Option<Uuid>,
}

/// What has to be read.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Contents that are shown.
    pub shown: BTreeSet<Content>,
    /// Contents whose bytes are compared: those that lost, and those that count in their place.
    pub compared: BTreeSet<Content>,
    /// Contents that hold readings behind a figure.
    pub figures: BTreeSet<Content>,
}

impl Wanted {
    /// For these charges.
    #[must_use]
    pub fn of(charges: &[Charge<'_>], scope: &Scope) -> Self {
        let mut wanted = Self::default();
        for charge in charges.iter().skip(scope.passed_over(charges.len())) {
            if !scope.includes(charge.record.record_id) {
                continue;
            }
            let figures = sources::contents(charge);
            let shown = window::shown(charge, &figures, scope.all);
            let entries = shown.iter().filter_map(|index| charge.entries.get(*index));
            for entry in entries {
                wanted.shown.insert(entry.content());
                if let Some(winner) = winner(charge, entry)
                    && wanted.compared.len() < 2 * COMPARED_MAX
                {
                    wanted.compared.extend([entry.content(), winner.content()]);
                }
            }
            wanted.figures.extend(figures);
        }
        wanted
    }
}

impl Scope {
    /// How many of some charges, the earliest, are not told.
    #[must_use]
    pub const fn passed_over(&self, charges: usize) -> usize {
        if self.all || self.only.is_some() { 0 } else { charges.saturating_sub(CHARGES_TOLD_MAX) }
    }

    /// Whether the charge of this record is told.
    #[must_use]
    pub fn includes(&self, record_id: Uuid) -> bool {
        self.only.is_none_or(|only| only == record_id)
    }
}

/// The content that counts in the place of one that lost: under a seqNo that an Ended repeats the one of its kind.
#[must_use]
pub fn winner<'c, 'a>(charge: &'c Charge<'a>, lost: &Entry<'_>) -> Option<&'c Entry<'a>> {
    if lost.role == Role::Counts {
        return None;
    }
    let place = (lost.epoch, lost.event.seq_no);
    let from = charge.entries.partition_point(|e| (e.epoch, e.event.seq_no) < place);
    let here = charge.entries.get(from..).unwrap_or_default().iter();
    let mut here = here.take_while(|e| (e.epoch, e.event.seq_no) == place).filter(|e| e.role == Role::Counts);
    let is_ended = |e: &Entry<'_>| e.event.event_type == EventType::Ended;
    let first = here.next()?;
    here.find(|e| is_ended(e) == is_ended(lost) && is_ended(first) != is_ended(lost)).or(Some(first))
}
