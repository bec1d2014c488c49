//! Keeps a body outside of the query text, where the engine reads it as a file.
//!
//! In: bytes. Out: a path under `/proc/self/fd`. The file has no name anywhere, so nothing is left behind when the
//! process is killed. Why not inside the query: the engine cuts inline data at a blank line.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use rustix::fs::{MemfdFlags, Mode, OFlags};

/// Where spools are kept.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// In memory that only this process sees.
    Memory,
    /// In a folder, for machines whose memory does not hold the largest bodies.
    Folder(PathBuf),
}

impl Place {
    pub(super) fn new(folder: Option<&Path>) -> Self {
        folder.map_or(Self::Memory, |folder| Self::Folder(folder.to_owned()))
    }
}

/// A file without a name.
#[derive(Debug)]
pub(super) struct Spool {
    file: File,
}

impl Spool {
    /// # Errors
    /// The file cannot be made.
    pub(super) fn create(place: &Place) -> io::Result<Self> {
        let handle = match place {
            Place::Memory => rustix::fs::memfd_create("wattledger-body", MemfdFlags::CLOEXEC)?,
            Place::Folder(folder) => {
                let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
                rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR)?
            }
        };
        Ok(Self { file: File::from(handle) })
    }

    /// The path by which this process can open the file.
    pub(super) fn path(&self) -> String {
        format!("/proc/self/fd/{}", self.file.as_raw_fd())
    }

    /// The file, to be read from its beginning.
    ///
    /// # Errors
    /// The file cannot be rewound.
    pub(super) fn into_reader(mut self) -> io::Result<File> {
        self.file.seek(SeekFrom::Start(0))?;
        Ok(self.file)
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spool_is_read_by_its_path_and_leaves_nothing() {
        let folder = std::env::temp_dir().join(format!("wattledger-spool-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for place in [Place::new(None), Place::new(Some(&folder))] {
            let mut spool = Spool::create(&place).unwrap();
            spool.write_all(b"rows").unwrap();
            assert_eq!(std::fs::read(spool.path()).unwrap(), b"rows");
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "{place:?}");
            assert_eq!(io::read_to_string(spool.into_reader().unwrap()).unwrap(), "rows");
        }
        std::fs::remove_dir(&folder).unwrap();
    }
}
