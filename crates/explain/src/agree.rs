//! Whether the stored record is what its events give now, and if not, why and in what.

use serde::Serialize;
use serde_json::Value;

use crate::figures::Figures;

/// How the stored record and the fold of the stored events stand to each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Agreement {
    /// `equal`, or why not.
    pub state: State,
    /// For people.
    pub meaning: &'static str,
    /// The columns that differ.
    pub differences: Vec<ColumnDifference>,
}

/// How they stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The record is what its events give.
    Equal,
    /// Events are stored that the record does not know yet.
    Behind,
    /// The record counts contents that are not stored.
    Ahead,
    /// Another revision of the fold's rules wrote the record.
    OtherRevision,
    /// Same contents and rules, other figures.
    Differs,
    /// Events are stored, and no record of this charge.
    NoRecord,
    /// A record is stored, and no events of this charge.
    NoEvents,
}

/// A column that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnDifference {
    /// Name in the view `transactions`.
    pub column: String,
    /// As stored.
    pub stored: Value,
    /// As the fold gives it.
    pub folded: Value,
}

impl State {
    /// What stands before the meaning, for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Equal => "",
            Self::NoRecord => "NO RECORD",
            Self::NoEvents => "NO EVENTS",
            Self::OtherRevision => "WRITTEN BY OTHER RULES",
            Self::Behind | Self::Ahead | Self::Differs => "NOT WHAT ITS EVENTS GIVE NOW",
        }
    }

    const fn meaning(self) -> &'static str {
        match self {
            Self::Equal => "the stored record is what its events give",
            Self::Behind => {
                "events are stored that the record does not know yet: the sink is behind, or stopped between the two inserts"
            }
            Self::Ahead => {
                "the record counts contents that are not stored: they expired, were erased, or the table lost rows"
            }
            Self::OtherRevision => {
                "another revision of the rules wrote the record; it is renewed when its next event comes"
            }
            Self::Differs => "same contents, same revision, other figures: this must not be; report it",
            Self::NoRecord => {
                "events are stored and no record: the sink is behind, or stopped between the two inserts"
            }
            Self::NoEvents => {
                "a record is stored and none of its events: they expired, were erased, or belong to another charge by now"
            }
        }
    }
}

/// A version taken apart (`wattledger_record::ids::record_version`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Version {
    /// Distinct contents of the whole transactionId.
    pub contents: u32,
    /// Revision of the fold's rules.
    pub fold_revision: u16,
}

impl Version {
    /// Of the number.
    #[must_use]
    pub fn of(version: u128) -> Self {
        let part = |shift: u32, mask: u128| version >> shift & mask;
        Self {
            contents: u32::try_from(part(96, u128::from(u32::MAX))).unwrap_or(u32::MAX),
            fold_revision: u16::try_from(part(0, u128::from(u16::MAX))).unwrap_or(u16::MAX),
        }
    }
}

/// Compares; each side with its version.
#[must_use]
pub fn compare(stored: Option<(&Figures, u128)>, folded: Option<(&Figures, u128)>) -> Agreement {
    let (state, differences) = match (stored, folded) {
        (Some((stored, before)), Some((folded, now))) => {
            let differences = columns(stored, folded);
            (state(before, now, differences.is_empty()), differences)
        }
        (None, _) => (State::NoRecord, Vec::new()),
        (Some(_), None) => (State::NoEvents, Vec::new()),
    };
    Agreement { state, meaning: state.meaning(), differences }
}

fn state(stored: u128, folded: u128, is_equal: bool) -> State {
    let (before, now) = (Version::of(stored), Version::of(folded));
    if before.contents > now.contents {
        State::Ahead
    } else if before.contents < now.contents {
        State::Behind
    } else if before.fold_revision != now.fold_revision {
        State::OtherRevision
    } else if stored < folded {
        // an earlier copy of a content has come
        State::Behind
    } else if is_equal && stored == folded {
        State::Equal
    } else if stored > folded {
        State::Ahead
    } else {
        State::Differs
    }
}

fn columns(stored: &Figures, folded: &Figures) -> Vec<ColumnDifference> {
    let members = |figures: &Figures| match serde_json::to_value(figures.clone().without_time()) {
        Ok(Value::Object(members)) => members,
        Ok(_) | Err(_) => serde_json::Map::new(),
    };
    let (stored, mut folded) = (members(stored), members(folded));
    // the figure and the class first: that is what is asked for
    let weight = |column: &str| match column {
        "energy_wh" => 0,
        "class" => 1,
        "review" => 2,
        "energy_method" => 3,
        "started_at" | "ended_at" => 4,
        "events" | "missing_count" | "conflicts" => 5,
        _ => 6,
    };
    let pairs = stored.into_iter().map(|(column, stored)| {
        let folded = folded.remove(&column).unwrap_or(Value::Null);
        ColumnDifference { column, stored, folded }
    });
    let mut pairs: Vec<ColumnDifference> = pairs.filter(|pair| pair.stored != pair.folded).collect();
    pairs.sort_by_key(|pair| weight(&pair.column));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(contents: u128, received: u128, revision: u128) -> u128 {
        contents << 96 | ((1 << 80) - 1 - received) << 16 | revision
    }

    #[test]
    fn a_version_tells_why_two_states_differ() {
        let stored = version(3, 100, 1);
        assert_eq!(Version::of(stored), Version { contents: 3, fold_revision: 1 });
        assert_eq!(state(stored, stored, true), State::Equal);
        assert_eq!(state(stored, stored, false), State::Differs);
        assert_eq!(state(stored, version(4, 150, 1), true), State::Behind);
        assert_eq!(state(stored, version(3, 90, 1), false), State::Behind);
        assert_eq!(state(stored, version(2, 60, 1), true), State::Ahead);
        assert_eq!(state(stored, version(3, 100, 2), true), State::OtherRevision);
        assert_eq!(state(stored, version(3, 101, 1), true), State::Ahead);
    }
}
