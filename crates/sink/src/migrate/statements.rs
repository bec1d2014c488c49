//! Cuts a file of SQL into statements.
//!
//! Input: the text of a file. Output: its statements without comments and without the closing semicolon, in order.
//!
//! ClickHouse's HTTP interface takes one statement per request. A semicolon ends a statement only outside of quotes
//! (`'…'`, `"…"`, `` `…` ``, with `\` or a doubled quote as escape) and comments (`-- …` and `/* … */`; of `# …` and
//! heredocs, which ClickHouse knows too, our files make no use).

/// A quote or a comment that the file does not close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{opening} opened in line {line} is never closed")]
pub struct Unclosed {
    /// What was opened.
    pub opening: &'static str,
    /// Line, from 1.
    pub line: usize,
}

/// Statements of `sql`, comments removed, none empty.
///
/// # Errors
/// [`Unclosed`], if the text ends inside a quote or a block comment.
pub fn split(sql: &str) -> Result<Vec<String>, Unclosed> {
    let mut scanner = Scanner { rest: sql, line: 1 };
    let mut statements = Vec::new();
    let mut statement = String::new();
    while let Some(piece) = scanner.next_piece()? {
        match piece {
            Piece::End => push(&mut statements, &mut statement),
            Piece::Comment => statement.push(' '),
            Piece::Text(text) => statement.push_str(text),
        }
    }
    push(&mut statements, &mut statement);
    Ok(statements)
}

fn push(statements: &mut Vec<String>, statement: &mut String) {
    let text = statement.trim();
    if !text.is_empty() {
        statements.push(text.to_owned());
    }
    statement.clear();
}

enum Piece<'a> {
    /// Copied as it is: a quoted string with its quotes, or text without any special character.
    Text(&'a str),
    Comment,
    /// A semicolon outside of quotes.
    End,
}

struct Scanner<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Scanner<'a> {
    fn next_piece(&mut self) -> Result<Option<Piece<'a>>, Unclosed> {
        let Some(first) = self.rest.chars().next() else { return Ok(None) };
        let piece = match first {
            ';' => {
                self.take(1);
                Piece::End
            }
            '\'' => Piece::Text(self.quoted('\'', "a string")?),
            '"' => Piece::Text(self.quoted('"', "an identifier")?),
            '`' => Piece::Text(self.quoted('`', "an identifier")?),
            _ if self.rest.starts_with("--") => {
                let length = self.rest.find('\n').unwrap_or(self.rest.len());
                self.take(length);
                Piece::Comment
            }
            _ if self.rest.starts_with("/*") => {
                let Some(end) = self.rest.find("*/") else { return Err(self.unclosed("a comment")) };
                self.take(end + 2);
                Piece::Comment
            }
            _ => Piece::Text(self.plain(first)),
        };
        Ok(Some(piece))
    }

    /// The first character, which may be a lone `-` or `/`, and all up to the next one that may be special.
    fn plain(&mut self, first: char) -> &'a str {
        let after = first.len_utf8();
        let special = |c: char| matches!(c, ';' | '\'' | '"' | '`' | '-' | '/');
        let length = self
            .rest
            .get(after..)
            .and_then(|rest| rest.find(special))
            .map_or(self.rest.len(), |at| after + at);
        self.take(length)
    }

    /// A doubled quote reads as two quoted strings in a row, which copies the same bytes.
    fn quoted(&mut self, quote: char, what: &'static str) -> Result<&'a str, Unclosed> {
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            if character == '\\' {
                characters.next();
            } else if character == quote {
                return Ok(self.take(at + quote.len_utf8()));
            }
        }
        Err(self.unclosed(what))
    }

    /// `length` is a character boundary: it comes from a search in `rest`.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    const fn unclosed(&self, opening: &'static str) -> Unclosed {
        Unclosed { opening, line: self.line }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, expect: &[&str]) {
        assert_eq!(split(sql).unwrap(), expect, "{sql}");
    }

    #[test]
    fn a_semicolon_ends_a_statement_only_outside_quotes_and_comments() {
        check("a; b ;\n", &["a", "b"]);
        check("SELECT ';'; SELECT \"a;b\", `c;d`", &["SELECT ';'", "SELECT \"a;b\", `c;d`"]);
        check("a -- not; here\n; b /* nor; here */ c", &["a", "b   c"]);
    }

    #[test]
    fn escaped_and_doubled_quotes_do_not_end_a_string() {
        check(r"SELECT 'a\';b'; c", &[r"SELECT 'a\';b'", "c"]);
        check("SELECT 'a'';b'; c", &["SELECT 'a'';b'", "c"]);
        check(r"SELECT 'a\\'; c", &[r"SELECT 'a\\'", "c"]);
    }

    #[test]
    fn comment_marks_inside_strings_and_lone_marks_are_text() {
        check("SELECT '-- x', '/* y */', 3-1, 4/2", &["SELECT '-- x', '/* y */', 3-1, 4/2"]);
        check("SELECT a - -1", &["SELECT a - -1"]);
    }

    #[test]
    fn empty_statements_and_text_beyond_ascii() {
        check("", &[]);
        check(" ;; -- nothing\n;", &[]);
        check("SELECT 'µs − … é;'; SELECT µ", &["SELECT 'µs − … é;'", "SELECT µ"]);
    }

    #[test]
    fn what_is_never_closed_is_named_with_its_line() {
        assert_eq!(split("a;\n b 'c"), Err(Unclosed { opening: "a string", line: 2 }));
        assert_eq!(split("a\n\n/* c;"), Err(Unclosed { opening: "a comment", line: 3 }));
        assert_eq!(split("`a"), Err(Unclosed { opening: "an identifier", line: 1 }));
    }

    #[test]
    fn every_shipped_file_splits() {
        let numbered = super::super::MIGRATIONS.iter().map(|file| (file.name, file.sql));
        let views = super::super::VIEWS.files.iter().map(|file| (file.name, file.sql));
        for (name, sql) in numbered.chain(views) {
            assert!(!split(sql).unwrap().is_empty(), "{name}");
        }
    }
}
