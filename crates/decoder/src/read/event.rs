//! TransactionEventRequest and the classes that stand directly in it.

use wattledger_record::hash;

use super::Walk;
use super::class::{AdditionalField, EventField, EvseField, InfoField, LimitField, TokenField};
use super::cost::CostDraft;
use super::field::{Moment, Range, Word};
use crate::bounds::{ADDITIONAL_TYPE, MaxLen, TOKEN, TOKEN_TYPE, TRANSACTION_ID};
use crate::code::Code;
use crate::decimal;
use crate::event::{Evse, IdToken, Timestamp, TransactionEvent, TransactionInfo, TransactionLimit};
use crate::hashed::Hashed;
use crate::slots::{AdditionalInfoSlot, Arena, CUSTOM_DATA, Extras, List, Span};
use crate::source::{Digits, Json, Piece, Source};
use crate::vocabulary::{
    ChargingState, EventType, Fit, OperationMode, PreconditioningStatus, Spelled, StoppedReason, TokenType,
    TriggerReason, Vocabulary,
};

/// Place-holders that software sends for "no transaction": -1, and the largest 64-bit number.
const SENTINELS: [&str; 2] = ["-1", "9223372036854775807"];

/// An event in the making: all that does not lie in the slots.
#[derive(Default)]
pub(crate) struct Draft<'a> {
    event_type: Option<EventType>,
    timestamp: Option<Moment<'a>>,
    trigger_reason: Option<Word<'a, TriggerReason>>,
    pub(crate) seq_no: Option<i64>,
    offline: Option<bool>,
    phases_used: Option<i64>,
    cable_max_current_a: Option<i64>,
    reservation_id: Option<i64>,
    preconditioning_status: Option<Word<'a, PreconditioningStatus>>,
    evse_sleep: Option<bool>,
    info: InfoDraft<'a>,
    evse: Option<Evse>,
    id_token: Option<TokenDraft<'a>>,
    cost_details: Option<CostDraft<'a>>,
}

#[derive(Default)]
struct InfoDraft<'a> {
    transaction_id: Option<&'a str>,
    charging_state: Option<Word<'a, ChargingState>>,
    time_spent_charging_s: Option<i64>,
    stopped_reason: Option<Word<'a, StoppedReason>>,
    remote_start_id: Option<i64>,
    operation_mode: Option<Word<'a, OperationMode>>,
    tariff_id: Option<&'a str>,
    transaction_limit: Option<TransactionLimit<'a>>,
}

/// IdTokenType in the making; what is additional lies in the slots.
#[derive(Clone, Copy, Default)]
pub(super) struct TokenDraft<'a> {
    id_token: Option<&'a str>,
    token_type: Option<&'a str>,
}

impl<'a, C: Source<'a>> Walk<'_, 'a, C> {
    /// Reads a whole message into an empty draft.
    pub(crate) fn message(&mut self, draft: &mut Draft<'a>) -> Hashed {
        let value = self.source.value();
        let Json::Object = value.json else {
            self.flag(Code::NotObject, "", value.json.kind());
            return Hashed::whole(self.pass(value));
        };
        let hashed = self.members(|walk, field, name| match field {
            EventField::EventType => walk.event_type(name, &mut draft.event_type),
            EventField::Timestamp => walk.time(name, draft.timestamp.insert(Moment::MISSING)),
            EventField::TriggerReason => walk.word(name, &mut draft.trigger_reason),
            EventField::SeqNo => walk.seq_no(name, &mut draft.seq_no),
            EventField::Offline => walk.boolean(name, &mut draft.offline),
            EventField::PhasesUsed => walk.integer(name, Range::Phases, &mut draft.phases_used),
            EventField::CableMaxCurrent => walk.integer(name, Range::Int, &mut draft.cable_max_current_a),
            EventField::ReservationId => walk.integer(name, Range::Count, &mut draft.reservation_id),
            EventField::PreconditioningStatus => walk.word(name, &mut draft.preconditioning_status),
            EventField::EvseSleep => walk.boolean(name, &mut draft.evse_sleep),
            EventField::TransactionInfo => {
                // read in place: it is large
                let info = &mut draft.info;
                walk.object(name, &mut None, |walk| ((), walk.transaction_info(info)))
            }
            EventField::Evse => walk.object(name, &mut draft.evse, Self::evse),
            EventField::IdToken => walk.object(name, &mut draft.id_token, Self::id_token),
            EventField::MeterValue => walk.meter_values(name),
            EventField::CostDetails => walk.object(name, &mut draft.cost_details, Self::cost_details),
        });
        self.identity(draft);
        hashed
    }

    /// What a message cannot be an event without.
    fn identity(&mut self, draft: &Draft<'a>) {
        let codes = self.scratch.violations.codes();
        if draft.event_type.is_none() && !codes.contains(Code::EventTypeUnknown) {
            self.flag(Code::EventTypeMissing, "eventType", "");
        }
        if draft.seq_no.is_none() && !codes.contains(Code::SeqNoInvalid) {
            self.flag(Code::SeqNoMissing, "seqNo", "");
        }
        if draft.timestamp.is_none() {
            self.flag(Code::TimestampMissing, "timestamp", "");
        }
        match draft.info.transaction_id {
            None if codes.contains(Code::TransactionIdInvalid) => {}
            None => self.flag(Code::TransactionIdMissing, "transactionInfo.transactionId", ""),
            Some(id) if id.trim_ascii().is_empty() => {
                self.flag(Code::TransactionIdEmpty, "transactionInfo.transactionId", "");
            }
            Some(id) if SENTINELS.contains(&id) => {
                self.flag(Code::SentinelTx, "transactionInfo.transactionId", id);
            }
            Some("0") => self.flag(Code::TransactionIdZero, "transactionInfo.transactionId", ""),
            Some(_) => {}
        }
    }

    fn event_type(&mut self, name: &str, out: &mut Option<EventType>) -> Hashed {
        if let Some((value, hashed)) = self.exact_word(name) {
            *out = Some(value);
            return hashed;
        }
        let mut piece = None;
        let hashed = self.any_text(name, &mut piece);
        let Some(piece) = piece else { return hashed };
        match EventType::fit(piece.text) {
            Fit::Exact(value) => *out = Some(value),
            Fit::Alias(value) => {
                self.flag(Code::EnumSpelling, name, piece.text);
                *out = Some(value);
            }
            Fit::Unknown => self.flag(Code::EventTypeUnknown, name, piece.text),
        }
        hashed
    }

    fn seq_no(&mut self, name: &str, out: &mut Option<i64>) -> Hashed {
        if self.source.is_null() {
            return self.absent();
        }
        let mut digits = None;
        let hashed = self.number(name, &mut digits);
        *out = digits.and_then(|digits: Digits<'a>| decimal::integer(digits.number));
        match out {
            None => self.flag(Code::SeqNoInvalid, name, digits.map_or("", |digits| digits.number.text)),
            Some(number) if !(0..=i64::from(i32::MAX)).contains(number) => {
                self.flag(Code::SeqNoOutOfRange, name, *number);
            }
            Some(_) => {}
        }
        hashed
    }

    fn transaction_id(&mut self, name: &str, out: &mut Option<&'a str>) -> Hashed {
        if self.source.is_null() {
            return self.absent();
        }
        if !self.source.is_text_or_number() {
            let value = self.source.value();
            self.flag(Code::TransactionIdInvalid, name, value.json.kind());
            return Hashed::whole(self.pass(value));
        }
        let mut piece = None;
        let hashed = self.text(name, TRANSACTION_ID, &mut piece);
        *out = piece.map(|piece| piece.text);
        hashed
    }

    /// A null that stands for a missing member, which is flagged as such.
    #[cold]
    fn absent(&mut self) -> Hashed {
        self.source.value();
        Hashed::whole(hash::null())
    }

    fn transaction_info(&mut self, info: &mut InfoDraft<'a>) -> Hashed {
        self.members(|walk, field, name| match field {
            InfoField::TransactionId => walk.transaction_id(name, &mut info.transaction_id),
            InfoField::ChargingState => walk.word(name, &mut info.charging_state),
            InfoField::TimeSpentCharging => walk.integer(name, Range::Int, &mut info.time_spent_charging_s),
            InfoField::StoppedReason => walk.word(name, &mut info.stopped_reason),
            InfoField::RemoteStartId => walk.integer(name, Range::Int, &mut info.remote_start_id),
            InfoField::OperationMode => walk.word(name, &mut info.operation_mode),
            InfoField::TariffId => walk.plain(name, MaxLen::both(60), &mut info.tariff_id),
            InfoField::TransactionLimit => {
                walk.object(name, &mut info.transaction_limit, Self::transaction_limit)
            }
        })
    }

    pub(super) fn transaction_limit(&mut self) -> (TransactionLimit<'a>, Hashed) {
        let mut limit = TransactionLimit::default();
        let hashed = self.members(|walk, field, name| match field {
            LimitField::MaxCost => walk.amount(name, &mut limit.max_cost),
            LimitField::MaxEnergy => walk.amount(name, &mut limit.max_energy_wh),
            LimitField::MaxTime => walk.integer(name, Range::Int, &mut limit.max_time_s),
            LimitField::MaxSoC => walk.integer(name, Range::Percent, &mut limit.max_soc_percent),
        });
        (limit, hashed)
    }

    fn evse(&mut self) -> (Evse, Hashed) {
        let mut evse = Evse::default();
        let hashed = self.members(|walk, field, name| match field {
            EvseField::Id => walk.integer(name, Range::Count, &mut evse.id),
            EvseField::ConnectorId => walk.integer(name, Range::Count, &mut evse.connector_id),
        });
        (evse, hashed)
    }

    pub(super) fn id_token(&mut self) -> (TokenDraft<'a>, Hashed) {
        let mut token = TokenDraft::default();
        let hashed = self.members(|walk, field, name| match field {
            TokenField::IdToken => walk.plain(name, TOKEN, &mut token.id_token),
            TokenField::Type => {
                let hashed = walk.plain(name, TOKEN_TYPE, &mut token.token_type);
                if let Some(text) = token.token_type {
                    walk.token_type(name, text);
                }
                hashed
            }
            TokenField::AdditionalInfo => walk.array(name, |walk| walk.element(Self::additional_info)),
        });
        (token, hashed)
    }

    /// The type is a closed list in 2.0.1 and an open one in 2.1.
    fn token_type(&mut self, name: &str, text: &str) {
        if self.reading.version == wattledger_record::OcppVersion::V21 {
            return;
        }
        match TokenType::fit(text) {
            Fit::Exact(kind) if kind.is_v21() => self.version_mixed(name, "value of 2.1"),
            Fit::Exact(_) => {}
            Fit::Alias(_) => self.flag(Code::EnumSpelling, name, text),
            Fit::Unknown => self.flag(Code::EnumUnknown, name, text),
        }
    }

    fn additional_info(&mut self) -> Hashed {
        let (mut token, mut kind) = (None, None);
        let hashed = self.members(|walk, field, name| match field {
            AdditionalField::AdditionalIdToken => walk.text(name, TOKEN, &mut token),
            AdditionalField::Type => walk.text(name, ADDITIONAL_TYPE, &mut kind),
        });
        if self.has_room(self.scratch.slots.additional_infos.len(), self.limits.elements, "") {
            let slot = AdditionalInfoSlot {
                additional_id_token: self.optional_span(token),
                info_type: self.optional_span(kind),
            };
            self.scratch.slots.additional_infos.push(slot);
        }
        hashed
    }

    /// A text whose place in the message is not needed.
    pub(super) fn plain(&mut self, name: &str, max: MaxLen, out: &mut Option<&'a str>) -> Hashed {
        let mut piece = None;
        let hashed = self.text(name, max, &mut piece);
        *out = piece.map(|piece| piece.text);
        hashed
    }

    pub(super) fn optional_span(&mut self, piece: Option<Piece<'a>>) -> Span {
        piece.map(|piece| self.span(piece)).unwrap_or_default()
    }
}

impl<'a> Draft<'a> {
    /// `transactionId` as far as there is one.
    pub(crate) const fn transaction_id(&self) -> Option<&'a str> {
        self.info.transaction_id
    }

    /// The event; `None` without what makes one.
    #[inline]
    pub(crate) fn finish(&self, arena: Arena<'a>) -> Option<TransactionEvent<'a>> {
        let (Some(event_type), Some(seq_no)) = (self.event_type, self.seq_no) else { return None };
        let transaction_info = self.info.finish()?;
        let slots = arena.slots();
        let extras = List::new(arena, &slots.extras);
        Some(TransactionEvent {
            event_type,
            timestamp: self.timestamp.map_or(Timestamp::MISSING, |moment| moment.stamp),
            trigger_reason: self
                .trigger_reason
                .map_or(Spelled::canonical(TriggerReason::Unknown), Word::spelled),
            seq_no,
            offline: self.offline,
            phases_used: self.phases_used,
            cable_max_current_a: self.cable_max_current_a,
            reservation_id: self.reservation_id,
            preconditioning_status: self.preconditioning_status.map(Word::spelled),
            evse_sleep: self.evse_sleep,
            transaction_info,
            evse: self.evse,
            id_token: self.id_token.as_ref().and_then(|token| token.finish(arena)),
            meter_values: List::new(arena, &slots.meter_values),
            samples: List::new(arena, &slots.samples),
            cost_details: self.cost_details.as_ref().map(|cost| cost.finish(arena)),
            custom_data: if extras.is_empty() { None } else { own_custom_data(&extras) },
            extras,
        })
    }
}

/// `customData` of the message itself.
#[cold]
fn own_custom_data<'a>(extras: &Extras<'a>) -> Option<&'a str> {
    extras.iter().find(|extra| extra.owner.is_empty() && extra.name == CUSTOM_DATA).map(|extra| extra.raw)
}

impl<'a> TokenDraft<'a> {
    /// The token; `None` without its text.
    #[inline]
    pub(super) fn finish(&self, arena: Arena<'a>) -> Option<IdToken<'a>> {
        let additional_info = List::new(arena, &arena.slots().additional_infos);
        let token_type = self.token_type.unwrap_or_default();
        self.id_token.map(|id_token| IdToken { id_token, token_type, additional_info })
    }
}

impl<'a> InfoDraft<'a> {
    fn finish(&self) -> Option<TransactionInfo<'a>> {
        Some(TransactionInfo {
            transaction_id: self.transaction_id?,
            charging_state: self.charging_state.map(Word::spelled),
            time_spent_charging_s: self.time_spent_charging_s,
            stopped_reason: self.stopped_reason.map(Word::spelled),
            remote_start_id: self.remote_start_id,
            operation_mode: self.operation_mode.map(Word::spelled),
            tariff_id: self.tariff_id,
            transaction_limit: self.transaction_limit,
        })
    }
}
