//! What a walk needs of a reader of JSON: values and member names one after another, each only opened.
//!
//! Two readers implement it. [`crate::scan`] goes over the message once and is what messages are read with;
//! [`crate::tape`] lies on simd-json and is asked for a second opinion before a message is called no JSON. A reader that meets a
//! fault says so at the end; until then it gives nulls and closes what is open, so a walk needs no error of its own.

use crate::names::Name;
use crate::number::Number;
use crate::words::{Found, Guesses, Word};

/// One JSON value; an array or object is only opened.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    Number(Number<'a>),
    /// Unescaped.
    String(&'a str),
    Array,
    Object,
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

/// A number and where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digits<'a> {
    pub(crate) number: Number<'a>,
    pub(crate) start: u32,
}

impl<'a> Digits<'a> {
    pub(crate) const fn piece(self) -> Piece<'a> {
        Piece { text: self.number.text, start: self.start }
    }
}

/// The name of a member.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Key<'a> {
    /// Its place among the names that were asked for.
    Known(usize),
    /// Another one, unescaped.
    Other(Piece<'a>),
}

/// A reader of JSON that stands somewhere in a message.
pub(crate) trait Source<'a> {
    /// The next value; of an array or object only its opening is passed.
    fn value(&mut self) -> Value<'a>;

    /// The next value, if it is a string; else nothing is passed.
    fn text(&mut self) -> Option<Piece<'a>>;

    /// The next value, if it is a number; else nothing is passed.
    fn number(&mut self) -> Option<Digits<'a>>;

    /// Passes the opening of the next value, if it is an array or object that begins with this bracket.
    fn opens(&mut self, bracket: u8) -> bool;

    /// The next member's name, looked up among those of a class.
    fn key(&mut self, names: &'static [Name], guesses: &mut Guesses) -> Key<'a>;

    /// The next value, if it is one of `words`, exactly; else nothing is passed. A reader that cannot tell cheaply says no.
    fn word(&mut self, words: &'static [Word], guesses: &mut Guesses) -> Option<Found>;

    /// Whether the next value is null.
    fn is_null(&self) -> bool;

    /// Whether it is a string or a number.
    fn is_text_or_number(&self) -> bool;

    /// Whether no fault has been met so far.
    fn is_sound(&self) -> bool;

    /// Where the reader stands.
    fn at(&self) -> usize;

    /// The text that follows; none for a reader that cannot pass over some of them unread.
    fn rest(&self) -> &'a str;

    /// The bytes from a place on; none for such a reader.
    fn after(&self, start: usize) -> &'a [u8];

    /// Passes over bytes of [`Self::rest`] that are known to end the object that is open.
    fn skip(&mut self, len: usize);

    /// Whether the array or object that was just opened has an element; if not, its `close` is passed.
    fn has_first(&mut self, close: u8) -> bool;

    /// Whether another element follows the one just read; if not, the `close` is passed.
    fn has_next(&mut self, close: u8) -> bool;

    /// The message from `start` to the end of the value that has just been passed.
    fn raw(&self, start: u32) -> &'a str;

    /// Text of the message from a place on.
    fn slice(&self, start: u32, len: usize) -> &'a str;

    /// Whether a piece stands in the message as it is, unescaped.
    fn is_verbatim(&self, piece: Piece<'_>) -> bool;
}

impl Json<'_> {
    /// For people.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// A place as an index.
pub(crate) fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

/// An index as a place; messages are shorter than 4 GiB (`Limits::message_bytes`).
pub(crate) fn place(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
