//! Writing JSON.

use crate::limits::DEPTH_CEILING;
use crate::unreadable::Reader;

/// Appends a text in quotes; what JSON does not let stand is escaped (RFC 8259, 7), nothing else.
pub(crate) fn text(out: &mut Vec<u8>, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            0..0x20 => {
                let low = HEX.get(usize::from(byte % 16)).copied().unwrap_or(b'0');
                out.extend([b'\\', b'u', b'0', b'0', b'0' + byte / 16, low]);
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// Whether some bytes are one JSON value, without white space around.
pub(crate) fn is_one_value(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes, DEPTH_CEILING);
    std::str::from_utf8(bytes).is_ok() && reader.value(0).is_ok() && reader.at == bytes.len()
}
