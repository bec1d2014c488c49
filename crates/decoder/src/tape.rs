//! The only file that names simd-json: one copy of the message into scratch, its tape, and a cursor that walks tape and
//! structural index in step.
//!
//! simd-json unescapes strings inside the scratch and turns numbers into doubles, so the digits of a number and the raw
//! JSON of a value are read from the message itself, at the places that the structural index gives. Invariant: each
//! value, key, colon, comma and bracket has one entry of the index (a closing quote has none), in document order.

use std::mem;

use simd_json::{Buffers, INPUT_PADDING, Node, StaticNode, Tape};

use crate::names::Name;
use crate::number::Number;
use crate::source::{Digits, Json, Key, Piece, Source, Value, index};
use crate::words::{Found, Guesses, Word};

/// Scratch of the scanner, kept from message to message.
pub(crate) struct Scanner {
    bytes: Vec<u8>,
    buffers: Buffers,
    tape: Tape<'static>,
}

impl Scanner {
    pub(crate) fn new(depth: usize) -> Self {
        Self { bytes: Vec::new(), buffers: Buffers::with_max_depth(0, depth), tape: Tape(Vec::new()) }
    }

    /// Scans a message and lets `walk` go over it; `None` if simd-json does not take it for JSON.
    pub(crate) fn scan<'a, T>(
        &'a mut self,
        message: &'a str,
        walk: impl FnOnce(Cursor<'_, 'a>) -> T,
    ) -> Option<T> {
        let Self { bytes, buffers, tape } = self;
        bytes.clear();
        bytes.extend_from_slice(message.as_bytes());
        bytes.resize(message.len() + INPUT_PADDING, b' ');
        let mut filled: Tape<'a> = mem::replace(tape, Tape(Vec::new())).reset();
        let scanned = simd_json::fill_tape_padded(bytes, message.len(), buffers, &mut filled);
        let walked = scanned
            .is_ok()
            .then(|| walk(Cursor { nodes: &filled.0, marks: buffers.structural_indexes(), message }));
        *tape = filled.reset();
        walked
    }
}

/// A place in the document.
pub(crate) struct Cursor<'t, 'a> {
    nodes: &'t [Node<'a>],
    marks: &'t [u32],
    message: &'a str,
}

impl<'a> Cursor<'_, 'a> {
    /// Passes an entry of the index.
    fn mark(&mut self) -> u32 {
        let Some((mark, rest)) = self.marks.split_first() else { return 0 };
        self.marks = rest;
        *mark
    }

    fn number_at(&self, start: u32) -> Json<'a> {
        let rest = self.message.get(index(start)..).unwrap_or_default();
        Number::at_start_of(rest).map_or(Json::Null, Json::Number)
    }

    fn byte_at(&self, mark: Option<u32>) -> Option<u8> {
        self.message.as_bytes().get(index(mark?)).copied()
    }
}

impl<'a> Source<'a> for Cursor<'_, 'a> {
    fn value(&mut self) -> Value<'a> {
        let start = self.mark();
        let Some((node, rest)) = self.nodes.split_first() else { return Value { json: Json::Null, start } };
        self.nodes = rest;
        let json = match *node {
            Node::String(text) => Json::String(text),
            Node::Object { .. } => Json::Object,
            Node::Array { .. } => Json::Array,
            Node::Static(StaticNode::Null) => Json::Null,
            Node::Static(StaticNode::Bool(value)) => Json::Bool(value),
            Node::Static(_) => self.number_at(start),
        };
        Value { json, start }
    }

    fn text(&mut self) -> Option<Piece<'a>> {
        let Some(Node::String(text)) = self.nodes.first() else { return None };
        let start = self.value().start.saturating_add(1);
        Some(Piece { text, start })
    }

    fn number(&mut self) -> Option<Digits<'a>> {
        let is_number = self.is_text_or_number() && !matches!(self.nodes.first(), Some(Node::String(_)));
        let value = if is_number { self.value() } else { return None };
        if let Json::Number(number) = value.json { Some(Digits { number, start: value.start }) } else { None }
    }

    fn opens(&mut self, bracket: u8) -> bool {
        let opens = match self.nodes.first() {
            Some(Node::Object { .. }) => bracket == b'{',
            Some(Node::Array { .. }) => bracket == b'[',
            _ => false,
        };
        if opens {
            self.value();
        }
        opens
    }

    fn key(&mut self, names: &'static [Name], _guesses: &mut Guesses) -> Key<'a> {
        let key = self.value();
        self.mark();
        let text = if let Json::String(text) = key.json { text } else { "" };
        match names.iter().position(|name| name.text() == text) {
            Some(place) => Key::Known(place),
            None => Key::Other(Piece { text, start: key.start.saturating_add(1) }),
        }
    }

    fn word(&mut self, _words: &'static [Word], _guesses: &mut Guesses) -> Option<Found> {
        None
    }

    fn is_null(&self) -> bool {
        matches!(self.nodes.first(), Some(Node::Static(StaticNode::Null)))
    }

    fn is_text_or_number(&self) -> bool {
        let number = |node: &StaticNode| !matches!(node, StaticNode::Null | StaticNode::Bool(_));
        match self.nodes.first() {
            Some(Node::String(_)) => true,
            Some(Node::Static(node)) => number(node),
            _ => false,
        }
    }

    fn is_sound(&self) -> bool {
        true
    }

    fn at(&self) -> usize {
        0
    }

    fn rest(&self) -> &'a str {
        ""
    }

    fn after(&self, _start: usize) -> &'a [u8] {
        &[]
    }

    fn skip(&mut self, _len: usize) {}

    fn has_first(&mut self, close: u8) -> bool {
        let is_empty = self.byte_at(self.marks.first().copied()).is_none_or(|byte| byte == close);
        if is_empty {
            self.mark();
        }
        !is_empty
    }

    fn has_next(&mut self, _close: u8) -> bool {
        let mark = self.mark();
        self.byte_at(Some(mark)) == Some(b',')
    }

    fn raw(&self, start: u32) -> &'a str {
        let end = self.marks.first().map_or(self.message.len(), |mark| index(*mark));
        self.message.get(index(start)..end).unwrap_or_default().trim_ascii_end()
    }

    fn slice(&self, start: u32, len: usize) -> &'a str {
        let start = index(start);
        self.message.get(start..start.saturating_add(len)).unwrap_or_default()
    }

    fn is_verbatim(&self, piece: Piece<'_>) -> bool {
        self.slice(piece.start, piece.text.len()) == piece.text
    }
}
