//! An error as ClickHouse tells it: number, name and text; and the HTTP status that goes with the number.
//!
//! In: the engine's text, or a condition of the server's own. Out: what clients read in header and body.
//! Invariant: a text is passed on as the engine wrote it, but for what the server itself had put into the query.

use http::StatusCode;

/// An error with ClickHouse's number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub(super) struct Exception {
    /// ClickHouse's error number; 1002 (UNKNOWN_EXCEPTION) where the engine gave none.
    pub(super) code: i32,
    /// `Code: N. DB::Exception: … (NAME)`.
    pub(super) text: String,
}

const UNKNOWN_EXCEPTION: i32 = 1002;

impl Exception {
    /// An error that the server itself finds.
    pub(super) fn new(code: i32, name: &str, text: &str) -> Self {
        Self { code, text: format!("Code: {code}. DB::Exception: {text}. ({name})") }
    }

    /// Reads the engine's text.
    pub(super) fn from_engine(text: &str) -> Self {
        let text = unnest(text.trim_end());
        match code_of(text) {
            Some(code) => Self { code, text: text.to_owned() },
            None => Self {
                code: UNKNOWN_EXCEPTION,
                text: format!("Code: {UNKNOWN_EXCEPTION}. DB::Exception: {text}. (UNKNOWN_EXCEPTION)"),
            },
        }
    }

    /// The same error without `own`, a part of the query that the client did not write.
    #[must_use]
    pub(super) fn without(mut self, own: &str) -> Self {
        if !own.is_empty() {
            self.text = self.text.replace(own, "");
        }
        self
    }

    /// The body of a reply: the text with the engine's version, as a server ends it.
    pub(super) fn body(&self, version: &str) -> String {
        format!("{} (version {version} (libchdb))\n", self.text)
    }

    /// The status by which a server answers this number.
    ///
    /// Source: ClickHouse, `exceptionCodeToHTTPStatus`.
    pub(super) fn status(&self) -> StatusCode {
        match self.code {
            194 => StatusCode::UNAUTHORIZED,
            192 | 193 | 497 | 512 | 516 => StatusCode::FORBIDDEN,
            6 | 8 | 15 | 25 | 26 | 27 | 36 | 37 | 38 | 41 | 44 | 53 | 62 | 72 | 117 | 123 | 167 | 168
            | 223 | 321 | 376 | 427 | 441 | 675 | 676 => StatusCode::BAD_REQUEST,
            46 | 47 | 50 | 56 | 60 | 63 | 73 | 78 | 81 | 115 | 152 | 336 | 511 => StatusCode::NOT_FOUND,
            159 => StatusCode::REQUEST_TIMEOUT,
            381 => StatusCode::LENGTH_REQUIRED,
            229 => StatusCode::PAYLOAD_TOO_LARGE,
            48 => StatusCode::NOT_IMPLEMENTED,
            76 | 209 | 439 => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

fn code_of(text: &str) -> Option<i32> {
    let (digits, _) = text.strip_prefix("Code: ")?.split_once('.')?;
    digits.parse().ok()
}

/// Takes off the wrappings that the embedded client puts around a server error:
/// `Code: N. DB::Exception: Code: N. DB::Exception: … (NAME) (version V). (NAME)`.
fn unnest(mut text: &str) -> &str {
    while let Some((head, inner)) = text.split_once("DB::Exception: ")
        && code_of(head) == code_of(inner)
        && code_of(inner).is_some()
        && let Some((inner, _)) = inner.rsplit_once(" (version ")
    {
        text = inner;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_text_is_told_once() {
        let text = "Code: 115. DB::Exception: Code: 115. DB::Exception: Unknown setting 'x'. (UNKNOWN_SETTING) (version 26.5.1.1). (UNKNOWN_SETTING)";
        let exception = Exception::from_engine(text);
        assert_eq!(exception.text, "Code: 115. DB::Exception: Unknown setting 'x'. (UNKNOWN_SETTING)");
        assert_eq!((exception.code, exception.status()), (115, StatusCode::NOT_FOUND));
    }

    #[test]
    fn another_code_inside_is_left_alone() {
        let text = "Code: 27. DB::Exception: from shard: Code: 60. DB::Exception: no table. (UNKNOWN_TABLE) (version 1). (CANNOT)";
        assert_eq!(Exception::from_engine(text).text, text);
    }

    #[test]
    fn text_without_number_gets_one() {
        assert_eq!(Exception::from_engine("boom\n").code, UNKNOWN_EXCEPTION);
    }
}
