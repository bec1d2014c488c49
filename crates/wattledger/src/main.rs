//! `wattledger`: the one binary. Reads the command line, sets up logging, runs one program, and turns its outcome into
//! an exit status: 0 done, 1 failed, 2 wrong usage or configuration.

use std::process::ExitCode;

use clap::Parser;

mod cli;
mod config;
mod demo;
mod local;
mod programs;
mod telemetry;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
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
