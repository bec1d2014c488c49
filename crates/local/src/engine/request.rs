//! Reads a request's URL and headers: what is asked, where, with which settings, and how body and reply are packed.
//!
//! In: method, URI, headers. Out: an [`Ask`].
//! Every URL parameter that ClickHouse's HTTP interface does not keep for itself is a setting and goes to the engine,
//! which knows its settings and refuses the others.
//! Source: the ClickHouse documentation, "HTTP interface".

use std::borrow::Cow;
use std::time::Duration;

use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, Method, request::Parts};
use uuid::Uuid;

use super::encoding::Encoding;
use super::exception::Exception;

/// Parameters of the HTTP interface that are no settings and that this server has no use for.
///
/// `user`, `password` and `quota_key`: the embedded engine has no users. `client_protocol_version`: the library writes
/// Native as its plain client does, and clients test for that.
const UNUSED: [&str; 8] = [
    "user",
    "password",
    "quota_key",
    "stacktrace",
    "buffer_size",
    "client_protocol_version",
    "close_session",
    "framing",
];
/// Longest life of an idle session (`max_session_timeout`), and the life without `session_timeout`.
const SESSION_SECONDS_MAX: u64 = 3_600;
const SESSION_SECONDS: u64 = 60;

/// What a request asks for.
#[derive(Debug, Clone, Default)]
pub(super) struct Ask {
    /// The `query` parameter; what the body holds follows it.
    pub(super) query: Vec<u8>,
    pub(super) query_id: String,
    pub(super) database: Option<String>,
    pub(super) default_format: Option<String>,
    /// Name and value of each setting, in the order given.
    pub(super) settings: Vec<(String, String)>,
    /// Values of `{name:Type}`, without the prefix `param_`.
    pub(super) parameters: Vec<(String, String)>,
    pub(super) roles: Vec<String>,
    pub(super) session: Option<SessionAsk>,
    /// GET may only read.
    pub(super) only_reads: bool,
    /// Whether nothing is sent before the query is over.
    pub(super) wait_end: bool,
    /// Body: native compressed blocks inside of whatever HTTP encoding.
    pub(super) body_native: bool,
    pub(super) body_encoding: Encoding,
    /// Boundary, if the body is a form.
    pub(super) boundary: Option<String>,
    pub(super) reply_encoding: Encoding,
}

/// The session that a request wants to be in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SessionAsk {
    pub(super) id: String,
    pub(super) life: Duration,
    /// `session_check=1`: the session has to be there.
    pub(super) must_exist: bool,
}

impl Ask {
    /// Reads the head of a request; `http_compression` is the engine's own `enable_http_compression`.
    ///
    /// # Errors
    /// A parameter or header that cannot be honoured.
    pub(super) fn read(parts: &Parts, http_compression: bool) -> Result<Self, Exception> {
        let mut ask = Self { only_reads: parts.method == Method::GET, ..Self::default() };
        ask.database = header(&parts.headers, "x-clickhouse-database");
        ask.default_format = header(&parts.headers, "x-clickhouse-format");
        let mut session = Vec::new();
        let mut native_reply = false;
        for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "compress" => native_reply = is_on(&value),
                "session_id" | "session_timeout" | "session_check" => session.push((name, value)),
                _ => ask.take(&name, value)?,
            }
        }
        ask.session = read_session(&session)?;
        if ask.query_id.is_empty() {
            ask.query_id = Uuid::new_v4().to_string();
        }
        ask.body_encoding = body_encoding(&parts.headers)?;
        ask.boundary = boundary(&parts.headers);
        let enabled = ask.setting("enable_http_compression").map_or(http_compression, is_on);
        ask.reply_encoding = if native_reply {
            Encoding::Native
        } else if enabled {
            accepted(&parts.headers)
        } else {
            Encoding::Plain
        };
        Ok(ask)
    }

    /// Takes one parameter of the URL, or a text field of a form.
    ///
    /// # Errors
    /// A name that is no setting's name.
    pub(super) fn take(&mut self, name: &str, value: Cow<'_, str>) -> Result<(), Exception> {
        match name {
            // a form's query follows the URL's, as a body does
            "query" => self.query.extend_from_slice(value.as_bytes()),
            "query_id" => self.query_id = value.into_owned(),
            "database" => self.database = Some(value.into_owned()).filter(|value| !value.is_empty()),
            "default_format" => {
                self.default_format = Some(value.into_owned()).filter(|value| !value.is_empty())
            }
            "decompress" => self.body_native = is_on(&value),
            "wait_end_of_query" => self.wait_end = is_on(&value),
            "role" => self.roles.push(value.into_owned()),
            _ if UNUSED.contains(&name) => {}
            _ => {
                if let Some(parameter) = name.strip_prefix("param_") {
                    check_name(parameter, || {
                        Exception::new(36, "BAD_ARGUMENTS", &format!("Invalid query parameter '{name}'"))
                    })?;
                    self.parameters.push((parameter.to_owned(), value.into_owned()));
                } else {
                    check_name(name, || {
                        Exception::new(115, "UNKNOWN_SETTING", &format!("Unknown setting '{name}'"))
                    })?;
                    self.settings.push((name.to_owned(), value.into_owned()));
                }
            }
        }
        Ok(())
    }

    /// The value of a setting in this request.
    pub(super) fn setting(&self, name: &str) -> Option<&str> {
        self.settings.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Names go into `SET` as they are, so they may hold nothing but what a name holds.
fn check_name(name: &str, refusal: impl Fn() -> Exception) -> Result<(), Exception> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let fits =
        !name.is_empty() && name.bytes().all(word) && !name.starts_with(|first: char| first.is_ascii_digit());
    if fits { Ok(()) } else { Err(refusal()) }
}

fn is_on(value: &str) -> bool {
    value == "1" || value.eq_ignore_ascii_case("true")
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
        .filter(|value| !value.is_empty())
}

fn read_session(given: &[(Cow<'_, str>, Cow<'_, str>)]) -> Result<Option<SessionAsk>, Exception> {
    let find = |wanted: &str| given.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_ref());
    let Some(id) = find("session_id").filter(|id| !id.is_empty()) else {
        return Ok(None);
    };
    let seconds = match find("session_timeout") {
        None => SESSION_SECONDS,
        Some(text) => {
            text.parse().ok().filter(|seconds| *seconds <= SESSION_SECONDS_MAX).ok_or_else(|| {
                let text = format!("Invalid session timeout: '{text}', maximum {SESSION_SECONDS_MAX}");
                Exception::new(374, "INVALID_SESSION_TIMEOUT", &text)
            })?
        }
    };
    let must_exist = find("session_check").is_some_and(is_on);
    Ok(Some(SessionAsk { id: id.to_owned(), life: Duration::from_secs(seconds), must_exist }))
}

fn body_encoding(headers: &HeaderMap) -> Result<Encoding, Exception> {
    let Some(value) = headers.get(CONTENT_ENCODING) else {
        return Ok(Encoding::Plain);
    };
    let name = value.to_str().unwrap_or_default().trim().to_ascii_lowercase();
    Encoding::from_name(&name).ok_or_else(|| {
        Exception::new(89, "UNKNOWN_COMPRESSION_METHOD", &format!("Unknown Content-Encoding '{name}'"))
    })
}

/// The encoding for a reply that costs least among those that the client takes.
fn accepted(headers: &HeaderMap) -> Encoding {
    let text = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes = |name: &str| {
        text.split(',').any(|part| {
            let mut parts = part.split(';').map(str::trim);
            let named = parts.next().is_some_and(|given| given.eq_ignore_ascii_case(name));
            named && !parts.any(|quality| matches!(quality, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
    };
    ["lz4", "zstd", "gzip", "deflate"]
        .into_iter()
        .find(|name| takes(name))
        .and_then(Encoding::from_name)
        .unwrap_or(Encoding::Plain)
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let (kind, parameters) = value.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let (_, boundary) = parameters
        .split(';')
        .filter_map(|part| part.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?;
    Some(boundary.trim_matches('"').to_owned())
}
