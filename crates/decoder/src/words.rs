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

    /// Our own word for what is outside a vocabulary: a sender who uses it is outside too.
    pub(crate) const fn never_sent(text: &'static str) -> Self {
        Self { literal: Literal::never(text), hash: hash::known_string(text) }
    }

    pub(crate) const fn text(&self) -> &'static str {
        self.literal.text
    }
}

impl AsRef<Literal> for Word {
    fn as_ref(&self) -> &Literal {
        &self.literal
    }
}

/// A vocabulary whose words are laid out.
pub(crate) trait Words: Vocabulary {
    /// In the order of the declaration.
    const WORDS: &'static [Word];

    /// The value of a word.
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

/// Sets of the cache: texts are told apart by their first eight bytes, and messages have some forty different ones.
const SETS: usize = 256;
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Which text the bytes at hand were the last two times: stations repeat themselves. A hint only: it is kept from message
/// to message and never decides what is read.
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
    /// Place among `texts` of the one that the window begins with, after its opening quote. `salt` tells lists apart.
    #[inline(always)]
    pub(crate) fn find<T: AsRef<Literal>>(
        &mut self,
        texts: &[T],
        salt: u64,
        window: Window,
    ) -> Option<usize> {
        let hash = (window.first_bytes() ^ salt).wrapping_mul(MULTIPLIER);
        let set = self.sets.get_mut(usize::from(hash.to_be_bytes()[0]))?;
        let hit = |place: usize| texts.get(place).is_some_and(|text| text.as_ref().begins(&window));
        let guess = usize::from(set[0]);
        if hit(guess) {
            return Some(guess);
        }
        Self::find_again(set, texts, window)
    }

    #[cold]
    fn find_again<T: AsRef<Literal>>(set: &mut [u8; 2], texts: &[T], window: Window) -> Option<usize> {
        let hit = |place: &usize| texts.get(*place).is_some_and(|text| text.as_ref().begins(&window));
        let [newer, older] = *set;
        let place = Some(usize::from(older)).filter(hit).or_else(|| (0..texts.len()).find(hit))?;
        *set = [u8::try_from(place).unwrap_or(0), newer];
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_whatever_was_found_before() {
        const WORDS: &[Word] =
            &[Word::new("Energy.A"), Word::new("Energy.Ab"), Word::new("Energy.Abc"), Word::new("L1")];
        let mut guesses = Guesses::default();
        for round in 0..50 {
            for (place, word) in WORDS.iter().enumerate().skip(round % 3) {
                let mut bytes = [b'"'; crate::names::WINDOW];
                word.text().bytes().zip(&mut bytes).for_each(|(byte, slot)| *slot = byte);
                let found = guesses.find(WORDS, 0, Window::of(&bytes));
                assert_eq!(found, Some(place), "{}", word.text());
            }
        }
        assert!(guesses.find(WORDS, 0, Window::of(&[b'x'; crate::names::WINDOW])).is_none());
    }
}
