//! Configuration: a TOML file, over it the environment, over that the flags.
//!
//! ```text
//! file   [gateway] listen = "…"                  unknown sections and keys are errors
//! env    WATTLEDGER_GATEWAY__KAFKA__BROKERS=…    `__` separates the levels
//! flag   --set gateway.kafka.brokers=…
//! ```
//!
//! A secret may stand in a file of its own, as orchestrators mount them: `token_key_file = "/run/secrets/token-key"` in
//! place of `token_key`, from any of these sources.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// Sections that a file may have, one for each program.
const SECTIONS: [&str; 2] = ["gateway", "sink"];
const PREFIX: &str = "WATTLEDGER_";
/// Keys that may be given as `…_file`, at any level.
const SECRETS: [&str; 2] = ["token_key", "password"];

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The file cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// File.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// It is no TOML, or a key or value is not ours.
    #[error("{origin}: {message}")]
    Invalid {
        /// File, variable or flag.
        origin: String,
        /// What is wrong.
        message: String,
    },
}

/// Reads the sources into one table.
///
/// # Errors
/// [`Error`] names the source and what is wrong in it.
pub(crate) fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
    set: &[String],
) -> Result<Table, Error> {
    let mut table = file.map_or_else(|| Ok(Table::new()), read)?;
    for (name, value) in environment {
        let Some(path) = name.strip_prefix(PREFIX).filter(|path| path.contains("__")) else { continue };
        let keys: Vec<String> = path.split("__").map(str::to_ascii_lowercase).collect();
        put(&mut table, &keys, &value).map_err(|message| Error::Invalid { origin: name.clone(), message })?;
    }
    for assignment in set {
        let invalid = |message: &str| Error::Invalid {
            origin: format!("--set {assignment}"),
            message: message.to_owned(),
        };
        let (path, value) = assignment.split_once('=').ok_or_else(|| invalid("expected key=value"))?;
        let keys: Vec<String> = path.split('.').map(str::to_owned).collect();
        put(&mut table, &keys, value).map_err(|message| invalid(&message))?;
    }
    read_secrets(&mut table)?;
    let unknown: Vec<&str> =
        table.keys().map(String::as_str).filter(|name| !SECTIONS.contains(name)).collect();
    if unknown.is_empty() {
        return Ok(table);
    }
    let message = format!("unknown section {}; there are {}", unknown.join(", "), SECTIONS.join(" and "));
    Err(Error::Invalid { origin: "configuration".to_owned(), message })
}

/// One section as its program's own type; absent: its defaults.
///
/// # Errors
/// [`Error::Invalid`] for an unknown key or a value of the wrong type.
pub(crate) fn section<T: DeserializeOwned + Default>(table: &Table, name: &str) -> Result<T, Error> {
    let Some(value) = table.get(name) else { return Ok(T::default()) };
    let invalid =
        |error: toml::de::Error| Error::Invalid { origin: format!("[{name}]"), message: error.to_string() };
    value.clone().try_into().map_err(invalid)
}

fn read(path: &Path) -> Result<Table, Error> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    text.parse().map_err(|error: toml::de::Error| Error::Invalid {
        origin: path.display().to_string(),
        message: error.to_string(),
    })
}

/// Puts the contents of each `…_file` in place of the secret; the line end that editors leave is no part of it.
fn read_secrets(table: &mut Table) -> Result<(), Error> {
    for key in SECRETS {
        let file_key = format!("{key}_file");
        let Some(path) = table.remove(&file_key) else { continue };
        let invalid =
            |message: &str| Error::Invalid { origin: file_key.clone(), message: message.to_owned() };
        if table.contains_key(key) {
            return Err(invalid(&format!("both {key} and {file_key} are given")));
        }
        let path = PathBuf::from(path.as_str().ok_or_else(|| invalid("is no path"))?);
        let secret = std::fs::read_to_string(&path).map_err(|source| Error::Unreadable { path, source })?;
        table.insert(key.to_owned(), Value::String(secret.trim_end_matches(['\r', '\n']).to_owned()));
    }
    table.iter_mut().filter_map(|(_, value)| value.as_table_mut()).try_for_each(read_secrets)
}

/// Puts `text` at the path, as TOML where it is a TOML value (a number, a boolean, a list) and as a string otherwise.
fn put(table: &mut Table, keys: &[String], text: &str) -> Result<(), String> {
    match keys {
        [] => Err("empty key".to_owned()),
        [key] => {
            table.insert(key.clone(), parse_value(text));
            Ok(())
        }
        [key, rest @ ..] => {
            let entry = table.entry(key.clone()).or_insert_with(|| Value::Table(Table::new()));
            let inner = entry.as_table_mut().ok_or_else(|| format!("{key} is a value, not a section"))?;
            put(inner, rest, text)
        }
    }
}

fn parse_value(text: &str) -> Value {
    let parsed = format!("v = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("v"));
    parsed.unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Example {
        listen: String,
        depth: u32,
    }

    fn env(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), value.to_owned())]
    }

    #[test]
    fn a_flag_beats_the_environment_and_types_are_kept() {
        let set = ["gateway.depth=7".to_owned()];
        let table = load(None, env("WATTLEDGER_GATEWAY__LISTEN", "127.0.0.1:1"), &set).unwrap();
        let expect = Example { listen: "127.0.0.1:1".to_owned(), depth: 7 };
        assert_eq!(section::<Example>(&table, "gateway").unwrap(), expect);
        let table = load(None, env("WATTLEDGER_GATEWAY__DEPTH", "3"), &set).unwrap();
        assert_eq!(section::<Example>(&table, "gateway").unwrap().depth, 7);
        assert_eq!(section::<Example>(&table, "sink").unwrap(), Example::default());
    }

    #[test]
    fn unknown_sections_and_keys_are_errors() {
        let sections = load(None, env("WATTLEDGER_GATWAY__LISTEN", "x"), &[]).unwrap_err();
        assert!(sections.to_string().contains("unknown section gatway"), "{sections}");
        let table = load(None, env("WATTLEDGER_SINK__DEEPTH", "1"), &[]).unwrap();
        let keys = section::<Example>(&table, "sink").unwrap_err();
        assert!(keys.to_string().contains("deepth"), "{keys}");
    }
}
