//! Faults: what goes wrong between a charge and its telling, and how often.
//!
//! A transaction has at most one *story*, a fault that changes what is true of its record; around it come any number of
//! faults of the way there, which must change nothing. So each truth follows from one rule of the record, which the
//! comment of the fault names, and never from an interplay of rules.

pub(crate) mod clock;
pub(crate) mod contradiction;
pub(crate) mod identity;
pub(crate) mod invalid;
pub(crate) mod loss;
pub(crate) mod transport;

use rand::rngs::StdRng;
use rand::{Rng, RngExt as _};

use crate::draft::Draft;
use crate::script::Station;

/// What a rate counts in.
const WHOLE: u32 = 10_000;

macro_rules! faults {
    ($($(#[$doc:meta])+ $name:ident = $text:literal, $rate:literal, $story:literal;)+) => {
        /// A kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault { $($(#[$doc])+ $name,)+ }

        impl Fault {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// Whether it changes what is true of the record; a transaction has at most one of these.
            #[must_use]
            pub const fn is_story(self) -> bool {
                match self { $(Self::$name => $story,)+ }
            }

            const fn default_rate(self) -> u32 {
                match self { $(Self::$name => $rate,)+ }
            }
        }
    };
}

faults! {
    /// Up to three Updated dropped that hold nothing a bill needs. Per transaction.
    PermittedGap = "permitted_gap", 600, true;
    /// The Started never arrives. Per transaction.
    LostStarted = "lost_started", 150, true;
    /// The Ended never arrives. Per transaction.
    LostEnded = "lost_ended", 200, true;
    /// The last Updated is lost, and the Ended has no register. Per transaction.
    LostRegister = "lost_register", 150, true;
    /// The Updated that holds the only token is lost. Per transaction.
    LostToken = "lost_token", 100, true;
    /// An Updated arrives long after the Ended. Per transaction.
    Late = "late", 400, true;
    /// An Updated numbered, and stamped, after the Ended. Per transaction.
    AfterEnded = "after_ended", 150, true;
    /// Another Updated under the same seqNo. Per transaction.
    Conflict = "conflict", 200, true;
    /// Another Ended with another register under the same seqNo. Per transaction.
    ConflictingEnd = "conflicting_end", 80, true;
    /// An Updated told again with another counter in its customData. Per transaction.
    Variant = "variant", 150, true;
    /// A second charge under the same transactionId. Per transaction.
    ReusedId = "reused_id", 200, true;
    /// seqNo begins anew in the middle of a charge. Per transaction.
    Reset = "reset", 200, true;
    /// The clock says 1970 for the beginning, or all, of a charge. Per transaction.
    UnsetClock = "unset_clock", 200, true;
    /// An Updated is cut off on the way. Per transaction.
    Damaged = "damaged", 100, true;
    /// The same bytes again. Per delivery.
    Retry = "retry", 200, false;
    /// The same event again with another `offline`. Per delivery.
    RetryOffline = "retry_offline", 100, false;
    /// Deliveries overtake each other, also those of the station's next transaction. Per transaction.
    Reorder = "reorder", 1_500, false;
    /// A run of events is queued, marked offline, and sent after later ones. Per transaction.
    OfflineBurst = "offline_burst", 600, false;
    /// A payload that is no event. Per transaction.
    Invalid = "invalid", 200, false;
    /// Times without zone. Per station.
    ZonelessClock = "zoneless_clock", 400, false;
    /// Quoted numbers and units spelled wrongly. Per station.
    UnitSlips = "unit_slips", 800, false;
}

/// How often each fault happens, in 1/10,000 of what its kind counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    rates: Vec<u32>,
}

impl Default for Faults {
    fn default() -> Self {
        Self { rates: Fault::ALL.iter().map(|fault| fault.default_rate()).collect() }
    }
}

impl Faults {
    /// No fault at all.
    #[must_use]
    pub fn none() -> Self {
        Self { rates: vec![0; Fault::ALL.len()] }
    }

    /// Rate of one kind, in 1/10,000.
    #[must_use]
    pub fn get(&self, fault: Fault) -> u32 {
        self.rates.get(fault as usize).copied().unwrap_or_default()
    }

    /// Sets the rate of one kind, in 1/10,000.
    #[must_use]
    pub fn with(mut self, fault: Fault, rate: u32) -> Self {
        if let Some(slot) = self.rates.get_mut(fault as usize) {
            *slot = rate;
        }
        self
    }

    /// Sets a rate from `name=rate`.
    ///
    /// # Errors
    /// A sentence for the user, if the name or the number is unknown.
    pub fn set(self, assignment: &str) -> Result<Self, String> {
        let (name, rate) =
            assignment.split_once('=').ok_or_else(|| format!("{assignment}: not NAME=RATE"))?;
        let Some(fault) = Fault::ALL.iter().find(|fault| fault.as_str() == name) else {
            return Err(format!("{name}: no such fault"));
        };
        let rate = rate.parse().map_err(|error| format!("{assignment}: {error}"))?;
        Ok(self.with(*fault, rate))
    }

    pub(crate) fn problem(&self) -> Option<String> {
        let stories: u64 = Fault::ALL.iter().filter(|f| f.is_story()).map(|f| u64::from(self.get(*f))).sum();
        let over = Fault::ALL.iter().find(|fault| self.get(**fault) > WHOLE);
        if let Some(fault) = over {
            return Some(format!("{}: more than {WHOLE} of {WHOLE}", fault.as_str()));
        }
        (stories > u64::from(WHOLE))
            .then(|| format!("faults of which a transaction has one: more than {WHOLE}"))
    }

    /// The story of a transaction.
    pub(crate) fn story(&self, rng: &mut impl Rng) -> Option<Fault> {
        let mut draw = rng.random_range(0..WHOLE);
        for fault in Fault::ALL.iter().filter(|fault| fault.is_story()) {
            let rate = self.get(*fault);
            if draw < rate {
                return Some(*fault);
            }
            draw -= rate;
        }
        None
    }

    /// Whether a fault happens here.
    pub(crate) fn happens(&self, fault: Fault, rng: &mut impl Rng) -> bool {
        rng.random_range(0..WHOLE) < self.get(fault)
    }
}

/// Bends a transaction of one charge, and its truth with it.
pub(crate) fn bend(story: Fault, station: &Station, draft: &mut Draft, rng: &mut StdRng) {
    match story {
        Fault::PermittedGap => loss::permitted_gap(draft, rng),
        Fault::LostStarted => loss::started(draft),
        Fault::LostEnded => loss::ended(draft),
        Fault::LostRegister => loss::register(draft),
        Fault::LostToken => loss::token(draft),
        Fault::Damaged => loss::damage(draft, rng),
        Fault::Late => contradiction::late(draft, rng),
        Fault::AfterEnded => contradiction::after_ended(station, draft, rng),
        Fault::Conflict => contradiction::conflict(station, draft, rng),
        Fault::ConflictingEnd => contradiction::conflicting_end(station, draft, rng),
        Fault::Variant => contradiction::variant(draft, rng),
        Fault::Reset => identity::reset(draft, rng),
        Fault::UnsetClock => clock::unset(draft, rng),
        // a second charge is needed, or these are no stories
        Fault::ReusedId
        | Fault::Retry
        | Fault::RetryOffline
        | Fault::Reorder
        | Fault::OfflineBurst
        | Fault::Invalid
        | Fault::ZonelessClock
        | Fault::UnitSlips => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_and_checked() {
        let faults = Faults::none().set("reset=10000").unwrap();
        assert_eq!((faults.get(Fault::Reset), faults.problem()), (10_000, None));
        assert!(faults.set("late=1").unwrap().problem().is_some());
        assert!(Faults::none().with(Fault::Retry, 10_001).problem().is_some());
        assert!(Faults::none().set("nothing=1").is_err());
        assert_eq!(Faults::default().problem(), None);
    }

    #[test]
    fn kinds_are_indices() {
        for (i, fault) in Fault::ALL.iter().enumerate() {
            assert_eq!(*fault as usize, i);
        }
    }
}
