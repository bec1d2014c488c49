//! Bytes of one TransactionEventRequest -> a checked [`TransactionEvent`], every [`Violation`], and the content hash.
//!
//! The stretch of the path: strip (byte order mark, trailing NUL) → UTF-8 → one walk over the bytes that reads fields,
//! lists violations and hashes (simd-json's tape is the second opinion where the bytes are no JSON) → values in base
//! units. Pure: no clock, no I/O, no log.
//!
//! **Outcomes.** *Clean*; *flagged*: readable, breaks a rule that does not make it ambiguous; *quarantined*: no event.
//! A message is quarantined only if a violation of [`Severity::Quarantine`] was found; nothing is guessed or
//! defaulted: what is missing or unreadable is `None`.
//!
//! **Beside the event.** [`frame`] reads and writes the OCPP-J frames around messages; [`Decoder::decode_response`],
//! [`Decoder::decode_status_request`] and [`Decoder::decode_status_response`] read what else belongs to a transaction, by the
//! same rules and codes; [`build`] makes what a CSMS sends, so that it cannot be invalid.
//!
//! **Lifetimes.** Text borrows from the message, or from the decoder's scratch where it was escaped; a [`Decoded`]
//! has to be dropped before the next message. Once its buffers are warm a decoder does not allocate.

mod answer;
mod bounds;
pub mod build;
mod code;
mod cost;
mod decimal;
mod decoded;
mod decoder;
mod event;
pub mod frame;
mod hashed;
mod json;
pub mod limits;
mod names;
mod number;
mod path;
mod read;
mod sample;
mod scan;
mod slots;
mod source;
mod status;
mod tape;
mod time;
mod unit;
mod unreadable;
mod violation;
pub mod vocabulary;
mod words;

pub use answer::{EvseIdSlot, IdTokenInfo, MessageContent, MessageSlot, TransactionEventResponse};
pub use code::{Code, CodeSet, OcppError, Severity, UnknownCode};
pub use cost::{
    ChargingPeriod, CostDetails, Dimension, DimensionSlot, PeriodSlot, Price, TaxRate, TaxRateSlot,
    TotalCost, TotalUsage,
};
pub use decoded::{Decoded, DecodedMessage, Outcome, Preview};
pub use decoder::{Decoder, Reading};
pub use event::{Amount, Evse, IdToken, Timestamp, TransactionEvent, TransactionInfo, TransactionLimit};
pub use limits::Limits;
pub use sample::{
    MeterValue, MeterValueSlot, MeterValues, SampleSlot, SampledValue, Samples, SignedMeterValue,
};
pub use slots::{
    AdditionalInfo, AdditionalInfoSlot, AdditionalInfos, Arena, Extra, ExtraSlot, Extras, List, Slot,
};
pub use status::{GetTransactionStatusRequest, GetTransactionStatusResponse};
pub use unit::{Unit, UnitSpelling};
pub use violation::{Text, Violation};
pub use vocabulary::{
    AuthorizationStatus, ChargingState, CostKind, DimensionKind, EventType, Location, Measurand,
    MessageFormat, OperationMode, Phase, PreconditioningStatus, ReadingContext, Spelled, StoppedReason,
    TokenType, TriggerReason,
};
