//! Files and standard input → chunks that end where a line ends, in bounded memory.
//!
//! Invariant: the chunks of an input, put together, are the input (without a byte order mark at its beginning), save
//! for lines above [`LINE_BYTES_MAX`], of which only the length is kept. A chunk is never cut inside a frame that a log
//! breaks over indented lines, unless that frame is above the bound as well.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::limits::{CHUNK_BYTES, LINE_BYTES_MAX};

/// Consecutive lines of one input.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// Number of the input, from 0.
    pub(crate) input: usize,
    /// Number of the chunk, from 0 over all inputs.
    pub(crate) number: usize,
    pub(crate) bytes: Vec<u8>,
    /// Version that the beginning of the input names.
    pub(crate) version: Option<wattledger_record::OcppVersion>,
    /// Set: the chunk stands for one line of that many bytes, which was too long.
    pub(crate) too_long: Option<u64>,
}

/// An input that can be read.
pub(crate) struct Input {
    name: String,
    reader: Box<dyn Read + Send>,
    /// Bytes, where they are known beforehand.
    size: Option<u64>,
}

/// What packed files begin with.
const PACKED: [(&[u8], &str, &str); 6] = [
    (b"\x1f\x8b", "gzip", "zcat"),
    (b"\x28\xb5\x2f\xfd", "Zstandard", "zstdcat"),
    (b"BZh", "bzip2", "bzcat"),
    (b"\xfd7zXZ", "xz", "xzcat"),
    (b"PK\x03\x04", "a ZIP archive", "unzip -p"),
    (b"\xff\xfe", "UTF-16 text", "iconv -f UTF-16 -t UTF-8"),
];
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Opens every input, so that a wrong name is told before hours of reading.
///
/// # Errors
/// [`Error`] for a folder, a file that cannot be opened, and standard input named twice.
pub(crate) fn open(paths: &[PathBuf]) -> Result<Vec<Input>, Error> {
    if paths.iter().filter(|path| is_stdin(path)).count() > 1 {
        return Err(Error::StdinTwice);
    }
    paths.iter().map(|path| open_one(path)).collect()
}

/// Whether a path stands for standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn open_one(path: &Path) -> Result<Input, Error> {
    if is_stdin(path) {
        return Ok(Input { name: "<stdin>".to_owned(), reader: Box::new(io::stdin()), size: None });
    }
    let name = path.display().to_string();
    let failed = |source| Error::Input { name: name.clone(), source };
    let file = File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if about.is_dir() {
        return Err(Error::Folder(name));
    }
    Ok(Input { name, reader: Box::new(file), size: about.is_file().then_some(about.len()) })
}

impl Input {
    /// As given.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Bytes, where they are known beforehand.
    pub(crate) const fn size(&self) -> Option<u64> {
        self.size
    }

    /// Reads to the end. `room` gives an empty buffer, waiting for one if need be; `give` takes a chunk and says whether
    /// to go on; both know of other inputs, so the chunk's number is theirs to set.
    ///
    /// # Errors
    /// [`Error::Input`], [`Error::Packed`].
    pub(crate) fn read(
        mut self,
        mut room: impl FnMut() -> Vec<u8>,
        mut give: impl FnMut(Vec<u8>, Option<u64>) -> bool,
    ) -> Result<(), Error> {
        let mut bytes = room();
        let mut ended = !self.fill(&mut bytes, CHUNK_BYTES)?;
        self.refuse_packed(&bytes)?;
        if bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        loop {
            let rest = match cut(&bytes) {
                _ if ended => bytes.len(),
                Some(end) => end,
                None if bytes.len() <= LINE_BYTES_MAX => {
                    ended = !self.fill(&mut bytes, CHUNK_BYTES)?;
                    continue;
                }
                None => match memchr::memrchr(b'\n', &bytes) {
                    Some(last) => last + 1,
                    None => {
                        let length = self.pass_over(&mut bytes, &mut ended)?;
                        if !give(Vec::new(), Some(length)) {
                            return Ok(());
                        }
                        continue;
                    }
                },
            };
            let mut next = room();
            next.extend_from_slice(bytes.get(rest..).unwrap_or_default());
            bytes.truncate(rest);
            if (!bytes.is_empty() && !give(bytes, None)) || (ended && next.is_empty()) {
                return Ok(());
            }
            bytes = next;
            if !ended {
                ended = !self.fill(&mut bytes, CHUNK_BYTES)?;
            }
        }
    }

    /// Appends up to `more` bytes; whether there may be more after them.
    fn fill(&mut self, bytes: &mut Vec<u8>, more: usize) -> Result<bool, Error> {
        let most = u64::try_from(more).unwrap_or(u64::MAX);
        let read = (&mut self.reader).take(most).read_to_end(bytes);
        let read = read.map_err(|source| Error::Input { name: self.name.clone(), source })?;
        Ok(read == more)
    }

    /// Passes over a line that is too long; what follows it is left in `bytes`. Its length.
    fn pass_over(&mut self, bytes: &mut Vec<u8>, ended: &mut bool) -> Result<u64, Error> {
        let mut length = 0;
        loop {
            if let Some(end) = memchr::memchr(b'\n', bytes) {
                length += count(end);
                bytes.drain(..=end);
                return Ok(length);
            }
            length += count(bytes.len());
            bytes.clear();
            if *ended {
                return Ok(length);
            }
            *ended = !self.fill(bytes, CHUNK_BYTES)?;
        }
    }

    fn refuse_packed(&self, bytes: &[u8]) -> Result<(), Error> {
        match PACKED.iter().find(|(magic, ..)| bytes.starts_with(magic)) {
            Some((_, what, unpack)) => Err(Error::Packed { name: self.name.clone(), what, unpack }),
            None => Ok(()),
        }
    }
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// The end of the last line that no indented line continues; that line's continuation could still come, so it is never
/// the very end.
fn cut(bytes: &[u8]) -> Option<usize> {
    memchr::memrchr_iter(b'\n', bytes)
        .map(|feed| feed + 1)
        .find(|end| bytes.get(*end).is_some_and(|next| !continues(*next)))
}

/// Whether a line that begins so may continue the one before it.
fn continues(first: u8) -> bool {
    matches!(first, b' ' | b'\t' | b']' | b'}')
}

/// The next line of a chunk without its line feed, the number of lines it takes, and what follows. Lines that are broken
/// and indented as programs write JSON for people are one.
pub(crate) fn next_line(bytes: &[u8]) -> Option<(&[u8], u32, &[u8])> {
    if bytes.is_empty() {
        return None;
    }
    let mut end = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
    let mut lines = 1;
    let open = bytes.get(..end).and_then(|line| line.trim_ascii_end().last());
    if matches!(open, Some(b'{' | b'[' | b',')) {
        while let Some(next) = bytes.get(end + 1..).filter(|rest| rest.first().is_some_and(|b| continues(*b)))
        {
            let last = next.first().is_some_and(|b| matches!(b, b']' | b'}'));
            end += 1 + memchr::memchr(b'\n', next).unwrap_or(next.len());
            lines += 1;
            if last {
                break;
            }
        }
    }
    Some((bytes.get(..end)?, lines, bytes.get(end + 1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests;
