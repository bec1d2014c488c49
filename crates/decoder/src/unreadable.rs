//! The cold path: what is wrong with bytes that the scanner refused, and which event they might have been.
//!
//! A plain JSON reader that stops at the first fault and names it. Input: text that is UTF-8; output: a code and a
//! place. It also finds an id and a seqNo by sight, so that people can tell which charge a broken message belongs to;
//! nothing is ever decided by them.

use crate::code::Code;
use crate::number::Number;
use crate::scan::text::{self, plain};

/// Why a text is no JSON that can be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    /// Byte of the stripped message.
    pub(crate) at: usize,
}

/// The first fault of a text; `not_json` at its end if there is none to be found.
pub(crate) fn diagnose(text: &str, depth_max: usize) -> Fault {
    let mut reader = Reader::new(text.as_bytes(), depth_max);
    let code = match reader.document() {
        Ok(()) => Code::NotJson,
        Err(code) => code,
    };
    Fault { code, at: reader.at }
}

/// A plain reader: each step passes what it names, or says what is wrong with it.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    pub(crate) at: usize,
    depth_max: usize,
}

type Step = Result<(), Code>;

impl<'a> Reader<'a> {
    /// A reader at the beginning; arrays and objects may lie `depth_max` deep.
    pub(crate) const fn new(bytes: &'a [u8], depth_max: usize) -> Self {
        Self { bytes, at: 0, depth_max }
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Passes white space.
    pub(crate) fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Passes one byte that has to be there.
    pub(crate) fn take(&mut self, byte: u8) -> Step {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(Code::NotJson)
        }
    }

    fn document(&mut self) -> Step {
        self.blank();
        self.value(0)?;
        self.blank();
        if self.at == self.bytes.len() { Ok(()) } else { Err(Code::NotJson) }
    }

    /// Passes a value that lies in `depth` others.
    pub(crate) fn value(&mut self, depth: usize) -> Step {
        match self.peek() {
            Some(b'{') => self.items(depth, b'}', |reader| {
                reader.string()?;
                reader.blank();
                reader.take(b':')?;
                reader.blank();
                reader.value(depth + 1)
            }),
            Some(b'[') => self.items(depth, b']', |reader| reader.value(depth + 1)),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    /// The inside of an object or array.
    fn items(&mut self, depth: usize, close: u8, mut item: impl FnMut(&mut Self) -> Step) -> Step {
        if depth >= self.depth_max {
            return Err(Code::TooDeep);
        }
        self.at += 1;
        self.blank();
        if self.peek() == Some(close) {
            self.at += 1;
            return Ok(());
        }
        loop {
            item(self)?;
            self.blank();
            if self.peek() != Some(b',') {
                return self.take(close);
            }
            self.at += 1;
            self.blank();
        }
    }

    fn word(&mut self) -> Step {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        for word in ["true", "false", "null"] {
            if rest.starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(());
            }
        }
        let is_not_finite = ["nan", "infinity", "inf"]
            .iter()
            .any(|word| rest.get(..word.len()).is_some_and(|r| r.eq_ignore_ascii_case(word.as_bytes())));
        Err(if is_not_finite { Code::NumberNotFinite } else { Code::NotJson })
    }

    fn number(&mut self) -> Step {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.first() == Some(&b'-') && rest.get(1).is_some_and(u8::is_ascii_alphabetic) {
            self.at += 1;
            return self.word().and(Err(Code::NotJson));
        }
        let of_number = |b: &&u8| matches!(b, b'0'..=b'9' | b'-' | b'.' | b'+' | b'e' | b'E');
        let len = rest.iter().take_while(of_number).count();
        let text = rest.get(..len).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
        let number = Number::of(text).ok_or(Code::NotJson)?;
        if !number.is_finite() {
            return Err(Code::NumberNotFinite);
        }
        self.at += len;
        Ok(())
    }

    /// Passes a text, quotes included.
    pub(crate) fn string(&mut self) -> Step {
        self.take(b'"')?;
        loop {
            self.at += plain(self.bytes.get(self.at..).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(_) | None => return Err(Code::NotJson),
            }
        }
    }

    fn escape(&mut self) -> Step {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(())
            }
            Some(b'u') => {
                let high = self.unit(0).ok_or(Code::NotJson)?;
                let is_pair = (0xd800..0xdc00).contains(&high);
                if (0xdc00..0xe000).contains(&high) {
                    return Err(Code::LoneSurrogate);
                }
                if is_pair {
                    let low = self.unit(6).ok_or(Code::LoneSurrogate)?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(Code::LoneSurrogate);
                    }
                }
                self.at += if is_pair { 12 } else { 6 };
                Ok(())
            }
            _ => Err(Code::NotJson),
        }
    }

    /// The code unit of the escape that begins so many bytes ahead.
    fn unit(&self, ahead: usize) -> Option<u32> {
        text::unit(self.bytes.get(self.at + ahead..)?)
    }
}

/// Text of the first `"transactionId": "…"` by sight; `None` if it is escaped, cut, or holds
/// control characters.
pub(crate) fn transaction_id(message: &[u8]) -> Option<&str> {
    let rest = after_name(message, b"\"transactionId\"")?.strip_prefix(b"\"")?;
    let end = memchr::memchr2(b'"', b'\\', rest)?;
    let text = rest.get(..end)?;
    let whole = rest.get(end) == Some(&b'"') && !text.iter().any(u8::is_ascii_control);
    whole.then(|| std::str::from_utf8(text).ok())?
}

/// The first `"seqNo": …` by sight; `None` if it is no whole integer followed by something else.
pub(crate) fn seq_no(message: &[u8]) -> Option<i64> {
    let rest = after_name(message, b"\"seqNo\"")?;
    let len = rest.iter().position(|b| !b.is_ascii_digit() && *b != b'-')?;
    if matches!(rest.get(len), Some(b'.' | b'e' | b'E')) {
        return None;
    }
    std::str::from_utf8(rest.get(..len)?).ok()?.parse().ok()
}

fn after_name<'a>(message: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at = memchr::memmem::find(message, name)?;
    let rest = message.get(at + name.len()..)?.trim_ascii_start();
    Some(rest.strip_prefix(b":")?.trim_ascii_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_first_fault() {
        for (text, code, at) in [
            ("", Code::NotJson, 0),
            ("{", Code::NotJson, 1),
            ("{\"a\":1,}", Code::NotJson, 7),
            ("{\"a\":NaN}", Code::NumberNotFinite, 5),
            ("{\"a\":-Infinity}", Code::NumberNotFinite, 6),
            ("{\"a\":1e400}", Code::NumberNotFinite, 5),
            ("{\"a\":01}", Code::NotJson, 5),
            ("{\"a\":\"\\ud83d\"}", Code::LoneSurrogate, 6),
            ("{\"a\":\"\\ude00\"}", Code::LoneSurrogate, 6),
            ("{\"a\":\"\\ud83dx\\ude00\"}", Code::LoneSurrogate, 6),
            ("{\"a\":\"\u{7}\"}", Code::NotJson, 6),
            ("{} x", Code::NotJson, 3),
            ("[[[1]]]", Code::TooDeep, 2),
        ] {
            assert_eq!(diagnose(text, 2), Fault { code, at }, "{text}");
        }
    }

    #[test]
    fn finds_ids_by_sight() {
        let cut = br#"{"eventType":"Ended","seqNo" : 12,"transactionInfo":{"transactionId": "tx-9","chargi"#;
        assert_eq!(transaction_id(cut), Some("tx-9"));
        assert_eq!(seq_no(cut), Some(12));
        assert_eq!(seq_no(b"{\"seqNo\":1"), None);
        assert_eq!(seq_no(b"{\"seqNo\":1.5}"), None);
        assert_eq!(transaction_id(b"{\"transactionId\":\"a\\u0041\"}"), None);
        assert_eq!(transaction_id(b"{\"transactionId\":\"tx"), None);
    }
}
