//! The view `vocabulary` says what this build says. `UPDATE=1` writes the file anew.

use std::fmt::Write;
use std::path::Path;

use wattledger_assemble::words::{EXPORT, flag, method, review};
use wattledger_decoder::{Code, Severity};

use crate::database::Database;

/// Words that no crate declares: those of the views themselves.
const VIEWS: &[(&str, &str, &str)] = &[
    ("class", "conflict", "Contents contradict each other; both are kept."),
    ("class", "no_start", "Events without a Started."),
    (
        "class",
        "no_end_presumed",
        "No Ended; silent for too long, or the station said twice that it is over. Reversible.",
    ),
    ("class", "open", "No Ended yet."),
    ("class", "complete", "Started, Ended and every seqNo between."),
    ("class", "complete_permitted_gaps", "Started, Ended and both registers; only Updated are missing."),
    ("class", "waiting", "Ended, and a missing Updated may hold a register; more may come."),
    ("class", "incomplete", "As waiting, after the grace or the station's word that nothing is left."),
    ("outcome", "stored", "Earliest copy of a content that counts."),
    ("outcome", "duplicate", "Any further copy, and a variant that does not count."),
    ("outcome", "conflict", "Earliest copy of a content that lost to another of its seqNo."),
    ("outcome", "quarantined", "Part of no transaction."),
    ("outcome", "missing", "Accepted, but without an event: never to be seen."),
    ("flag", "status_contradicts", "The station said that the charge goes on although its Ended is here."),
];

fn file() -> String {
    let mut rows: Vec<(&str, String, String)> =
        VIEWS.iter().map(|(k, w, m)| (*k, (*w).to_owned(), (*m).to_owned())).collect();
    let lists = [("energy_method", method::MEANINGS), ("review", review::MEANINGS), ("flag", flag::MEANINGS)];
    for (kind, words) in lists {
        rows.extend(
            words.iter().map(|(word, meaning)| (kind, (*word).to_owned(), meaning.trim().to_owned())),
        );
    }
    for (import, export) in EXPORT {
        rows.push(("flag", (*export).to_owned(), format!("As {import}, of the export register.")));
    }
    for code in Code::ALL {
        let kind = if code.severity() == Severity::Quarantine { "quarantine_reason" } else { "flag" };
        // a record's flag of the same word says the same
        if !rows.iter().any(|(k, word, _)| *k == kind && word == code.as_str()) {
            rows.push((kind, code.as_str().to_owned(), code.meaning().to_owned()));
        }
    }
    rows.sort();
    let mut text = String::from(
        "-- Every word of the closed lists, with what it says. Made from the lists of this build:\n\
         -- UPDATE=1 cargo test -p wattledger-sink --test sql vocabulary\n\n\
         CREATE OR REPLACE VIEW vocabulary\n(\n    \
         kind LowCardinality(String) COMMENT 'List: class, energy_method, flag, outcome, quarantine_reason or review',\n    \
         word LowCardinality(String) COMMENT 'The word, as columns have it; never renamed',\n    \
         meaning String COMMENT 'What it says'\n)\nAS\nSELECT kind, word, meaning\nFROM values(\n    \
         'kind String, word String, meaning String'",
    );
    for (kind, word, meaning) in &rows {
        let meaning = meaning.replace('\\', "\\\\").replace('\'', "\\'");
        write!(text, ",\n    ('{kind}', '{word}', '{meaning}')").unwrap();
    }
    text.push_str(") AS words\nCOMMENT 'One row per word of the closed lists that columns are made of';\n");
    text
}

#[test]
fn the_view_has_every_word_of_this_build() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/clickhouse/views/14_vocabulary.sql");
    let made = file();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let stands = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(stands, made, "the lists changed: run this test with UPDATE=1");
}

#[tokio::test]
async fn each_word_is_there_once_and_every_word_in_use_is_one() {
    let database = Database::filled("vocabulary").await;
    database.check("SELECT kind, word FROM vocabulary GROUP BY ALL HAVING count() > 1", "").await;
    let unknown = "SELECT kind, word FROM (
        SELECT 'class' AS kind, class AS word FROM transactions
        UNION DISTINCT SELECT 'review', arrayJoin(review) FROM transactions
        UNION DISTINCT SELECT 'energy_method', assumeNotNull(energy_method) FROM transactions WHERE energy_method IS NOT NULL
        UNION DISTINCT SELECT 'flag', arrayJoin(flags) FROM transactions
        UNION DISTINCT SELECT 'outcome', outcome FROM deliveries)
        WHERE (kind, word) NOT IN (SELECT kind, word FROM vocabulary) ORDER BY ALL";
    database.check(unknown, "review | no_start").await;
}
