//! Why a charge may not be billed, and what each guard of the figure said.

use serde::Serialize;
use wattledger_assemble::meaning;
use wattledger_assemble::record::Class;
use wattledger_assemble::words::{flag, review};
use wattledger_record::Micros;

use crate::figures::{self, Figures};
use crate::story::Clock;

/// A word of the record and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Word {
    /// Stable snake_case text.
    pub word: String,
    /// For people.
    pub meaning: String,
}

/// One reason why there is no bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// `class`, `energy`, `review`, `settled` or `record`.
    pub kind: &'static str,
    /// The class, the word of the review; else empty.
    pub word: String,
    /// For people.
    pub meaning: String,
}

/// A check that the figure went through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Guard {
    /// Stable snake_case text.
    pub word: &'static str,
    /// What it says when it speaks.
    pub meaning: String,
    /// `silent`, `flag`, or `review`: it holds the bill.
    pub said: &'static str,
}

/// Checks of the import register, in the order in which they are made.
const GUARDS: &[&str] = &[
    review::SIGNED_ERROR,
    review::SIGNED_UNREADABLE,
    review::METER_EXCHANGED,
    review::READING_CONFLICT,
    review::SIGNED_DIFFERS,
    flag::SIGNED_UNUSED,
    review::OTHER_LOCATION,
    review::LOCATION_MIXED,
    review::BEGIN_EARLY,
    review::BEGIN_LATE,
    review::BEGIN_DIFFERS,
    review::END_EARLY,
    flag::LAST_UPDATE,
    review::MISSING_EVENTS,
    review::CONFLICT,
    review::MIXED_REGISTER,
    review::REGISTER_OUTLIER,
    flag::ROUNDING,
    review::REGISTER_REGRESSION,
    review::ZERO_BASELINE,
    review::BASELINE_REBASED,
    review::POWER_IMPLAUSIBLE,
    review::UNIT_SUSPECT,
    review::REGISTER_MISSING,
    flag::REGISTER_NEGATIVE,
    flag::ZERO_ENERGY,
];

/// Words with their meanings.
#[must_use]
pub fn words(words: &[String]) -> Vec<Word> {
    words.iter().map(|word| Word { word: word.clone(), meaning: meaning_of(word) }).collect()
}

/// A view may give a class as a reason for review.
fn meaning_of(word: &str) -> String {
    let said = meaning::of(word);
    if said.is_empty() { meaning::of_class(word).to_owned() } else { said }
}

/// What each guard said.
#[must_use]
pub fn guards(figures: &Figures) -> Vec<Guard> {
    let has = |words: &[String], word: &str| words.iter().any(|known| known == word);
    let said = |word: &str| match () {
        () if has(&figures.review, word) => "review",
        () if has(&figures.flags, word) => "flag",
        () => "silent",
    };
    GUARDS.iter().map(|word| Guard { word, meaning: meaning::of(word), said: said(word) }).collect()
}

/// Every reason why there is no bill; empty where there may be one.
#[must_use]
pub fn reasons(
    figures: &Figures,
    is_settled: bool,
    is_stored: bool,
    last_received: i64,
    clock: &Clock,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut say = |kind: &'static str, word: &str, meaning: String| {
        reasons.push(Reason { kind, word: word.to_owned(), meaning });
    };
    if !is_stored {
        say("record", "", "no record of this charge is stored; this is what its events give".to_owned());
    }
    let class = figures.class.as_str();
    if !["complete", "complete_permitted_gaps", "incomplete"].contains(&class) {
        say("class", class, meaning::of_class(class).to_owned());
    }
    if figures.energy_wh.is_none() {
        say("energy", "", no_energy(figures).to_owned());
    }
    for word in &figures.review {
        say("review", word, meaning_of(word));
    }
    if is_stored && !is_settled {
        say("settled", "", unsettled(class == Class::Open.as_str(), last_received, clock));
    }
    reasons
}

fn no_energy(figures: &Figures) -> &'static str {
    match (figures.class.as_str(), figures.stopped_reason.is_some(), figures.review.is_empty()) {
        ("no_start", ..) => "no energy_wh: a charge without a Started has none",
        (_, false, _) => "no energy_wh: a charge without an Ended has none",
        (_, true, false) => "no energy_wh: what follows takes it away",
        (_, true, true) => "no energy_wh: the readings give none",
    }
}

/// Until when a charge may still change.
fn unsettled(is_open: bool, last_received: i64, clock: &Clock) -> String {
    if clock.watermark <= 0 {
        return "not settled: a partition has not said how far it is written, and until then nothing settles"
            .to_owned();
    }
    let Some(settle) = clock.settle_after_s else {
        return "not settled: the parameter settle_after_s is not set".to_owned();
    };
    // an open charge is not over before it is presumed to be
    let after = if is_open { settle.max(clock.stale_after_s.unwrap_or(settle)) } else { settle };
    #[expect(clippy::cast_possible_truncation, reason = "a float to an integer saturates")]
    let at = last_received.saturating_add((after * 1e6) as i64);
    let until = figures::time(Micros(clock.watermark));
    if at <= clock.watermark {
        return format!("not settled: the station said that more is to come; all is written up to {until}");
    }
    let at = figures::time(Micros(at));
    format!("not settled: {at} at the earliest, if nothing new comes; all is written up to {until}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guard_is_a_word_of_the_record() {
        for word in GUARDS {
            assert!(review::ALL.contains(word) || flag::ALL.contains(word), "{word}");
            assert!(!meaning::of(word).is_empty(), "{word}");
        }
    }

    #[test]
    fn an_open_charge_settles_no_earlier_than_it_is_stale() {
        let clock = Clock {
            watermark: 1,
            settle_after_s: Some(3600.0),
            stale_after_s: Some(86_400.0),
            partitions: 1,
        };
        assert!(unsettled(true, 0, &clock).contains("1970-01-02T00:00:00Z"));
        assert!(unsettled(false, 0, &clock).contains("1970-01-01T01:00:00Z"));
    }
}
