//! The reader that messages are read with: one pass over the bytes as received, nothing copied, nothing kept but a place.
//!
//! Exact: takes what RFC 8259 takes (a test and a fuzz target hold it against serde_json and simd-json), within the bound on
//! depth and with numbers that a double can hold. Fast because it is asked for what a station most likely wrote: a
//! member's name costs one comparison of 32 bytes where the guess is right, so most bytes of a message are never scanned
//! for their kind. No `unsafe`; `text.rs` uses SSE2 where the target has it, through functions that are safe.

pub(crate) mod text;

use std::mem;

use crate::names::{Name, WINDOW, Window};
use crate::number::Number;
use crate::source::{self, Digits, Json, Key, Piece, Source, Value, index, place};
use crate::words::{Found, Guesses, Word};

/// A place in a message.
pub(crate) struct Scan<'a> {
    message: &'a str,
    at: usize,
    /// Arrays and objects that are open.
    depth: usize,
    depth_max: usize,
    failed: bool,
    /// Room for unescaped text, at least as long as the message.
    room: &'a mut [u8],
    unescaped: bool,
}

impl<'a> Scan<'a> {
    /// A reader at the beginning of a message; `room` is at least as long.
    pub(crate) const fn new(message: &'a str, depth_max: usize, room: &'a mut [u8]) -> Self {
        Self { message, at: 0, depth: 0, depth_max, failed: false, room, unescaped: false }
    }

    /// Whether the message was one JSON value and nothing else.
    pub(crate) fn is_whole(&mut self) -> bool {
        self.blank();
        !self.failed && self.at == self.message.len()
    }

    #[inline]
    fn peek(&self) -> u8 {
        // 0 is no byte of JSON outside a text, so the end of the message needs no check of its own
        self.message.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// Passes white space.
    #[inline]
    fn blank(&mut self) {
        if self.peek() <= b' ' {
            self.blanks();
        }
    }

    #[inline(never)]
    fn blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    /// Stands at the end from now on: whatever is asked next finds nothing.
    #[cold]
    fn fail(&mut self) {
        self.failed = true;
        self.at = self.message.len();
    }

    /// The bytes after the next, filled up with zeros at the end of the message.
    #[inline]
    fn window(&self) -> Window {
        let rest = self.message.as_bytes().get(self.at + 1..).unwrap_or_default();
        match rest.first_chunk() {
            Some(bytes) => Window::of(bytes),
            None => last_window(rest),
        }
    }

    /// Passes the colon after a name and the white space around it.
    #[inline]
    fn colon(&mut self) {
        self.blank();
        if self.peek() == b':' {
            self.at += 1;
            self.blank();
        } else {
            self.fail();
        }
    }

    /// A name that is not laid out as one of `names`: unknown, or escaped.
    #[cold]
    fn other_key(&mut self, names: &'static [Name]) -> Key<'a> {
        let start = place(self.at);
        let text = self.quoted();
        self.colon();
        match names.iter().position(|name| name.text() == text) {
            Some(place) => Key::Known(place),
            None => Key::Other(Piece { text, start }),
        }
    }

    /// The text that begins here, after its opening quote; passes the closing one.
    #[inline(always)]
    fn quoted(&mut self) -> &'a str {
        let start = self.at;
        let rest = self.message.as_bytes().get(start..).unwrap_or_default();
        let end = start + text::plain(rest);
        self.at = end;
        if self.peek() == b'"' {
            self.at += 1;
            return self.message.get(start..end).unwrap_or_default();
        }
        self.escaped(start)
    }

    /// A text with escapes in it, or one that is broken.
    #[cold]
    fn escaped(&mut self, start: usize) -> &'a str {
        let room = mem::take(&mut self.room);
        let rest = self.message.as_bytes().get(start..).unwrap_or_default();
        let Some((read, written)) = text::unescape(rest, room) else {
            self.fail();
            return "";
        };
        let (text, left) = room.split_at_mut_checked(written).unwrap_or_default();
        self.room = left;
        self.unescaped = true;
        self.at = start + read;
        // every piece that was written is UTF-8: whole stretches between escapes, or encoded characters
        std::str::from_utf8(text).unwrap_or_default()
    }

    /// The number that begins here.
    #[inline(always)]
    fn digits(&mut self) -> Option<Number<'a>> {
        match Number::at(self.message, self.at) {
            Some(number) if number.is_finite() => {
                self.at += number.text.len();
                Some(number)
            }
            _ => {
                self.fail();
                None
            }
        }
    }

    /// `true`, `false`, `null`, or a fault.
    fn constant(&mut self) -> Json<'a> {
        let rest = self.message.as_bytes().get(self.at..).unwrap_or_default();
        for (word, json) in
            [(&b"true"[..], Json::Bool(true)), (b"false", Json::Bool(false)), (b"null", Json::Null)]
        {
            if rest.starts_with(word) {
                self.at += word.len();
                return json;
            }
        }
        self.fail();
        Json::Null
    }

    /// Passes an opening bracket; too deep is a fault.
    #[inline]
    fn open(&mut self) -> bool {
        if self.depth >= self.depth_max {
            self.fail();
            return false;
        }
        self.at += 1;
        self.depth += 1;
        true
    }

    #[inline]
    fn close(&mut self) {
        self.at += 1;
        self.depth = self.depth.saturating_sub(1);
    }
}

impl<'a> Source<'a> for Scan<'a> {
    #[inline(never)]
    fn value(&mut self) -> Value<'a> {
        self.blank();
        let start = place(self.at);
        let json = match self.peek() {
            b'"' => {
                self.at += 1;
                Json::String(self.quoted())
            }
            b'{' if self.open() => Json::Object,
            b'[' if self.open() => Json::Array,
            b'0'..=b'9' | b'-' => self.digits().map_or(Json::Null, Json::Number),
            _ => self.constant(),
        };
        Value { json, start }
    }

    #[inline(always)]
    fn text(&mut self) -> Option<Piece<'a>> {
        self.blank();
        if self.peek() != b'"' {
            return None;
        }
        self.at += 1;
        let start = place(self.at);
        Some(Piece { text: self.quoted(), start })
    }

    #[inline(always)]
    fn number(&mut self) -> Option<Digits<'a>> {
        self.blank();
        if !matches!(self.peek(), b'0'..=b'9' | b'-') {
            return None;
        }
        let start = place(self.at);
        self.digits().map(|number| Digits { number, start })
    }

    #[inline]
    fn opens(&mut self, bracket: u8) -> bool {
        self.blank();
        self.peek() == bracket && self.open()
    }

    #[inline(always)]
    fn key(&mut self, names: &'static [Name], guesses: &mut Guesses) -> Key<'a> {
        self.blank();
        if self.peek() != b'"' {
            self.fail();
            return Key::Other(Piece { text: "", start: 0 });
        }
        let window = self.window();
        self.at += 1;
        // the same name has another place in another class
        let found = guesses.find(names, salt(names), window);
        let Some((place, name)) = found.and_then(|place| Some((place, names.get(place)?))) else {
            return self.other_key(names);
        };
        self.at += name.text().len() + 1;
        self.colon();
        Key::Known(place)
    }

    #[inline(always)]
    fn word(&mut self, words: &'static [Word], guesses: &mut Guesses) -> Option<Found> {
        self.blank();
        if self.peek() != b'"' {
            return None;
        }
        let place = guesses.find(words, salt(words), self.window())?;
        let word = words.get(place)?;
        let start = source::place(self.at + 1);
        self.at += word.text().len() + 2;
        Some(Found { word, place, start })
    }

    #[inline]
    fn is_null(&self) -> bool {
        self.peek() == b'n'
    }

    fn is_text_or_number(&self) -> bool {
        matches!(self.peek(), b'"' | b'-' | b'0'..=b'9')
    }

    fn is_sound(&self) -> bool {
        !self.failed
    }

    #[inline]
    fn at(&self) -> usize {
        self.at
    }

    #[inline]
    fn rest(&self) -> &'a str {
        self.message.get(self.at..).unwrap_or_default()
    }

    fn after(&self, start: usize) -> &'a [u8] {
        self.message.as_bytes().get(start..).unwrap_or_default()
    }

    #[inline]
    fn skip(&mut self, len: usize) {
        self.at += len;
        self.depth = self.depth.saturating_sub(1);
    }

    #[inline]
    fn has_first(&mut self, close: u8) -> bool {
        self.blank();
        if self.peek() == close {
            self.close();
            return false;
        }
        !self.failed
    }

    #[inline]
    fn has_next(&mut self, close: u8) -> bool {
        self.blank();
        let byte = self.peek();
        if byte == b',' {
            self.at += 1;
            return true;
        }
        if byte == close {
            self.close();
        } else {
            self.fail();
        }
        false
    }

    fn raw(&self, start: u32) -> &'a str {
        self.message.get(index(start)..self.at).unwrap_or_default()
    }

    fn slice(&self, start: u32, len: usize) -> &'a str {
        let start = index(start);
        self.message.get(start..start.saturating_add(len)).unwrap_or_default()
    }

    #[inline]
    fn is_verbatim(&self, piece: Piece<'_>) -> bool {
        !self.unescaped || self.slice(piece.start, piece.text.len()) == piece.text
    }
}

/// Tells lists of texts apart.
#[inline]
fn salt<T>(texts: &'static [T]) -> u64 {
    u64::try_from(texts.as_ptr().addr()).unwrap_or(0)
}

#[cold]
fn last_window(rest: &[u8]) -> Window {
    let mut window = [0; WINDOW];
    rest.iter().zip(&mut window).for_each(|(byte, slot)| *slot = *byte);
    Window::of(&window)
}
