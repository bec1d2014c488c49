//! Every bound of the decoder: value, unit, reason. Over one of the first four a message is quarantined, never cut.

/// Bounds that a deployment may tighten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one message. 4 MiB: half of what the gateway's door lets in by default, and four times a legal `Ended`
    /// of a stay of days with readings each minute (E06.FR.11).
    pub message_bytes: usize,
    /// Objects and arrays inside each other. The schema needs 7; `customData` may add some.
    pub depth: usize,
    /// `meterValue` elements and, separately, sampled values. 65,536 samples are more than fit 4 MiB of real ones.
    pub samples: usize,
    /// Elements of each other kind of list, and unknown members, in one message.
    pub elements: usize,
}

impl Limits {
    /// The defaults.
    pub const DEFAULT: Self = Self { message_bytes: 4 << 20, depth: 32, samples: 65_536, elements: 4_096 };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Violations listed for one message; the codes of the others are counted in.
pub const VIOLATIONS_MAX: usize = 64;

/// Bytes of a violation's path, and of its detail. The longest path of the schema has 70.
pub const TEXT_BYTES_MAX: usize = 96;

/// Characters of a number. A double's exact decimal expansion has up to 767 significant digits; nobody means more.
pub const NUMBER_CHARACTERS_MAX: usize = 1_024;

/// Bound of [`Limits::depth`]: the walk recurses, and 128 levels stay far within the smallest stack.
pub(crate) const DEPTH_CEILING: usize = 128;

/// Bound of [`Limits::message_bytes`]: places and lengths in a message are kept in 30 bits.
pub(crate) const MESSAGE_BYTES_CEILING: usize = 1 << 30;

/// Levels of a path that are named; the schema has 7.
pub(crate) const PATH_LEVELS_MAX: usize = 12;

/// Most members of a class of the schema (TransactionEventRequest has 16 with `customData`).
pub(crate) const MEMBERS_MAX: usize = 16;

const _: () = assert!(TEXT_BYTES_MAX < 256, "the length of a Text is a byte");
