//! Packs replies and unpacks bodies: the HTTP content encodings and ClickHouse's native compressed blocks.
//!
//! In and out: bytes. A reply is packed piece by piece; each piece that comes out can be unpacked as far as it goes,
//! so that an exception at the end reaches a client that has only the last piece in hand.

use std::io::{self, Read, Write};

use bytes::Bytes;
use flate2::Compression;

use super::blocks;

/// How bytes are packed on the wire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As they are.
    #[default]
    Plain,
    /// ClickHouse's own blocks (`compress=1`, `decompress=1`); no HTTP content encoding.
    Native,
    /// LZ4 frame.
    Lz4,
    /// Zstandard.
    Zstd,
    /// gzip.
    Gzip,
    /// zlib, which HTTP calls deflate.
    Deflate,
}

impl Encoding {
    /// By its name in `Content-Encoding` and `Accept-Encoding`.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "" | "identity" => Some(Self::Plain),
            "lz4" => Some(Self::Lz4),
            "zstd" => Some(Self::Zstd),
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            _ => None,
        }
    }

    /// Its name in `Content-Encoding`.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain | Self::Native => None,
            Self::Lz4 => Some("lz4"),
            Self::Zstd => Some("zstd"),
            Self::Gzip => Some("gzip"),
            Self::Deflate => Some("deflate"),
        }
    }

    /// Unpacks what `packed` gives.
    ///
    /// # Errors
    /// Zstandard's working memory cannot be had.
    pub(super) fn unpack(self, packed: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::Plain => packed,
            Self::Native => Box::new(blocks::Reader::new(packed)),
            Self::Lz4 => Box::new(lz4_flex::frame::FrameDecoder::new(packed)),
            Self::Zstd => Box::new(zstd::stream::read::Decoder::new(packed)?),
            Self::Gzip => Box::new(flate2::read::MultiGzDecoder::new(packed)),
            Self::Deflate => Box::new(flate2::read::ZlibDecoder::new(packed)),
        })
    }
}

/// Packs one reply.
pub(super) enum Packer {
    /// As it is.
    Plain,
    /// Blocks of their own; nothing is held back.
    Native,
    /// LZ4 frame.
    Lz4(Box<lz4_flex::frame::FrameEncoder<Vec<u8>>>),
    /// Zstandard.
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
    /// gzip.
    Gzip(flate2::write::GzEncoder<Vec<u8>>),
    /// zlib.
    Deflate(flate2::write::ZlibEncoder<Vec<u8>>),
}

impl Packer {
    /// # Errors
    /// Zstandard's working memory cannot be had.
    pub(super) fn new(encoding: Encoding) -> io::Result<Self> {
        Ok(match encoding {
            Encoding::Plain => Self::Plain,
            Encoding::Native => Self::Native,
            Encoding::Lz4 => Self::Lz4(Box::new(lz4_flex::frame::FrameEncoder::new(Vec::new()))),
            // level 1 and fast: the wire is the loopback
            Encoding::Zstd => Self::Zstd(zstd::stream::write::Encoder::new(Vec::new(), 1)?),
            Encoding::Gzip => Self::Gzip(flate2::write::GzEncoder::new(Vec::new(), Compression::fast())),
            Encoding::Deflate => {
                Self::Deflate(flate2::write::ZlibEncoder::new(Vec::new(), Compression::fast()))
            }
        })
    }

    /// Packs `piece` and gives what can be sent, which holds all of it.
    ///
    /// # Errors
    /// The compressor fails.
    pub(super) fn pack(&mut self, piece: Bytes) -> io::Result<Bytes> {
        match self {
            Self::Plain => Ok(piece),
            Self::Native => blocks::pack(&piece),
            Self::Lz4(writer) => push(writer.as_mut(), &piece).map(|()| take(writer.get_mut())),
            Self::Zstd(writer) => push(writer, &piece).map(|()| take(writer.get_mut())),
            Self::Gzip(writer) => push(writer, &piece).map(|()| take(writer.get_mut())),
            Self::Deflate(writer) => push(writer, &piece).map(|()| take(writer.get_mut())),
        }
    }

    /// Ends the stream and gives its last bytes.
    ///
    /// # Errors
    /// The compressor fails.
    pub(super) fn finish(self) -> io::Result<Bytes> {
        match self {
            Self::Plain | Self::Native => Ok(Bytes::new()),
            Self::Lz4(writer) => writer.finish().map(Bytes::from).map_err(io::Error::other),
            Self::Zstd(writer) => writer.finish().map(Bytes::from),
            Self::Gzip(writer) => writer.finish().map(Bytes::from),
            Self::Deflate(writer) => writer.finish().map(Bytes::from),
        }
    }
}

fn push(writer: &mut impl Write, piece: &[u8]) -> io::Result<()> {
    writer.write_all(piece)?;
    writer.flush()
}

fn take(packed: &mut Vec<u8>) -> Bytes {
    std::mem::take(packed).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_gives_back_what_went_in() {
        let pieces = [Bytes::from(vec![7; 300_000]), Bytes::from_static(b"tail"), Bytes::new()];
        for encoding in [
            Encoding::Plain,
            Encoding::Native,
            Encoding::Lz4,
            Encoding::Zstd,
            Encoding::Gzip,
            Encoding::Deflate,
        ] {
            let mut packer = Packer::new(encoding).unwrap();
            let mut packed = Vec::new();
            for piece in &pieces {
                packed.extend_from_slice(&packer.pack(piece.clone()).unwrap());
            }
            packed.extend_from_slice(&packer.finish().unwrap());
            let mut unpacked = Vec::new();
            encoding.unpack(Box::new(io::Cursor::new(packed))).unwrap().read_to_end(&mut unpacked).unwrap();
            assert!(unpacked == pieces.concat(), "{encoding:?}");
        }
    }
}
