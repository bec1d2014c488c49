//! Who takes part: our decoder, the bare scanner, and JSON libraries that fill structs and check nothing.

use std::hint::black_box;

use simd_json::{Buffers, Tape, fill_tape};
use wattledger_decoder::{Decoder, Reading, TransactionEvent};

use crate::rounds::{Answer, Contestant};
use crate::typed;

/// Our decoder on single messages: validated, with both hashes.
#[must_use]
pub fn ours() -> Contestant {
    let mut decoder = Decoder::default();
    Contestant {
        name: "wattledger, checked and hashed",
        pass: Box::new(move |set| {
            for message in &set.messages {
                black_box(&decoder.decode(message, Reading::default()));
            }
        }),
        answer: Box::new(|_, _| Answer::Same),
    }
}

/// Our decoder on the lines of a batch.
#[must_use]
pub fn ours_on_lines() -> Contestant {
    let mut decoder = Decoder::default();
    Contestant {
        name: "wattledger, lines of one batch",
        pass: Box::new(move |set| {
            decoder.decode_lines(&set.lines, Reading::default(), |_, _, decoded| {
                black_box(decoded);
            });
        }),
        answer: Box::new(|_, _| Answer::Same),
    }
}

/// Copy of the message and its tape, everything reused: no field is read.
#[must_use]
pub fn tape() -> Contestant {
    let mut scanner = Scanner::default();
    let mut judge = Scanner::default();
    Contestant {
        name: "simd-json, tape alone",
        pass: Box::new(move |set| {
            for message in &set.messages {
                black_box(scanner.nodes(message));
            }
        }),
        answer: Box::new(
            move |message, _| if judge.nodes(message) > 0 { Answer::Same } else { Answer::Refused },
        ),
    }
}

/// simd-json's serde support; like all scanners of its kind it writes into the message, so that is copied first.
#[must_use]
pub fn simd_json_typed() -> Contestant {
    let mut room = Room::default();
    let mut judge = Room::default();
    Contestant {
        name: "simd-json, typed",
        pass: Box::new(move |set| {
            for message in &set.messages {
                black_box(&room.read(message));
            }
        }),
        answer: Box::new(move |message, ours| judge.read(message).answer(ours)),
    }
}

/// serde_json, which borrows text from the message.
#[must_use]
pub fn serde_json_typed() -> Contestant {
    Contestant {
        name: "serde_json, typed",
        pass: Box::new(|set| {
            for message in &set.messages {
                black_box(&serde_json::from_slice::<typed::TransactionEvent<'_>>(message));
            }
        }),
        answer: Box::new(|message, ours| {
            serde_json::from_slice::<typed::TransactionEvent<'_>>(message).answer(ours)
        }),
    }
}

/// sonic-rs, which borrows text from the message. It chooses its instructions when it is built: its best time is that
/// with `RUSTFLAGS='-C target-cpu=native'`.
#[must_use]
pub fn sonic_typed() -> Contestant {
    Contestant {
        name: "sonic-rs, typed",
        pass: Box::new(|set| {
            for message in &set.messages {
                black_box(&sonic_rs::from_slice::<typed::TransactionEvent<'_>>(message));
            }
        }),
        answer: Box::new(|message, ours| {
            sonic_rs::from_slice::<typed::TransactionEvent<'_>>(message).answer(ours)
        }),
    }
}

/// Buffers of the bare scanner.
struct Scanner {
    copy: Vec<u8>,
    buffers: Buffers,
    tape: Option<Tape<'static>>,
}

impl Default for Scanner {
    fn default() -> Self {
        Self { copy: Vec::new(), buffers: Buffers::new(0), tape: None }
    }
}

impl Scanner {
    /// Nodes of the tape, 0 if there is none.
    fn nodes(&mut self, message: &[u8]) -> usize {
        self.copy.clear();
        self.copy.extend_from_slice(message);
        let mut tape = self.tape.take().unwrap_or(Tape(Vec::new())).reset();
        let nodes = match fill_tape(&mut self.copy, &mut self.buffers, &mut tape) {
            Ok(()) => tape.0.len(),
            Err(_) => 0,
        };
        self.tape = Some(tape.reset());
        nodes
    }
}

/// Buffers of simd-json's serde support.
struct Room {
    copy: Vec<u8>,
    buffers: Buffers,
}

impl Default for Room {
    fn default() -> Self {
        Self { copy: Vec::new(), buffers: Buffers::new(0) }
    }
}

impl Room {
    fn read(&mut self, message: &[u8]) -> simd_json::Result<typed::TransactionEvent<'_>> {
        self.copy.clear();
        self.copy.extend_from_slice(message);
        simd_json::serde::from_slice_with_buffers(&mut self.copy, &mut self.buffers)
    }
}

/// What a library made of a message, against what we made of it.
trait Judged {
    fn answer(&self, ours: &TransactionEvent<'_>) -> Answer;
}

impl<E> Judged for Result<typed::TransactionEvent<'_>, E> {
    fn answer(&self, ours: &TransactionEvent<'_>) -> Answer {
        match self {
            Err(_) => Answer::Refused,
            Ok(event) if event.agrees_with(ours) => Answer::Same,
            Ok(_) => Answer::Different,
        }
    }
}
