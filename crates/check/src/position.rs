//! Where something stands, before and after the line numbers of its input are known.

use serde::Serialize;

/// A line by its chunk; ordered as the inputs are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Position {
    pub(crate) chunk: u32,
    /// Line within the chunk, from 0.
    pub(crate) line: u32,
}

/// A line of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// File as given, or `<stdin>`.
    pub file: String,
    /// Line, from 1.
    pub line: u64,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Which lines of which input each chunk holds.
#[derive(Debug, Default)]
pub(crate) struct Atlas {
    names: Vec<String>,
    /// Lines of each input.
    lines: Vec<u64>,
    /// Input, and lines of it before the chunk.
    chunks: Vec<(usize, u64)>,
}

impl Atlas {
    /// From the inputs' names and each chunk's input and number of lines, in order.
    pub(crate) fn new(names: Vec<String>, lines: &[(usize, u32)]) -> Self {
        let mut before = vec![0_u64; names.len()];
        let chunks = lines.iter().map(|(input, count)| {
            let start = before.get(*input).copied().unwrap_or_default();
            if let Some(sum) = before.get_mut(*input) {
                *sum += u64::from(*count);
            }
            (*input, start)
        });
        let chunks = chunks.collect();
        Self { names, lines: before, chunks }
    }

    /// Each input's name and lines.
    pub(crate) fn lines(&self) -> Vec<(String, u64)> {
        self.names.iter().cloned().zip(self.lines.iter().copied()).collect()
    }

    pub(crate) fn place(&self, at: Position) -> Place {
        let chunk = usize::try_from(at.chunk).ok().and_then(|chunk| self.chunks.get(chunk));
        let (input, start) = chunk.copied().unwrap_or_default();
        let file = self.names.get(input).cloned().unwrap_or_default();
        Place { file, line: start + u64::from(at.line) + 1 }
    }
}

/// The first few of many, whatever order they come in.
#[derive(Debug, Clone)]
pub(crate) struct First<T> {
    most: usize,
    kept: Vec<(Position, T)>,
}

impl<T> First<T> {
    pub(crate) const fn new(most: usize) -> Self {
        Self { most, kept: Vec::new() }
    }

    /// Notes one; `what` is asked only if it is kept.
    pub(crate) fn note(&mut self, at: Position, what: impl FnOnce() -> T) {
        let full = self.kept.len() >= self.most;
        if full && self.kept.last().is_none_or(|(last, _)| *last <= at) {
            return;
        }
        let place = self.kept.partition_point(|(kept, _)| *kept <= at);
        self.kept.insert(place, (at, what()));
        self.kept.truncate(self.most);
    }

    pub(crate) fn absorb(&mut self, other: Self) {
        for (at, what) in other.kept {
            self.note(at, || what);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Position, &T)> {
        self.kept.iter().map(|(at, what)| (*at, what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_are_kept_in_any_order() {
        let at = |line| Position { chunk: 0, line };
        let mut first = First::new(2);
        for line in [5, 3, 9, 1] {
            first.note(at(line), || line);
        }
        let mut other = First::new(2);
        other.note(at(2), || 2);
        first.absorb(other);
        assert_eq!(first.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [1, 2]);
        let mut none = First::new(0);
        none.note(at(1), || 1);
        assert_eq!(none.iter().count(), 0);
    }

    #[test]
    fn lines_are_counted_per_input() {
        let atlas = Atlas::new(vec!["a".to_owned(), "b".to_owned()], &[(0, 10), (0, 5), (1, 7), (1, 1)]);
        let place = |chunk, line| atlas.place(Position { chunk, line }).to_string();
        assert_eq!([place(0, 0), place(1, 4), place(2, 0), place(3, 0)], ["a:1", "a:15", "b:1", "b:8"]);
    }
}
