//! Every bound of a run: value, unit, reason.
//!
//! Memory of a run, whatever the size of its input: two chunks for each worker and two more while reading, each of
//! [`CHUNK_BYTES`] unless a line is longer; [`STORE_BYTES_MAX`] for events that wait to be assembled; and one pass of
//! [`PASS_BYTES_MAX`] for each worker while assembling, three to five times that once decoded.

/// Bytes of a line; a longer one is counted and passed over. 8 MiB is the door of the gateway: no longer message comes in.
pub const LINE_BYTES_MAX: usize = 8 << 20;

/// Bytes that are read at a time. 1 MiB: long enough that handing over costs nothing, short enough that two cores share
/// the work of a small file.
pub const CHUNK_BYTES: usize = 1 << 20;

/// Bytes of events that are kept in memory until they are assembled; more goes to one unnamed file, compressed.
pub const STORE_BYTES_MAX: usize = 256 << 20;

/// Heaps that events are sorted into by transaction. 256: of 8 GiB of events each heap is one pass (PASS_BYTES_MAX).
pub const HEAPS: usize = 256;

/// Bytes of events that one worker assembles at a time; a larger heap is taken in several passes over it.
pub const PASS_BYTES_MAX: usize = 32 << 20;

/// Events of one transactionId that are assembled; a transactionId with more is named and left out. 262,144 are a
/// reading every 10 s for 30 days.
pub const TRANSACTION_EVENTS_MAX: usize = 1 << 18;

/// Bytes of the messages of one transactionId that are assembled, for the same purpose.
pub const TRANSACTION_BYTES_MAX: usize = 256 << 20;

/// Distinct names of other actions that are counted by name; OCPP 2.1 has 91.
pub const ACTIONS_MAX: usize = 1_024;

/// Bytes of a log line before a frame in which time and station are looked for.
pub const PREFIX_BYTES_MAX: usize = 1_024;

/// Ranges of missing seqNos told of one charge.
pub const RANGES_TOLD_MAX: usize = 8;

/// Largest number of examples, and of charges told one by one, that may be asked for.
pub const EXAMPLES_MAX: usize = 1_000;

const _: () = assert!(HEAPS.is_power_of_two(), "a heap is some bits of a hash");
const _: () = assert!(CHUNK_BYTES + LINE_BYTES_MAX < u32::MAX as usize, "places in a chunk are 32 bits");
