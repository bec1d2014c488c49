//! Events, broken at random places: read as the slow reference reads them, however they are spelled.

use libfuzzer_sys::fuzzer_mutate;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use wattledger_decoder::Limits;
use wattledger_decoder::limits::NUMBER_CHARACTERS_MAX;
use wattledger_testkit::json::Json;
use wattledger_testkit::wild;

pub fn check(message: &[u8]) {
    let message = message.trim_ascii();
    // bytes are for `decode`; here they are a message within the bounds, which the reference does not know
    let Ok(json) = Json::parse(message) else { return };
    if json.depth() <= Limits::DEFAULT.depth && longest_number(message) <= NUMBER_CHARACTERS_MAX {
        crate::compare(message);
    }
}

/// Changes the value that a message is, or the way it is spelled, and now and then its bytes.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut rng = StdRng::seed_from_u64(u64::from(seed));
    let by_bytes = rng.random_ratio(1, 8);
    let Some(mut json) = Json::parse(&data[..size]).ok().filter(|_| !by_bytes) else {
        return fuzzer_mutate(data, size, max_size);
    };
    for _ in 0..rng.random_range(0..4) {
        wild::mutate(&mut rng, &mut json);
    }
    let text = if rng.random() { json.to_text() } else { json.respelled(&mut rng) };
    let Some(room) = data.get_mut(..text.len()).filter(|_| text.len() <= max_size) else { return size };
    room.copy_from_slice(text.as_bytes());
    text.len()
}

/// Characters of the longest run that may be a number.
fn longest_number(message: &[u8]) -> usize {
    let runs = message.split(|byte| !byte.is_ascii_digit() && !b"+-.eE".contains(byte));
    runs.map(<[u8]>::len).max().unwrap_or(0)
}
