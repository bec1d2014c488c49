//! The decoder: scratch that is kept, and the order of the steps for one message.

mod other;

use wattledger_record::{OcppVersion, hash};

use crate::code::Code;
use crate::decoded::Decoded;
use crate::hashed::Hashed;
use crate::limits::{DEPTH_CEILING, Limits, MESSAGE_BYTES_CEILING};
use crate::read::{Draft, Scratch, Walk};
use crate::scan::Scan;
use crate::slots::Arena;
use crate::tape::Scanner;
use crate::unreadable;
use crate::violation::{Text, Violations};

/// How a message is to be read: what the connection and the configuration say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// Version of the connection.
    pub version: OcppVersion,
    /// Whether a coerced value quarantines the message.
    pub strict: bool,
    /// Zone of times without one, minutes east of UTC; `None` = UTC.
    pub zone_minutes: Option<i16>,
}

/// Decodes messages one after another; owns all scratch.
pub struct Decoder {
    limits: Limits,
    scratch: Scratch,
    /// Room for unescaped text, as long as the longest message so far.
    room: Vec<u8>,
    /// The second opinion; made when it is first asked for.
    scanner: Option<Scanner>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new(Limits::DEFAULT)
    }
}

impl Decoder {
    /// A decoder with cold buffers. `limits.depth` is cut to 128, since the walk recurses, and `limits.message_bytes` to
    /// 1 GiB.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let depth = limits.depth.min(DEPTH_CEILING);
        let message_bytes = limits.message_bytes.min(MESSAGE_BYTES_CEILING);
        let limits = Limits { depth, message_bytes, ..limits };
        Self { limits, scratch: Scratch::default(), room: Vec::new(), scanner: None }
    }

    /// Decodes one message.
    pub fn decode<'a>(&'a mut self, message: &'a [u8], reading: Reading) -> Decoded<'a> {
        let Self { limits, scratch, room, scanner } = self;
        let (stripped, odd) = strip(message);
        begin(scratch, reading, odd);
        let Some(text) = readable(stripped, *limits, &mut scratch.violations) else {
            return unread(message, &scratch.violations);
        };
        let mut draft = Draft::default();
        let hashed = read(text, (reading, *limits), room, scratch, &mut draft).or_else(|| {
            begin(scratch, reading, odd);
            read_again(text, (reading, *limits), scanner, scratch, &mut draft)
        });
        let Some(hashed) = hashed else {
            begin(scratch, reading, odd);
            name_fault(text, limits.depth, &mut scratch.violations);
            return unread(message, &scratch.violations);
        };
        finish(&draft, hashed, Arena::new(text, &scratch.slots), &scratch.violations)
    }
}

impl Decoder {
    /// Decodes a batch, one message in a line (NDJSON), in its order; blank lines are passed over. `each` gets the number
    /// of the line, from 0, the line without its end, and what it says.
    pub fn decode_lines(
        &mut self,
        batch: &[u8],
        reading: Reading,
        mut each: impl FnMut(usize, &[u8], &Decoded<'_>),
    ) {
        let mut start = 0;
        let ends = memchr::memchr_iter(b'\n', batch).chain(std::iter::once(batch.len()));
        for (number, end) in ends.enumerate() {
            let line = batch.get(start..end).unwrap_or_default();
            start = end + 1;
            if !line.trim_ascii().is_empty() {
                each(number, line, &self.decode(line, reading));
            }
        }
    }
}

/// Starts a message, with what was odd around it.
fn begin(scratch: &mut Scratch, reading: Reading, odd: [Option<Code>; 2]) {
    scratch.clear(reading.strict);
    for code in odd.into_iter().flatten() {
        scratch.violations.push(code, Text::EMPTY, Text::EMPTY);
    }
}

/// Reads a message in one pass; `None` if it is no JSON.
fn read<'a>(
    text: &'a str,
    how: (Reading, Limits),
    room: &'a mut Vec<u8>,
    scratch: &mut Scratch,
    draft: &mut Draft<'a>,
) -> Option<Hashed> {
    let mut walk = Walk::new(Scan::new(text, how.1.depth, room_for(room, text)), how, scratch);
    let hashed = walk.message(draft);
    walk.into_source().is_whole().then_some(hashed)
}

/// Room for all that may have to be unescaped.
fn room_for<'r>(room: &'r mut Vec<u8>, text: &str) -> &'r mut [u8] {
    if room.len() < text.len() {
        room.resize(text.len().next_power_of_two(), 0);
    }
    room
}

/// Reads a message by simd-json's tape: no message is called no JSON on the word of one reader.
#[cold]
fn read_again<'a>(
    text: &'a str,
    how: (Reading, Limits),
    scanner: &'a mut Option<Scanner>,
    scratch: &mut Scratch,
    draft: &mut Draft<'a>,
) -> Option<Hashed> {
    *draft = Draft::default();
    let scanner = scanner.get_or_insert_with(|| Scanner::new(how.1.depth));
    scanner.scan(text, |cursor| Walk::new(cursor, how, scratch).message(draft))
}

/// Says why a text is no JSON that may be read.
#[cold]
fn name_fault(text: &str, depth_max: usize, violations: &mut Violations) {
    let fault = unreadable::diagnose(text, depth_max);
    violations.push(fault.code, Text::EMPTY, Text::of(format_args!("at byte {}", fault.at)));
}

/// Takes off what may stand around a message, and says what of it is no white space.
fn strip(message: &[u8]) -> (&[u8], [Option<Code>; 2]) {
    let (body, mark) = match message.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (rest, Some(Code::ByteOrderMark)),
        None => (message, None),
    };
    let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r');
    let end = body.iter().rposition(|b| !blank(b) && *b != 0).map_or(0, |last| last + 1);
    let (body, tail) = body.split_at_checked(end).unwrap_or((body, &[]));
    let start = body.iter().position(|b| !blank(b)).unwrap_or(body.len());
    let nul = tail.contains(&0).then_some(Code::TrailingNul);
    (body.get(start..).unwrap_or_default(), [mark, nul])
}

/// The message as text, if it is short enough and UTF-8.
fn readable<'a>(stripped: &'a [u8], limits: Limits, violations: &mut Violations) -> Option<&'a str> {
    if stripped.len() > limits.message_bytes {
        let detail = format_args!("{} bytes, at most {}", stripped.len(), limits.message_bytes);
        violations.push(Code::TooLarge, Text::EMPTY, Text::of(detail));
        return None;
    }
    if let Ok(text) = simdutf8::basic::from_utf8(stripped) {
        return Some(text);
    }
    // the plain one names the byte
    match std::str::from_utf8(stripped) {
        Ok(text) => Some(text),
        Err(error) => {
            let detail = format_args!("at byte {}", error.valid_up_to());
            violations.push(Code::InvalidUtf8, Text::EMPTY, Text::of(detail));
            None
        }
    }
}

/// A message that is no JSON, or may not be read as such: its bytes are its content.
fn unread<'a>(message: &'a [u8], violations: &'a Violations) -> Decoded<'a> {
    let hash = hash::not_json(message);
    Decoded {
        content_hash: hash,
        core_hash: hash,
        event: None,
        violations: violations.list(),
        transaction_id: unreadable::transaction_id(message),
        seq_no: unreadable::seq_no(message),
        codes: violations.codes(),
        reasons: violations.reasons(),
    }
}

#[inline]
fn finish<'a>(
    draft: &Draft<'a>,
    hashed: Hashed,
    arena: Arena<'a>,
    violations: &'a Violations,
) -> Decoded<'a> {
    let (transaction_id, seq_no) = (draft.transaction_id(), draft.seq_no);
    let is_event = violations.reasons().is_empty();
    Decoded {
        content_hash: hashed.content,
        core_hash: hashed.core(),
        event: if is_event { draft.finish(arena) } else { None },
        violations: violations.list(),
        transaction_id,
        seq_no,
        codes: violations.codes(),
        reasons: violations.reasons(),
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};
    use wattledger_testkit::{corpus, wild};

    use super::*;

    #[test]
    fn strips_what_is_no_part_of_the_message() {
        let mark = Some(Code::ByteOrderMark);
        let nul = Some(Code::TrailingNul);
        assert_eq!(strip(b" {} \n"), (&b"{}"[..], [None, None]));
        assert_eq!(strip(b"\xef\xbb\xbf{}"), (&b"{}"[..], [mark, None]));
        assert_eq!(strip(b"{}\0 \0\n"), (&b"{}"[..], [None, nul]));
        assert_eq!(strip(b"\0{}"), (&b"\0{}"[..], [None, None]));
        assert_eq!(strip(b"  "), (&b""[..], [None, None]));
        assert_eq!(strip(b""), (&b""[..], [None, None]));
    }

    /// What both readers say of a message: the plain reader first, then simd-json's tape.
    fn both(text: &str) -> [Option<String>; 2] {
        let how = (Reading::default(), Limits::DEFAULT);
        let (mut room, mut scanner) = (Vec::new(), None);
        let mut say = |is_tape: bool| {
            let (mut scratch, mut draft) = (Scratch::default(), Draft::default());
            let hashed = if is_tape {
                read_again(text, how, &mut scanner, &mut scratch, &mut draft)
            } else {
                read(text, how, &mut room, &mut scratch, &mut draft)
            };
            let arena = Arena::new(text, &scratch.slots);
            hashed.map(|hashed| format!("{:?}", finish(&draft, hashed, arena, &scratch.violations)))
        };
        [say(false), say(true)]
    }

    /// A message that only one reader takes for JSON would be read by the other or not at all; one that they read
    /// otherwise would be another event after an update.
    #[test]
    fn both_readers_agree_on_every_message() {
        let seed = rand::random();
        let mut rng = StdRng::seed_from_u64(seed);
        let mut messages = [corpus::clean(seed, 300), corpus::dirty(seed, 300)].concat();
        messages.extend((0..300).map(|n| wild::message(seed ^ n).respelled(&mut rng).into_bytes()));
        let whole = messages.len();
        for n in 0..4 * whole {
            let mut message = messages[n % whole].clone();
            let at = rng.random_range(0..message.len());
            match rng.random_range(0..3) {
                0 => message[at] = rng.random_range(b' '..=b'~'),
                1 => message.truncate(at),
                _ => message.insert(at, *b"{}[],:\"\\0-".get(rng.random_range(0..10)).unwrap()),
            }
            messages.push(message);
        }
        let mut refused = 0;
        for (n, message) in messages.iter().enumerate() {
            let Ok(text) = std::str::from_utf8(message) else { continue };
            let [plain, tape] = both(text.trim_ascii());
            assert_eq!(plain, tape, "seed {seed}: {text}");
            assert!(n >= whole || plain.is_some(), "seed {seed}: {text}");
            refused += usize::from(plain.is_none());
        }
        assert!(refused > whole, "most broken messages are no JSON");
    }

    #[test]
    fn lines_are_decoded_in_their_order() {
        let clean = corpus::clean(7, 20);
        let batch = [clean[..10].join(&b'\n'), b"\r\n \n{\n".to_vec(), clean[10..].join(&b'\n')].concat();
        let mut seen = Vec::new();
        Decoder::default().decode_lines(&batch, Reading::default(), |number, line, decoded| {
            assert_eq!(decoded.event.is_none(), line == b"{");
            seen.push((number, line.trim_ascii().to_vec()));
        });
        let mut lines = clean.into_iter();
        let expect: Vec<_> = (0..10)
            .chain(11..22)
            .map(|n| (n, if n == 11 { b"{".to_vec() } else { lines.next().unwrap() }))
            .collect();
        assert_eq!(seen, expect);
    }
}
