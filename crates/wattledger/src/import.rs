//! `wattledger import`: its options, what it says, and its exit status.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use wattledger_import::{self as import, Changes, Error, Options, Table, Target, page};
use wattledger_record::TokenKey;

use crate::cli::ConfigArgs;
use crate::programs::{Failure, USAGE, configured, say, usage};

/// What stands below the options of `import`.
pub(crate) fn help() -> String {
    format!(
        "{}\n\
         The first line of the file names the columns, in any order; an empty field is unknown. `--columns` prints a\n\
         header and what each column means. The file is checked whole, and only what differs from what stands is written:\n\
         the same file again changes nothing, a corrected file wins.\n\
         \n\
         Exit status:\n  \
         0  done, or with --check: could be done\n  \
         1  the file has problems: nothing was written\n  \
         2  usage or configuration, or the file cannot be read\n  \
         3  the server failed, or its tables are not of this version; if it failed while writing, import again",
        page::tables()
    )
}

/// Exit status for a file with problems.
const PROBLEMS: u8 = 1;
/// Exit status for a server that failed.
const SERVER: u8 = 3;

/// Problems to tell that nobody has to count.
const PROBLEMS_MAX: usize = 1_000_000;

/// An import.
#[derive(Debug, Clone, Args)]
pub(crate) struct ImportArgs {
    /// What the file holds.
    #[arg(value_parser = table)]
    pub table: &'static Table,
    /// CSV file in UTF-8; `-` is standard input.
    #[arg(required_unless_present = "columns")]
    pub file: Option<PathBuf>,
    /// Print a header line and what each column means, and end.
    #[arg(long)]
    pub columns: bool,
    /// Check the file and say what would change; write nothing.
    #[arg(long)]
    pub check: bool,
    /// Problems to tell one by one.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub problems: usize,
    /// Between fields, as ',' or ';' or 'tab'; found out from the header line if absent.
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub delimiter: Option<u8>,
    #[command(flatten)]
    pub config: ConfigArgs,
}

fn table(name: &str) -> Result<&'static Table, String> {
    Table::named(name).ok_or_else(|| {
        let names: Vec<&str> = import::table::TABLES.iter().map(|table| table.name).collect();
        format!("the tables are {}", names.join(", "))
    })
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if !byte.is_ascii_alphanumeric() && *byte != b'"' => Ok(*byte),
        _ => Err("one character that is neither letter, digit nor quote, or tab".to_owned()),
    }
}

/// Imports, and says what changed.
///
/// # Errors
/// [`Failure`] with the exit status.
pub(crate) async fn run(args: ImportArgs) -> Result<ExitCode, Failure> {
    let Some(file) = args.file.clone().filter(|_| !args.columns) else {
        say(&page::columns(args.table))?;
        return Ok(ExitCode::SUCCESS);
    };
    let config: wattledger_sink::Config = configured(&args.config, "sink", |_| Vec::new())?;
    if args.config.check_config {
        return Ok(ExitCode::SUCCESS);
    }
    if args.problems > PROBLEMS_MAX {
        return Err(usage(format!("--problems is above {PROBLEMS_MAX}")));
    }
    let options = Options {
        target: Target {
            url: config.clickhouse.url,
            database: config.clickhouse.database,
            user: config.clickhouse.user,
            password: config.clickhouse.password.0,
        },
        table: args.table,
        file,
        delimiter: args.delimiter,
        check: args.check,
        problems: args.problems,
        tokens: TokenKey::new(config.token_key.0.as_bytes()),
    };
    let changes = import::run(&options).await.map_err(|error| failure(&options, error))?;
    say(&told(&options, changes))?;
    Ok(ExitCode::SUCCESS)
}

fn told(options: &Options, changes: Changes) -> String {
    let Changes { rows, repeated, new, changed, equal, removed } = changes;
    let would = if options.check { "would be " } else { "" };
    let repetitions = if repeated > 0 { format!(", {repeated} repeated in the file") } else { String::new() };
    format!(
        "{}: {rows} rows: {new} {would}new, {changed} {would}changed, {removed} {would}removed, {equal} equal{repetitions}\n",
        options.table.name
    )
}

fn failure(options: &Options, error: Error) -> Failure {
    let status = match &error {
        Error::Problems(_) | Error::Empty | Error::RowTooLong { .. } => PROBLEMS,
        Error::Input { .. } | Error::Unread { .. } | Error::NoTokenKey(_) => USAGE,
        Error::Schema { .. } | Error::Server { .. } => SERVER,
    };
    if let Error::Problems(problems) = &error {
        let text =
            format!("{}: {} problems, nothing was written\n{error}", options.file.display(), problems.found);
        return Failure { error: text.into(), status };
    }
    Failure { error: Box::new(error), status }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told_in_one_line() {
        let changes = Changes { rows: 7, repeated: 1, new: 2, changed: 1, equal: 2, removed: 1 };
        let mut options = Options {
            target: Target {
                url: String::new(),
                database: String::new(),
                user: String::new(),
                password: "secret".to_owned(),
            },
            table: Table::named("evses").unwrap(),
            file: "-".into(),
            delimiter: None,
            check: false,
            problems: 1,
            tokens: TokenKey::new(b"0123456789abcdef"),
        };
        let line = "evses: 7 rows: 2 new, 1 changed, 1 removed, 2 equal, 1 repeated in the file\n";
        assert_eq!(told(&options, changes), line);
        options.check = true;
        assert!(told(&options, changes).starts_with("evses: 7 rows: 2 would be new, 1 would be changed,"));
        let printed = format!("{options:?}");
        assert!(!printed.contains("secret\"") && !printed.contains("0123456789abcdef"), "{printed}");
    }

    #[test]
    fn delimiters_are_one_character() {
        assert_eq!([";", "tab", "|"].map(delimiter), [Ok(b';'), Ok(b'\t'), Ok(b'|')]);
        assert!(["", ";;", "a", "\"", "ä"].iter().all(|text| delimiter(text).is_err()));
    }
}
