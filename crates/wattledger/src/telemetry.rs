//! Logs go to standard error, so that standard output holds only what a command was asked for.

use std::error::Error;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

/// Starts logging.
///
/// # Errors
/// If the filter cannot be read.
pub(crate) fn start(filter: &str, json: bool) -> Result<(), ParseError> {
    let filter = EnvFilter::try_new(filter)?;
    let ansi = std::io::stderr().is_terminal();
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi);
    if json {
        builder.json().init()
    } else {
        builder.init()
    }
    Ok(())
}

/// Prints an error with its causes, one level a line.
pub(crate) fn fail(error: &dyn Error, status: u8) -> ExitCode {
    let mut text = format!("wattledger: {error}\n");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!("  because: {error}\n"));
        cause = error.source();
    }
    // Nothing is left to tell if standard error is gone.
    drop(std::io::stderr().write_all(text.as_bytes()));
    ExitCode::from(status)
}
