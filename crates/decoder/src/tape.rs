//! The only file that names simd-json: one copy of the message into scratch, its tape, and a cursor that walks tape and
//! structural index in step.
//!
//! simd-json unescapes strings inside the scratch and turns numbers into doubles, so the digits of a number and the raw
//! JSON of a value are read from the message itself, at the places that the structural index gives. Invariant: each
//! value, key, colon, comma and bracket has one entry of the index (a closing quote has none), in document order.

use std::mem;

use simd_json::{Buffers, INPUT_PADDING, Node, StaticNode, Tape};

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
        let walked = scanned.is_ok().then(|| {
            walk(Cursor {
                nodes: &filled.0,
                marks: buffers.structural_indexes(),
                message,
                has_escapes: memchr::memchr(b'\\', message.as_bytes()).is_some(),
            })
        });
        *tape = filled.reset();
        walked
    }
}

/// A place in the document.
pub(crate) struct Cursor<'t, 'a> {
    nodes: &'t [Node<'a>],
    marks: &'t [u32],
    message: &'a str,
    has_escapes: bool,
}

/// One JSON value; of an array or object only its opening and the number of its elements or members.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    /// Digits as sent.
    Number(&'a str),
    /// Unescaped.
    String(&'a str),
    Array(usize),
    Object(usize),
}

/// A value and where it begins in the message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'a> {
    pub(crate) json: Json<'a>,
    pub(crate) start: u32,
}

/// A text and where its characters begin in the message (after the quote, if it is a string).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a str,
    pub(crate) start: u32,
}

impl<'a> Cursor<'_, 'a> {
    /// The next value, or key.
    pub(crate) fn value(&mut self) -> Value<'a> {
        let start = self.mark();
        let Some((node, rest)) = self.nodes.split_first() else { return Value { json: Json::Null, start } };
        self.nodes = rest;
        let json = match *node {
            Node::String(text) => Json::String(text),
            Node::Object { len, .. } => Json::Object(len),
            Node::Array { len, .. } => Json::Array(len),
            Node::Static(StaticNode::Null) => Json::Null,
            Node::Static(StaticNode::Bool(value)) => Json::Bool(value),
            Node::Static(_) => Json::Number(self.number(start)),
        };
        Value { json, start }
    }

    /// The next member's name and value; the cursor stands after the value, or inside it.
    pub(crate) fn member(&mut self) -> (Piece<'a>, Value<'a>) {
        let key = self.value();
        self.mark();
        let text = if let Json::String(text) = key.json { text } else { "" };
        (Piece { text, start: key.start.saturating_add(1) }, self.value())
    }

    /// Passes a comma or closing bracket.
    pub(crate) fn mark(&mut self) -> u32 {
        let Some((mark, rest)) = self.marks.split_first() else { return 0 };
        self.marks = rest;
        *mark
    }

    /// Raw JSON of the value that began at `start` and has just been passed.
    pub(crate) fn raw(&self, start: u32) -> &'a str {
        let end = self.marks.first().copied().and_then(|mark| usize::try_from(mark).ok());
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let raw = self.message.get(start..end.unwrap_or(self.message.len()));
        raw.unwrap_or_default().trim_ascii_end()
    }

    /// Whether a piece stands in the message as it is, unescaped.
    pub(crate) fn is_verbatim(&self, piece: Piece<'_>) -> bool {
        !self.has_escapes || {
            let start = usize::try_from(piece.start).unwrap_or(usize::MAX);
            self.message.get(start..start.saturating_add(piece.text.len())) == Some(piece.text)
        }
    }

    /// Text of the message from a place on.
    pub(crate) fn slice(&self, start: u32, len: usize) -> &'a str {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        self.message.get(start..start.saturating_add(len)).unwrap_or_default()
    }

    fn number(&self, start: u32) -> &'a str {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let rest = self.message.as_bytes().get(start..).unwrap_or_default();
        let of_number = |b: &&u8| matches!(b, b'0'..=b'9' | b'-' | b'.' | b'+' | b'e' | b'E');
        let len = rest.iter().take_while(of_number).count();
        self.message.get(start..start + len).unwrap_or_default()
    }
}
