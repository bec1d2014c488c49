//! A message, and what each of the two readers says of it.

use std::fmt::Write as _;

use wattledger_decoder::frame::{self, Frame};

pub(super) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What the exact reader says, in one line.
fn exact(message: &[u8]) -> String {
    match frame::read(message) {
        Ok(Frame::Call { message_id, action, payload }) => {
            format!("call {message_id:?} {action:?} {}", lossy(payload))
        }
        Ok(Frame::CallResult { message_id, payload }) => {
            format!("result {message_id:?} {}", lossy(payload))
        }
        Ok(Frame::CallError { message_id, code, description, details }) => {
            format!("error {message_id:?} {code:?} {description:?} {}", lossy(details))
        }
        Ok(Frame::CallResultError { message_id, code, description, details }) => {
            format!("result error {message_id:?} {code:?} {description:?} {}", lossy(details))
        }
        Ok(Frame::Send { message_id, action, payload }) => {
            format!("send {message_id:?} {action:?} {}", lossy(payload))
        }
        Err(fault) => {
            let place = if fault.in_payload { " in the payload" } else { "" };
            let mut line = format!("{} at {}{place}", fault.code, fault.at);
            if let Some(kind) = fault.message_type {
                write!(line, ", {kind:?}").unwrap();
            }
            if let Some(id) = &fault.message_id {
                write!(line, " {id:?}").unwrap();
            }
            line
        }
    }
}

/// What the tolerant reader says, in one line.
fn tolerant(message: &[u8]) -> String {
    match frame::head(message) {
        Some(head) => {
            let action = head.action.map_or_else(String::new, |action| format!(" {action:?}"));
            format!("{:?} {:?}{action} | {}", head.message_type, head.message_id, lossy(head.payload))
        }
        None => "-".to_owned(),
    }
}

pub(super) fn check(table: &[(&[u8], &str, &str)]) {
    let mut differing = String::new();
    for (message, read, head) in table {
        for (found, expected) in [(exact(message), *read), (tolerant(message), *head)] {
            if found != expected {
                writeln!(differing, "{}\n  found    {found}\n  expected {expected}", lossy(message)).unwrap();
            }
        }
    }
    assert!(differing.is_empty(), "{differing}");
}
