//! Reads a `multipart/form-data` body: how clients send a query with many or large parameters.
//!
//! In: the body and its boundary. Out: name and text of each field.
//! Deliberately not here: files. ClickHouse takes them as external tables; the embedded engine has no place for them.
//! Source: RFC 7578, RFC 2046 §5.1.

use memchr::memmem;

use super::exception::Exception;

/// The text fields of a form, in their order.
///
/// # Errors
/// The body is no form with this boundary, or it holds a file.
pub(super) fn read(body: &[u8], boundary: &str) -> Result<Vec<(String, String)>, Exception> {
    let broken = || {
        Exception::new(36, "BAD_ARGUMENTS", "the body is no multipart form with the boundary of its header")
    };
    let delimiter = format!("\r\n--{boundary}");
    // the first delimiter may stand at the very beginning
    let mut rest = match body.strip_prefix(delimiter.trim_start().as_bytes()) {
        Some(rest) => rest,
        None => after(body, delimiter.as_bytes()).ok_or_else(broken)?,
    };
    let mut fields = Vec::new();
    while !rest.starts_with(b"--") {
        rest = after(rest, b"\r\n").ok_or_else(broken)?;
        let end = memmem::find(rest, delimiter.as_bytes()).ok_or_else(broken)?;
        let (part, behind) = rest.split_at_checked(end).ok_or_else(broken)?;
        fields.push(read_part(part).ok_or_else(broken)??);
        rest = behind.get(delimiter.len()..).unwrap_or_default();
    }
    Ok(fields)
}

fn after<'a>(text: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    text.get(memmem::find(text, mark)? + mark.len()..)
}

/// One part: header lines, an empty line, content.
fn read_part(part: &[u8]) -> Option<Result<(String, String), Exception>> {
    let head_end = memmem::find(part, b"\r\n\r\n")?;
    let head = std::str::from_utf8(part.get(..head_end)?).ok()?;
    let content = part.get(head_end + 4..)?;
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    if attribute(disposition, "filename").is_some() {
        let text = "external tables are not supported by the embedded engine";
        return Some(Err(Exception::new(48, "NOT_IMPLEMENTED", text)));
    }
    let name = attribute(disposition, "name")?;
    Some(Ok((name.to_owned(), String::from_utf8_lossy(content).into_owned())))
}

fn attribute<'a>(disposition: &'a str, name: &str) -> Option<&'a str> {
    disposition
        .split(';')
        .filter_map(|part| part.trim().split_once('='))
        .find(|(given, _)| *given == name)
        .map(|(_, value)| value.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_as_they_were_sent() {
        let body = b"--b1\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\nSELECT '\r\n--b'\r\n\
            --b1\r\nContent-Disposition: form-data; name=\"param_x\"\r\n\r\n\r\n--b1--\r\n";
        let fields = read(body, "b1").unwrap();
        assert_eq!(
            fields,
            [("query".to_owned(), "SELECT '\r\n--b'".to_owned()), ("param_x".to_owned(), String::new())]
        );
    }

    #[test]
    fn what_is_no_form_or_holds_a_file_is_refused() {
        assert_eq!(read(b"SELECT 1", "b1").unwrap_err().code, 36);
        assert_eq!(
            read(b"--b1\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\nx", "b1").unwrap_err().code,
            36
        );
        let file =
            b"--b1\r\nContent-Disposition: form-data; name=\"t\"; filename=\"t\"\r\n\r\n1\r\n--b1--\r\n";
        assert_eq!(read(file, "b1").unwrap_err().code, 48);
    }
}
