//! Messages beside the event: the response to one, and GetTransactionStatus. The steps are those of an event, without its
//! hashes.

use super::{Decoder, Reading, begin, name_fault, readable, room_for, strip};
use crate::answer::TransactionEventResponse;
use crate::decoded::DecodedMessage;
use crate::limits::Limits;
use crate::read::{ResponseDraft, Scratch, StatusRequestDraft, StatusResponseDraft, Walk};
use crate::scan::Scan;
use crate::slots::Arena;
use crate::source::Source;
use crate::status::{GetTransactionStatusRequest, GetTransactionStatusResponse};
use crate::tape::Scanner;

/// A kind of message: how it is read.
trait Message<'a>: Default {
    /// What a reader gets.
    type Value;

    /// Reads the members of the object that makes the message.
    fn members<C: Source<'a>>(&mut self, walk: &mut Walk<'_, 'a, C>);

    /// Puts together what was read.
    fn finish(self, arena: Arena<'a>) -> Self::Value;
}

impl<'a> Message<'a> for ResponseDraft<'a> {
    type Value = TransactionEventResponse<'a>;

    fn members<C: Source<'a>>(&mut self, walk: &mut Walk<'_, 'a, C>) {
        walk.response(self);
    }

    fn finish(self, arena: Arena<'a>) -> Self::Value {
        self.finish(arena)
    }
}

impl<'a> Message<'a> for StatusRequestDraft<'a> {
    type Value = GetTransactionStatusRequest<'a>;

    fn members<C: Source<'a>>(&mut self, walk: &mut Walk<'_, 'a, C>) {
        walk.status_request(self);
    }

    fn finish(self, arena: Arena<'a>) -> Self::Value {
        self.finish(arena)
    }
}

impl<'a> Message<'a> for StatusResponseDraft {
    type Value = GetTransactionStatusResponse<'a>;

    fn members<C: Source<'a>>(&mut self, walk: &mut Walk<'_, 'a, C>) {
        walk.status_response(self);
    }

    fn finish(self, arena: Arena<'a>) -> Self::Value {
        self.finish(arena)
    }
}

type Status<'a> = GetTransactionStatusResponse<'a>;

impl Decoder {
    /// Decodes a TransactionEventResponse.
    pub fn decode_response<'a>(
        &'a mut self,
        message: &'a [u8],
        reading: Reading,
    ) -> DecodedMessage<'a, TransactionEventResponse<'a>> {
        self.decode_other::<ResponseDraft<'a>>(message, reading)
    }

    /// Decodes a GetTransactionStatusRequest.
    pub fn decode_status_request<'a>(
        &'a mut self,
        message: &'a [u8],
        reading: Reading,
    ) -> DecodedMessage<'a, GetTransactionStatusRequest<'a>> {
        self.decode_other::<StatusRequestDraft<'a>>(message, reading)
    }

    /// Decodes a GetTransactionStatusResponse.
    pub fn decode_status_response<'a>(
        &'a mut self,
        message: &'a [u8],
        reading: Reading,
    ) -> DecodedMessage<'a, Status<'a>> {
        self.decode_other::<StatusResponseDraft>(message, reading)
    }

    fn decode_other<'a, M: Message<'a>>(
        &'a mut self,
        message: &'a [u8],
        reading: Reading,
    ) -> DecodedMessage<'a, M::Value> {
        let Self { limits, scratch, room, scanner } = self;
        let (stripped, odd) = strip(message);
        begin(scratch, reading, odd);
        let draft = readable(stripped, *limits, &mut scratch.violations).map(|text| {
            let how = (reading, *limits);
            let draft = read::<M>(text, how, room_for(room, text), scratch).or_else(|| {
                begin(scratch, reading, odd);
                read_again::<M>(text, how, scanner, scratch)
            });
            if draft.is_none() {
                begin(scratch, reading, odd);
                name_fault(text, limits.depth, &mut scratch.violations);
            }
            (text, draft)
        });
        let scratch: &'a Scratch = scratch;
        let violations = &scratch.violations;
        let value = draft
            .and_then(|(text, draft)| Some((text, draft?)))
            .filter(|_| violations.reasons().is_empty())
            .map(|(text, draft)| draft.finish(Arena::new(text, &scratch.slots)));
        DecodedMessage {
            message: value,
            violations: violations.list(),
            codes: violations.codes(),
            reasons: violations.reasons(),
        }
    }
}

/// Reads a message in one pass; `None` if it is no JSON.
fn read<'a, M: Message<'a>>(
    text: &'a str,
    how: (Reading, Limits),
    room: &'a mut [u8],
    scratch: &mut Scratch,
) -> Option<M> {
    let mut walk = Walk::new(Scan::new(text, how.1.depth, room), how, scratch);
    let draft = walk_through(&mut walk);
    walk.into_source().is_whole().then_some(draft)
}

/// Reads a message by simd-json's tape, as for an event.
#[cold]
fn read_again<'a, M: Message<'a>>(
    text: &'a str,
    how: (Reading, Limits),
    scanner: &'a mut Option<Scanner>,
    scratch: &mut Scratch,
) -> Option<M> {
    let scanner = scanner.get_or_insert_with(|| Scanner::new(how.1.depth));
    scanner.scan(text, |cursor| walk_through(&mut Walk::new(cursor, how, scratch)))
}

fn walk_through<'a, M: Message<'a>, C: Source<'a>>(walk: &mut Walk<'_, 'a, C>) -> M {
    let mut draft = M::default();
    if walk.opens_object() {
        draft.members(walk);
    }
    draft
}
