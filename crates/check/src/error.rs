//! Why a run gives no report.

use std::io;

/// Why a run gives no report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder was named.
    #[error("{0} is a folder; name its files, as {0}/*.log")]
    Folder(String),
    /// The input is packed.
    #[error("{name} is {what}, which is not read as it is; pipe it in: {unpack} {name} | wattledger check -")]
    Packed {
        /// As given.
        name: String,
        /// What it is.
        what: &'static str,
        /// Command that unpacks it.
        unpack: &'static str,
    },
    /// Standard input was named twice.
    #[error("standard input (-) can be read only once")]
    StdinTwice,
    /// An option is out of its bounds.
    #[error("{0}")]
    Option(String),
    /// An input cannot be opened or read.
    #[error("cannot read {name}")]
    Input {
        /// As given.
        name: String,
        /// Cause.
        source: io::Error,
    },
    /// What does not fit into memory cannot be set aside.
    #[error("cannot keep events in {folder}; name another folder with --spill")]
    Spill {
        /// Folder of the unnamed file.
        folder: String,
        /// Cause.
        source: io::Error,
    },
    /// The report cannot be written.
    #[error("cannot write the report")]
    Report(#[source] io::Error),
}

impl Error {
    /// Exit status, after BSD's sysexits: 64 usage, 66 no input, 74 input or output.
    #[must_use]
    pub const fn status(&self) -> u8 {
        match self {
            Self::Folder(_) | Self::Packed { .. } | Self::StdinTwice | Self::Option(_) => 64,
            Self::Input { .. } => 66,
            Self::Spill { .. } | Self::Report(_) => 74,
        }
    }
}
