//! What a TransactionEventResponse says, as far as it could be read: one shape for OCPP 2.0.1 and 2.1.
//!
//! As in an event, a member that is absent, null or unreadable is `None`. What we answer ourselves is made in
//! [`crate::build`].

use crate::event::{Amount, IdToken, Timestamp, TransactionLimit};
use crate::slots::{Arena, Extras, List, Slot, Span, SpelledSlot};
use crate::vocabulary::{AuthorizationStatus, MessageFormat, Spelled};

/// TransactionEventResponse.
#[derive(Debug, Clone, Copy)]
pub struct TransactionEventResponse<'a> {
    /// `totalCost`, currency of the station: running on `Updated`, final on `Ended`. Absent is not free (I03.FR.04).
    pub total_cost: Option<Amount<'a>>,
    /// `chargingPriority`, -9 to 9; absent means 0.
    pub charging_priority: Option<i64>,
    /// `idTokenInfo`.
    pub id_token_info: Option<IdTokenInfo<'a>>,
    /// `transactionLimit` (2.1).
    pub transaction_limit: Option<TransactionLimit<'a>>,
    /// `updatedPersonalMessage`.
    pub updated_personal_message: Option<MessageContent<'a>>,
    /// `updatedPersonalMessageExtra` (2.1): the same in further languages.
    pub updated_personal_message_extra: List<'a, MessageSlot>,
    /// `customData` of the message itself, raw JSON.
    pub custom_data: Option<&'a str>,
    /// `customData` at every depth and members that no schema knows, raw JSON with their paths.
    pub extras: Extras<'a>,
}

/// IdTokenInfoType.
#[derive(Debug, Clone, Copy)]
pub struct IdTokenInfo<'a> {
    /// `status`.
    pub status: Option<Spelled<'a, AuthorizationStatus>>,
    /// `cacheExpiryDateTime`; may lie in any century.
    pub cache_expiry: Option<Timestamp<'a>>,
    /// `chargingPriority`, -9 to 9.
    pub charging_priority: Option<i64>,
    /// `groupIdToken`.
    pub group_id_token: Option<IdToken<'a>>,
    /// `language1`, RFC 5646.
    pub language1: Option<&'a str>,
    /// `language2`, RFC 5646.
    pub language2: Option<&'a str>,
    /// `evseId`: where the token may be used, if not at the whole station.
    pub evse_ids: List<'a, EvseIdSlot>,
    /// `personalMessage`.
    pub personal_message: Option<MessageContent<'a>>,
}

/// MessageContentType.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageContent<'a> {
    /// `format`.
    pub format: Option<Spelled<'a, MessageFormat>>,
    /// `language`, RFC 5646.
    pub language: Option<&'a str>,
    /// `content`; empty where missing.
    pub content: &'a str,
}

/// How a [`MessageContent`] lies in the scratch.
#[derive(Debug, Clone, Copy)]
pub struct MessageSlot {
    pub(crate) format: Option<SpelledSlot<MessageFormat>>,
    pub(crate) language: Option<Span>,
    pub(crate) content: Span,
}

impl Slot for MessageSlot {
    type Item<'a> = MessageContent<'a>;

    fn item<'a>(&self, arena: Arena<'a>) -> MessageContent<'a> {
        MessageContent {
            format: self.format.map(|slot| slot.spelled(arena)),
            language: self.language.map(|span| arena.text(span)),
            content: arena.text(self.content),
        }
    }
}

/// How an element of `evseId` lies in the scratch; `None` where it is no integer.
#[derive(Debug, Clone, Copy)]
pub struct EvseIdSlot(pub(crate) Option<i64>);

impl Slot for EvseIdSlot {
    type Item<'a> = Option<i64>;

    fn item<'a>(&self, _: Arena<'a>) -> Option<i64> {
        self.0
    }
}
