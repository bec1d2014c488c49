//! `wattledger explain`: its options, and its exit status: 0 told, 1 nothing of that name is stored, 2 wrong usage.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use wattledger_explain::{self as explain, Answer, Bytes, Error, Question, Subject, Which};
use wattledger_local::stack;

use crate::check::Format;
use crate::cli::ConfigArgs;
use crate::programs::{FAILED, Failure, say, sink_config, usage, write_out};

/// What stands below the options of `explain`.
pub(crate) const EXPLAIN_HELP: &str = "\
Without configuration the ClickHouse of `wattledger local up` is asked; otherwise the one of [sink.clickhouse].

Exit status: 0 told; 1 nothing of that name is stored (what is near is told), or no answer; 2 wrong usage.";

/// A question about a charge.
#[derive(Debug, Clone, Args)]
pub(crate) struct ExplainArgs {
    /// Station; ASCII case does not matter.
    #[arg(required_unless_present = "record_id", requires = "transaction")]
    pub station: Option<String>,
    /// transactionId; ASCII case does not matter.
    pub transaction: Option<String>,
    /// The one charge of this record instead of station and transactionId.
    #[arg(long, value_name = "UUID", conflicts_with_all = ["station", "transaction", "tenant"])]
    pub record_id: Option<explain::RecordId>,
    /// Tenant; may be left out where only one has this station and transaction.
    #[arg(long)]
    pub tenant: Option<String>,
    /// Print every charge and event, however many; else the latest charges, a long one by head, tail and what is notable.
    #[arg(long)]
    pub all: bool,
    /// Print the bytes of one event exactly as received, and nothing else: by seqNo, or by content hash.
    #[arg(long, value_name = "SEQNO|HASH", value_parser = which, allow_hyphen_values = true)]
    pub raw: Option<Which>,
    /// Form of the answer.
    #[arg(long, value_name = "FORM", default_value = "text", conflicts_with = "raw")]
    pub format: Format,
    /// Colours.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Ask the ClickHouse of the local stack in this folder.
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// When the text has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

fn which(text: &str) -> Result<Which, String> {
    Which::parse(text).ok_or_else(|| "a seqNo, or a content hash of 32 hex digits".to_owned())
}

/// Answers the question.
///
/// # Errors
/// [`Failure`] with the exit status.
pub(crate) async fn run(args: ExplainArgs) -> Result<ExitCode, Failure> {
    let mut config = sink_config(&args.config)?;
    if args.config.check_config {
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(data) = &args.data {
        let stack =
            stack::running(data).ok_or_else(|| usage(format!("no stack runs in {}", data.display())))?;
        config.clickhouse.url = stack.clickhouse;
        config.clickhouse.database = stack.database;
    }
    let subject = match (args.record_id, args.station, args.transaction) {
        (Some(id), ..) => Subject::Record(id),
        (None, Some(station), Some(transaction_id)) => {
            Subject::Transaction { station, transaction_id, tenant: args.tenant }
        }
        (None, ..) => return Err(usage("station and transactionId, or --record-id, say what to explain")),
    };
    if let Some(which) = args.raw {
        return raw(&config, &subject, which).await;
    }
    let question = Question { subject, all: args.all };
    let colour = match args.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    };
    let answer = explain::explain(&config, &question).await.map_err(failure)?;
    let (text, status) = match (&answer, args.format) {
        (Answer::Told(report), Format::Text) => (report.to_text(colour), ExitCode::SUCCESS),
        (Answer::Told(report), Format::Json) => (report.to_json(), ExitCode::SUCCESS),
        (Answer::Nothing(near), Format::Text) => (near.to_text(colour), ExitCode::from(FAILED)),
        (Answer::Nothing(near), Format::Json) => (near.to_json(), ExitCode::from(FAILED)),
    };
    say(&text)?;
    Ok(status)
}

async fn raw(config: &wattledger_sink::Config, subject: &Subject, which: Which) -> Result<ExitCode, Failure> {
    match explain::bytes(config, subject, which).await.map_err(failure)? {
        Bytes::Found(bytes) => {
            write_out(&bytes)?;
            Ok(ExitCode::SUCCESS)
        }
        Bytes::Nothing => Err(failed("no such event is stored".to_owned())),
        Bytes::Several(contents) => {
            let told = contents.iter().map(|(hash, counts)| {
                format!("\n  {:032x}{}", hash.0, if *counts { "  counts" } else { "" })
            });
            let told: String = told.collect();
            Err(failed(format!("several contents have this seqNo: say which by --raw and its hash{told}")))
        }
    }
}

fn failed(text: String) -> Failure {
    Failure { error: text.into(), status: FAILED }
}

fn failure(error: Error) -> Failure {
    if error.is_usage() { usage(error) } else { Failure { error: Box::new(error), status: FAILED } }
}
