//! Words of the vocabularies that are known at compile time: told in a few instructions where the sender spelled one as the
//! specification does, with their hashes ready.

use wattledger_record::{ContentHash, hash};

use crate::names::{Literal, Window};
use crate::vocabulary::Vocabulary;

/// A word in its canonical spelling.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) literal: Literal,
    /// Of the text.
    pub(crate) hash: ContentHash,
}

impl Word {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { literal: Literal::new(text), hash: hash::known_string(text) }
    }

    pub(crate) const fn text(&self) -> &'static str {
        self.literal.text
    }
}

/// A vocabulary whose words are laid out.
pub(crate) trait Words: Vocabulary {
    /// In the order of the declaration.
    const WORDS: &'static [Word];

    /// The value of a word; `None` for the one that stands for what is outside the vocabulary, which nobody sends.
    fn at(place: usize) -> Option<Self>;
}

/// A word that was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) word: &'static Word,
    /// Among the words that were asked for.
    pub(crate) place: usize,
    /// Where it begins in the message, after the quote.
    pub(crate) start: u32,
}

/// Sets of the cache: words are told apart by their first eight bytes, and a message has about ten different ones.
const SETS: usize = 256;
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Which word the bytes at hand were the last two times. A hint only: it is kept from message to message and never
/// decides what is read.
#[derive(Debug)]
pub(crate) struct Guesses {
    sets: [[u8; 2]; SETS],
}

impl Default for Guesses {
    fn default() -> Self {
        Self { sets: [[0; 2]; SETS] }
    }
}

impl Guesses {
    /// The word that the window begins with, after its opening quote.
    #[inline]
    pub(crate) fn find(&mut self, words: &'static [Word], window: &Window) -> Option<(usize, &'static Word)> {
        let set = self.sets.get_mut(usize::from(window.first_bytes().wrapping_mul(MULTIPLIER).to_be_bytes()[0]))?;
        let hit = |place: usize| words.get(place).filter(|word| word.literal.begins(window)).map(|word| (place, word));
        let [newer, older] = *set;
        hit(usize::from(newer)).or_else(|| hit(usize::from(older))).or_else(|| {
            let found = (0..words.len()).find_map(hit)?;
            *set = [u8::try_from(found.0).unwrap_or(0), newer];
            Some(found)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_whatever_was_found_before() {
        const WORDS: &[Word] = &[Word::new("Energy.A"), Word::new("Energy.Ab"), Word::new("Energy.Abc"), Word::new("L1")];
        let mut guesses = Guesses::default();
        for round in 0..50 {
            for (place, word) in WORDS.iter().enumerate().skip(round % 3) {
                let mut bytes = [b'"'; crate::names::WINDOW];
                word.text().bytes().zip(&mut bytes).for_each(|(byte, slot)| *slot = byte);
                let found = guesses.find(WORDS, &Window::of(&bytes)).map(|(place, _)| place);
                assert_eq!(found, Some(place), "{}", word.text());
            }
        }
        assert!(guesses.find(WORDS, &Window::of(&[b'x'; crate::names::WINDOW])).is_none());
    }
}
