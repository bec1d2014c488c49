//! Texts that are known at compile time, laid out so that one can be told in a few instructions.

use wattledger_record::hash;

/// Bytes of a message that are looked at to tell a name.
pub(crate) const WINDOW: usize = 32;
const HALF: usize = WINDOW / 2;

/// A text as it stands in a message, without anything that is escaped in JSON. One of more than 31 bytes is never told
/// this way: its reader takes the slower one.
#[derive(Debug)]
pub(crate) struct Literal {
    pub(crate) text: &'static str,
    /// The text and the quote behind it: first byte lowest, zeros above.
    quoted: [u128; 2],
    mask: [u128; 2],
}

impl Literal {
    pub(crate) const fn new(text: &'static str) -> Self {
        let (quoted, mask) = words(text.as_bytes());
        Self { text, quoted, mask }
    }

    /// A text that no message goes on with.
    pub(crate) const fn never(text: &'static str) -> Self {
        let (quoted, mask) = NEVER;
        Self { text, quoted, mask }
    }

    /// Whether a message goes on with this text, after its opening quote.
    #[inline]
    pub(crate) fn begins(&self, window: &Window) -> bool {
        let Window([low, high]) = window;
        let ([first, second], [first_mask, second_mask]) = (self.quoted, self.mask);
        (low ^ first) & first_mask == 0 && (self.text.len() < HALF || (high ^ second) & second_mask == 0)
    }
}

/// The name of a member.
#[derive(Debug)]
pub(crate) struct Name {
    pub(crate) literal: Literal,
    /// For the content hash.
    pub(crate) hash: hash::Name,
}

impl Name {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { literal: Literal::new(text), hash: hash::Name::known(text) }
    }

    pub(crate) const fn text(&self) -> &'static str {
        self.literal.text
    }
}

impl AsRef<Literal> for Name {
    fn as_ref(&self) -> &Literal {
        &self.literal
    }
}

/// The next 32 bytes of a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window([u128; 2]);

impl Window {
    #[inline]
    pub(crate) fn of(bytes: &[u8; WINDOW]) -> Self {
        let (low, high) = bytes.split_at(HALF);
        let word = |half: &[u8]| half.first_chunk().map_or(0, |half| u128::from_le_bytes(*half));
        Self([word(low), word(high)])
    }

    /// The first eight of them.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
    pub(crate) const fn first_bytes(&self) -> u64 {
        self.0[0] as u64
    }
}

/// Bytes that are in no text, and all of them compared.
const NEVER: ([u128; 2], [u128; 2]) = ([u128::MAX; 2], [u128::MAX; 2]);

/// Name and closing quote as two words, and their masks.
#[expect(clippy::indexing_slicing, reason = "runs at compile time, where a wrong index stops the build")]
const fn words(name: &[u8]) -> ([u128; 2], [u128; 2]) {
    if name.len() >= WINDOW {
        return NEVER;
    }
    let (mut words, mut masks) = ([0; 2], [0; 2]);
    let mut i = 0;
    while i <= name.len() {
        let byte = if i < name.len() { name[i] } else { b'"' };
        assert!(byte != b'\\' && byte >= b' ');
        words[i / HALF] |= (byte as u128) << (8 * (i % HALF));
        masks[i / HALF] |= 0xff << (8 * (i % HALF));
        i += 1;
    }
    (words, masks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_from_those_that_begin_or_end_like_it() {
        let window = |text: &str| {
            let mut bytes = [b' '; WINDOW];
            text.bytes().zip(&mut bytes).for_each(|(byte, slot)| *slot = byte);
            Window::of(&bytes)
        };
        for text in
            ["id", "idToken", "transactionInfo", "preconditioningStatus", "a234567890123456789012345678901"]
        {
            let name = Literal::new(text);
            assert!(name.begins(&window(&format!("{text}\":1"))), "{text}");
            assert!(!name.begins(&window(text.split_at(text.len() - 1).0)), "{text}");
            assert!(!name.begins(&window(&format!("{text}s\":1"))), "{text}");
            assert!(!name.begins(&window(&text.to_ascii_uppercase())), "{text}");
        }
    }
}
