//! What a test needs: parts that run, a gateway to post to, SQL to ask.

pub(crate) mod events;
mod http;
mod parts;
mod world;

pub(crate) use parts::{Parts, fetched, folder};
pub(crate) use world::World;

use std::future::Future;
use std::time::{Duration, Instant};

/// How long a condition may take on a busy two-core machine.
const WITHIN: Duration = Duration::from_secs(120);

/// Polls `condition` until it gives a value; the last state that it reports is part of the failure.
pub(crate) async fn until<T, F>(what: &str, mut condition: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, String>>,
{
    let deadline = Instant::now() + WITHIN;
    loop {
        match condition().await {
            Ok(value) => return value,
            Err(state) if Instant::now() > deadline => panic!("{what} did not happen; last: {state}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
