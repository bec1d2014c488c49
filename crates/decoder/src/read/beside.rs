//! What stands beside the schema: `customData`, unknown members, and values of another type than expected. All of it is
//! hashed and kept as raw JSON; nothing is interpreted.

use wattledger_record::ContentHash;
use wattledger_record::hash::{self, Array, Object};

use super::{CUSTOM_DATA, Members, Walk};
use crate::code::Code;
use crate::hashed::Hashed;
use crate::limits::NUMBER_CHARACTERS_MAX;
use crate::slots::{ExtraSlot, Span};
use crate::tape::{Json, Piece, Value};
use crate::violation::Text;

/// Longest `vendorId`, in characters (JSON schema: CustomDataType).
const VENDOR_ID_CHARACTERS_MAX: usize = 255;

impl<'a> Walk<'_, 'a> {
    /// A member that the class does not list: `customData`, or unknown.
    #[cold]
    pub(super) fn beside(&mut self, members: &mut Members, key: Piece<'a>, value: Value<'a>) -> Hashed {
        if key.text != "customData" {
            self.flag(Code::UnknownProperty, key.text, "");
            self.names.push(hash::string(key.text.as_bytes()));
            let content = self.pass(value);
            self.keep(key, value.start);
            return Hashed::outside_core(content);
        }
        if members.seen & (1 << CUSTOM_DATA) != 0 {
            return self.repeated(members, CUSTOM_DATA, key.text, value);
        }
        let content = self.custom_data(value);
        members.note(CUSTOM_DATA, content);
        self.keep(key, value.start);
        Hashed::outside_core(content)
    }

    fn custom_data(&mut self, value: Value<'a>) -> ContentHash {
        let Json::Object(len) = value.json else {
            return self.other_type(value, "customData", "an object").content;
        };
        let mut vendor_id = false;
        self.path.enter("customData");
        let content = self.pass_object(len, |walk, key, value| {
            if key == "vendorId" {
                vendor_id = true;
                match value.json {
                    Json::String(text) if text.chars().count() > VENDOR_ID_CHARACTERS_MAX => {
                        walk.flag(Code::TooLong, key, format_args!("more than {VENDOR_ID_CHARACTERS_MAX}"));
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
            self.flag(Code::CustomDataNoVendor, "customData", "");
        }
        content
    }

    /// Keeps the raw JSON of a member that has just been passed.
    fn keep(&mut self, key: Piece<'a>, start: u32) {
        if !self.has_room(self.slots.extras.len(), self.limits.elements, key.text) {
            return;
        }
        let raw = self.cursor.raw(start);
        let name = self.span(key);
        let raw = Span { start, len: u32::try_from(raw.len()).unwrap_or(0), unescaped: false };
        self.slots.extras.push(ExtraSlot { owner: Text::of(self.path), name, raw });
    }

    /// Hashes a value whole and passes over it.
    pub(super) fn pass(&mut self, value: Value<'a>) -> ContentHash {
        match value.json {
            Json::Array(len) => {
                let mut hash = Array::default();
                for _ in 0..len {
                    let element = self.cursor.value();
                    let content = self.pass(element);
                    hash.push(content);
                    self.cursor.mark();
                }
                if len == 0 {
                    self.cursor.mark();
                }
                hash.finish()
            }
            Json::Object(len) => self.pass_object(len, |_, _, _| {}),
            leaf => self.leaf(leaf),
        }
    }

    fn pass_object(
        &mut self,
        len: usize,
        mut look: impl FnMut(&mut Self, &'a str, Value<'a>),
    ) -> ContentHash {
        let mut hash = Object::default();
        let names = self.names.len();
        for _ in 0..len {
            let (key, value) = self.cursor.member();
            look(self, key.text, value);
            self.names.push(hash::string(key.text.as_bytes()));
            let content = self.pass(value);
            hash.member(key.text.as_bytes(), content);
            self.cursor.mark();
        }
        if len == 0 {
            self.cursor.mark();
        }
        self.twins(names);
        hash.finish()
    }

    /// Flags names above a height of the stack that are there twice, and takes them off.
    pub(super) fn twins(&mut self, names: usize) {
        if self.names.len() == names {
            return;
        }
        let own = self.names.get_mut(names..).unwrap_or_default();
        own.sort_unstable();
        if own.windows(2).any(|pair| pair.first() == pair.last()) {
            self.flag(Code::DuplicateMemberEqual, "", "a member beside the schema stands twice");
        }
        self.names.truncate(names);
    }

    /// Hash of a value that is no array or object; its number, if it is one, is bounded.
    pub(super) fn leaf(&mut self, json: Json<'a>) -> ContentHash {
        if let Json::Number(text) = json
            && text.len() > NUMBER_CHARACTERS_MAX
        {
            self.flag(Code::NumberTooLong, "", format_args!("{} characters", text.len()));
        }
        json.leaf()
    }
}
