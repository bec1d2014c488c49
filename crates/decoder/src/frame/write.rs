//! Writers of frames. Texts are escaped; payloads and details are written as they stand, so they have to be JSON: the
//! builders of this crate give no other.

use super::{DESCRIPTION_CHARACTERS_MAX, Frame, MessageType};
use crate::code::OcppError;
use crate::json;

/// What an error says where there are no details (part 4, 4.2.3).
const NO_DETAILS: &[u8] = b"{}";

/// Appends `[2,"<id>","<action>",payload]`.
pub fn write_call(out: &mut Vec<u8>, message_id: &str, action: &str, payload: &[u8]) {
    write(out, MessageType::Call, &[message_id, action], payload);
}

/// Appends `[3,"<id>",payload]`.
pub fn write_call_result(out: &mut Vec<u8>, message_id: &str, payload: &[u8]) {
    write(out, MessageType::CallResult, &[message_id], payload);
}

/// Appends `[4,"<id>","<code>","<description>",details]`. A description is cut to 255 characters; empty details are `{}`.
pub fn write_call_error(
    out: &mut Vec<u8>,
    message_id: &str,
    code: OcppError,
    description: &str,
    details: &[u8],
) {
    error(out, MessageType::CallError, [message_id, code.as_str(), description], details);
}

/// Appends `[5,"<id>","<code>","<description>",details]` (2.1), as [`write_call_error`] does.
pub fn write_call_result_error(
    out: &mut Vec<u8>,
    message_id: &str,
    code: OcppError,
    description: &str,
    details: &[u8],
) {
    error(out, MessageType::CallResultError, [message_id, code.as_str(), description], details);
}

/// Appends `[6,"<id>","<action>",payload]` (2.1).
pub fn write_send(out: &mut Vec<u8>, message_id: &str, action: &str, payload: &[u8]) {
    write(out, MessageType::Send, &[message_id, action], payload);
}

impl Frame<'_> {
    /// Appends the frame; reading it gives an equal one, but for the description of an error, which is cut to its bound.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Call { message_id, action, payload } | Self::Send { message_id, action, payload } => {
                write(out, self.message_type(), &[message_id, action], payload);
            }
            Self::CallResult { message_id, payload } => write_call_result(out, message_id, payload),
            Self::CallError { message_id, code, description, details }
            | Self::CallResultError { message_id, code, description, details } => {
                error(out, self.message_type(), [message_id, code, description], details);
            }
        }
    }
}

fn error(out: &mut Vec<u8>, kind: MessageType, [id, code, description]: [&str; 3], details: &[u8]) {
    let end =
        description.char_indices().nth(DESCRIPTION_CHARACTERS_MAX).map_or(description.len(), |(at, _)| at);
    let description = description.get(..end).unwrap_or_default();
    write(out, kind, &[id, code, description], if details.is_empty() { NO_DETAILS } else { details });
}

fn write(out: &mut Vec<u8>, kind: MessageType, texts: &[&str], payload: &[u8]) {
    debug_assert!(json::is_one_value(payload), "a payload that is no JSON");
    out.extend([b'[', b'0' + kind.number()]);
    for text in texts {
        out.push(b',');
        json::text(out, text);
    }
    out.push(b',');
    out.extend(payload);
    out.push(b']');
}
