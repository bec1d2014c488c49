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
    /// Over what belongs to the core.
    pub(crate) core: Core,
}

/// The core hash of a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Core {
    /// The value is in the core as a whole.
    Whole,
    /// It is a member that is not: a time, `customData`, an unknown one.
    Outside,
    /// Something in it is not; the hash of the rest.
    Rest(ContentHash),
}

impl Hashed {
    pub(crate) const fn whole(content: ContentHash) -> Self {
        Self { content, core: Core::Whole }
    }

    pub(crate) const fn outside_core(content: ContentHash) -> Self {
        Self { content, core: Core::Outside }
    }

    /// The core hash of a message.
    pub(crate) const fn core(self) -> ContentHash {
        match self.core {
            Core::Whole | Core::Outside => self.content,
            Core::Rest(hash) => hash,
        }
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
            Core::Whole => self.core.push(member),
            Core::Outside => {}
            Core::Rest(core) => self.core.push(name.member(core)),
        }
    }

    /// The members but one, if all of them are in the core.
    pub(crate) fn without(self, name: &Name, value: Hashed) -> Option<Object> {
        let mut one = Object::default();
        one.push(name.member(value.content));
        (self.core == self.content).then(|| self.content.without(one))
    }

    #[inline]
    pub(crate) fn finish(self) -> Hashed {
        let core = if self.core == self.content { Core::Whole } else { Core::Rest(self.core.finish()) };
        Hashed { content: self.content.finish(), core }
    }
}

/// Hash of an array in the making. The core is kept apart from the first element on that is not whole.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ArrayHash {
    content: Array,
    core: Option<Array>,
}

impl ArrayHash {
    #[inline(always)]
    pub(crate) fn push(&mut self, element: Hashed) {
        match (&mut self.core, element.core) {
            (None, Core::Whole) => {}
            (Some(core), Core::Whole) => core.push(element.content),
            (Some(core), Core::Rest(rest)) => core.push(rest),
            (None, Core::Rest(rest)) => {
                let mut core = self.content;
                core.push(rest);
                self.core = Some(core);
            }
            (core, Core::Outside) => *core = Some(core.unwrap_or(self.content)),
        }
        self.content.push(element.content);
    }

    #[inline]
    pub(crate) fn finish(self) -> Hashed {
        let core = self.core.map_or(Core::Whole, |core| Core::Rest(core.finish()));
        Hashed { content: self.content.finish(), core }
    }
}
