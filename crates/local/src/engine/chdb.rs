//! The C interface of libchdb, and the only unsafe code of the workspace.
//!
//! In: a library file, a data folder, SQL. Out: answers and errors as owned Rust values.
//! Loaded at run time, so that building needs neither the library (half a gigabyte) nor a C++ toolchain.
//!
//! Invariants: the library is never unloaded (its threads live as long as the process); a connection is used by one
//! thread at a time; every result is copied and freed before the call that got it returns.
//! Source: the exported symbols and `chdb.h` of libchdb 26.5.
#![expect(unsafe_code, reason = "libchdb has a C interface")]

use std::ffi::{CString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::NonNull;

use super::Error;
use super::exception::Exception;

/// `chdb_connection *`: points to a handle, which the calls take by value.
type ConnectionPointer = *mut *mut c_void;
type ResultPointer = *mut c_void;

type Connect = unsafe extern "C" fn(c_int, *mut *mut c_char) -> ConnectionPointer;
type CloseConnection = unsafe extern "C" fn(ConnectionPointer);
type Query = unsafe extern "C" fn(*mut c_void, *const c_char, usize, *const c_char, usize) -> ResultPointer;
type DestroyResult = unsafe extern "C" fn(ResultPointer);
type ResultText = unsafe extern "C" fn(ResultPointer) -> *const c_char;
type ResultLength = unsafe extern "C" fn(ResultPointer) -> usize;
type ResultCount = unsafe extern "C" fn(ResultPointer) -> u64;
type SetSignalHandlers = unsafe extern "C" fn(c_int);

/// The loaded library. One per process.
#[derive(Debug)]
pub(super) struct Library {
    connect: Connect,
    close_connection: CloseConnection,
    query: Query,
    destroy_result: DestroyResult,
    result_buffer: ResultText,
    result_error: ResultText,
    result_length: ResultLength,
    result_rows_read: ResultCount,
    result_bytes_read: ResultCount,
    result_storage_rows_read: ResultCount,
    result_storage_bytes_read: ResultCount,
    result_rows_written: ResultCount,
    result_bytes_written: ResultCount,
}

/// What a statement did, as the engine counts it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Rows and bytes of the result.
    pub(super) result_rows: u64,
    pub(super) result_bytes: u64,
    /// Rows and bytes read from tables.
    pub(super) read_rows: u64,
    pub(super) read_bytes: u64,
    /// Rows and bytes written.
    pub(super) written_rows: u64,
    pub(super) written_bytes: u64,
}

/// The answer to a statement.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    /// The rows in the format asked for; empty where the statement sends them elsewhere.
    pub(super) body: Vec<u8>,
    pub(super) counts: Counts,
}

impl Library {
    /// Loads the library at `path` and keeps it for the life of the process.
    ///
    /// # Errors
    /// [`Error::Library`] if the file cannot be loaded or lacks a symbol.
    pub(super) fn open(path: &Path) -> Result<&'static Self, Error> {
        let told = |source| Error::Library { path: path.to_owned(), source };
        // SAFETY: loading runs the library's constructors. The operator names the file; it is libchdb or the symbols
        // below are missing.
        let handle = unsafe { libloading::Library::new(path) }.map_err(told)?;
        // leaked: the library starts threads and must never be unmapped
        let handle: &'static libloading::Library = Box::leak(Box::new(handle));
        let library = Self::bind(handle).map_err(told)?;
        Ok(Box::leak(Box::new(library)))
    }

    fn bind(handle: &'static libloading::Library) -> Result<Self, libloading::Error> {
        // SAFETY: each symbol is taken with the signature that chdb.h gives it, and `handle` lives for ever. The call
        // to chdb_set_signal_handlers_enabled has no precondition; signals belong to this process, not to the library.
        unsafe {
            let set_signal_handlers =
                *handle.get::<SetSignalHandlers>(c"chdb_set_signal_handlers_enabled")?;
            set_signal_handlers(0);
            Ok(Self {
                connect: *handle.get(c"chdb_connect")?,
                close_connection: *handle.get(c"chdb_close_conn")?,
                query: *handle.get(c"chdb_query_n")?,
                destroy_result: *handle.get(c"chdb_destroy_query_result")?,
                result_buffer: *handle.get(c"chdb_result_buffer")?,
                result_error: *handle.get(c"chdb_result_error")?,
                result_length: *handle.get(c"chdb_result_length")?,
                result_rows_read: *handle.get(c"chdb_result_rows_read")?,
                result_bytes_read: *handle.get(c"chdb_result_bytes_read")?,
                result_storage_rows_read: *handle.get(c"chdb_result_storage_rows_read")?,
                result_storage_bytes_read: *handle.get(c"chdb_result_storage_bytes_read")?,
                result_rows_written: *handle.get(c"chdb_result_rows_written")?,
                result_bytes_written: *handle.get(c"chdb_result_bytes_written")?,
            })
        }
    }
}

/// A session of the engine: its own current database, settings and temporary tables.
///
/// Sessions run side by side; one session runs one statement at a time, hence `&mut self`.
#[derive(Debug)]
pub(super) struct Connection {
    library: &'static Library,
    pointer: NonNull<*mut c_void>,
}

// SAFETY: a connection is bound to no thread: the library locks inside each call and keeps no thread-local state
// between calls. `&mut self` on `query` excludes two calls at once.
unsafe impl Send for Connection {}

impl Connection {
    /// Opens a session on the data folder. All sessions of a process have the same folder.
    ///
    /// # Errors
    /// [`Error::DataFolder`] if the engine refuses the folder; its reason goes to stderr.
    pub(super) fn open(library: &'static Library, data: &Path) -> Result<Self, Error> {
        let refused = || Error::DataFolder { path: data.to_owned() };
        let path = CString::new(format!("--path={}", data.display())).map_err(|_nul| refused())?;
        let mut arguments = [c"clickhouse".as_ptr().cast_mut(), path.as_ptr().cast_mut()];
        // SAFETY: two NUL-terminated strings that outlive the call; the library copies and does not change them.
        let pointer = unsafe { (library.connect)(2, arguments.as_mut_ptr()) };
        let connection = Self { library, pointer: NonNull::new(pointer).ok_or_else(refused)? };
        if connection.handle().is_null() { Err(refused()) } else { Ok(connection) }
    }

    fn handle(&self) -> *mut c_void {
        // SAFETY: chdb_connect returned this pointer, and it is valid until chdb_close_conn, which only `drop` calls.
        unsafe { *self.pointer.as_ptr() }
    }

    /// Runs `sql` to its end and gives the rows in `format`.
    ///
    /// # Errors
    /// What the engine says.
    pub(super) fn query(&mut self, sql: &[u8], format: &str) -> Result<Answer, Exception> {
        // SAFETY: the handle is live; both texts are passed with their lengths and outlive the call.
        let pointer = unsafe {
            (self.library.query)(
                self.handle(),
                sql.as_ptr().cast(),
                sql.len(),
                format.as_ptr().cast(),
                format.len(),
            )
        };
        let Some(result) = NonNull::new(pointer) else {
            return Err(Exception::from_engine("the engine gave no result"));
        };
        let answer = self.library.read(result.as_ptr());
        // SAFETY: the result came from chdb_query_n, is not null, was copied, and is not used again.
        unsafe { (self.library.destroy_result)(result.as_ptr()) };
        answer
    }
}

impl Library {
    /// Copies a result. The counts of a failed statement are not initialised by the library, so they are not read.
    fn read(&self, result: ResultPointer) -> Result<Answer, Exception> {
        // SAFETY: `result` is a live result. The error is null or a NUL-terminated text, the buffer null or `length`
        // bytes; both live until the result is destroyed, and are copied here.
        unsafe {
            let error = (self.result_error)(result);
            if !error.is_null() {
                let text = std::ffi::CStr::from_ptr(error).to_string_lossy();
                return Err(Exception::from_engine(&text));
            }
            let (buffer, length) = ((self.result_buffer)(result), (self.result_length)(result));
            let body = if buffer.is_null() || length == 0 {
                Vec::new()
            } else {
                std::slice::from_raw_parts(buffer.cast::<u8>(), length).to_vec()
            };
            let counts = Counts {
                result_rows: (self.result_rows_read)(result),
                result_bytes: (self.result_bytes_read)(result),
                read_rows: (self.result_storage_rows_read)(result),
                read_bytes: (self.result_storage_bytes_read)(result),
                written_rows: (self.result_rows_written)(result),
                written_bytes: (self.result_bytes_written)(result),
            };
            Ok(Answer { body, counts })
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: the pointer came from chdb_connect and is closed once, here.
        unsafe { (self.library.close_connection)(self.pointer.as_ptr()) };
    }
}
