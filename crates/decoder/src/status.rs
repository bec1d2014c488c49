//! GetTransactionStatus (E14), as far as it could be read; the same in OCPP 2.0.1 and 2.1.

use crate::slots::Extras;

/// GetTransactionStatusRequest.
#[derive(Debug, Clone, Copy)]
pub struct GetTransactionStatusRequest<'a> {
    /// `transactionId` as sent; absent asks for messages of any transaction.
    pub transaction_id: Option<&'a str>,
    /// `customData`, and members that no schema knows, raw JSON.
    pub extras: Extras<'a>,
}

/// GetTransactionStatusResponse.
#[derive(Debug, Clone, Copy)]
pub struct GetTransactionStatusResponse<'a> {
    /// `ongoingIndicator`; absent where no transaction was named (E14.FR.06).
    pub ongoing: Option<bool>,
    /// `messagesInQueue`; `None` if it is missing or unreadable, which is a violation: "no more messages" would be a guess,
    /// and the charge would be closed with a hole.
    pub messages_in_queue: Option<bool>,
    /// `customData`, and members that no schema knows, raw JSON.
    pub extras: Extras<'a>,
}
