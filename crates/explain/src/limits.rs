//! Every bound of an explanation, with its unit and its reason.

/// Contents of one transactionId that are read: about 1 KiB each in memory, so 1 GiB at most. A charge sampled every
/// second for a week has 600,000.
pub const CONTENTS_MAX: u128 = 1_000_000;
/// Charges under one transactionId that are told, the latest: some stations use one id for ever.
pub const CHARGES_TOLD_MAX: usize = 20;
/// Events at the head of a charge that are shown unless all are asked for: start, begin reading and the first minutes.
pub const HEAD: usize = 40;
/// Events at its tail that are shown.
pub const TAIL: usize = 20;
/// Events in between that are shown because something is to be said of them: marked, lost, behind a hole, or read for
/// the figure.
pub const NOTABLE_MAX: usize = 20;
/// Contents that lost whose bytes are read and compared with the one that counts.
pub const COMPARED_MAX: usize = 50;
/// Longest message that is compared, bytes: two of them stand in memory, and more is no reading for people.
pub const COMPARED_BYTES_MAX: u32 = 262_144;
/// Differences between two contents that are told.
pub const DIFFERENCES_MAX: usize = 20;
/// Characters of a value in a difference.
pub const VALUE_CHARS_MAX: usize = 60;
/// Further copies of one content whose coordinates are told; all are counted.
pub const COPIES_TOLD_MAX: usize = 8;
/// Amounts of a sum that are told; the sum is exact.
pub const AMOUNTS_TOLD_MAX: usize = 10;
/// Messages in quarantine that are told; all are counted.
pub const QUARANTINED_TOLD_MAX: usize = 20;
/// How long before its first event a message of the charge may have been set aside, µs (one day).
pub const BEFORE_US: i64 = 86_400_000_000;
/// How long after its last new content copies are looked for, µs (seven days): the look-up in the account is bounded by
/// time, since the account is in order of the log.
pub const AFTER_US: i64 = 7 * 86_400_000_000;
/// Names that are told of what is near a transaction that is not there.
pub const NEAR_TOLD_MAX: u64 = 5;
