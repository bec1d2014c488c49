//! Events that wait until all of an input is read: sorted into heaps by transaction, in memory up to a bound, above it in
//! an unnamed file.
//!
//! Why the bytes of the message and not what was decoded: they are the smallest true form of an event, and the file is
//! read back by the decoder that wrote nothing into it. Invariant: all events of a transactionId are in one heap, and a
//! pass over a heap gives all of them or none.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use wattledger_record::{Micros, OcppVersion};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::error::Error;
use crate::limits::{HEAPS, PASS_BYTES_MAX, STORE_BYTES_MAX};
use crate::position::Position;

/// An event as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept<'a> {
    /// Of station and transactionId, as compared.
    pub(crate) hash: u64,
    pub(crate) at: Position,
    pub(crate) version: OcppVersion,
    pub(crate) received_at: Option<Micros>,
    pub(crate) station: &'a str,
    pub(crate) payload: &'a [u8],
}

/// All heaps.
pub(crate) struct Store {
    heaps: Vec<Mutex<Heap>>,
    /// Bytes in memory.
    held: AtomicUsize,
    spill: Mutex<Spill>,
    bytes_max: usize,
}

#[derive(Default)]
struct Heap {
    pieces: Vec<Box<[u8]>>,
    /// Bytes of `pieces`.
    held: usize,
    /// Compressed blocks in the file: place and length.
    blocks: Vec<(u64, usize)>,
    /// Bytes of all that it ever got.
    bytes: usize,
}

struct Spill {
    folder: PathBuf,
    file: Option<File>,
    end: u64,
}

/// What one worker adds at a time: a buffer for each heap.
pub(crate) struct Batch(Vec<Vec<u8>>);

/// What tells the events of one transactionId apart from others; two ids that share it are only read together.
pub(crate) fn hash(station_folded: &str, transaction_id_folded: &str) -> u64 {
    let station = xxh3_64(station_folded.as_bytes());
    xxh3_64_with_seed(transaction_id_folded.as_bytes(), station)
}

fn heap_of(hash: u64) -> usize {
    usize::try_from(hash % (HEAPS as u64)).unwrap_or_default()
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self((0..HEAPS).map(|_| Vec::new()).collect())
    }

    pub(crate) fn put(&mut self, kept: &Kept<'_>) {
        if let Some(heap) = self.0.get_mut(heap_of(kept.hash)) {
            kept.write(heap);
        }
    }
}

impl Store {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self::bounded(folder, STORE_BYTES_MAX)
    }

    fn bounded(folder: PathBuf, bytes_max: usize) -> Self {
        let heaps = (0..HEAPS).map(|_| Mutex::default()).collect();
        let spill = Mutex::new(Spill { folder, file: None, end: 0 });
        Self { heaps, held: AtomicUsize::new(0), spill, bytes_max }
    }

    /// Takes what a batch holds.
    ///
    /// # Errors
    /// [`Error::Spill`] if the file cannot be written.
    pub(crate) fn add(&self, batch: &mut Batch) -> Result<(), Error> {
        for (heap, bytes) in self.heaps.iter().zip(&mut batch.0) {
            if bytes.is_empty() {
                continue;
            }
            let mut heap = heap.lock().unwrap_or_else(PoisonError::into_inner);
            heap.bytes += bytes.len();
            heap.held += bytes.len();
            let held = self.held.fetch_add(bytes.len(), Ordering::Relaxed) + bytes.len();
            heap.pieces.push(bytes.as_slice().into());
            bytes.clear();
            // half of the bound may lie in heaps below their share of it, half in those above that wait for more
            if held > self.bytes_max / 2 && heap.held >= self.bytes_max / 2 / HEAPS {
                self.set_aside(&mut heap)?;
            }
        }
        Ok(())
    }

    fn set_aside(&self, heap: &mut Heap) -> Result<(), Error> {
        let pieces = std::mem::take(&mut heap.pieces);
        let packed = lz4_flex::block::compress_prepend_size(&pieces.concat());
        let mut spill = self.spill.lock().unwrap_or_else(PoisonError::into_inner);
        let place = spill
            .write(&packed)
            .map_err(|source| Error::Spill { folder: spill.folder.display().to_string(), source })?;
        heap.blocks.push((place, packed.len()));
        self.held.fetch_sub(heap.held, Ordering::Relaxed);
        heap.held = 0;
        Ok(())
    }

    /// Passes in which a heap has to be taken.
    pub(crate) fn passes(&self, heap: usize) -> u64 {
        let bytes =
            self.heaps.get(heap).map_or(0, |heap| heap.lock().unwrap_or_else(PoisonError::into_inner).bytes);
        u64::try_from(bytes.div_ceil(PASS_BYTES_MAX)).unwrap_or(u64::MAX)
    }

    /// Gives the events of one pass over a heap, in any order.
    ///
    /// # Errors
    /// [`Error::Spill`] if the file cannot be read back.
    pub(crate) fn take(
        &self,
        heap: usize,
        (pass, passes): (u64, u64),
        mut give: impl FnMut(Kept<'_>),
    ) -> Result<(), Error> {
        let Some(heap) = self.heaps.get(heap) else { return Ok(()) };
        let heap = heap.lock().unwrap_or_else(PoisonError::into_inner);
        let mut each = |bytes: &[u8]| {
            let mut rest = bytes;
            while let Some((kept, after)) = Kept::read(rest) {
                // the heap is the remainder by HEAPS, so the rest of the hash is what divides it
                if kept.hash / (HEAPS as u64) % passes == pass {
                    give(kept);
                }
                rest = after;
            }
        };
        for (place, length) in &heap.blocks {
            each(&self.read_back(*place, *length)?);
        }
        heap.pieces.iter().for_each(|piece| each(piece));
        Ok(())
    }

    fn read_back(&self, place: u64, length: usize) -> Result<Vec<u8>, Error> {
        let spill = self.spill.lock().unwrap_or_else(PoisonError::into_inner);
        let mut packed = vec![0; length];
        let read = spill.file.as_ref().map_or(Ok(()), |file| file.read_exact_at(&mut packed, place));
        let failed = |source| Error::Spill { folder: spill.folder.display().to_string(), source };
        read.map_err(failed)?;
        lz4_flex::block::decompress_size_prepended(&packed).map_err(|error| failed(io::Error::other(error)))
    }
}

impl Spill {
    fn write(&mut self, bytes: &[u8]) -> io::Result<u64> {
        if self.file.is_none() {
            let name = format!("wattledger-check-{}", std::process::id());
            let path = self.folder.join(name);
            let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
            // without a name it ends with the process, however that ends
            std::fs::remove_file(&path)?;
            self.file = Some(file);
        }
        let place = self.end;
        if let Some(file) = &self.file {
            file.write_all_at(bytes, place)?;
        }
        self.end += u64::try_from(bytes.len()).unwrap_or_default();
        Ok(place)
    }
}

impl<'a> Kept<'a> {
    /// Appends: length of the payload, hash, chunk, line, version, received (or the lowest number), length of the station,
    /// station, payload.
    fn write(&self, out: &mut Vec<u8>) {
        let length = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        out.extend_from_slice(&length(self.payload.len()).to_le_bytes());
        out.extend_from_slice(&self.hash.to_le_bytes());
        out.extend_from_slice(&self.at.chunk.to_le_bytes());
        out.extend_from_slice(&self.at.line.to_le_bytes());
        out.push(u8::from(self.version == OcppVersion::V21));
        out.extend_from_slice(&self.received_at.map_or(i64::MIN, |at| at.0).to_le_bytes());
        out.extend_from_slice(&length(self.station.len()).to_le_bytes());
        out.extend_from_slice(self.station.as_bytes());
        out.extend_from_slice(self.payload);
    }

    /// The first event, and what follows it.
    fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (payload, rest) = number(bytes, u32::from_le_bytes)?;
        let (hash, rest) = number(rest, u64::from_le_bytes)?;
        let (chunk, rest) = number(rest, u32::from_le_bytes)?;
        let (line, rest) = number(rest, u32::from_le_bytes)?;
        let (version, rest) = number(rest, u8::from_le_bytes)?;
        let (received, rest) = number(rest, i64::from_le_bytes)?;
        let (station, rest) = number(rest, u32::from_le_bytes)?;
        let (station, rest) = rest.split_at_checked(usize::try_from(station).ok()?)?;
        let (payload, rest) = rest.split_at_checked(usize::try_from(payload).ok()?)?;
        let kept = Self {
            hash,
            at: Position { chunk, line },
            version: if version == 1 { OcppVersion::V21 } else { OcppVersion::V201 },
            received_at: Some(Micros(received)).filter(|at| at.0 != i64::MIN),
            station: std::str::from_utf8(station).ok()?,
            payload,
        };
        Some((kept, rest))
    }
}

fn number<T, const N: usize>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Option<(T, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((read(*number), rest))
}

#[cfg(test)]
mod tests;
