//! Instructions per event may not creep up: counted by callgrind, compared with the figures in `instructions.txt`.
//!
//! `UPDATE=1 cargo test -p wattledger-benches --test instructions` renews the file, when a change is worth its price or has
//! made the decoder faster. The probe is built as a release is: half a minute on two cores the first time, some 10 s after
//! a change of the decoder. Counting takes a few seconds and does not depend on what else the machine does. Another compiler makes other code: one
//! that is not that of the file is given more room.

#[cfg(test)]
mod instructions {
    use std::fmt::Write as _;
    use std::path::PathBuf;
    use std::process::Command;

    use wattledger_benches::callgrind;
    use wattledger_benches::sets::Kind;

    const FILE: &str = "instructions.txt";
    const HEAD: &str = "# Instructions of a warm decoder per message of a set. `UPDATE=1 cargo test -p wattledger-benches --test instructions`\n";
    const KINDS: [Kind; 3] = [Kind::Clean, Kind::Dirty, Kind::Ended60k];
    /// Room above the recorded figures, percent: for the memory functions of another libc, and for small changes.
    const ROOM: u64 = 5;
    const ROOM_OF_ANOTHER_COMPILER: u64 = 15;

    #[expect(clippy::disallowed_methods, reason = "the only knob of a test program")]
    fn is_update() -> bool {
        std::env::var("UPDATE").is_ok_and(|value| value == "1")
    }

    fn path() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(FILE)
    }

    /// Name and minor version, as in `rustc 1.95`.
    fn compiler() -> String {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(rustc).arg("--version").output().unwrap();
        let version = String::from_utf8(output.stdout).unwrap();
        version.split('.').take(2).collect::<Vec<_>>().join(".")
    }

    fn per_message(kind: Kind) -> u64 {
        callgrind::instructions(kind).unwrap() / u64::from(kind.messages())
    }

    #[test]
    fn instructions_per_event_stay_low() {
        let found = KINDS.map(|kind| (kind, per_message(kind)));
        let compiler = compiler();
        if is_update() {
            let mut text = format!("{HEAD}{compiler}\n");
            found.iter().for_each(|(kind, count)| writeln!(text, "{kind} {count}").unwrap());
            std::fs::write(path(), text).unwrap();
            return;
        }
        let text = std::fs::read_to_string(path()).unwrap();
        let room = if text.lines().any(|line| line == compiler) { ROOM } else { ROOM_OF_ANOTHER_COMPILER };
        for (kind, count) in found {
            let recorded = text.lines().find_map(|line| line.strip_prefix(&format!("{kind} ")));
            let recorded: u64 = recorded.expect("every set is in the file").parse().unwrap();
            assert!(
                count * 100 <= recorded * (100 + room),
                "{kind}: {count} instructions per message, {recorded} in {FILE}, and {room} % are allowed; \
                 `make profile-decode SET={kind}` shows where they go, UPDATE=1 renews the file"
            );
        }
    }
}
