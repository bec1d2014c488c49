//! Instructions, counted by valgrind's callgrind: a figure that no other load of the machine changes.

use std::io;
use std::path::PathBuf;
use std::process::Command;

use crate::sets::Kind;

/// Instructions of one pass of a warm decoder over a set.
///
/// The probe is built by cargo as a release is, whatever flags this process was built with, and then run under callgrind.
///
/// # Errors
/// If cargo or valgrind fail, or say something unexpected; the message says what to do.
pub fn instructions(kind: Kind) -> io::Result<u64> {
    let counts = std::env::temp_dir().join(format!("wattledger-{}-{kind}.callgrind", std::process::id()));
    let output = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind", "--toggle-collect=*measured_pass*"])
        .arg(format!("--callgrind-out-file={}", counts.display()))
        .arg(probe()?)
        .args([kind.as_str(), "1"])
        .output()
        .map_err(|error| {
            io::Error::new(error.kind(), format!("valgrind: {error}; `make packages` installs it"))
        })?;
    if !output.status.success() {
        return Err(io::Error::other(format!("callgrind: {}", String::from_utf8_lossy(&output.stderr))));
    }
    let text = std::fs::read_to_string(&counts)?;
    std::fs::remove_file(&counts)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")?.parse::<u64>().ok());
    match total {
        Some(total) if total > 0 => Ok(total),
        _ => Err(io::Error::other(
            "callgrind has counted nothing: is the function still called measured_pass?",
        )),
    }
}

/// Builds the probe and says where it is.
fn probe() -> io::Result<PathBuf> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "build",
            "--release",
            "--package",
            "wattledger-benches",
            "--no-default-features",
            "--example",
            "probe",
        ])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr)));
    }
    let executable = |line: &str| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        message.get("executable")?.as_str().map(PathBuf::from)
    };
    let found = String::from_utf8_lossy(&output.stdout).lines().filter_map(executable).next_back();
    found.ok_or_else(|| io::Error::other("cargo names no executable"))
}
