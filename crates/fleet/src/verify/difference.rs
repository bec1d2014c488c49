//! Differences by name.

use std::collections::BTreeMap;
use std::fmt;

/// Differences kept one by one; more are only counted.
pub const LISTED_MAX: usize = 100;

macro_rules! kinds {
    ($($(#[$doc:meta])+ $name:ident $text:literal;)+) => {
        /// What differs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind { $($(#[$doc])+ $name,)+ }

        impl Kind {
            /// Stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

kinds! {
    /// An acknowledged content has no row.
    EventMissing "event_missing";
    /// A content has more than one row.
    EventDoubled "event_doubled";
    /// A row whose bytes nobody sent.
    EventUnexpected "event_unexpected";
    /// A content counts that should not, or the reverse.
    EventCounts "event_counts";
    /// A charge has no row.
    TransactionMissing "transaction_missing";
    /// A row for a charge that never happened, or a second one.
    TransactionUnexpected "transaction_unexpected";
    /// Class.
    Class "class";
    /// Energy, to the µWh.
    Energy "energy";
    /// How the energy was found.
    EnergyMethod "energy_method";
    /// Missing ranges or their count.
    Missing "missing";
    /// Number of epochs.
    Epochs "epochs";
    /// Number of contents that count.
    Events "events";
    /// Number of contents that lost a conflict.
    Conflicts "conflicts";
    /// First or last seqNo.
    Sequence "sequence";
    /// Time of the start or the end.
    Times "times";
    /// EVSE or start token.
    Carried "carried";
    /// Reasons for a human to look.
    Review "review";
    /// Copies: fewer than acknowledged, or more than sent.
    Deliveries "deliveries";
    /// Outcomes of the copies of a content.
    Outcomes "outcomes";
    /// Quarantine: a payload is not there, too often, or for another reason.
    Quarantine "quarantine";
    /// received = stored + duplicate + conflict + quarantined does not hold, or an offset has no account.
    Account "account";
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub kind: Kind,
    /// Station, folded.
    pub station: String,
    /// transactionId, folded.
    pub transaction_id: String,
    /// seqNo, where it is about one.
    pub seq_no: Option<i64>,
    /// What the ledger says.
    pub expected: String,
    /// What SQL returns.
    pub observed: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.as_str(), self.station)?;
        if !self.transaction_id.is_empty() {
            write!(f, " {}", self.transaction_id)?;
        }
        if let Some(seq_no) = self.seq_no {
            write!(f, " seqNo {seq_no}")?;
        }
        write!(f, ": expected {}, observed {}", self.expected, self.observed)
    }
}

/// All differences: each counted, the first [`LISTED_MAX`] listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// The first ones.
    pub listed: Vec<Difference>,
    /// Count per kind.
    pub by_kind: BTreeMap<Kind, u64>,
}

impl Differences {
    /// How many there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_kind.values().sum()
    }

    pub(crate) fn push(&mut self, difference: Difference) {
        *self.by_kind.entry(difference.kind).or_default() += 1;
        if self.listed.len() < LISTED_MAX {
            self.listed.push(difference);
        }
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<String> =
            self.by_kind.iter().map(|(kind, n)| format!("{n} {}", kind.as_str())).collect();
        write!(f, "{} differences ({})", self.total(), counts.join(", "))?;
        for difference in &self.listed {
            write!(f, "\n  {difference}")?;
        }
        Ok(())
    }
}
