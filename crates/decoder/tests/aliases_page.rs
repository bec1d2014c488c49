//! `ALIASES.md` is the table of spellings that are read beside the specification's own.
//! `UPDATE=1 cargo test -p wattledger-decoder --test aliases_page` renews it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;

use wattledger_decoder::{
    AuthorizationStatus, ChargingState, CostKind, DimensionKind, EventType, Location, Measurand,
    MessageFormat, OperationMode, Phase, PreconditioningStatus, ReadingContext, StoppedReason, TokenType,
    TriggerReason, Unit, UnitSpelling,
};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ALIASES.md");

/// Field, spelling, what it is read as.
type Row = (&'static str, &'static str, &'static str);

macro_rules! vocabularies {
    ($($field:literal $name:ident,)+) => {
        fn aliases() -> Vec<Row> {
            let mut rows = Vec::new();
            $(rows.extend($name::ALIASES.iter().map(|(text, value)| ($field, *text, value.as_str())));)+
            rows
        }

        /// An alias that is a word of its own vocabulary, or that reads as something else, would be dead or wrong.
        #[test]
        fn every_alias_is_read_as_the_page_says() {
            $(for (text, value) in $name::ALIASES {
                for text in [(*text).to_owned(), text.to_uppercase(), text.to_lowercase()] {
                    assert_eq!($name::parse(&text), Some(*value), "{text}");
                }
                let is_word = |word: &$name| word.as_str().eq_ignore_ascii_case(text);
                assert!(!$name::ALL.iter().any(is_word), "{text}");
            })+
        }

        /// A vocabulary that the page leaves out would be no complete table.
        const VOCABULARIES: &[&str] = &[$(stringify!($name),)+];
    };
}

vocabularies! {
    "eventType" EventType,
    "triggerReason" TriggerReason,
    "transactionInfo.chargingState" ChargingState,
    "transactionInfo.stoppedReason" StoppedReason,
    "transactionInfo.operationMode" OperationMode,
    "preconditioningStatus" PreconditioningStatus,
    "idToken.type" TokenType,
    "sampledValue.measurand" Measurand,
    "sampledValue.context" ReadingContext,
    "sampledValue.phase" Phase,
    "sampledValue.location" Location,
    "totalCost.typeOfCost" CostKind,
    "dimensions.type" DimensionKind,
    "idTokenInfo.status" AuthorizationStatus,
    "personalMessage.format" MessageFormat,
}

fn page() -> String {
    let mut out = String::from(
        "# Spellings that are read\n\n\
         Made from the tables in `src/vocabulary/lists.rs` and `src/unit.rs`; do not edit. Whatever stands here is read \
         and kept as sent; what is no word or\nunit of the specification is flagged (`enum_spelling`, `unit_spelling`).\n\n\
         ## Words\n\n\
         Every word of the vocabularies of OCPP 2.0.1 and 2.1 is read in any ASCII case. Beside them, in any case too:\n\n\
         | field | spelling | read as |\n|---|---|---|\n",
    );
    for (field, text, word) in aliases() {
        writeln!(out, "| `{field}` | `{text}` | `{word}` |").unwrap();
    }
    out.push_str(
        "\n## Units\n\n\
         A unit is read if a power of ten leads from it to the base unit of its measurand. *listed*: a unit of the \
         specification, not flagged. *exact*: capitals count,\nsince they tell milli from mega. *any*: case, spaces and \
         underscores do not count.\n\n\
         | spelling | read as | how |\n|---|---|---|\n",
    );
    for spelling in UnitSpelling::all() {
        let how = match (spelling.is_listed, spelling.is_exact) {
            (true, _) => "listed",
            (false, true) => "exact",
            (false, false) => "any",
        };
        let base = match spelling.power {
            0 => spelling.unit.as_str().to_owned(),
            power => format!("10^{power} {}", spelling.unit.as_str()),
        };
        writeln!(out, "| `{}` | {base} | {how} |", spelling.text).unwrap();
    }
    out
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the only knob of a test program")]
fn the_page_is_the_tables() {
    if std::env::var("UPDATE").is_ok_and(|value| value == "1") {
        std::fs::write(PAGE, page()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(PAGE).unwrap(), page());
}

#[test]
fn no_vocabulary_is_left_out() {
    let lists = include_str!("../src/vocabulary/lists.rs");
    let declared = lists.split("\nvocabulary! {").skip(1).map(|list| {
        let head = list.lines().find(|line| line.ends_with('{')).unwrap();
        head.trim().trim_end_matches(" {")
    });
    let mut declared: Vec<_> = declared.collect();
    let mut ours = VOCABULARIES.to_vec();
    declared.sort_unstable();
    ours.sort_unstable();
    assert_eq!(ours, declared);
}

/// One text never means two units.
#[test]
fn units_are_told_apart() {
    for one in UnitSpelling::all() {
        assert_ne!(one.unit, Unit::Unknown, "{}", one.text);
        for other in UnitSpelling::all().filter(|other| other.text == one.text) {
            assert_eq!((one.unit, one.power), (other.unit, other.power), "{}", one.text);
        }
    }
}
