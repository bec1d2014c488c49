//! `CODES.md` is the table of codes, written out. `UPDATE=1 cargo test -p wattledger-decoder --test codes_page` renews it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;

use wattledger_decoder::frame::FaultCode;
use wattledger_decoder::{Code, Severity};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/CODES.md");

fn page() -> String {
    let mut out = String::from(
        "# Codes of violations\n\n\
         Made from the table in `src/code.rs`; do not edit. *flag*: the event is accepted and carries the code. \
         *quarantine*: the message is no event.\nThe OCPP error is the code of a CALLERROR where strict replies are on.\n\n\
         | code | outcome | meaning | OCPP error | source |\n|---|---|---|---|---|\n",
    );
    for code in Code::ALL {
        let outcome = match code.severity() {
            Severity::Flag => "flag",
            Severity::Quarantine => "quarantine",
        };
        writeln!(
            out,
            "| `{code}` | {outcome} | {} | {} | {} |",
            code.meaning(),
            code.ocpp_error().as_str(),
            code.source()
        )
        .unwrap();
    }
    frames(&mut out);
    out
}

fn frames(out: &mut String) {
    out.push_str(
        "\n## Frames\n\n\
         Made from the table in `src/frame/fault.rs`: why a message is no OCPP-J frame. An event is kept all the same if its \
         head can be read; what is answered\nfollows from the message type (`FrameFault::answer`).\n\n\
         | code | meaning | source |\n|---|---|---|\n",
    );
    for code in FaultCode::ALL {
        writeln!(out, "| `{code}` | {} | {} |", code.meaning(), code.source()).unwrap();
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the only knob of a test program")]
fn the_page_is_the_table() {
    if std::env::var("UPDATE").is_ok_and(|value| value == "1") {
        std::fs::write(PAGE, page()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(PAGE).unwrap(), page());
}
