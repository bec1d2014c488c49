//! OCPP-J frames: what the exact reader reads, the tolerant one reads the same, and writing gives it back.

use wattledger_decoder::frame::{DESCRIPTION_CHARACTERS_MAX, Frame, head, read};

pub fn check(message: &[u8]) {
    let head = head(message);
    if let Some(head) = &head {
        within(head.payload, message);
    }
    let Ok(frame) = read(message) else { return };
    let head = head.expect("what can be read has a head");
    assert_eq!(head.message_type, frame.message_type());
    assert_eq!(head.message_id, frame.message_id());
    match &frame {
        Frame::Call { action, payload, .. } | Frame::Send { action, payload, .. } => {
            assert_eq!(head.action.as_ref(), Some(action));
            assert_eq!(head.payload, *payload);
            within(payload, message);
        }
        Frame::CallResult { payload, .. } => {
            assert_eq!(head.payload, *payload);
            within(payload, message);
        }
        Frame::CallError { details, .. } | Frame::CallResultError { details, .. } => within(details, message),
    }
    let mut written = Vec::new();
    frame.write(&mut written);
    assert_eq!(read(&written).as_ref(), Ok(&cut(frame.clone())));
}

/// A frame as it is written: its description has at most 255 characters.
fn cut(mut frame: Frame<'_>) -> Frame<'_> {
    if let Frame::CallError { description, .. } | Frame::CallResultError { description, .. } = &mut frame {
        *description = description.chars().take(DESCRIPTION_CHARACTERS_MAX).collect();
    }
    frame
}

/// Bytes are a piece of the message itself.
fn within(bytes: &[u8], message: &[u8]) {
    let (bytes, message) = (bytes.as_ptr_range(), message.as_ptr_range());
    assert!(bytes.is_empty() || (message.start <= bytes.start && bytes.end <= message.end));
}
