//! The sets of messages, each some 3 MB: more than the second-level cache holds. The same bytes in each run.

use std::fmt;
use std::str::FromStr;

use wattledger_testkit::corpus;

const SEED: u64 = 20_260_301;

/// Which messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A partition of the topic, no message with a fault.
    Clean,
    /// The same, every tenth message flagged.
    Dirty,
    /// `Ended` of 60 kB.
    Ended60k,
    /// `Ended` of 300 kB.
    Ended300k,
}

/// Messages to read.
#[derive(Debug)]
pub struct Set {
    /// Which.
    pub kind: Kind,
    /// As they stand in a partition.
    pub messages: Vec<Vec<u8>>,
    /// The same as newline-delimited JSON; white space that breaks lines is a blank there.
    pub lines: Vec<u8>,
}

impl Kind {
    /// All, in the order of the report.
    pub const ALL: [Self; 4] = [Self::Clean, Self::Dirty, Self::Ended60k, Self::Ended300k];

    /// How many messages it has.
    #[must_use]
    pub const fn messages(self) -> u32 {
        match self {
            Self::Clean | Self::Dirty => 4_000,
            Self::Ended60k => 50,
            Self::Ended300k => 10,
        }
    }

    /// Its name on a command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Dirty => "dirty",
            Self::Ended60k => "ended-60k",
            Self::Ended300k => "ended-300k",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| format!("no set {text}"))
    }
}

impl Set {
    /// Makes a set.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        let long = |n: u32, bytes| corpus::long_ended(SEED + u64::from(n), bytes);
        let count = kind.messages();
        let messages: Vec<Vec<u8>> = match kind {
            Kind::Clean => corpus::clean(SEED, usize::try_from(count).unwrap_or_default()),
            Kind::Dirty => corpus::dirty(SEED, usize::try_from(count).unwrap_or_default()),
            Kind::Ended60k => (0..count).map(|n| long(n, 60_000)).collect(),
            Kind::Ended300k => (0..count).map(|n| long(n, 300_000)).collect(),
        };
        let mut lines = Vec::new();
        for message in &messages {
            lines.extend(message.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
            lines.push(b'\n');
        }
        Self { kind, messages, lines }
    }

    /// Bytes of all messages.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.messages.iter().map(Vec::len).sum()
    }
}
