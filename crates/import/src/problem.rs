//! What is wrong with a file: as many problems as are asked for, and how many there are in all.

use std::fmt;

/// Text of a value in a problem, characters: enough to find it.
const SHOWN_CHARS_MAX: usize = 60;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line on which its row begins, from 1.
    pub line: u64,
    /// Column, from 1, and its name; none where it is the row that is wrong.
    pub column: Option<(usize, String)>,
    /// What is expected, and what came.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some((number, name)) => write!(f, "line {}, column {number} ({name}): {}", self.line, self.text),
            None => write!(f, "line {}: {}", self.line, self.text),
        }
    }
}

/// The first problems of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// Those that are told, in the order of the file.
    pub told: Vec<Problem>,
    /// All that were found.
    pub found: u64,
    most: usize,
}

impl Problems {
    /// Tells `most` of them.
    #[must_use]
    pub const fn new(most: usize) -> Self {
        Self { told: Vec::new(), found: 0, most }
    }

    pub(crate) fn note(&mut self, line: u64, column: Option<(usize, &str)>, text: String) {
        self.found += 1;
        if self.told.len() < self.most {
            let column = column.map(|(number, name)| (number, name.to_owned()));
            self.told.push(Problem { line, column, text });
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.found == 0
    }
}

/// A value as a problem shows it: quoted, and cut.
pub(crate) fn shown(value: &str) -> String {
    let mut text: String = value.chars().take(SHOWN_CHARS_MAX).collect();
    if text.len() < value.len() {
        text.push('…');
    }
    format!("{text:?}")
}

/// The likeliest of `names` for what was written, if one is near.
pub(crate) fn nearest<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_ascii_lowercase();
    // a third of the letters may differ, or one word begins with the other
    let near = |name: &str| {
        let name = name.to_ascii_lowercase();
        let distance = strsim::damerau_levenshtein(&written, &name);
        let prefix = written.len() > 2 && (name.starts_with(&written) || written.starts_with(&name));
        (distance * 3 <= name.len().max(3) || prefix).then_some(distance)
    };
    names.filter_map(|name| near(name).map(|distance| (distance, name))).min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_are_told_and_all_are_counted() {
        let mut problems = Problems::new(1);
        problems.note(3, Some((2, "site")), "a".to_owned());
        problems.note(4, None, "b".to_owned());
        assert_eq!((problems.told.len(), problems.found), (1, 2));
        assert_eq!(problems.told.first().unwrap().to_string(), "line 3, column 2 (site): a");
    }

    #[test]
    fn values_are_cut() {
        assert_eq!(shown("a\"b\n"), "\"a\\\"b\\n\"");
        assert_eq!(shown(&"x".repeat(100)).chars().count(), SHOWN_CHARS_MAX + 3);
    }

    #[test]
    fn the_nearest_name_is_proposed_and_nothing_far() {
        let names = || ["tenant", "time_zone", "firmware", "latitude"].into_iter();
        assert_eq!(nearest("timezone", names()), Some("time_zone"));
        assert_eq!(nearest("Tennant", names()), Some("tenant"));
        assert_eq!(nearest("lat", names()), Some("latitude"));
        assert_eq!(nearest("colour", names()), None);
    }
}
