//! What each word of a record says, for people: classes, methods, reasons for review, flags.

use wattledger_decoder::Code;

use super::record::Class;
use super::words::{EXPORT, flag, method, review};

/// Every class with what it means for a bill; the last two come with time, in the view `transactions`.
pub const CLASSES: &[(&str, &str)] = &[
    ("conflict", "contents contradict each other; a human has to look"),
    ("no_start", "no Started came; a human has to look"),
    ("open", "no Ended came, so there is no bill yet"),
    ("waiting", "a missing event may hold what a bill needs; a human has to look"),
    ("complete_permitted_gaps", "only events are missing that no bill needs"),
    ("complete", "every seqNo from Started to Ended came"),
    ("no_end_presumed", "no Ended came, and nothing else for so long that it is presumed to be over"),
    ("incomplete", "an event is missing for good that might have held what a bill needs"),
];

impl Class {
    /// As the tables spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::NoStart => "no_start",
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::CompletePermittedGaps => "complete_permitted_gaps",
            Self::Complete => "complete",
        }
    }
}

/// What a class means for a bill; empty for a word that is none.
#[must_use]
pub fn of_class(class: &str) -> &'static str {
    find(CLASSES, class).unwrap_or_default()
}

/// How a method found an energy; empty for a word that is none.
#[must_use]
pub fn of_method(word: &str) -> &'static str {
    find(method::MEANINGS, word).unwrap_or_default()
}

/// What a reason for review or a flag says: of the record, of its export register, or of a message; empty for a word
/// that is none.
#[must_use]
pub fn of(word: &str) -> String {
    let own = |word: &str| find(review::MEANINGS, word).or_else(|| find(flag::MEANINGS, word));
    if let Some(said) = own(word) {
        return said.to_owned();
    }
    let import = EXPORT.iter().find(|(_, export)| *export == word).and_then(|(import, _)| own(import));
    if let Some(said) = import {
        return format!("Of the export register: {said}");
    }
    word.parse::<Code>().map(|code| code.meaning().to_owned()).unwrap_or_default()
}

fn find(meanings: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    meanings.iter().find(|(known, _)| *known == word).map(|(_, said)| said.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_record_is_explained() {
        let exports = EXPORT.iter().map(|(_, export)| export);
        let codes = Code::ALL.iter().map(|code| code.as_str());
        for word in review::ALL.iter().chain(flag::ALL).chain(exports).copied().chain(codes) {
            let said = of(word);
            assert!(said.ends_with('.') && !said.contains("  "), "{word}: {said}");
        }
        for word in method::ALL {
            assert!(of_method(word).ends_with('.'), "{word}");
        }
        assert_eq!(of("no_such"), "");
        assert_eq!(of("zero_energy_export"), "Of the export register: No energy was delivered.");
    }

    #[test]
    fn every_class_is_explained() {
        for class in [
            Class::Conflict,
            Class::NoStart,
            Class::Open,
            Class::Waiting,
            Class::CompletePermittedGaps,
            Class::Complete,
        ] {
            assert!(!of_class(class.as_str()).is_empty(), "{class:?}");
        }
    }
}
