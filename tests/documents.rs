//! Documents stay true: every path that they name exists, and every command is a target or subcommand.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn documents() -> Vec<(PathBuf, String)> {
    let root = root();
    let mut paths = vec![root.join("README.md"), root.join("docs/contributing.md")];
    for entry in std::fs::read_dir(root.join("crates")).unwrap() {
        paths.push(entry.unwrap().path().join("DESIGN.md"));
    }
    let read = |path: PathBuf| Some((path.clone(), std::fs::read_to_string(&path).ok()?));
    let documents: Vec<_> = paths.into_iter().filter_map(read).collect();
    assert!(documents.len() >= 5, "README, contributor's page and design notes are found");
    documents
}

/// What stands in back quotes.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|span| !span.contains('\n'))
}

#[test]
fn every_link_and_path_leads_somewhere() {
    let mut dead = Vec::new();
    for (document, text) in documents() {
        let folder = document.parent().unwrap();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.starts_with("http")) {
            if !folder.join(link.split('#').next().unwrap()).exists() {
                dead.push(format!("{}: {link}", document.display()));
            }
        }
        let from_root = |span: &&str| {
            ["crates/", "deploy/", "tests/", "docs/", "benches/"].iter().any(|top| span.starts_with(top))
                && span.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b))
        };
        for span in spans(&text).filter(from_root) {
            if !root().join(span).exists() && !folder.join(span).exists() {
                dead.push(format!("{}: {span}", document.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

#[test]
fn every_command_is_there() {
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    for (document, text) in documents() {
        let words = |span: &str| span.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let lines = text.lines().map(str::trim).filter(|line| line.starts_with("make "));
        for command in spans(&text).chain(lines).map(words) {
            let known = match command.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["make", target, ..] => makefile.contains(&format!("\n{target}:")),
                ["wattledger", subcommand, ..] if subcommand.bytes().all(|b| b.is_ascii_lowercase()) => {
                    let program = env!("CARGO_BIN_EXE_wattledger");
                    Command::new(program).args([*subcommand, "--help"]).output().unwrap().status.success()
                }
                _ => true,
            };
            assert!(known, "{}: {command:?}", document.display());
        }
    }
}
