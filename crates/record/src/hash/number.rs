//! Hash of a number, by its exact decimal value.

use xxhash_rust::const_xxh3::xxh3_128_with_seed as xxh3_at_compile_time;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::{ContentHash, NUMBER};

/// Longest canonical digit string hashed without an allocation; longer numbers take the slow path.
const DIGITS_INLINE: usize = 64;
/// Bytes that follow the digits: the sign and the exponent.
const TAIL: usize = 9;
/// Zero has neither sign nor exponent.
const ZERO: ContentHash = ContentHash(xxh3_at_compile_time(&[], NUMBER));
/// Longest number, sign apart, that is taken apart in a register: what nearly every station sends.
const SHORT: usize = 16;

/// Hash of a number from its JSON text (RFC 8259 §6), by exact decimal value.
///
/// The value is digits · 10^exponent with neither leading nor trailing zeros in the digits. An exponent beyond i64
/// saturates: such a number is quarantined by the decoder and only needs *a* stable hash.
#[must_use]
#[inline]
pub fn number(text: &[u8]) -> ContentHash {
    let (negative, unsigned) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if unsigned.len() <= SHORT
        && let Some(hash) = short(negative, unsigned)
    {
        return hash;
    }
    long(negative, unsigned)
}

/// A number of at most [`SHORT`] bytes, taken apart in a register; `None` if it has an exponent.
#[inline]
fn short(negative: bool, unsigned: &[u8]) -> Option<ContentHash> {
    let text = load(unsigned);
    // bytes that are no digit; the first of them is the point, or the number has an exponent
    let others = (text ^ ZEROS & below(unsigned.len())).wrapping_add(ONES * 0x76) & ONES << 7;
    let point = bytes_below(others);
    let (digits, len, fraction) = if point >= SHORT {
        (text, unsigned.len(), 0)
    } else {
        let is_point = unsigned.get(point) == Some(&b'.') && others & others.wrapping_sub(1) == 0;
        if !is_point {
            return None;
        }
        let low = text & below(point);
        (low | ((text >> 8) & !below(point)), unsigned.len() - 1, unsigned.len() - 1 - point)
    };
    // without the zeros at both ends
    let not_zero = digits ^ ZEROS & below(len);
    let leading = bytes_below(not_zero);
    if leading >= SHORT {
        return Some(ZERO);
    }
    let significant = SHORT - usize::try_from(not_zero.leading_zeros() / 8).ok()?;
    let exponent = i64::try_from(len - significant).ok()? - i64::try_from(fraction).ok()?;
    let digits = (digits & below(significant)) >> (8 * leading);
    let significant = significant - leading;
    let mut canonical = [0; SHORT + TAIL];
    canonical.first_chunk_mut()?.clone_from(&digits.to_le_bytes());
    canonical.get_mut(significant..significant + TAIL)?.copy_from_slice(&tail(negative, exponent));
    Some(ContentHash(xxh3_128_with_seed(canonical.get(..significant + TAIL)?, NUMBER)))
}

const ONES: u128 = u128::from_le_bytes([1; SHORT]);
const ZEROS: u128 = u128::from_le_bytes([b'0'; SHORT]);

/// At most 16 bytes, the first lowest, zeros above.
#[inline]
fn load(bytes: &[u8]) -> u128 {
    let len = bytes.len();
    match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        // both halves overlap where there are fewer than 16; then they agree
        (Some(first), Some(last)) => {
            u128::from(u64::from_le_bytes(*first)) | u128::from(u64::from_le_bytes(*last)) << (8 * (len - 8))
        }
        _ => bytes.iter().rev().fold(0, |word, byte| word << 8 | u128::from(*byte)),
    }
}

/// All bits of the first bytes.
#[inline]
fn below(bytes: usize) -> u128 {
    BELOW.get(bytes).copied().unwrap_or(u128::MAX)
}

const BELOW: [u128; SHORT] = {
    let mut masks = [0; SHORT];
    let mut bytes = 1;
    while bytes < SHORT {
        masks[bytes] = masks[bytes - 1] << 8 | 0xff;
        bytes += 1;
    }
    masks
};

/// How many bytes stand before the first that has a bit set.
#[inline]
fn bytes_below(word: u128) -> usize {
    usize::try_from(word.trailing_zeros() / 8).unwrap_or(SHORT)
}

#[cold]
fn long(negative: bool, unsigned: &[u8]) -> ContentHash {
    let (mantissa, exponent) = split_exponent(unsigned);
    let (whole, fraction) = split_at_byte(mantissa, b'.');
    let fraction_len = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    let trailing_zeros = trailing_zeros(whole, fraction);
    let exponent = exponent
        .saturating_sub(fraction_len)
        .saturating_add(i64::try_from(trailing_zeros).unwrap_or(i64::MAX));
    let significant = (whole.len() + fraction.len()) - trailing_zeros;
    let digits = whole.iter().chain(fraction).copied().take(significant).skip_while(|&d| d == b'0');
    let mut inline = [0u8; DIGITS_INLINE + TAIL];
    let mut len = 0;
    let mut long = Vec::new();
    for digit in digits {
        if let (true, Some(slot)) = (len < DIGITS_INLINE, inline.get_mut(len)) {
            *slot = digit;
            len += 1;
        } else {
            if long.is_empty() {
                long.extend(inline.iter().take(len));
            }
            long.push(digit);
        }
    }
    if len == 0 {
        return ZERO;
    }
    let tail = tail(negative, exponent);
    if long.is_empty() {
        if let Some(slots) = inline.get_mut(len..len + tail.len()) {
            slots.copy_from_slice(&tail);
        }
        ContentHash(xxh3_128_with_seed(inline.get(..len + tail.len()).unwrap_or_default(), NUMBER))
    } else {
        long.extend_from_slice(&tail);
        ContentHash(xxh3_128_with_seed(&long, NUMBER))
    }
}

fn tail(negative: bool, exponent: i64) -> [u8; TAIL] {
    let mut tail = [0; TAIL];
    if let Some((sign, rest)) = tail.split_first_mut() {
        *sign = u8::from(negative);
        rest.copy_from_slice(&exponent.to_le_bytes());
    }
    tail
}

fn trailing_zeros(whole: &[u8], fraction: &[u8]) -> usize {
    let in_fraction = fraction.iter().rev().take_while(|&&d| d == b'0').count();
    if in_fraction < fraction.len() {
        return in_fraction;
    }
    in_fraction + whole.iter().rev().take_while(|&&d| d == b'0').count()
}

fn split_at_byte(bytes: &[u8], at: u8) -> (&[u8], &[u8]) {
    match bytes.iter().position(|&b| b == at) {
        Some(i) => (bytes.get(..i).unwrap_or_default(), bytes.get(i + 1..).unwrap_or_default()),
        None => (bytes, &[]),
    }
}

fn split_exponent(unsigned: &[u8]) -> (&[u8], i64) {
    let Some(at) = unsigned.iter().position(|&b| b == b'e' || b == b'E') else { return (unsigned, 0) };
    let text = unsigned.get(at + 1..).unwrap_or_default();
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let magnitude = digits
        .iter()
        .fold(0i64, |n, &d| n.saturating_mul(10).saturating_add(i64::from(d.wrapping_sub(b'0'))));
    (unsigned.get(..at).unwrap_or_default(), if negative { -magnitude } else { magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A short number and the same one written too long for a register, or with an exponent, are one number.
    #[test]
    fn short_and_long_agree() {
        for text in ["0", "0.0", "0.00001", "1", "10", "100200", "1.5", "1.500", "00.10", "9999999999999999", "123456789.01234"] {
            for negative in [false, true] {
                let short = short(negative, text.as_bytes());
                assert_eq!(short, Some(long(negative, text.as_bytes())), "{text}");
                assert_eq!(short, Some(long(negative, format!("{text}e0").as_bytes())), "{text}");
            }
        }
        assert_eq!(short(false, b"1e3"), None);
        assert_eq!(short(false, b"1.5e3"), None);
        assert_eq!(short(false, b"100000000000E-3"), None);
    }
}
