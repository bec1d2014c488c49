//! Content hash and core hash of a value, found in one pass.
//!
//! The two differ only where something outside the core lies inside a value, so the core is kept apart from the first
//! such place on; most objects never pay for it.

use wattledger_record::ContentHash;
use wattledger_record::hash::{Array, Object};

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

/// Hash of an object in the making.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ObjectHash {
    content: Object,
    core: Option<Object>,
}

impl ObjectHash {
    pub(crate) fn member(&mut self, key: &str, value: Hashed) {
        if self.core.is_none() && value.core != Some(value.content) {
            self.core = Some(self.content);
        }
        if let (Some(core), Some(hash)) = (&mut self.core, value.core) {
            core.member(key.as_bytes(), hash);
        }
        self.content.member(key.as_bytes(), value.content);
    }

    pub(crate) fn finish(self) -> Hashed {
        let content = self.content.finish();
        Hashed { content, core: Some(self.core.map_or(content, Object::finish)) }
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
