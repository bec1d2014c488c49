//! One thing to look at under callgrind or perf: a warm decoder reads a set, pass after pass. `probe SET PASSES`.
//!
//! With `--toggle-collect='*measured_pass*'` callgrind counts the passes alone: neither start-up, nor the making of the
//! set, nor the pass that warms the decoder.

use std::hint::black_box;

use wattledger_benches::sets::Set;
use wattledger_decoder::{Decoder, Reading};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(kind), Some(passes)) = (arguments.next(), arguments.next()) else {
        return Err("usage: probe SET PASSES".into());
    };
    let set = Set::new(kind.parse()?);
    let mut decoder = Decoder::default();
    for message in &set.messages {
        black_box(&decoder.decode(message, Reading::default()));
    }
    for _ in 0..passes.parse()? {
        measured_pass(&mut decoder, &set.messages);
    }
    Ok(())
}

/// A function of its own, so that a profiler can be told to look at nothing else.
#[inline(never)]
fn measured_pass(decoder: &mut Decoder, messages: &[Vec<u8>]) {
    for message in messages {
        black_box(&decoder.decode(message, Reading::default()));
    }
}
