//! What is counted while lines are read; one tally for each worker, put together at the end.

use std::collections::BTreeMap;

use wattledger_decoder::{Code, Decoded, Outcome, Severity, Text};

use crate::limits::ACTIONS_MAX;
use crate::line::{Form, Kind};
use crate::position::{First, Position};

/// Counts of one worker, or of all.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    pub(crate) outcomes: Outcomes,
    /// By [`Form`].
    pub(crate) forms: [u64; Form::ALL.len()],
    /// Events read as OCPP 2.1.
    pub(crate) v21: u64,
    /// By [`Kind`].
    pub(crate) others: Vec<Seen<String>>,
    /// Calls of other actions by name, at most [`ACTIONS_MAX`] names.
    pub(crate) actions: BTreeMap<String, u64>,
    /// By [`Code`].
    pub(crate) codes: Vec<CodeSeen>,
}

/// Events by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Outcomes {
    pub(crate) clean: u64,
    pub(crate) flagged: u64,
    pub(crate) quarantined: u64,
}

/// A count with the first examples.
#[derive(Debug, Clone)]
pub(crate) struct Seen<T> {
    pub(crate) count: u64,
    pub(crate) first: First<T>,
}

/// Events with a code.
#[derive(Debug, Clone)]
pub(crate) struct CodeSeen {
    pub(crate) seen: Seen<Found>,
    /// Whether it kept an event from being one.
    pub(crate) quarantines: bool,
}

/// Where in a message something was wrong, and whose message it was, as far as that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) path: Text,
    pub(crate) detail: Text,
    pub(crate) transaction_id: Option<String>,
    pub(crate) seq_no: Option<i64>,
}

impl Outcomes {
    pub(crate) const fn total(self) -> u64 {
        self.clean + self.flagged + self.quarantined
    }
}

impl<T> Seen<T> {
    pub(crate) const fn new(examples: usize) -> Self {
        Self { count: 0, first: First::new(examples) }
    }

    pub(crate) fn note(&mut self, at: Position, what: impl FnOnce() -> T) {
        self.count += 1;
        self.first.note(at, what);
    }

    pub(crate) fn absorb(&mut self, other: Self) {
        self.count += other.count;
        self.first.absorb(other.first);
    }
}

impl Tally {
    pub(crate) fn new(examples: usize) -> Self {
        let code = || CodeSeen { seen: Seen::new(examples), quarantines: false };
        Self {
            outcomes: Outcomes::default(),
            forms: [0; Form::ALL.len()],
            v21: 0,
            others: Kind::ALL.iter().map(|_| Seen::new(examples)).collect(),
            actions: BTreeMap::new(),
            codes: Code::ALL.iter().map(|_| code()).collect(),
        }
    }

    /// Counts a line that holds no event; `word` is its action, or the beginning of it.
    pub(crate) fn other(&mut self, kind: Kind, at: Position, word: &str) {
        if let Some(seen) = self.others.get_mut(kind as usize) {
            seen.note(at, || printable(word));
        }
        if kind == Kind::OtherAction {
            let room = self.actions.len() < ACTIONS_MAX;
            if let Some(count) = self.actions.get_mut(word) {
                *count += 1;
            } else if room {
                *self.actions.entry(printable(word)).or_default() += 1;
            }
        }
    }

    /// Counts an event.
    pub(crate) fn event(&mut self, form: Form, at: Position, decoded: &Decoded<'_>) {
        if let Some(count) = self.forms.get_mut(form as usize) {
            *count += 1;
        }
        match decoded.outcome() {
            Outcome::Clean => self.outcomes.clean += 1,
            Outcome::Flagged => self.outcomes.flagged += 1,
            Outcome::Quarantined => self.outcomes.quarantined += 1,
        }
        if decoded.codes().is_empty() {
            return;
        }
        for code in decoded.codes().iter() {
            let Some(tally) = self.codes.get_mut(code as usize) else { continue };
            let violation = || decoded.violations.iter().find(|violation| violation.code == code);
            tally.quarantines |= decoded.reasons().contains(code);
            tally.seen.note(at, || {
                let (path, detail) = violation().map_or((Text::EMPTY, Text::EMPTY), |v| (v.path, v.detail));
                let transaction_id = decoded.transaction_id.map(printable);
                Found { path, detail, transaction_id, seq_no: decoded.seq_no }
            });
        }
    }

    pub(crate) fn absorb(&mut self, other: Self) {
        let (mine, theirs) = (&mut self.outcomes, other.outcomes);
        mine.clean += theirs.clean;
        mine.flagged += theirs.flagged;
        mine.quarantined += theirs.quarantined;
        self.v21 += other.v21;
        for (mine, theirs) in self.forms.iter_mut().zip(other.forms) {
            *mine += theirs;
        }
        for (mine, theirs) in self.others.iter_mut().zip(other.others) {
            mine.absorb(theirs);
        }
        for (mine, theirs) in self.codes.iter_mut().zip(other.codes) {
            mine.quarantines |= theirs.quarantines;
            mine.seen.absorb(theirs.seen);
        }
        for (name, count) in other.actions {
            *self.actions.entry(name).or_default() += count;
        }
    }

    /// Codes that came up, the ones that quarantine first, then by number of events.
    pub(crate) fn codes(&self) -> Vec<(Code, Severity, &Seen<Found>)> {
        let mut codes: Vec<_> = Code::ALL
            .iter()
            .zip(&self.codes)
            .filter(|(_, tally)| tally.seen.count > 0)
            .map(|(code, tally)| {
                let effect = if tally.quarantines { Severity::Quarantine } else { Severity::Flag };
                (*code, effect, &tally.seen)
            })
            .collect();
        codes.sort_by_key(|(code, effect, seen)| (std::cmp::Reverse((*effect, seen.count)), *code));
        codes
    }
}

/// A text from an input as it may stand in a report: no control characters, which could write over a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
