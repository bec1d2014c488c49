//! Puts a connection into the state that a request asks for, and a session's connection back afterwards.
//!
//! In: the request. Out: statements for the engine (`USE`, `SET`).
//! Settings of the URL hold for one request. A connection without a session is closed after it; in a session they are
//! taken back, while what the session's own statements set stays.

use std::time::Duration;

use serde::Deserialize;
use uuid::Uuid;

use super::chdb::Connection;
use super::exception::Exception;
use super::request::Ask;

/// State of a connection for one request.
#[derive(Debug)]
pub(super) struct Setup {
    /// By which the query is found among those that run: the end of its `log_comment`.
    pub(super) mark: String,
    database: Option<String>,
    roles: Vec<String>,
    settings: Vec<(String, String)>,
    parameters: Vec<(String, String)>,
}

/// A setting as it was.
#[derive(Debug, Deserialize)]
struct Remembered {
    name: String,
    value: String,
    changed: u8,
}

impl Setup {
    pub(super) fn new(ask: &Ask, time_max: Duration) -> Self {
        let mark = Uuid::new_v4().simple().to_string();
        let mut settings = ask.settings.clone();
        let comment = ask.setting("log_comment").map(|comment| format!("{comment} ")).unwrap_or_default();
        settings.push(("log_comment".to_owned(), format!("{comment}{mark}")));
        let longest = time_max.as_secs();
        match ask.setting("max_execution_time").map(str::parse::<f64>) {
            // what is no number is the engine's to refuse
            Some(Err(_not_a_number)) => {}
            Some(Ok(seconds))
                if seconds > 0.0
                    && Duration::try_from_secs_f64(seconds).is_ok_and(|asked| asked <= time_max) => {}
            Some(Ok(_)) | None => settings.push(("max_execution_time".to_owned(), longest.to_string())),
        }
        Self {
            mark,
            database: ask.database.clone(),
            roles: ask.roles.clone(),
            settings,
            parameters: ask.parameters.clone(),
        }
    }

    /// Applies database, roles, settings and parameters.
    ///
    /// # Errors
    /// What the engine says: unknown database, unknown setting, unusable value.
    pub(super) fn apply(&self, connection: &mut Connection) -> Result<(), Exception> {
        let database = self.database.iter().map(|name| format!("USE {}", quoted(name, '`')));
        let roles = self.roles.iter().map(|name| format!("SET ROLE {}", quoted(name, '`')));
        let settings = self.settings.iter().map(|(name, value)| format!("{name} = {}", quoted(value, '\'')));
        let parameters =
            self.parameters.iter().map(|(name, value)| format!("param_{name} = {}", quoted(value, '\'')));
        let set = |assignments: Vec<String>| {
            (!assignments.is_empty()).then(|| format!("SET {}", assignments.join(", ")))
        };
        let statements =
            database.chain(roles).chain(set(settings.collect())).chain(set(parameters.collect()));
        for statement in statements {
            connection.query(statement.as_bytes(), "Null")?;
        }
        Ok(())
    }

    /// The statements that will take this request's settings back.
    ///
    /// # Errors
    /// What the engine says.
    pub(super) fn remember(&self, connection: &mut Connection) -> Result<Vec<String>, Exception> {
        let names: Vec<String> = self.settings.iter().map(|(name, _)| quoted(name, '\'')).collect();
        let sql =
            format!("SELECT name, value, changed FROM system.settings WHERE name IN ({})", names.join(", "));
        let known = connection.query(sql.as_bytes(), "JSONEachRow")?;
        let known = String::from_utf8_lossy(&known.body).into_owned();
        let mut statements: Vec<String> = known
            .lines()
            .filter_map(|line| serde_json::from_str::<Remembered>(line).ok())
            .map(|setting| match setting.changed {
                0 => format!("SET {} = DEFAULT", setting.name),
                _ => format!("SET {} = {}", setting.name, quoted(&setting.value, '\'')),
            })
            .collect();
        if self.database.is_some() {
            let current = connection.query(b"SELECT currentDatabase()", "TSVRaw")?;
            let current = String::from_utf8_lossy(&current.body).into_owned();
            statements.push(format!("USE {}", quoted(current.trim_end_matches('\n'), '`')));
        }
        Ok(statements)
    }
}

/// `text` as a literal or identifier.
fn quoted(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for letter in text.chars() {
        if letter == quote || letter == '\\' {
            out.push('\\');
        }
        out.push(letter);
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_leave_its_quotes() {
        assert_eq!(quoted(r"a'b\", '\''), r"'a\'b\\'");
        assert_eq!(quoted("a`; DROP", '`'), r"`a\`; DROP`");
    }

    #[test]
    fn the_time_limit_bounds_what_a_client_asks() {
        let limit = |value: Option<&str>| {
            let settings =
                value.map(|value| ("max_execution_time".to_owned(), value.to_owned())).into_iter().collect();
            let setup = Setup::new(&Ask { settings, ..Ask::default() }, Duration::from_secs(600));
            setup
                .settings
                .iter()
                .rev()
                .find(|(name, _)| name == "max_execution_time")
                .map(|(_, value)| value.clone())
                .unwrap()
        };
        assert_eq!(limit(None), "600");
        assert_eq!(limit(Some("0")), "600");
        assert_eq!(limit(Some("1e9")), "600");
        assert_eq!(limit(Some("0.5")), "0.5");
        assert_eq!(limit(Some("soon")), "soon");
    }
}
