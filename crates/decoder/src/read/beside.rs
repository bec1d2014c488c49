//! What stands beside the schema: `customData`, unknown members, and values of another type than expected. All of it is
//! hashed and kept as raw JSON; nothing is interpreted.

use wattledger_record::ContentHash;
use wattledger_record::hash::{self, Array, Object};

use super::class::Class;
use super::{Members, Walk};
use crate::bounds::VENDOR_ID;
use crate::code::Code;
use crate::hashed::Hashed;
use crate::limits::NUMBER_CHARACTERS_MAX;
use crate::slots::{CUSTOM_DATA, ExtraSlot, Span};
use crate::source::{Json, Key, Piece, Source, Value};
use crate::violation::Text;

impl<'a, C: Source<'a>> Walk<'_, 'a, C> {
    /// A member that no schema knows.
    #[cold]
    pub(super) fn unknown<F: Class>(&mut self, members: &mut Members<F>, key: Piece<'a>) {
        let value = self.source.value();
        self.flag(Code::UnknownProperty, key.text, "");
        self.scratch.names.push(hash::string(key.text.as_bytes()));
        let content = self.pass(value);
        self.keep(Some(key), value.start);
        members.hash.member(&hash::Name::new(key.text.as_bytes()), Hashed::outside_core(content));
    }

    /// `customData`.
    #[cold]
    pub(super) fn custom_data(&mut self) -> Hashed {
        let value = self.source.value();
        let content = self.vendor_data(value);
        self.keep(None, value.start);
        Hashed::outside_core(content)
    }

    fn vendor_data(&mut self, value: Value<'a>) -> ContentHash {
        let Json::Object = value.json else {
            return self.wrong_type(value, CUSTOM_DATA, "an object").content;
        };
        let mut vendor_id = false;
        self.path.enter(CUSTOM_DATA);
        let content = self.pass_object(|walk, key, value| {
            if key == "vendorId" {
                vendor_id = true;
                match value.json {
                    Json::String(text) if text.chars().count() > VENDOR_ID.v21 => {
                        walk.flag(Code::TooLong, key, format_args!("more than {}", VENDOR_ID.v21));
                    }
                    Json::String(_) => {}
                    other => walk.flag(
                        Code::WrongType,
                        key,
                        format_args!("expected a string, not {}", other.kind()),
                    ),
                }
            }
        });
        self.path.leave();
        if !vendor_id {
            self.flag(Code::CustomDataNoVendor, CUSTOM_DATA, "");
        }
        content
    }

    /// Keeps the raw JSON of a member that has just been passed; no key is `customData`.
    fn keep(&mut self, key: Option<Piece<'a>>, start: u32) {
        let name = key.map_or(CUSTOM_DATA, |key| key.text);
        if !self.has_room(self.scratch.slots.extras.len(), self.limits.elements, name) {
            return;
        }
        let raw = self.source.raw(start);
        let name = key.map(|key| self.span(key));
        let raw = Span::of(start, raw.len());
        self.scratch.slots.extras.push(ExtraSlot { owner: Text::of(self.path), name, raw });
    }

    /// Hashes a value whole and passes over it.
    pub(super) fn pass(&mut self, value: Value<'a>) -> ContentHash {
        match value.json {
            Json::Array => {
                let mut hash = Array::default();
                let mut more = self.source.has_first(b']');
                while more {
                    let element = self.source.value();
                    hash.push(self.pass(element));
                    more = self.source.has_next(b']');
                }
                hash.finish()
            }
            Json::Object => self.pass_object(|_, _, _| {}),
            leaf => self.leaf(leaf),
        }
    }

    fn pass_object(&mut self, mut look: impl FnMut(&mut Self, &'a str, Value<'a>)) -> ContentHash {
        let mut hash = Object::default();
        let names = self.scratch.names.len();
        let mut more = self.source.has_first(b'}');
        while more {
            // none is known here
            let Key::Other(key) = self.source.key(&[], &mut self.scratch.guesses) else { break };
            let value = self.source.value();
            look(self, key.text, value);
            self.scratch.names.push(hash::string(key.text.as_bytes()));
            let content = self.pass(value);
            hash.member(key.text.as_bytes(), content);
            more = self.source.has_next(b'}');
        }
        self.twins(names);
        hash.finish()
    }

    /// Flags names above a height of the stack that are there twice, and takes them off.
    pub(super) fn twins(&mut self, names: usize) {
        if self.scratch.names.len() == names {
            return;
        }
        let own = self.scratch.names.get_mut(names..).unwrap_or_default();
        own.sort_unstable();
        if own.windows(2).any(|pair| pair.first() == pair.last()) {
            self.flag(Code::DuplicateMemberEqual, "", "a member beside the schema stands twice");
        }
        self.scratch.names.truncate(names);
    }

    /// Hash of a value that is no array or object; its number, if it is one, is bounded.
    pub(super) fn leaf(&mut self, json: Json<'a>) -> ContentHash {
        if let Json::Number(number) = json
            && number.text.len() > NUMBER_CHARACTERS_MAX
        {
            self.flag(Code::NumberTooLong, "", format_args!("{} characters", number.text.len()));
        }
        json.leaf()
    }
}
