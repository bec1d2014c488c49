//! `wattledger check`: its options, and its exit status.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use wattledger_check::{self as check, Error, Level, Options};
use wattledger_record::OcppVersion;

use crate::programs::{Failure, say};

/// What stands below the options of `check`.
pub(crate) const CHECK_HELP: &str = "\
Each line is found out by itself: a TransactionEvent, a batch envelope of the gateway, an OCPP-J frame, or a log line
with a frame in it. Lines of anything else are counted by kind.

Exit status, by the worst finding that --fail-on lets count:
   0  nothing
   1  an event with flags, or a charge with holes or remarks
   2  an event that would be quarantined, or a charge that needs a human before it is billed
  64  usage: wrong option, a folder, a packed file
  65  no TransactionEvent in the input: nothing was tested
  66  an input cannot be read
  74  the report cannot be written, or events cannot be set aside";

/// A test of messages.
#[derive(Debug, Clone, Args)]
pub(crate) struct CheckArgs {
    /// Files; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What the lines are; found out line by line if absent.
    #[arg(long, value_name = "WHAT")]
    pub input: Option<Shape>,
    /// OCPP version of the connections, over whatever the input says. Without both it is 2.0.1.
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub version: Option<OcppVersion>,
    /// Read as a strict CSMS would: a value in another JSON type is no event.
    #[arg(long)]
    pub strict: bool,
    /// Zone of times that have none, as +02:00; UTC if absent.
    #[arg(long, value_name = "ZONE", value_parser = wattledger_check::zone, allow_hyphen_values = true)]
    pub zone: Option<i16>,
    /// Station of lines that name none, e.g. in a file of payloads.
    #[arg(long, value_name = "NAME")]
    pub station: Option<String>,
    /// Examples of each finding.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub examples: usize,
    /// Charges to tell one by one.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub charges: usize,
    /// Form of the report.
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub format: Format,
    /// The least finding that makes the run fail.
    #[arg(long, value_name = "LEVEL", default_value = "flagged")]
    pub fail_on: FailOn,
    /// Workers; one per core if absent.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Folder for events that do not fit into 256 MiB of memory; the system's temporary folder if absent.
    #[arg(long, value_name = "FOLDER")]
    pub spill: Option<PathBuf>,
}

/// What lines are.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Shape {
    /// TransactionEvents, or batch envelopes around them.
    Payloads,
    /// OCPP-J frames.
    Frames,
    /// Log lines with frames in them.
    Log,
}

/// Form of a report.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// The least finding that makes a run fail.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FailOn {
    /// An event with flags, or a charge with holes or remarks.
    Flagged,
    /// A charge that needs a human before it is billed.
    Review,
    /// An event that would be quarantined.
    Quarantined,
}

fn version(text: &str) -> Result<OcppVersion, String> {
    OcppVersion::parse(text).ok_or_else(|| "the versions are 2.0.1 and 2.1".to_owned())
}

/// Exit status for wrong usage, since the lower ones tell how bad the findings are.
pub(crate) const USAGE: u8 = 64;

/// Whether a command line that cannot be read was meant for `check`.
pub(crate) fn is_meant(args: impl Iterator<Item = OsString>) -> bool {
    args.skip(1).find(|arg| !arg.to_string_lossy().starts_with('-')).is_some_and(|arg| arg == "check")
}

/// Checks the files and prints the report.
///
/// # Errors
/// [`Failure`] with the status of [`Error::status`].
pub(crate) async fn run(args: CheckArgs) -> Result<ExitCode, Failure> {
    let format = args.format;
    let options = options(args);
    let report = tokio::task::spawn_blocking(move || check::check(&options)).await?.map_err(failure)?;
    let text = match format {
        Format::Text => report.to_text(),
        Format::Json => report.to_json(),
    };
    say(&text).map_err(|error| failure(Error::Report(error)))?;
    Ok(ExitCode::from(report.exit_status()))
}

fn failure(error: Error) -> Failure {
    Failure { status: error.status(), error: Box::new(error) }
}

fn options(args: CheckArgs) -> Options {
    Options {
        inputs: args.files,
        shape: args.input.map(|shape| match shape {
            Shape::Payloads => check::Shape::Payloads,
            Shape::Frames => check::Shape::Frames,
            Shape::Log => check::Shape::Log,
        }),
        version: args.version,
        strict: args.strict,
        zone_minutes: args.zone,
        station: args.station,
        examples: args.examples,
        charges: args.charges,
        fail_on: match args.fail_on {
            FailOn::Flagged => Level::Flagged,
            FailOn::Review => Level::Review,
            FailOn::Quarantined => Level::Quarantined,
        },
        threads: args.threads,
        spill: args.spill,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_meant_by_its_first_word() {
        let meant = |line: &str| is_meant(line.split(' ').map(OsString::from));
        assert!(meant("wattledger check --no-such"));
        assert!(meant("wattledger --log-json check"));
        assert!(!meant("wattledger sink check"));
        assert!(!meant("wattledger"));
    }
}
