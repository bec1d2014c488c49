//! Ports on 127.0.0.1: chosen, free, or plainly taken.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

/// Where ports are looked for: below the range that the kernel takes for outgoing connections (from 32768 on), so that
/// a port cannot be taken by one between the look and the start of the server that is to listen on it.
const FIRST: u32 = 20_000;
/// Ports looked at before giving up: all up to the outgoing range.
const COUNT: u32 = 12_000;

/// A port that is free now; each call gives another one.
///
/// # Errors
/// If every port of the range is taken.
pub fn free() -> io::Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // processes begin at places far apart; the factor is a prime that does not divide the range
    let start = std::process::id().wrapping_mul(97);
    for _ in 0..COUNT {
        let at = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        if let Some(port) = u16::try_from(FIRST + at).ok().filter(|port| is_free(*port)) {
            return Ok(port);
        }
    }
    Err(io::Error::new(io::ErrorKind::AddrInUse, "no port from 20000 to 31999 is free"))
}

/// Whether nobody listens on `port`.
#[must_use]
pub fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_passed_over_and_none_is_given_twice() {
        let first = free().unwrap();
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, first + 1));
        let second = free().unwrap();
        assert_ne!(first, second);
        assert!(taken.is_err() || second != first + 1);
        assert!((20_000..32_000).contains(&first));
    }
}
