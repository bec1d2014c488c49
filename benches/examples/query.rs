//! `make bench-query`: `query WATTLEDGER PARTS FOLDER QUESTIONS EVENTS [ONLY]`; see the module `query`.

use std::process::ExitCode;

use wattledger_benches::query::{Settings, run};

#[expect(clippy::print_stderr, reason = "the messages of a command")]
#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [program, parts, folder, questions, events, only @ ..] = arguments.as_slice() else {
        eprintln!("query WATTLEDGER PARTS FOLDER QUESTIONS EVENTS [ONLY]");
        return ExitCode::FAILURE;
    };
    let Ok(events) = events.parse() else {
        eprintln!("{events} is no number of events");
        return ExitCode::FAILURE;
    };
    let absolute = |path: &String| std::path::absolute(path).unwrap_or_else(|_| path.into());
    let settings = Settings {
        program: absolute(program),
        parts: absolute(parts),
        folder: absolute(folder),
        questions: absolute(questions),
        events,
        only: only.first().cloned().unwrap_or_default(),
    };
    match run(&settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
