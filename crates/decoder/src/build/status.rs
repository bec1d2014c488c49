//! GetTransactionStatus: the question that a CSMS asks, and the answer of a station (E14).

use wattledger_record::OcppVersion;

use super::checked::{CustomData, Payload, payload};
use super::{Refused, Rule};
use crate::bounds::TRANSACTION_ID;

/// A GetTransactionStatusRequest that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GetTransactionStatusRequest<'a> {
    /// `transactionId`, as the station spelled it; `None` asks for messages of any transaction.
    pub transaction_id: Option<&'a str>,
    /// `customData`.
    pub custom_data: Option<CustomData<'a>>,
}

/// A GetTransactionStatusResponse that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GetTransactionStatusResponse<'a> {
    /// `ongoingIndicator`: there if and only if the request named a transaction (E14.FR.01 to .03, .06).
    pub ongoing: Option<bool>,
    /// `messagesInQueue`.
    pub messages_in_queue: bool,
    /// `customData`.
    pub custom_data: Option<CustomData<'a>>,
}

impl GetTransactionStatusRequest<'_> {
    /// Builds the request.
    ///
    /// # Errors
    /// Names every rule that the draft breaks.
    pub fn build(&self, version: OcppVersion) -> Result<Payload, Refused> {
        const NAME: &str = "transactionId";
        payload(version, |checked| {
            if let Some(id) = self.transaction_id {
                if id.is_empty() {
                    checked.refuse(NAME, Rule::Empty);
                }
                checked.text(NAME, id, TRANSACTION_ID);
            }
            checked.custom_data(self.custom_data);
        })
    }
}

impl GetTransactionStatusResponse<'_> {
    /// Builds the response to a request that named, or did not name, a transaction.
    ///
    /// # Errors
    /// Names every rule that the draft breaks.
    pub fn build(&self, version: OcppVersion, request_had_id: bool) -> Result<Payload, Refused> {
        const NAME: &str = "ongoingIndicator";
        payload(version, |checked| {
            match self.ongoing {
                Some(_) if !request_had_id => checked.refuse(NAME, Rule::Unasked),
                None if request_had_id => checked.refuse(NAME, Rule::Missing),
                Some(ongoing) => checked.boolean(NAME, ongoing),
                None => {}
            }
            checked.boolean("messagesInQueue", self.messages_in_queue);
            checked.custom_data(self.custom_data);
        })
    }
}
