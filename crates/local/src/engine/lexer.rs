//! Cuts ClickHouse SQL into tokens, as far as it takes to find the clauses that the server has to touch.
//!
//! In: the bytes of a query. Out: tokens with their byte ranges, white space and comments left out.
//! Lazy, because what follows the head of an INSERT is data and must not be read as SQL.
//! Source: the lexical rules of the ClickHouse documentation (string literals, identifiers, comments, heredocs).

/// What a token is, as coarsely as the statement reader needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A bare word: keyword, identifier or number.
    Word,
    /// An identifier in backticks or double quotes.
    QuotedName,
    /// A string literal or heredoc.
    Text,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
    /// `;`.
    Semicolon,
    /// Any other single character.
    Sign(u8),
}

/// One token: its kind and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Iterator over the tokens of `sql`.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a> {
    sql: &'a [u8],
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(sql: &'a [u8]) -> Self {
        Self { sql, at: 0 }
    }

    /// The text of `token`.
    pub(super) fn text(&self, token: Token) -> &'a [u8] {
        self.sql.get(token.start..token.end).unwrap_or_default()
    }

    /// Whether `token` is the bare word `word`, in any case.
    pub(super) fn is(&self, token: Token, word: &str) -> bool {
        token.kind == TokenKind::Word && self.text(token).eq_ignore_ascii_case(word.as_bytes())
    }

    /// The text behind offset `from`.
    pub(super) fn behind(&self, from: usize) -> &'a [u8] {
        self.sql.get(from..).unwrap_or_default()
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.sql.get(self.at + ahead).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.sql.get(self.at..).unwrap_or_default()
    }

    fn skip_line(&mut self) {
        self.at += memchr::memchr(b'\n', self.rest()).unwrap_or_else(|| self.rest().len());
    }

    /// Skips white space and comments; `--`, `#!` and `# ` run to the end of the line.
    fn skip_blank(&mut self) {
        while let Some(byte) = self.peek(0) {
            match (byte, self.peek(1)) {
                (b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c, _) => self.at += 1,
                (b'-', Some(b'-')) | (b'#', Some(b'!' | b' ')) => self.skip_line(),
                (b'/', Some(b'*')) => {
                    let body = self.sql.get(self.at + 2..).unwrap_or_default();
                    self.at += memchr::memmem::find(body, b"*/").map_or(body.len() + 2, |end| end + 4);
                }
                _ => return,
            }
        }
    }

    /// Moves behind a quoted token; a backslash escapes, a doubled quote stands for itself.
    fn skip_quoted(&mut self, quote: u8) {
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            if byte == b'\\' {
                self.at += 2;
            } else if byte != quote {
                self.at += 1;
            } else if self.peek(1) == Some(quote) {
                self.at += 2;
            } else {
                self.at += 1;
                break;
            }
        }
        self.at = self.at.min(self.sql.len());
    }

    /// Moves behind a heredoc `$tag$ … $tag$`; false if there is none here.
    fn skip_heredoc(&mut self) -> bool {
        let rest = self.rest();
        let tag_end = rest.iter().skip(1).position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
        let Some(tag) =
            tag_end.filter(|end| rest.get(end + 1) == Some(&b'$')).and_then(|end| rest.get(..end + 2))
        else {
            return false;
        };
        let body = rest.get(tag.len()..).unwrap_or_default();
        match memchr::memmem::find(body, tag) {
            Some(end) => self.at += end + 2 * tag.len(),
            None => return false,
        }
        true
    }

    fn take(&mut self) -> Option<TokenKind> {
        let byte = self.peek(0)?;
        let kind = match byte {
            b'\'' => {
                self.skip_quoted(byte);
                return Some(TokenKind::Text);
            }
            b'"' | b'`' => {
                self.skip_quoted(byte);
                return Some(TokenKind::QuotedName);
            }
            b'$' if self.skip_heredoc() => return Some(TokenKind::Text),
            b'(' | b'[' | b'{' => TokenKind::Open,
            b')' | b']' | b'}' => TokenKind::Close,
            b';' => TokenKind::Semicolon,
            _ if is_word(byte) => {
                self.at += self.rest().iter().take_while(|byte| is_word(**byte)).count();
                return Some(TokenKind::Word);
            }
            _ => TokenKind::Sign(byte),
        };
        self.at += 1;
        Some(kind)
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_blank();
        let start = self.at;
        let kind = self.take()?;
        Some(Token { kind, start, end: self.at })
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<String> {
        let lexer = Lexer::new(sql.as_bytes());
        lexer.clone().map(|token| String::from_utf8_lossy(lexer.text(token)).into_owned()).collect()
    }

    #[test]
    fn quotes_comments_and_heredocs_are_one_token_or_none() {
        assert_eq!(texts("SELECT 'a;''b\\'c' -- x; y\n, `a``b`"), ["SELECT", "'a;''b\\'c'", ",", "`a``b`"]);
        assert_eq!(texts("a /* ; ' */ b # c\n#! d\n e"), ["a", "b", "e"]);
        assert_eq!(
            texts("SELECT $x$ ; ' $x$, $$;$$ ; $1"),
            ["SELECT", "$x$ ; ' $x$", ",", "$$;$$", ";", "$1"]
        );
    }

    #[test]
    fn what_is_not_closed_runs_to_the_end() {
        assert_eq!(texts("'abc"), ["'abc"]);
        assert_eq!(texts("'abc\\"), ["'abc\\"]);
        assert_eq!(texts("a /* b"), ["a"]);
        assert_eq!(texts("$x$ y"), ["$x$", "y"]);
    }
}
