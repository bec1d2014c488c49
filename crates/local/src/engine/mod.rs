//! The real ClickHouse engine, embedded as libchdb, as a server process that speaks the ClickHouse HTTP interface.
//!
//! In: HTTP on a loopback port. Out: what the engine answers; tables live in one data folder.
//!
//! ```text
//! server ─► request  URL and headers: settings, parameters, session, packing
//!        ─► body ─► spool    the body, bounded, unpacked (encoding, blocks, form)
//!        ─► plan ◄─ statement ◄─ lexer   one statement; data come from a spool, rows go into a pipe
//!        ─► query ─► chdb    a connection of its own, set up, run, watched
//!        ─► reply ◄─ rows    head, rows as they come, exceptions; flush  breaks off only behind what is written
//! ```
//!
//! Invariants: formats, types, settings and SQL are the engine's own and pass through; nothing is held whole but a body
//! up to its limit; a request without a session meets no state of another.
//! Deliberately not here: users, roles, TLS, HTTP progress headers, external tables. See `DESIGN.md`.

mod blocks;
mod body;
mod chdb;
mod core;
mod encoding;
mod exception;
mod flush;
mod form;
mod lexer;
mod plan;
mod query;
mod reply;
mod request;
mod rows;
mod server;
mod session;
mod setup;
mod spool;
mod statement;

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::FlockOperation;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How the engine is run.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Address to listen on. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Folder of the tables; made if missing. One process at a time can have it.
    pub data: PathBuf,
    /// `libchdb.so`.
    pub library: PathBuf,
    /// Folder for bodies on their way into the engine; None keeps them in memory.
    pub temp: Option<PathBuf>,
    /// Statements that run at the same time.
    pub connections: usize,
    /// Largest body, packed and unpacked, bytes.
    pub body_bytes_max: u64,
    /// Longest run of a statement, seconds.
    pub query_seconds_max: u64,
}

impl EngineConfig {
    /// With the defaults: 4 connections, bodies of 256 MiB in memory, statements of 600 s.
    pub fn new(listen: SocketAddr, data: impl Into<PathBuf>, library: impl Into<PathBuf>) -> Self {
        Self {
            listen,
            data: data.into(),
            library: library.into(),
            temp: None,
            connections: 4,
            body_bytes_max: 256 << 20,
            query_seconds_max: 600,
        }
    }
}

/// Why the engine does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another program listens there.
    #[error("address {address} is taken")]
    AddressTaken {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A folder cannot be made or opened.
    #[error("cannot prepare {path}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another engine has the data folder.
    #[error("data folder {path} is in use by another engine")]
    DataTaken {
        /// The folder.
        path: PathBuf,
    },
    /// The library is missing, damaged or of another kind.
    #[error("cannot load the engine library {path}")]
    Library {
        /// The file.
        path: PathBuf,
        /// What the loader says.
        source: libloading::Error,
    },
    /// The engine refuses the data folder. Its reason stands on stderr; a second folder in one process is one.
    #[error("the engine cannot open the data folder {path}")]
    DataFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The engine does not answer as it should.
    #[error("the engine answers: {text}")]
    Engine {
        /// Its answer.
        text: String,
    },
    /// The thread that opens the engine is gone.
    #[error("opening the engine broke off")]
    Opening,
}

impl Error {
    /// Stable name for logs and exit messages.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AddressTaken { .. } => "address_taken",
            Self::Listen { .. } => "listen_failed",
            Self::Folder { .. } => "folder_unusable",
            Self::DataTaken { .. } => "data_taken",
            Self::Library { .. } => "library_unusable",
            Self::DataFolder { .. } => "data_unusable",
            Self::Engine { .. } => "engine_unusable",
            Self::Opening => "opening_broke_off",
        }
    }
}

/// An engine that is ready to serve.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    engine: Arc<core::Engine>,
    /// Held while this process has the data folder.
    _lock: File,
}

impl Server {
    /// Listens, takes the data folder, loads the library.
    ///
    /// From here on the process's stdin is `/dev/null`: the engine reads an INSERT's data from stdin, too.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn open(config: EngineConfig) -> Result<Self, Error> {
        let (listener, address) = listen(config.listen).await?;
        let opening = tokio::task::spawn_blocking(move || {
            let lock = take_folder(&config.data)?;
            if let Some(temp) = &config.temp {
                make_folder(temp)?;
            }
            close_stdin()?;
            Ok((lock, core::Engine::open(&config)?))
        });
        let (lock, engine) = opening.await.map_err(|_panicked| Error::Opening)??;
        Ok(Self { listener, address, engine: Arc::new(engine), _lock: lock })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown`; returns when the data folder is closed.
    pub async fn serve(self, shutdown: CancellationToken) {
        server::serve(self.engine, self.listener, shutdown).await;
    }
}

/// Opens the engine and serves until `shutdown`.
///
/// # Errors
/// See [`Error`]; none once it serves.
pub async fn run(config: EngineConfig, shutdown: CancellationToken) -> Result<(), Error> {
    let server = Server::open(config).await?;
    tracing::info!(address = %server.address(), version = server.engine.version, "engine serves");
    server.serve(shutdown).await;
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let told = |source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => Error::AddressTaken { address },
        _ => Error::Listen { address, source },
    };
    let listener = TcpListener::bind(address).await.map_err(told)?;
    let bound = listener.local_addr().map_err(told)?;
    Ok((listener, bound))
}

/// Makes the folder and locks it, so that a second engine is told plainly. The lock ends with the process.
fn take_folder(data: &Path) -> Result<File, Error> {
    let told = |source| Error::Folder { path: data.to_owned(), source };
    make_folder(data)?;
    let lock = File::create(data.join("wattledger.lock")).map_err(told)?;
    match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(Error::DataTaken { path: data.to_owned() }),
        Err(error) => Err(told(error.into())),
    }
}

fn make_folder(path: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(path).map_err(|source| Error::Folder { path: path.to_owned(), source })
}

fn close_stdin() -> Result<(), Error> {
    let path = Path::new("/dev/null");
    let told = |source| Error::Folder { path: path.to_owned(), source };
    let null = File::open(path).map_err(told)?;
    rustix::stdio::dup2_stdin(&null).map_err(|error| told(error.into()))
}
