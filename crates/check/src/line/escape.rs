//! Text inside a quoted text: what a log writer did to a frame to put it into a string.
//!
//! JSON strings and Go's `%q` differ only in escapes that JSON lacks (`\a`, `\v`, `\xHH`), so one reader serves both.
//! A frame in a log line of a program whose output is collected as JSON (Docker) is quoted twice.

/// The bytes of a quoted text from its first to before its closing quote: `backslashes` stand before a quote that was
/// there before quoting, so a quote with fewer ends it. A line that was cut has none; then all of it belongs to the text.
pub(super) fn quoted(text: &[u8], backslashes: usize) -> &[u8] {
    let ends = memchr::memchr_iter(b'"', text).find(|quote| {
        let before = text.get(..*quote).unwrap_or_default();
        before.iter().rev().take_while(|b| **b == b'\\').count() < backslashes
    });
    let Some(end) = ends else { return text };
    let before = text.get(..end).unwrap_or(text);
    let slashes = before.iter().rev().take_while(|b| **b == b'\\').count();
    before.get(..before.len() - slashes).unwrap_or(before)
}

/// Takes one layer of escapes off. What is no escape stays as it is.
pub(super) fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, escape) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        out.extend_from_slice(plain);
        let taken = one(escape, &mut out);
        rest = escape.get(taken..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// Appends what one escape stands for; the bytes it took.
fn one(escape: &[u8], out: &mut Vec<u8>) -> usize {
    let simple = |byte: u8, out: &mut Vec<u8>| {
        out.push(byte);
        2
    };
    match escape.get(1) {
        Some(quoted @ (b'"' | b'\\' | b'/' | b'\'')) => simple(*quoted, out),
        Some(b'n') => simple(b'\n', out),
        Some(b't') => simple(b'\t', out),
        Some(b'r') => simple(b'\r', out),
        Some(b'b') => simple(8, out),
        Some(b'f') => simple(12, out),
        Some(b'a') => simple(7, out),
        Some(b'v') => simple(11, out),
        Some(b'x') => hex(escape, 2, 4)
            .and_then(|(code, taken)| {
                out.push(u8::try_from(code).ok()?);
                Some(taken)
            })
            .unwrap_or_else(|| as_it_is(out)),
        Some(b'u') => character(escape)
            .map(|(character, taken)| {
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                taken
            })
            .unwrap_or_else(|| as_it_is(out)),
        _ => as_it_is(out),
    }
}

fn as_it_is(out: &mut Vec<u8>) -> usize {
    out.push(b'\\');
    1
}

/// A `\uXXXX`, or two that are a pair.
fn character(escape: &[u8]) -> Option<(char, usize)> {
    let (high, taken) = hex(escape, 2, 6)?;
    if let Some(character) = char::from_u32(high) {
        return Some((character, taken));
    }
    let second = escape.get(taken..)?;
    let (low, more) = second.starts_with(b"\\u").then(|| hex(second, 2, 6)).flatten()?;
    let units = [u16::try_from(high).ok()?, u16::try_from(low).ok()?];
    let pair = char::decode_utf16(units).next()?.ok()?;
    Some((pair, taken + more))
}

fn hex(escape: &[u8], from: usize, until: usize) -> Option<(u32, usize)> {
    let digits = std::str::from_utf8(escape.get(from..until)?).ok()?;
    let all = digits.bytes().all(|b| b.is_ascii_hexdigit());
    Some((u32::from_str_radix(digits, 16).ok().filter(|_| all)?, until))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(escaped: &str) -> String {
        String::from_utf8_lossy(&unescape(escaped.as_bytes())).into_owned()
    }

    #[test]
    fn a_layer_comes_off() {
        assert_eq!(text(r#"[2,\"a\",{\"b\":\"c\\\"d\"}]"#), r#"[2,"a",{"b":"c\"d"}]"#);
        assert_eq!(text(r"\u00e9\u20ac\ud83d\ude00\x41\n\/"), "é€😀A\n/");
        assert_eq!(text(r"\ud83d \q \u12 \xzz \"), r"\ud83d \q \u12 \xzz \");
        assert_eq!(text(r"\ud83d\u0041"), r"\ud83dA");
    }

    #[test]
    fn a_quoted_text_ends_where_its_quote_does() {
        assert_eq!(quoted(br#"[2,\"a\"]" logger=x"#, 1), br#"[2,\"a\"]"#);
        assert_eq!(quoted(br#"[2,\\\"a\\\"]\" level=info\n","stream":"#, 3), br#"[2,\\\"a\\\"]"#);
        assert_eq!(quoted(br#"[2,\"a\",{\"b"#, 1), br#"[2,\"a\",{\"b"#);
    }

    #[test]
    fn what_serde_escapes_comes_back() {
        let texts =
            ["plain", "a\"b\\c\u{1}\n\u{1F600}ä", "[2,\"x\",\"TransactionEvent\",{\"a\":\"\\u00e9\"}]"];
        for original in texts {
            let json = serde_json::to_string(original).unwrap();
            assert_eq!(text(json.trim_matches('"')), original);
        }
    }
}
