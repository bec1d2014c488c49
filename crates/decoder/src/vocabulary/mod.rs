//! The closed vocabularies of OCPP 2.0.1 and 2.1 in one set of types: text -> value, and how well the text fitted.
//!
//! Discriminants are the order of the schema of 2.1, starting at 1, and equal the numbers of the `Enum8` columns;
//! they never change. 0 (or the number after the last) is "outside the vocabulary". Reading tries the exact
//! spelling, then ASCII case, then the alias table; nothing else is guessed.

mod lists;

pub use lists::{
    AuthorizationStatus, ChargingState, CostKind, DimensionKind, EventType, Location, Measurand,
    MessageFormat, OperationMode, Phase, PreconditioningStatus, ReadingContext, StoppedReason, TokenType,
    TriggerReason,
};

/// A value of a vocabulary and, only where the sender spelled it otherwise, his spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spelled<'a, T> {
    /// What it was read as.
    pub value: T,
    /// Text as sent, if it is not the canonical spelling of `value`.
    pub raw: Option<&'a str>,
}

impl<T> Spelled<'_, T> {
    /// A value in its canonical spelling.
    pub const fn canonical(value: T) -> Self {
        Self { value, raw: None }
    }
}

/// How a text fitted a vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit<T> {
    /// The canonical spelling.
    Exact(T),
    /// Another case, or an alias (names of OCPP 1.6, 2.0 and of the prose).
    Alias(T),
    /// Outside the vocabulary.
    Unknown,
}

/// What reading needs to know of a vocabulary.
pub trait Vocabulary: Copy + Sized + 'static {
    /// Stands for what is outside the vocabulary; `None` where such a message is no event.
    const UNKNOWN: Option<Self>;

    /// Reads a text: exact, then in any ASCII case, then by alias.
    fn fit(text: &str) -> Fit<Self>;

    /// Whether OCPP 2.0.1 lacks the value.
    fn is_v21(self) -> bool;
}

/// Slots of the look-up table: a power of two, well above the largest vocabulary (56).
const SLOTS: usize = 256;

/// Place of a text in the look-up table.
const fn place(text: &[u8]) -> usize {
    let n = text.len();
    let (first, middle, last) = match n {
        0 => (0, 0, 0),
        _ => (at(text, 0), at(text, n / 2), at(text, n - 1)),
    };
    // late bytes tell measurands apart, whose beginnings repeat
    let near_end = if n > 10 { at(text, n - 10) } else { 0 };
    (n.wrapping_mul(37)
        ^ first.wrapping_mul(11)
        ^ middle.wrapping_mul(101)
        ^ last.wrapping_mul(59)
        ^ near_end.wrapping_mul(23))
        % SLOTS
}

#[expect(clippy::indexing_slicing, reason = "callers pass i < len; const fn has no get().unwrap_or")]
const fn at(text: &[u8], i: usize) -> usize {
    text[i] as usize
}

/// Open-addressed table from [`place`] to the position in `names` plus one; made at compile time.
#[expect(clippy::indexing_slicing, reason = "runs at compile time, where a wrong index stops the build")]
#[expect(clippy::cast_possible_truncation, reason = "the largest vocabulary has 56 values")]
const fn table<const N: usize>(names: &[&str; N]) -> [u8; SLOTS] {
    let mut slots = [0u8; SLOTS];
    let mut i = 0;
    while i < N {
        let mut slot = place(names[i].as_bytes());
        while slots[slot] != 0 {
            slot = (slot + 1) % SLOTS;
        }
        slots[slot] = (i + 1) as u8;
        i += 1;
    }
    slots
}

/// Position of `text` in `names` by the table made for them.
fn find<const N: usize>(names: &[&str; N], slots: &[u8; SLOTS], text: &str) -> Option<usize> {
    let mut slot = place(text.as_bytes());
    loop {
        let i = usize::from(*slots.get(slot)?).checked_sub(1)?;
        if names.get(i).is_some_and(|name| *name == text) {
            return Some(i);
        }
        slot = (slot + 1) % SLOTS;
    }
}

/// Declares a vocabulary: values in schema order with their discriminants, those that 2.0.1 lacks, aliases.
/// `v21` is the range of numbers that 2.0.1 lacks; 255 where it lacks none.
macro_rules! vocabulary {
    (
        $(#[$doc:meta])*
        $name:ident {
            $($(#[$vdoc:meta])* $variant:ident = $number:literal $text:literal,)+
        }
        unknown: $unknown:expr,
        v21: $v21:pat,
        aliases: { $($alias:literal => $target:ident,)* }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$vdoc])* #[doc = concat!("`", $text, "`")] $variant = $number,)+
        }

        impl $name {
            /// Every value, in the order of the discriminants as declared.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            const NAMES: [&'static str; [$($number,)+].len()] = [$($text,)+];
            const SLOTS: [u8; $crate::vocabulary::SLOTS] = $crate::vocabulary::table(&Self::NAMES);

            /// Names of OCPP 1.6, 2.0, the prose and the field that are read as a value, in any ASCII case.
            pub const ALIASES: &'static [(&'static str, Self)] = &[$(($alias, Self::$target),)*];

            /// Canonical spelling.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The value of a stored number.
            #[must_use]
            pub const fn from_u8(number: u8) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// Number in columns.
            #[must_use]
            pub const fn as_u8(self) -> u8 {
                self as u8
            }

            /// Reads a text: exact, in any ASCII case, or by alias; `None` if it is outside the vocabulary.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match <Self as $crate::vocabulary::Vocabulary>::fit(text) {
                    $crate::vocabulary::Fit::Exact(value) | $crate::vocabulary::Fit::Alias(value) => Some(value),
                    $crate::vocabulary::Fit::Unknown => None,
                }
            }
        }

        impl $crate::vocabulary::Vocabulary for $name {
            const UNKNOWN: Option<Self> = $unknown;

            fn fit(text: &str) -> $crate::vocabulary::Fit<Self> {
                use $crate::vocabulary::Fit;
                // the word for "outside" is ours, so a sender who uses it is outside too
                let known = |value: &&Self| Some(**value) != Self::UNKNOWN;
                let exact = $crate::vocabulary::find(&Self::NAMES, &Self::SLOTS, text);
                if let Some(value) = exact.and_then(|i| Self::ALL.get(i)).filter(known) {
                    return Fit::Exact(*value);
                }
                let other_case =
                    Self::ALL.iter().filter(known).find(|v| v.as_str().eq_ignore_ascii_case(text));
                let alias = || Self::ALIASES.iter().find(|(a, _)| a.eq_ignore_ascii_case(text)).map(|(_, v)| v);
                other_case.or_else(alias).map_or(Fit::Unknown, |value| Fit::Alias(*value))
            }

            fn is_v21(self) -> bool {
                matches!(self as u8, $v21)
            }
        }

        impl $crate::words::Words for $name {
            const WORDS: &'static [$crate::words::Word] = const {
                &[$(if Self::is_outside(Self::$variant) {
                    $crate::words::Word::never_sent($text)
                } else {
                    $crate::words::Word::new($text)
                },)+]
            };

            #[inline]
            fn at(place: usize) -> Option<Self> {
                Self::ALL.get(place).copied()
            }
        }

        impl $name {
            /// Whether a value is the one that stands for what is outside the vocabulary.
            const fn is_outside(value: Self) -> bool {
                match <Self as $crate::vocabulary::Vocabulary>::UNKNOWN {
                    Some(unknown) => unknown as u8 == value as u8,
                    None => false,
                }
            }
        }
    };
}
use vocabulary;
