//! The folder of a stack: locked while it runs, and readable for those who look for it.

use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use super::{Addresses, Error, failed};

/// Name of the file that holds the addresses of a running stack.
pub(super) const READY: &str = "stack.json";
const LOCK: &str = "stack.lock";

/// Addresses of the stack that runs in `data`, if one is ready there.
#[must_use]
pub fn running(data: &Path) -> Option<Addresses> {
    let text = std::fs::read_to_string(data.join(READY)).ok()?;
    let addresses = serde_json::from_str(&text).ok()?;
    holder(data).map(|_| addresses)
}

/// Process id of the stack that holds `data`.
#[must_use]
pub fn holder(data: &Path) -> Option<i32> {
    let lock = std::fs::File::options().read(true).open(data.join(LOCK)).ok()?;
    if flock(&lock, FlockOperation::NonBlockingLockShared).is_ok() {
        return None;
    }
    std::fs::read_to_string(data.join(LOCK)).ok()?.trim().parse().ok()
}

pub(super) fn lock(data: &Path) -> Result<std::fs::File, Error> {
    std::fs::create_dir_all(data).map_err(failed("creating the stack's folder"))?;
    let path = data.join(LOCK);
    let lock = std::fs::File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(failed("opening the stack's lock"))?;
    if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
        return Err(Error::InUse(data.to_owned()));
    }
    std::fs::write(&path, std::process::id().to_string()).map_err(failed("writing the stack's lock"))?;
    Ok(lock)
}
