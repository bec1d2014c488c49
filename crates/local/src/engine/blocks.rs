//! ClickHouse's native compressed blocks, which `compress=1` and `decompress=1` put on the wire.
//!
//! A block is: checksum (16 bytes, CityHash128 of version 1.0.2 over all that follows) · method (0x82 LZ4, 0x90 ZSTD,
//! 0x02 none) · packed size with these 9 bytes (u32) · unpacked size (u32) · packed bytes; numbers are little-endian.
//! Source: the ClickHouse documentation, "Native format", "Frame format".

use std::io::{self, Read};

use bytes::Bytes;

const CHECKSUM: usize = 16;
const HEADER: usize = 9;
const LZ4: u8 = 0x82;
const ZSTD: u8 = 0x90;
const NONE: u8 = 0x02;
/// Largest block taken, packed or unpacked: ClickHouse's own limit, 1 GiB, would let one client take all memory.
const BLOCK_BYTES_MAX: usize = 128 << 20;
/// Unpacked size of the blocks written, as a server's `max_compress_block_size`.
const BLOCK_BYTES: usize = 1 << 20;

/// Packs `piece` into blocks.
///
/// # Errors
/// None in practice: sizes stay below 2³² by the block size.
pub(super) fn pack(piece: &[u8]) -> io::Result<Bytes> {
    let mut packed = Vec::with_capacity(piece.len() / 2 + CHECKSUM + HEADER);
    for part in piece.chunks(BLOCK_BYTES) {
        let body = lz4_flex::block::compress(part);
        let start = packed.len();
        packed.extend_from_slice(&[0; CHECKSUM]);
        packed.push(LZ4);
        packed.extend_from_slice(&size(body.len() + HEADER)?.to_le_bytes());
        packed.extend_from_slice(&size(part.len())?.to_le_bytes());
        packed.extend_from_slice(&body);
        if let Some((sum, rest)) =
            packed.get_mut(start..).and_then(|block| block.split_at_mut_checked(CHECKSUM))
        {
            sum.copy_from_slice(&checksum(rest));
        }
    }
    Ok(packed.into())
}

fn size(length: usize) -> io::Result<u32> {
    u32::try_from(length).map_err(io::Error::other)
}

/// The two halves stand in the other order than the hash function gives them.
fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    cityhash_rs::cityhash_102_128(bytes).rotate_right(64).to_le_bytes()
}

/// Unpacks a stream of blocks.
pub(super) struct Reader<R> {
    packed: R,
    block: io::Cursor<Vec<u8>>,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(packed: R) -> Self {
        Self { packed, block: io::Cursor::default() }
    }

    /// Reads the next block; false at the end of the stream.
    fn next(&mut self) -> io::Result<bool> {
        let mut sum = [0; CHECKSUM];
        if !fill(&mut self.packed, &mut sum)? {
            return Ok(false);
        }
        let mut head = [0; HEADER];
        self.packed.read_exact(&mut head)?;
        let [method, p0, p1, p2, p3, u0, u1, u2, u3] = head;
        let packed = block_size([p0, p1, p2, p3])?;
        let unpacked = block_size([u0, u1, u2, u3])?;
        let mut block = head.to_vec();
        block.resize(packed.max(HEADER), 0);
        let (_, body) = block.split_at_mut(HEADER);
        self.packed.read_exact(body)?;
        if checksum(&block) != sum {
            return Err(bad("checksum of a compressed block does not match"));
        }
        let body = block.get(HEADER..).unwrap_or_default();
        let content = match method {
            LZ4 => lz4_flex::block::decompress(body, unpacked).map_err(io::Error::other)?,
            ZSTD => zstd::bulk::decompress(body, unpacked)?,
            NONE => body.to_vec(),
            other => return Err(bad(&format!("unknown compression method {other:#04x} of a block"))),
        };
        if content.len() != unpacked {
            return Err(bad("unpacked size of a compressed block does not match"));
        }
        self.block = io::Cursor::new(content);
        Ok(true)
    }
}

fn block_size(bytes: [u8; 4]) -> io::Result<usize> {
    let size = usize::try_from(u32::from_le_bytes(bytes)).map_err(io::Error::other)?;
    if size > BLOCK_BYTES_MAX { Err(bad("compressed block is too large")) } else { Ok(size) }
}

fn bad(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

/// Fills `target`; false if the stream ends before its first byte.
fn fill(source: &mut impl Read, target: &mut [u8]) -> io::Result<bool> {
    let mut rest = target;
    let mut begun = false;
    while !rest.is_empty() {
        match source.read(rest) {
            Ok(0) if begun => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(0) => return Ok(false),
            Ok(read) => {
                begun = true;
                rest = rest.split_at_mut_checked(read).map(|(_, rest)| rest).unwrap_or_default();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

impl<R: Read> Read for Reader<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.block.read(target)?;
            if read > 0 || target.is_empty() || !self.next()? {
                return Ok(read);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The block that the `clickhouse` crate's own test expects for these bytes.
    #[test]
    fn a_block_is_what_other_clients_write() {
        let plain =
            [1, 0, 2, 255, 255, 255, 255, 0, 1, 1, 1, 115, 6, 83, 116, 114, 105, 110, 103, 3, 97, 98, 99];
        let head = [
            245, 5, 222, 235, 225, 158, 59, 108, 225, 31, 65, 215, 66, 66, 36, 92, 130, 34, 0, 0, 0, 23, 0,
            0, 0, 240, 8,
        ];
        assert_eq!(pack(&plain).unwrap(), [&head[..], &plain].concat());
    }

    #[test]
    fn a_changed_byte_is_an_error() {
        let packed = pack(b"some bytes that are packed").unwrap();
        for at in 0..packed.len() {
            let mut changed = packed.to_vec();
            changed[at] ^= 1;
            assert!(io::read_to_string(Reader::new(io::Cursor::new(changed))).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_cut_stream_is_an_error() {
        let packed = pack(b"some bytes that are packed").unwrap();
        for length in 1..packed.len() {
            assert!(io::read_to_string(Reader::new(&packed[..length])).is_err(), "length {length}");
        }
        assert_eq!(io::read_to_string(Reader::new(&packed[..0])).unwrap(), "");
    }

    #[test]
    fn a_block_may_be_stored_or_zstd() {
        for (method, body) in [(NONE, b"abc".to_vec()), (ZSTD, zstd::bulk::compress(b"abc", 1).unwrap())] {
            let mut block = vec![method];
            block.extend_from_slice(&u32::try_from(body.len() + HEADER).unwrap().to_le_bytes());
            block.extend_from_slice(&3_u32.to_le_bytes());
            block.extend_from_slice(&body);
            let packed = [&checksum(&block)[..], &block].concat();
            assert_eq!(io::read_to_string(Reader::new(io::Cursor::new(packed))).unwrap(), "abc");
        }
    }
}
