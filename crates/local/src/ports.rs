//! Ports on 127.0.0.1: chosen, free, or plainly taken.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// A port that is free now, picked by the kernel.
///
/// # Errors
/// If no port can be had.
pub fn free() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Whether nobody listens on `port`.
#[must_use]
pub fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}
