//! TransactionEventResponse and its classes.

use wattledger_record::{Decimal6, hash};

use super::Walk;
use super::class::{MessageField, ResponseField, TokenInfoField};
use super::event::TokenDraft;
use super::field::{Range, Word};
use crate::answer::{EvseIdSlot, IdTokenInfo, MessageContent, MessageSlot, TransactionEventResponse};
use crate::bounds::{CONTENT, EXTRA_MESSAGES_MAX, LANGUAGE};
use crate::code::Code;
use crate::event::{Amount, Timestamp, TransactionLimit};
use crate::hashed::Hashed;
use crate::slots::{Arena, CUSTOM_DATA, List};
use crate::source::{Piece, Source};
use crate::vocabulary::{AuthorizationStatus, MessageFormat};

/// TransactionEventResponse in the making: all that does not lie in the slots.
#[derive(Default)]
pub(crate) struct ResponseDraft<'a> {
    total_cost: Option<Amount<'a>>,
    charging_priority: Option<i64>,
    id_token_info: Option<TokenInfoDraft<'a>>,
    transaction_limit: Option<TransactionLimit<'a>>,
    updated_personal_message: Option<MessageDraft<'a>>,
}

#[derive(Default)]
struct TokenInfoDraft<'a> {
    status: Option<Word<'a, AuthorizationStatus>>,
    cache_expiry: Option<Timestamp<'a>>,
    charging_priority: Option<i64>,
    group_id_token: Option<TokenDraft<'a>>,
    language1: Option<&'a str>,
    language2: Option<&'a str>,
    personal_message: Option<MessageDraft<'a>>,
}

#[derive(Clone, Copy, Default)]
struct MessageDraft<'a> {
    format: Option<Word<'a, MessageFormat>>,
    language: Option<Piece<'a>>,
    content: Option<Piece<'a>>,
}

impl<'a, C: Source<'a>> Walk<'_, 'a, C> {
    /// TransactionEventResponse.
    pub(crate) fn response(&mut self, draft: &mut ResponseDraft<'a>) -> Hashed {
        self.members(|walk, field, name| match field {
            ResponseField::TotalCost => walk.total_cost_of_answer(name, &mut draft.total_cost),
            ResponseField::ChargingPriority => {
                walk.integer(name, Range::Priority, &mut draft.charging_priority)
            }
            ResponseField::IdTokenInfo => walk.object(name, &mut draft.id_token_info, Self::token_info),
            ResponseField::TransactionLimit => {
                walk.object(name, &mut draft.transaction_limit, Self::transaction_limit)
            }
            ResponseField::UpdatedPersonalMessage => {
                walk.object(name, &mut draft.updated_personal_message, Self::message_content)
            }
            ResponseField::UpdatedPersonalMessageExtra => walk.extra_messages(name),
        })
    }

    /// A cost is never negative: it is the sum of what was used.
    fn total_cost_of_answer(&mut self, name: &str, out: &mut Option<Amount<'a>>) -> Hashed {
        let hashed = self.amount(name, out);
        if let Some(Amount { text, value: Some(value) }) = out
            && *value < Decimal6::ZERO
        {
            self.flag(Code::OutOfRange, name, *text);
        }
        hashed
    }

    fn token_info(&mut self) -> (TokenInfoDraft<'a>, Hashed) {
        let mut info = TokenInfoDraft::default();
        let hashed = self.members(|walk, field, name| match field {
            TokenInfoField::Status => walk.word(name, &mut info.status),
            TokenInfoField::CacheExpiry => walk.expiry(name, &mut info.cache_expiry),
            TokenInfoField::ChargingPriority => {
                walk.integer(name, Range::Priority, &mut info.charging_priority)
            }
            TokenInfoField::GroupIdToken => walk.object(name, &mut info.group_id_token, Self::id_token),
            TokenInfoField::Language1 => walk.plain(name, LANGUAGE, &mut info.language1),
            TokenInfoField::Language2 => walk.plain(name, LANGUAGE, &mut info.language2),
            TokenInfoField::EvseId => walk.array(name, Self::evse_id),
            TokenInfoField::PersonalMessage => {
                walk.object(name, &mut info.personal_message, Self::message_content)
            }
        });
        (info, hashed)
    }

    /// A time that no clock has said: it may lie far ahead.
    fn expiry(&mut self, name: &str, out: &mut Option<Timestamp<'a>>) -> Hashed {
        let Some(piece) = self.source.text() else {
            let value = self.source.value();
            self.flag(Code::TimestampInvalid, name, value.json.kind());
            return Hashed::whole(self.pass(value));
        };
        *out = Some(self.stamp(piece.text, name, false));
        Hashed::whole(hash::string(piece.text.as_bytes()))
    }

    fn evse_id(&mut self) -> Hashed {
        let mut id = None;
        let hashed = self.integer("", Range::Count, &mut id);
        if self.has_room(self.scratch.slots.evse_ids.len(), self.limits.elements, "") {
            self.scratch.slots.evse_ids.push(EvseIdSlot(id));
        }
        hashed
    }

    fn extra_messages(&mut self, name: &'a str) -> Hashed {
        let mut elements = 0;
        let hashed = self.array(name, |walk| {
            elements += 1;
            walk.element(Self::extra_message)
        });
        if elements > EXTRA_MESSAGES_MAX {
            self.flag(Code::OutOfRange, name, format_args!("at most {EXTRA_MESSAGES_MAX}"));
        }
        hashed
    }

    fn extra_message(&mut self) -> Hashed {
        let (message, hashed) = self.message_content();
        if self.has_room(self.scratch.slots.messages.len(), self.limits.elements, "") {
            let slot = MessageSlot {
                format: message.format.map(|word| self.word_slot(word)),
                language: message.language.map(|piece| self.span(piece)),
                content: self.optional_span(message.content),
            };
            self.scratch.slots.messages.push(slot);
        }
        hashed
    }

    fn message_content(&mut self) -> (MessageDraft<'a>, Hashed) {
        let mut message = MessageDraft::default();
        let hashed = self.members(|walk, field, name| match field {
            MessageField::Format => walk.word(name, &mut message.format),
            MessageField::Language => walk.text(name, LANGUAGE, &mut message.language),
            MessageField::Content => walk.text(name, CONTENT, &mut message.content),
        });
        (message, hashed)
    }
}

impl<'a> ResponseDraft<'a> {
    pub(crate) fn finish(self, arena: Arena<'a>) -> TransactionEventResponse<'a> {
        let slots = arena.slots();
        let extras = List::new(arena, &slots.extras);
        let own = |extra: &crate::slots::Extra<'a>| extra.owner.is_empty() && extra.name == CUSTOM_DATA;
        TransactionEventResponse {
            total_cost: self.total_cost,
            charging_priority: self.charging_priority,
            id_token_info: self.id_token_info.map(|info| info.finish(arena)),
            transaction_limit: self.transaction_limit,
            updated_personal_message: self.updated_personal_message.map(MessageDraft::finish),
            updated_personal_message_extra: List::new(arena, &slots.messages),
            custom_data: extras.iter().find(own).map(|extra| extra.raw),
            extras,
        }
    }
}

impl<'a> TokenInfoDraft<'a> {
    fn finish(self, arena: Arena<'a>) -> IdTokenInfo<'a> {
        IdTokenInfo {
            status: self.status.map(Word::spelled),
            cache_expiry: self.cache_expiry,
            charging_priority: self.charging_priority,
            group_id_token: self.group_id_token.and_then(|token| token.finish(arena)),
            language1: self.language1,
            language2: self.language2,
            evse_ids: List::new(arena, &arena.slots().evse_ids),
            personal_message: self.personal_message.map(MessageDraft::finish),
        }
    }
}

impl<'a> MessageDraft<'a> {
    fn finish(self) -> MessageContent<'a> {
        MessageContent {
            format: self.format.map(Word::spelled),
            language: self.language.map(|piece| piece.text),
            content: self.content.map_or("", |piece| piece.text),
        }
    }
}
