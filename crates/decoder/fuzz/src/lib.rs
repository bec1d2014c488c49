//! What must hold for any bytes. Each module is one target; a panic is a finding.

pub mod decode;
pub mod frame;
pub mod number;
pub mod structured;
pub mod time;

// the comparison with the slow reference, and the text of a reading, as the tests of the decoder have them
#[path = "../../tests/flat/mod.rs"]
mod flat;
#[path = "../../tests/render/mod.rs"]
mod render;

use std::cell::RefCell;

use wattledger_decoder::Decoder;
use wattledger_testkit::reference::Settings;

/// Every way of reading that differs in its rules.
const SETTINGS: [Settings; 3] = [
    Settings { v21: false, strict: false, zone_minutes: 0 },
    Settings { v21: true, strict: false, zone_minutes: -330 },
    Settings { v21: true, strict: true, zone_minutes: 0 },
];

thread_local! {
    /// Warm from all inputs before: nothing that it remembers may change what it reads.
    static DECODER: RefCell<Decoder> = RefCell::default();
}

fn with_decoder<T>(read: impl FnOnce(&mut Decoder) -> T) -> T {
    DECODER.with_borrow_mut(read)
}

/// Compares a message with the reference, read in every way.
fn compare(message: &[u8]) {
    for settings in SETTINGS {
        with_decoder(|decoder| flat::check::check(decoder, message, settings));
    }
}

/// Bytes as characters of an alphabet, so that no input is wasted on others.
fn spell(bytes: &[u8], alphabet: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()])).collect()
}
