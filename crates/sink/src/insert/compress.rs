//! ClickHouse's own compressed stream (`decompress=1`): blocks of LZ4, each behind a checksum.
//!
//! ```text
//! 16 bytes   CityHash128 (version 1.0.2) of what follows, as two little-endian u64
//!  1 byte    0x82 = LZ4
//!  4 bytes   size of the block with these nine bytes, little-endian
//!  4 bytes   size of the block unpacked, little-endian
//!  …         LZ4 block
//! ```

use bytes::Bytes;
use cityhash_rs::cityhash_102_128;

/// Unpacked bytes per block: as the server's own client cuts them.
const BLOCK_BYTES: usize = 1 << 20;
const METHOD_LZ4: u8 = 0x82;
const HEADER_BYTES: u32 = 9;

/// Packs `plain`; deterministic, so that the same rows always are the same bytes.
#[must_use]
pub(crate) fn pack(plain: &[u8]) -> Bytes {
    let mut packed = Vec::with_capacity(plain.len() / 2 + 64);
    for block in plain.chunks(BLOCK_BYTES) {
        pack_block(block, &mut packed);
    }
    Bytes::from(packed)
}

fn pack_block(block: &[u8], packed: &mut Vec<u8>) {
    let data = lz4_flex::block::compress(block);
    let size = u32::try_from(data.len()).unwrap_or(u32::MAX).saturating_add(HEADER_BYTES);
    let mut body = Vec::with_capacity(data.len() + 9);
    body.push(METHOD_LZ4);
    body.extend_from_slice(&size.to_le_bytes());
    body.extend_from_slice(&u32::try_from(block.len()).unwrap_or(u32::MAX).to_le_bytes());
    body.extend_from_slice(&data);
    // the high half of the number is the first word of the stream
    packed.extend_from_slice(&cityhash_102_128(&body).rotate_right(64).to_le_bytes());
    packed.extend_from_slice(&body);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_unpacks_to_what_went_in() {
        let plain: Vec<u8> = (0..3_000_000u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let packed = pack(&plain);
        let (mut rest, mut unpacked) = (packed.as_ref(), Vec::new());
        while !rest.is_empty() {
            assert_eq!(rest[16], METHOD_LZ4);
            let size = u32::from_le_bytes(rest[17..21].try_into().unwrap()) as usize;
            let plain_size = u32::from_le_bytes(rest[21..25].try_into().unwrap()) as usize;
            unpacked.extend(lz4_flex::block::decompress(&rest[25..16 + size], plain_size).unwrap());
            rest = &rest[16 + size..];
        }
        assert_eq!(unpacked, plain);
        assert_eq!(pack(&plain), packed);
    }
}
