//! Where in the message the walk is; written out only when something is wrong there.

use std::fmt;

use crate::limits::PATH_LEVELS_MAX;

/// One step: a member, or an element of it.
#[derive(Debug, Clone, Copy, Default)]
struct Level<'a> {
    name: &'a str,
    index: Option<usize>,
}

/// The members entered. Levels beyond the bound are counted, not named.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Path<'a> {
    levels: [Level<'a>; PATH_LEVELS_MAX],
    depth: usize,
}

impl<'a> Path<'a> {
    pub(crate) fn enter(&mut self, name: &'a str) {
        if let Some(level) = self.levels.get_mut(self.depth) {
            *level = Level { name, index: None };
        }
        self.depth += 1;
    }

    /// Says which element of the member entered last is meant.
    pub(crate) fn at(&mut self, index: usize) {
        if let Some(level) = self.depth.checked_sub(1).and_then(|i| self.levels.get_mut(i)) {
            level.index = Some(index);
        }
    }

    /// Whether nothing has been entered.
    pub(crate) const fn is_root(&self) -> bool {
        self.depth == 0
    }

    pub(crate) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, level) in self.levels.iter().take(self.depth).enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            f.write_str(level.name)?;
            if let Some(index) = level.index {
                write!(f, "[{index}]")?;
            }
        }
        Ok(())
    }
}
