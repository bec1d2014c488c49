//! What a CSMS sends, built so that it cannot be invalid: a draft says what is wanted, and becomes a [`Payload`] for a
//! connection of a version, or is refused with every rule that it breaks.
//!
//! The rules are those of the JSON schemas and of the prose beside them; what is built here is read by
//! [`Decoder`](crate::Decoder) without a violation. Drafts borrow; fields stand in the order of the schema of 2.1, `None`
//! and empty lists are left out (OCPP-J part 4, 4.1.5).
//!
//! ```
//! use wattledger_decoder::build::{IdTokenInfo, TransactionEventResponse};
//! use wattledger_decoder::{AuthorizationStatus, frame};
//! use wattledger_record::OcppVersion;
//!
//! let token = IdTokenInfo::new(AuthorizationStatus::Accepted);
//! let draft = TransactionEventResponse {
//!     total_cost: Some("12.50"),
//!     id_token_info: Some(token),
//!     ..TransactionEventResponse::default()
//! };
//! let payload = draft.build(OcppVersion::V201, true)?;
//! let mut answer = Vec::new();
//! frame::write_call_result(&mut answer, "19223201", payload.as_bytes());
//! assert_eq!(answer, br#"[3,"19223201",{"totalCost":12.5,"idTokenInfo":{"status":"Accepted"}}]"#);
//! # Ok::<(), wattledger_decoder::build::Refused>(())
//! ```

mod answer;
mod checked;
mod refusal;
mod status;

pub use self::answer::{
    AdditionalInfo, IdToken, IdTokenInfo, MessageContent, TransactionEventResponse, TransactionLimit,
};
pub use self::checked::{CustomData, Payload};
pub use self::refusal::{Refusal, Refused, Rule};
pub use self::status::{GetTransactionStatusRequest, GetTransactionStatusResponse};
