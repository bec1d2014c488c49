//! GetTransactionStatusRequest and GetTransactionStatusResponse.

use super::Walk;
use super::class::{StatusRequestField, StatusResponseField};
use crate::bounds::TRANSACTION_ID;
use crate::hashed::Hashed;
use crate::slots::{Arena, List};
use crate::source::Source;
use crate::status::{GetTransactionStatusRequest, GetTransactionStatusResponse};

/// GetTransactionStatusRequest in the making.
#[derive(Default)]
pub(crate) struct StatusRequestDraft<'a> {
    transaction_id: Option<&'a str>,
}

/// GetTransactionStatusResponse in the making.
#[derive(Default)]
pub(crate) struct StatusResponseDraft {
    ongoing: Option<bool>,
    messages_in_queue: Option<bool>,
}

impl<'a, C: Source<'a>> Walk<'_, 'a, C> {
    /// GetTransactionStatusRequest.
    pub(crate) fn status_request(&mut self, draft: &mut StatusRequestDraft<'a>) -> Hashed {
        self.members(|walk, field, name| match field {
            StatusRequestField::TransactionId => walk.plain(name, TRANSACTION_ID, &mut draft.transaction_id),
        })
    }

    /// GetTransactionStatusResponse.
    pub(crate) fn status_response(&mut self, draft: &mut StatusResponseDraft) -> Hashed {
        self.members(|walk, field, name| match field {
            StatusResponseField::OngoingIndicator => walk.boolean(name, &mut draft.ongoing),
            StatusResponseField::MessagesInQueue => walk.boolean(name, &mut draft.messages_in_queue),
        })
    }
}

impl<'a> StatusRequestDraft<'a> {
    pub(crate) fn finish(self, arena: Arena<'a>) -> GetTransactionStatusRequest<'a> {
        let extras = List::new(arena, &arena.slots().extras);
        GetTransactionStatusRequest { transaction_id: self.transaction_id, extras }
    }
}

impl StatusResponseDraft {
    pub(crate) fn finish(self, arena: Arena<'_>) -> GetTransactionStatusResponse<'_> {
        let extras = List::new(arena, &arena.slots().extras);
        GetTransactionStatusResponse {
            ongoing: self.ongoing,
            messages_in_queue: self.messages_in_queue,
            extras,
        }
    }
}
