//! Content hash and core hash of a value, found in one pass.
//!
//! The two differ only where something outside the core lies inside a value; for all others one hash is both.

use wattledger_record::ContentHash;
use wattledger_record::hash::{Array, Name, Object};

/// The hashes of one value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hashed {
    /// Over all of it.
    pub(crate) content: ContentHash,
    /// Over what belongs to the core; `None` for a member that does not.
    pub(crate) core: Option<ContentHash>,
}

impl Hashed {
    /// A value that is in the core as a whole.
    pub(crate) const fn whole(content: ContentHash) -> Self {
        Self { content, core: Some(content) }
    }

    /// A member that is outside the core: a time, `customData`, an unknown one.
    pub(crate) const fn outside_core(content: ContentHash) -> Self {
        Self { content, core: None }
    }
}

/// Hash of an object in the making. Members are hashed once: what is in the core counts in both sums.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ObjectHash {
    content: Object,
    core: Object,
}

impl ObjectHash {
    #[inline]
    pub(crate) fn member(&mut self, name: &Name, value: Hashed) {
        let member = name.member(value.content);
        self.content.push(member);
        match value.core {
            Some(core) if core == value.content => self.core.push(member),
            Some(core) => self.core.push(name.member(core)),
            None => {}
        }
    }

    /// Adds members that are in the core.
    #[inline]
    pub(crate) const fn join(&mut self, members: Object) {
        self.content.join(members);
        self.core.join(members);
    }

    /// The members added since an earlier state, if all of them are in the core.
    pub(crate) fn since(self, earlier: Self) -> Option<Object> {
        let added = self.content.since(earlier.content);
        (added == self.core.since(earlier.core)).then_some(added)
    }

    #[inline]
    pub(crate) fn finish(self) -> Hashed {
        let content = self.content.finish();
        Hashed { content, core: Some(if self.core == self.content { content } else { self.core.finish() }) }
    }
}

/// Hash of an array in the making.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ArrayHash {
    content: Array,
    core: Option<Array>,
}

impl ArrayHash {
    pub(crate) fn push(&mut self, element: Hashed) {
        if self.core.is_none() && element.core != Some(element.content) {
            self.core = Some(self.content);
        }
        if let (Some(core), Some(hash)) = (&mut self.core, element.core) {
            core.push(hash);
        }
        self.content.push(element.content);
    }

    pub(crate) fn finish(self) -> Hashed {
        let content = self.content.finish();
        Hashed { content, core: Some(self.core.map_or(content, Array::finish)) }
    }
}
