//! Takes in a request's body within its limit, and gives it back unpacked.
//!
//! In: the body as it arrives. Out: a reader, or the spool itself where nothing has to be unpacked.
//! Invariant: no more than the limit is ever kept, neither packed nor unpacked.

use std::io::{self, Read, Write};

use std::sync::Arc;

use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::encoding::Encoding;
use super::exception::Exception;
use super::spool::{Place, Spool};

/// A body up to this size stays on the heap; most queries do, most inserts do not.
const HEAP_BYTES: usize = 256 << 10;

/// A body that has arrived whole, as it was packed.
#[derive(Debug)]
pub(super) enum Packed {
    /// On the heap.
    Heap(Vec<u8>),
    /// In a spool, and the place that it takes among them.
    Spooled(Spool, OwnedSemaphorePermit),
}

/// What bodies may take.
#[derive(Debug, Clone)]
pub(super) struct Room {
    pub(super) place: Place,
    /// Bodies that may be in spools at the same time; a client that sends a further one waits in the middle of it.
    pub(super) spools: Arc<Semaphore>,
    /// Largest body, packed and unpacked.
    pub(super) bytes_max: u64,
}

/// Reads `incoming` to its end.
///
/// # Errors
/// QUERY_IS_TOO_LARGE above `bytes_max`; NETWORK_ERROR if the client goes; NOT_ENOUGH_SPACE if it cannot be kept.
pub(super) async fn receive(mut incoming: Incoming, room: &Room) -> Result<Packed, Exception> {
    let bytes_max = room.bytes_max;
    if incoming.size_hint().lower() > bytes_max {
        return Err(too_large(bytes_max));
    }
    let mut left = bytes_max;
    let mut heap = Vec::new();
    let mut spool = None;
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| {
            Exception::new(210, "NETWORK_ERROR", &format!("cannot read the body: {error}"))
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
        left = left.checked_sub(length).ok_or_else(|| too_large(bytes_max))?;
        match spool.as_mut() {
            Some((spool, _)) => Spool::write_all(spool, &data).map_err(|error| no_space(&error))?,
            None if heap.len() + data.len() <= HEAP_BYTES => heap.extend_from_slice(&data),
            None => {
                let permit = Arc::clone(&room.spools).acquire_owned().await.map_err(|_closed| closing())?;
                let mut made = Spool::create(&room.place).map_err(|error| no_space(&error))?;
                made.write_all(&heap)
                    .and_then(|()| made.write_all(&data))
                    .map_err(|error| no_space(&error))?;
                heap = Vec::new();
                spool = Some((made, permit));
            }
        }
    }
    Ok(spool.map_or(Packed::Heap(heap), |(spool, permit)| Packed::Spooled(spool, permit)))
}

impl Packed {
    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Heap(bytes) if bytes.is_empty())
    }

    /// Unpacks it: first the HTTP encoding, then native blocks.
    ///
    /// # Errors
    /// It cannot be read back.
    pub(super) fn unpack(self, encoding: Encoding, native: bool, bytes_max: u64) -> io::Result<Unpacked> {
        if self.is_empty() {
            return Ok(Unpacked { reader: Box::new(io::empty()), left: bytes_max, _permit: None });
        }
        let (packed, permit): (Box<dyn Read + Send>, _) = match self {
            Self::Heap(bytes) => (Box::new(io::Cursor::new(bytes)), None),
            Self::Spooled(spool, permit) => (Box::new(spool.into_reader()?), Some(permit)),
        };
        let unpacked = encoding.unpack(packed)?;
        let reader = if native { Encoding::Native.unpack(unpacked)? } else { unpacked };
        Ok(Unpacked { reader, left: bytes_max, _permit: permit })
    }
}

/// The bytes of a body, unpacked while they are read; an error of kind `FileTooLarge` above the limit.
pub(super) struct Unpacked {
    reader: Box<dyn Read + Send>,
    left: u64,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Read for Unpacked {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(target)?;
        let length = u64::try_from(read).map_err(io::Error::other)?;
        self.left = self.left.checked_sub(length).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(read)
    }
}

/// What an error while unpacking means to the client.
pub(super) fn unpack_error(error: &io::Error, bytes_max: u64) -> Exception {
    match error.kind() {
        io::ErrorKind::FileTooLarge => too_large(bytes_max),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => no_space(error),
        _ => Exception::new(271, "CANNOT_DECOMPRESS", &format!("cannot unpack the body: {error}")),
    }
}

/// The refusal of a body above the limit.
pub(super) fn too_large(bytes_max: u64) -> Exception {
    Exception::new(229, "QUERY_IS_TOO_LARGE", &format!("the body is larger than {bytes_max} bytes"))
}

fn closing() -> Exception {
    Exception::new(236, "ABORTED", "the server is closing")
}

fn no_space(error: &io::Error) -> Exception {
    Exception::new(243, "NOT_ENOUGH_SPACE", &format!("cannot keep the body: {error}"))
}
