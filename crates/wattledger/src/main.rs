//! `wattledger`: the one binary. Reads the command line, sets up logging, runs one program, and turns its outcome into
//! an exit status: 0 done, 1 failed, 2 wrong usage or configuration. `check` has more to say by its status.

use std::process::ExitCode;

use clap::Parser;

mod check;
mod cli;
mod config;
mod demo;
mod explain;
mod import;
mod local;
mod programs;
mod telemetry;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    if let Err(problem) = telemetry::start(&cli.log, cli.log_json) {
        return telemetry::fail(&problem, 2);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return telemetry::fail(&error, 1),
    };
    match runtime.block_on(programs::run(cli.command)) {
        Ok(code) => code,
        Err(programs::Failure { error, status }) => telemetry::fail(&*error, status),
    }
}

/// Prints what clap has to say: help and version are no errors.
fn usage(error: &clap::Error) -> ExitCode {
    // nobody is left to tell if the stream is gone
    drop(error.print());
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    ExitCode::from(if check::is_meant(std::env::args_os()) { check::USAGE } else { programs::USAGE })
}
