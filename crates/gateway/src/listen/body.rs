//! A request body under limits of size and time, inflated if it came compressed.
//!
//! Input: any HTTP body. Output: its bytes in one piece. Invariants: no byte is held that was not reserved first; at
//! most one byte more than the limit is ever inflated, whatever the compression ratio; a zstd window is 8 MiB at
//! most (RFC 8878 §3.1.1.1.2), so a frame head of a few bytes cannot claim more.
//!
//! A compressed body is first received whole and then inflated at one go, so that the memory of a decompressor is
//! held only while a core works on it, not while a slow client thinks.

use std::future::poll_fn;
use std::io::{self, Read};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use flate2::bufread::MultiGzDecoder;
use http::{HeaderMap, header};
use http_body::Body;
use tokio::sync::Semaphore;

use crate::admission::Reservation;
use crate::error::Refusal;

/// log2 of the largest zstd window that is accepted.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;
/// First step of an inflating buffer, in bytes; it doubles.
const INFLATE_STEP: usize = 64 << 10;

/// How a body is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Identity,
    Gzip,
    Zstd,
}

/// What a body may cost.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    /// Largest body, inflated, in bytes.
    pub(crate) bytes_max: usize,
    /// What is answered above it.
    pub(crate) above: Refusal,
    /// For the whole body.
    pub(crate) timeout: Duration,
    /// As many bodies are inflated at a time.
    pub(crate) inflating: Arc<Semaphore>,
}

/// Why a body is not taken, and how large it was known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turned {
    pub(crate) refusal: Refusal,
    pub(crate) bytes: u64,
}

impl Encoding {
    /// Reads `Content-Encoding`.
    ///
    /// # Errors
    /// [`Refusal::EncodingUnsupported`] for any other, and for several.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut values = headers.get_all(header::CONTENT_ENCODING).iter();
        let Some(value) = values.next() else { return Ok(Self::Identity) };
        let name = value.to_str().unwrap_or("?").trim().to_ascii_lowercase();
        match (name.as_str(), values.next()) {
            ("identity", None) => Ok(Self::Identity),
            ("gzip" | "x-gzip", None) => Ok(Self::Gzip),
            ("zstd", None) => Ok(Self::Zstd),
            _ => Err(Refusal::EncodingUnsupported),
        }
    }
}

/// Receives and inflates `body`.
///
/// # Errors
/// A refusal that says which limit was met.
pub(crate) async fn read<B>(
    body: B,
    encoding: Encoding,
    door: &Door,
    held: Reservation,
) -> Result<(Bytes, Reservation), Turned>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    let receiving = receive(body, door, held);
    let Ok(received) = tokio::time::timeout(door.timeout, receiving).await else {
        return Err(Turned { refusal: Refusal::BodyTimeout, bytes: 0 });
    };
    let (received, held) = received?;
    if encoding == Encoding::Identity {
        return Ok((received, held));
    }
    let turned = |refusal| Turned { refusal, bytes: u64::try_from(received.len()).unwrap_or(u64::MAX) };
    let Ok(slot) = Arc::clone(&door.inflating).acquire_owned().await else {
        return Err(turned(Refusal::Draining));
    };
    let (compressed, bytes_max, above) = (received.clone(), door.bytes_max, door.above);
    let work = tokio::task::spawn_blocking(move || {
        let done = inflate(&compressed, encoding, bytes_max, above, held);
        drop(slot);
        done
    });
    let (inflated, mut held) = work.await.unwrap_or(Err(Refusal::EncodingInvalid)).map_err(turned)?;
    held.shrink(received.len());
    Ok((inflated, held))
}

async fn receive<B>(body: B, door: &Door, mut held: Reservation) -> Result<(Bytes, Reservation), Turned>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    let stated = body.size_hint().lower();
    let turned = |refusal, bytes| Turned { refusal, bytes };
    if stated > u64::try_from(door.bytes_max).unwrap_or(u64::MAX) {
        return Err(turned(door.above, stated));
    }
    let mut body = pin!(body);
    let (mut first, mut rest, mut len) = (Bytes::new(), BytesMut::new(), 0usize);
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let frame = frame.map_err(|error| {
            tracing::debug!(%error, "a body broke off");
            turned(Refusal::BodyIncomplete, 0)
        })?;
        let Ok(data) = frame.into_data() else { continue };
        len = len.saturating_add(data.len());
        let bytes = stated.max(u64::try_from(len).unwrap_or(u64::MAX));
        if len > door.bytes_max {
            return Err(turned(door.above, bytes));
        }
        held.grow(data.len()).map_err(|_full| turned(Refusal::Overloaded, bytes))?;
        // most bodies come in one piece, which is then used as it is
        if first.is_empty() && rest.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                rest.reserve(usize::try_from(stated).unwrap_or(0).max(first.len() + data.len()));
                rest.extend_from_slice(&first);
                first = Bytes::new();
            }
            rest.extend_from_slice(&data);
        }
    }
    Ok((if rest.is_empty() { first } else { rest.freeze() }, held))
}

fn inflate(
    compressed: &[u8],
    encoding: Encoding,
    bytes_max: usize,
    above: Refusal,
    mut held: Reservation,
) -> Result<(Bytes, Reservation), Refusal> {
    if compressed.is_empty() {
        return Ok((Bytes::new(), held));
    }
    let invalid = |_error: io::Error| Refusal::EncodingInvalid;
    let inflated = match encoding {
        Encoding::Identity => return Ok((Bytes::copy_from_slice(compressed), held)),
        Encoding::Gzip => read_to_limit(MultiGzDecoder::new(compressed), bytes_max, above, &mut held)?,
        Encoding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(compressed).map_err(invalid)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(invalid)?;
            read_to_limit(decoder, bytes_max, above, &mut held)?
        }
    };
    Ok((Bytes::from(inflated), held))
}

/// Reads until the end, the limit, or the end of what may be held.
fn read_to_limit(
    mut source: impl Read,
    bytes_max: usize,
    above: Refusal,
    held: &mut Reservation,
) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let mut room = INFLATE_STEP.min(bytes_max.saturating_add(1));
    loop {
        held.grow(room - bytes.len()).map_err(|_full| Refusal::Overloaded)?;
        bytes.reserve_exact(room - bytes.len());
        let wanted = u64::try_from(room - bytes.len()).unwrap_or(u64::MAX);
        source.by_ref().take(wanted).read_to_end(&mut bytes).map_err(|_error| Refusal::EncodingInvalid)?;
        if bytes.len() > bytes_max {
            return Err(above);
        }
        if bytes.len() < room {
            held.shrink(room - bytes.len());
            return Ok(bytes);
        }
        room = room.saturating_mul(2).min(bytes_max.saturating_add(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;
    use std::io::Write;

    const MIB: usize = 1 << 20;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd_with_window(bytes: &[u8], window_log: u32) -> Vec<u8> {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(window_log).unwrap();
        encoder.include_contentsize(false).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    async fn check(
        body: Vec<u8>,
        encoding: Encoding,
        bytes_max: usize,
        in_flight: usize,
    ) -> (Result<Bytes, Refusal>, usize) {
        let limit = Arc::new(Semaphore::new(in_flight));
        let door = Door {
            bytes_max,
            above: Refusal::BatchTooLarge,
            timeout: Duration::from_secs(10),
            inflating: Arc::new(Semaphore::new(1)),
        };
        let done = read(
            Full::new(Bytes::from(body)),
            encoding,
            &door,
            Reservation::new([Arc::new(Semaphore::new(in_flight)), Arc::clone(&limit)]),
        )
        .await;
        match done {
            Ok((bytes, held)) => {
                let used = in_flight - limit.available_permits();
                drop(held);
                assert_eq!(limit.available_permits(), in_flight);
                (Ok(bytes), used)
            }
            Err(turned) => {
                assert_eq!(limit.available_permits(), in_flight, "a refused body holds nothing");
                (Err(turned.refusal), 0)
            }
        }
    }

    #[tokio::test]
    async fn inflates_to_the_byte_and_holds_what_it_returns() {
        let plain: Vec<u8> = (0..200_000u32).flat_map(u32::to_le_bytes).collect();
        for (body, encoding) in [
            (plain.clone(), Encoding::Identity),
            (gzip(&plain), Encoding::Gzip),
            (zstd_with_window(&plain, 20), Encoding::Zstd),
            ([gzip(&plain[..100_000]), gzip(&plain[100_000..])].concat(), Encoding::Gzip),
        ] {
            let (bytes, used) = check(body.clone(), encoding, plain.len(), 4 * MIB).await;
            assert_eq!((bytes.unwrap(), used), (Bytes::from(plain.clone()), plain.len()));
            let (bytes, _) = check(body, encoding, plain.len() - 1, 4 * MIB).await;
            assert_eq!(bytes, Err(Refusal::BatchTooLarge));
        }
    }

    #[tokio::test]
    async fn a_bomb_meets_the_limit_before_memory_does() {
        let zeros = vec![0u8; 256 * MIB];
        for (bomb, encoding) in
            [(gzip(&zeros), Encoding::Gzip), (zstd_with_window(&zeros, 20), Encoding::Zstd)]
        {
            assert!(bomb.len() < MIB, "{} bytes", bomb.len());
            assert_eq!(
                check(bomb.clone(), encoding, 16 * MIB, 64 * MIB).await.0,
                Err(Refusal::BatchTooLarge)
            );
            assert_eq!(check(bomb, encoding, 16 * MIB, 4 * MIB).await.0, Err(Refusal::Overloaded));
        }
    }

    #[tokio::test]
    async fn a_window_above_8_mib_is_refused_by_its_head() {
        let frame = zstd_with_window(&vec![7u8; 32 * MIB], 27);
        assert_eq!(check(frame, Encoding::Zstd, 64 * MIB, 256 * MIB).await.0, Err(Refusal::EncodingInvalid));
    }

    #[tokio::test]
    async fn what_does_not_inflate_is_said() {
        let cut = gzip(b"hello")[..12].to_vec();
        assert_eq!(check(cut, Encoding::Gzip, MIB, MIB).await.0, Err(Refusal::EncodingInvalid));
        assert_eq!(
            check(b"no zstd".to_vec(), Encoding::Zstd, MIB, MIB).await.0,
            Err(Refusal::EncodingInvalid)
        );
        let (empty, _) = check(Vec::new(), Encoding::Gzip, MIB, MIB).await;
        assert_eq!(empty.unwrap(), Bytes::new());
    }

    #[test]
    fn encodings_are_read_without_case_and_one_at_a_time() {
        let of = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::CONTENT_ENCODING, http::HeaderValue::from_static(value));
            }
            Encoding::of(&headers)
        };
        assert_eq!(of(&[]), Ok(Encoding::Identity));
        assert_eq!(of(&["GZip"]), Ok(Encoding::Gzip));
        assert_eq!(of(&["zstd"]), Ok(Encoding::Zstd));
        for bad in [&["br"][..], &["gzip, gzip"], &["gzip", "gzip"], &[""]] {
            assert_eq!(of(bad), Err(Refusal::EncodingUnsupported), "{bad:?}");
        }
    }
}
