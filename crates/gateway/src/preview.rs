//! What the sink will probably say about an event: the decoder's verdict, for the answer only.
//!
//! It decides nothing: the sink alone puts an event into quarantine, since it knows the record as stored.

use std::sync::{Mutex, PoisonError};

use wattledger_decoder::{Decoder, Limits, Preview, Reading};

/// Decoders kept warm; the scratch memory of each is as large as the largest message it has seen.
pub(crate) struct Previewer {
    idle: Mutex<Vec<Decoder>>,
    idle_max: usize,
}

/// A decoder out of the pool; goes back when it is dropped.
pub(crate) struct Borrowed<'a> {
    pool: &'a Previewer,
    decoder: Option<Decoder>,
}

impl Previewer {
    /// Keeps at most `idle_max` decoders: one per core is as many as can work at a time.
    pub(crate) const fn new(idle_max: usize) -> Self {
        Self { idle: Mutex::new(Vec::new()), idle_max }
    }

    /// Takes a decoder out of the pool, or makes one.
    pub(crate) fn borrow(&self) -> Borrowed<'_> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Borrowed { pool: self, decoder: idle }
    }
}

impl Borrowed<'_> {
    /// Reads one payload.
    pub(crate) fn preview(&mut self, payload: &[u8], reading: Reading) -> Preview {
        let decoder = self.decoder.get_or_insert_with(|| Decoder::new(Limits::default()));
        decoder.decode(payload, reading).preview()
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        let Some(decoder) = self.decoder.take() else { return };
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.pool.idle_max {
            idle.push(decoder);
        }
    }
}
