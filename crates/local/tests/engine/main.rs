//! The engine from outside: as a process, through its HTTP interface, with the clients that people use.
//!
//! One server serves most tests, each in a database of its own; tests that kill, limit or measure start their own.
// `cfg(test)` always holds here; it tells clippy that helpers may panic, too

#[cfg(test)]
mod clients;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod http;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod replies;
#[cfg(test)]
mod support;
