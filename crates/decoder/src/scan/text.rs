//! Where a text ends, and what its escapes mean.

/// Bytes that are looked at together.
const STEP: usize = 16;

/// Number of bytes before the first quote, backslash or control character; all of them if there is none.
#[inline]
pub(crate) fn plain(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(chunk) = rest.first_chunk::<STEP>() else { return at + tail(rest) };
        let first = first_special(chunk);
        if first < STEP {
            return at + first;
        }
        at += STEP;
    }
}

#[cold]
fn tail(rest: &[u8]) -> usize {
    rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len())
}

/// Place of the first quote, backslash or control character among some bytes; [`STEP`] if there is none.
#[inline]
fn first_special(chunk: &[u8; STEP]) -> usize {
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
    #[expect(
        unsafe_code,
        reason = "the compiler wants the word for a function of a target feature, also where every target has it"
    )]
    // SAFETY: SSE2 is enabled for the whole build, as the `cfg` says.
    return unsafe { sse2(chunk) };
    #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
    portable(chunk)
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[target_feature(enable = "sse2")]
#[inline]
fn sse2(chunk: &[u8; STEP]) -> usize {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
    };
    let (low, high) = chunk.split_at(STEP / 2);
    let word = |half: &[u8]| half.first_chunk().map_or(0, |half| i64::from_le_bytes(*half));
    let bytes = _mm_set_epi64x(word(high), word(low));
    let quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x22));
    let backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x5c));
    let controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    let found = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, backslashes), controls));
    // a bit above the sixteen stands for "none"
    usize::try_from((found | 1 << STEP).trailing_zeros()).unwrap_or(STEP)
}

/// [`first_special`] for every machine; the tests hold both against each other.
#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
fn portable(chunk: &[u8; STEP]) -> usize {
    const ONES: u128 = u128::from_le_bytes([1; STEP]);
    const HIGH: u128 = ONES << 7;
    let word = u128::from_le_bytes(*chunk);
    // sets the high bit of each zero byte; a borrow can only touch bytes above a true one, which come later
    let zeros = |word: u128| word.wrapping_sub(ONES) & !word;
    let controls = word.wrapping_sub(ONES * 0x20) & !word;
    let found = (zeros(word ^ (ONES * 0x22)) | zeros(word ^ (ONES * 0x5c)) | controls) & HIGH;
    usize::try_from(found.trailing_zeros() / 8).unwrap_or(STEP)
}

/// Unescapes a text into `out`: bytes read, closing quote included, and bytes written. `None` if it is broken.
pub(crate) fn unescape(bytes: &[u8], out: &mut [u8]) -> Option<(usize, usize)> {
    let (mut read, mut written) = (0, 0);
    loop {
        let len = copy_plain(bytes.get(read..)?, out.get_mut(written..)?)?;
        read += len;
        written += len;
        match bytes.get(read)? {
            b'"' => return Some((read + 1, written)),
            b'\\' => {
                let (character, len) = escape(bytes.get(read..)?)?;
                written +=
                    character.encode_utf8(out.get_mut(written..)?.get_mut(..character.len_utf8())?).len();
                read += len;
            }
            _ => return None,
        }
    }
}

/// Copies the bytes before the first special one, and says how many they are; what follows them in `out` is overwritten.
#[inline]
fn copy_plain(bytes: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut at = 0;
    while let (Some(chunk), Some(slot)) =
        (bytes.get(at..)?.first_chunk::<STEP>(), out.get_mut(at..)?.first_chunk_mut::<STEP>())
    {
        *slot = *chunk;
        let first = first_special(chunk);
        if first < STEP {
            return Some(at + first);
        }
        at += STEP;
    }
    let len = tail(bytes.get(at..)?);
    out.get_mut(at..at + len)?.copy_from_slice(bytes.get(at..at + len)?);
    Some(at + len)
}

/// The character that an escape stands for, and the length of the escape.
fn escape(bytes: &[u8]) -> Option<(char, usize)> {
    let character = match bytes.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(bytes),
        _ => return None,
    };
    Some((character, 2))
}

/// `\uXXXX`, or two of them that make a pair.
fn unicode(bytes: &[u8]) -> Option<(char, usize)> {
    let high = unit(bytes)?;
    if !(0xd800..0xdc00).contains(&high) {
        return char::from_u32(high).map(|character| (character, 6));
    }
    let low = unit(bytes.get(6..)?).filter(|low| (0xdc00..0xe000).contains(low))?;
    char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)).map(|character| (character, 12))
}

/// The code unit of a `\uXXXX`.
pub(crate) fn unit(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.get(..6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn escapes_are_read_and_broken_ones_refused() {
        let mut room = [0; 64];
        for (text, expect) in [
            (r#"a\"b\\\/\b\f\n\r\t" rest"#, Some("a\"b\\/\u{8}\u{c}\n\r\t")),
            (r#"\u00e4\u00E4\ud83d\ude00""#, Some("ää😀")),
            (r#"ä""#, Some("ä")),
            (r#"\ud83d""#, None),
            (r#"\ude00""#, None),
            (r#"\ud83d\n""#, None),
            (r#"\u12g4""#, None),
            (r#"\u+123""#, None),
            (r#"\x""#, None),
            (r"\", None),
            ("open", None),
            ("a\u{7}\"", None),
        ] {
            let found = unescape(text.as_bytes(), &mut room).map(|(_, written)| room[..written].to_vec());
            assert_eq!(found, expect.map(|text| text.as_bytes().to_vec()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_way_of_finding_the_end_agrees(chunk in any::<[u8; STEP]>(), quote in 0..STEP * 2) {
            let mut chunk = chunk;
            if let Some(slot) = chunk.get_mut(quote) {
                *slot = b'"';
            }
            let plainly = tail(&chunk);
            prop_assert_eq!(first_special(&chunk), plainly);
            prop_assert_eq!(portable(&chunk), plainly);
            prop_assert_eq!(plain(&chunk.repeat(3)), if plainly < STEP { plainly } else { STEP * 3 });
        }
    }
}
