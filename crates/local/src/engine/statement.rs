//! Reads of a query no more than the server has to know: is it one statement, does it take data, does it give rows,
//! and where do the clauses go by which data and rows travel.
//!
//! In: the text of a query, or as much of it as has arrived. Out: a [`Statement`].
//! Everything else about SQL is the engine's business: a statement that is wrong reaches it as it was sent.

use super::exception::Exception;
use super::lexer::{Lexer, Token, TokenKind};

/// What kind of statement a text is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Statement {
    /// Nothing but white space and comments.
    Empty,
    /// `INSERT … VALUES` or `INSERT … FORMAT x`: what follows is data.
    Insert(Insert),
    /// A query whose rows may be many and go through a pipe.
    Rows(Rows),
    /// Any other statement; its answer is small.
    Other(Other),
    /// A statement that no server takes over HTTP.
    Refused(Exception),
}

/// An INSERT with data behind it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Insert {
    /// Where `FROM INFILE` has to stand: behind table and columns.
    pub(super) infile_at: usize,
    /// The SETTINGS clause, wherever it stood.
    pub(super) settings: String,
    /// Format of the data.
    pub(super) format: String,
    /// Offset of the first byte of data.
    pub(super) data_at: usize,
}

/// A query that gives rows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rows {
    /// Where `INTO OUTFILE` has to stand: before FORMAT, or at the end.
    pub(super) outfile_at: usize,
    /// End of the statement, without semicolon and trailing comment.
    pub(super) end: usize,
    /// Format that the query names.
    pub(super) format: Option<String>,
}

/// A statement that is run as it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Other {
    /// End of the statement, without semicolon and trailing comment.
    pub(super) end: usize,
    /// Format that the query names.
    pub(super) format: Option<String>,
    /// Whether it only reads (allowed with GET).
    pub(super) reads_only: bool,
}

/// Words that open a statement which reads only and whose answer is small.
const READERS: [&str; 8] = ["SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS", "USE", "SET", "CHECK"];
/// Words that open a query for rows.
const ROWS: [&str; 4] = ["SELECT", "WITH", "FROM", "VALUES"];
/// Words after which FORMAT can only be a name.
const BEFORE_A_NAME: [&str; 24] = [
    "SELECT", "DISTINCT", "BY", "WHERE", "PREWHERE", "HAVING", "QUALIFY", "AND", "OR", "NOT", "AS", "ON",
    "USING", "FROM", "JOIN", "IN", "LIKE", "BETWEEN", "CASE", "WHEN", "THEN", "ELSE", "LIMIT", "OFFSET",
];

/// Reads `sql`, which may be the beginning of a longer text.
pub(super) fn read(sql: &[u8]) -> Statement {
    let lexer = Lexer::new(sql);
    let Some(first) = lexer.clone().next() else {
        return Statement::Empty;
    };
    if lexer.is(first, "INSERT")
        && let Some(statement) = read_insert(sql)
    {
        return statement;
    }
    if lexer.is(first, "SYSTEM")
        && let Some(second) = lexer.clone().nth(1)
        && (lexer.is(second, "SHUTDOWN") || lexer.is(second, "KILL"))
    {
        // the engine would signal the whole process group, and so whoever started it
        let text = "the embedded engine is stopped by its supervisor, not by SQL";
        return Statement::Refused(Exception::new(48, "NOT_IMPLEMENTED", text));
    }
    read_whole(sql, first)
}

/// Reads a statement that is SQL to its end.
fn read_whole(sql: &[u8], first: Token) -> Statement {
    let lexer = Lexer::new(sql);
    let mut tokens = Vec::new();
    let mut depth = 0_usize;
    let mut inserts = false;
    let mut before = first;
    let mut rest = lexer.clone();
    while let Some(token) = rest.next() {
        if lexer.is(first, "INSERT") && lexer.is(before, "input") && token.kind == TokenKind::Open {
            // the engine would cut the data at a blank line and run what follows as statements
            let text = "the table function input() is not supported by the embedded engine";
            return Statement::Refused(Exception::new(48, "NOT_IMPLEMENTED", text));
        }
        before = token;
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            // a semicolon ends the statement at any depth: brackets that are still open are a mistake
            TokenKind::Semicolon => {
                if rest.find(|token| token.kind != TokenKind::Semicolon).is_some() {
                    return Statement::Refused(several_statements(sql, token.start));
                }
                break;
            }
            TokenKind::Word if depth == 0 && lexer.is(token, "INSERT") => inserts = true,
            TokenKind::Word | TokenKind::QuotedName | TokenKind::Text | TokenKind::Sign(_) => {}
        }
        if depth == 0 {
            tokens.push(token);
        } else if let Some(last) = tokens.last_mut() {
            // what stands in brackets counts as part of the token before it
            last.end = token.end;
            last.kind = TokenKind::Close;
        } else {
            tokens.push(token);
        }
    }
    let end = tokens.last().map_or(0, |token| token.end);
    if has_outfile(&lexer, &tokens) {
        return Statement::Refused(Exception::new(
            358,
            "INTO_OUTFILE_NOT_ALLOWED",
            "INTO OUTFILE is not allowed",
        ));
    }
    let format = find_format(&lexer, &tokens);
    let name = format.map(|(_, name)| name_of(lexer.text(name)));
    let opens_rows = first.kind == TokenKind::Open || ROWS.iter().any(|word| lexer.is(first, word));
    if opens_rows && !inserts {
        let outfile_at = format.map_or(end, |(word, _)| word.start);
        return Statement::Rows(Rows { outfile_at, end, format: name });
    }
    Statement::Other(Other {
        end,
        format: name,
        reads_only: READERS.iter().any(|word| lexer.is(first, word)),
    })
}

/// Finds `FORMAT name` at the end of the statement, or before a closing SETTINGS clause.
fn find_format(lexer: &Lexer<'_>, tokens: &[Token]) -> Option<(Token, Token)> {
    let at = tokens.iter().rposition(|token| lexer.is(*token, "FORMAT"))?;
    let before = *tokens.get(at.checked_sub(1)?)?;
    let name = *tokens.get(at + 1)?;
    let name_fits = matches!(name.kind, TokenKind::Word | TokenKind::QuotedName);
    let closes =
        tokens.get(at + 2).is_none_or(|token| lexer.is(*token, "SETTINGS") || lexer.is(*token, "INTO"));
    let before_fits = match before.kind {
        TokenKind::Word => !BEFORE_A_NAME.iter().any(|word| lexer.is(before, word)),
        TokenKind::QuotedName | TokenKind::Text | TokenKind::Close | TokenKind::Sign(b'*') => true,
        TokenKind::Open | TokenKind::Semicolon | TokenKind::Sign(_) => false,
    };
    (name_fits && closes && before_fits).then(|| tokens.get(at).map(|word| (*word, name)))?
}

fn has_outfile(lexer: &Lexer<'_>, tokens: &[Token]) -> bool {
    tokens.windows(2).any(
        |pair| matches!(pair, [into, outfile] if lexer.is(*into, "INTO") && lexer.is(*outfile, "OUTFILE")),
    )
}

/// Reads `INSERT INTO …` up to its data; None if it has none (`INSERT … SELECT`) or is not complete.
fn read_insert(sql: &[u8]) -> Option<Statement> {
    let lexer = Lexer::new(sql);
    let mut tokens = lexer.clone().skip(1).peekable();
    for word in ["INTO", "TABLE", "FUNCTION"] {
        tokens.next_if(|token| lexer.is(*token, word));
    }
    // the table's name, which may be any word
    let mut end = tokens.next()?.end;
    let mut settings: Option<(usize, usize)> = None;
    let mut infile_at = None;
    let mut depth = 0_usize;
    while let Some(token) = tokens.next() {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            TokenKind::Semicolon => return None,
            TokenKind::Word | TokenKind::QuotedName | TokenKind::Text | TokenKind::Sign(_) => {}
        }
        let top = depth == 0 && token.kind == TokenKind::Word;
        if top && ["SELECT", "WITH"].iter().any(|word| lexer.is(token, word)) {
            return None;
        }
        if top && lexer.is(token, "INFILE") {
            let text = "Query has infile and was send directly to server";
            return Some(Statement::Refused(Exception::new(78, "UNKNOWN_TYPE_OF_QUERY", text)));
        }
        if top && lexer.is(token, "SETTINGS") {
            settings = Some((token.start, token.end));
            infile_at = Some(end);
        } else if top && lexer.is(token, "VALUES") {
            let clause = settings.map(|(start, _)| text_of(sql, start, end)).unwrap_or_default();
            let infile_at = infile_at.unwrap_or(end);
            return Some(Statement::Insert(Insert {
                infile_at,
                settings: clause,
                format: "Values".to_owned(),
                data_at: token.end,
            }));
        } else if top && lexer.is(token, "FORMAT") {
            let name =
                tokens.next().filter(|name| matches!(name.kind, TokenKind::Word | TokenKind::QuotedName))?;
            let mut clause = settings.map(|(start, _)| text_of(sql, start, end)).unwrap_or_default();
            let mut head_end = name.end;
            if let Some(last) = settings_behind(&lexer, name.end) {
                clause = text_of(sql, name.end, last).trim_start().to_owned();
                head_end = last;
            }
            let insert = Insert {
                infile_at: infile_at.unwrap_or(end),
                settings: clause,
                format: name_of(lexer.text(name)),
                data_at: data_start(sql, head_end),
            };
            return Some(Statement::Insert(insert));
        }
        end = token.end;
    }
    None
}

/// End of a SETTINGS clause that begins at `from`, if one does: `SETTINGS a = 1, b = 'x'`.
fn settings_behind(lexer: &Lexer<'_>, from: usize) -> Option<usize> {
    let behind = Lexer::new(lexer.behind(from));
    let mut tokens = behind.clone().peekable();
    tokens.next_if(|token| behind.is(*token, "SETTINGS"))?;
    loop {
        tokens.next_if(|token| token.kind == TokenKind::Word)?;
        tokens.next_if(|token| token.kind == TokenKind::Sign(b'='))?;
        let sign = tokens.next_if(|token| matches!(token.kind, TokenKind::Sign(b'-' | b'+')));
        let value =
            tokens.next_if(|token| matches!(token.kind, TokenKind::Word | TokenKind::Text)).or(sign)?;
        if tokens.next_if(|token| token.kind == TokenKind::Sign(b',')).is_none() {
            return Some(from + value.end);
        }
    }
}

/// Data begin behind the first line break, or behind the white space where there is none.
fn data_start(sql: &[u8], from: usize) -> usize {
    let mut at = from;
    while matches!(sql.get(at), Some(b' ' | b'\t' | 0x0c)) {
        at += 1;
    }
    if sql.get(at) == Some(&b'\r') {
        at += 1;
    }
    if sql.get(at) == Some(&b'\n') {
        at += 1;
    }
    at
}

fn several_statements(sql: &[u8], at: usize) -> Exception {
    let rest = text_of(sql, at, sql.len());
    let rest: String = rest.chars().take(200).collect();
    let position = at + 1;
    Exception::new(
        62,
        "SYNTAX_ERROR",
        &format!(
            "Syntax error (Multi-statements are not allowed): failed at position {position} (end of query): {rest}. "
        ),
    )
}

fn text_of(sql: &[u8], start: usize, end: usize) -> String {
    String::from_utf8_lossy(sql.get(start..end).unwrap_or_default()).into_owned()
}

fn name_of(text: &[u8]) -> String {
    String::from_utf8_lossy(text).trim_matches(['`', '"']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the server makes of a text, in one line.
    fn told(sql: &str) -> String {
        let part = |start, end| text_of(sql.as_bytes(), start, end);
        match read(sql.as_bytes()) {
            Statement::Empty => "empty".to_owned(),
            Statement::Refused(refusal) => format!("refused {}", refusal.code),
            Statement::Insert(insert) => {
                let (head, data) = (part(0, insert.infile_at), part(insert.data_at, sql.len()));
                format!("{head}|{}|{}|{data:?}", insert.settings, insert.format)
            }
            Statement::Rows(rows) => {
                format!(
                    "rows {}|{}|{}",
                    part(0, rows.outfile_at),
                    part(rows.outfile_at, rows.end),
                    rows.format.unwrap_or_default()
                )
            }
            Statement::Other(other) => {
                let reads = if other.reads_only { "reads" } else { "changes" };
                format!("{reads} {}|{}", part(0, other.end), other.format.unwrap_or_default())
            }
        }
    }

    #[test]
    fn rows_go_out_before_the_format() {
        let cases = [
            ("SELECT 1", "rows SELECT 1||"),
            ("select 1 format JSON;", "rows select 1 |format JSON|JSON"),
            ("SELECT 1 SETTINGS a = 1 FORMAT CSV", "rows SELECT 1 SETTINGS a = 1 |FORMAT CSV|CSV"),
            ("SELECT 1 FORMAT CSV SETTINGS a = 1", "rows SELECT 1 |FORMAT CSV SETTINGS a = 1|CSV"),
            ("SELECT format FROM t ORDER BY format DESC", "rows SELECT format FROM t ORDER BY format DESC||"),
            ("SELECT 1 AS format", "rows SELECT 1 AS format||"),
            ("SELECT a, format b FROM t", "rows SELECT a, format b FROM t||"),
            ("SELECT (SELECT 1 FORMAT JSON)", "rows SELECT (SELECT 1 FORMAT JSON)||"),
            (
                "(SELECT 1) UNION ALL (SELECT 2) FORMAT TSV",
                "rows (SELECT 1) UNION ALL (SELECT 2) |FORMAT TSV|TSV",
            ),
            (
                "WITH x AS (SELECT 1) SELECT * FORMAT Null -- end",
                "rows WITH x AS (SELECT 1) SELECT * |FORMAT Null|Null",
            ),
            (
                "FROM t SELECT a WHERE b IN (1, 2) FORMAT Native",
                "rows FROM t SELECT a WHERE b IN (1, 2) |FORMAT Native|Native",
            ),
        ];
        for (sql, expect) in cases {
            assert_eq!(told(sql), expect, "{sql}");
        }
    }

    #[test]
    fn data_come_in_behind_table_and_columns() {
        let cases = [
            ("INSERT INTO t VALUES (1)", r#"INSERT INTO t||Values|" (1)""#),
            ("insert into d.t (a, `b`) format TSV\n1\t2\n", r#"insert into d.t (a, `b`)||TSV|"1\t2\n""#),
            ("INSERT INTO t FORMAT TSV \r\n\n1", r#"INSERT INTO t||TSV|"\n1""#),
            ("INSERT INTO t FORMAT Native;x", r#"INSERT INTO t||Native|";x""#),
            (
                "INSERT INTO TABLE t SETTINGS a = 1, b = 'x' FORMAT CSV\n",
                r#"INSERT INTO TABLE t|SETTINGS a = 1, b = 'x'|CSV|"""#,
            ),
            (
                "INSERT INTO t FORMAT CSV SETTINGS a = -1, b = 'x'\n1",
                r#"INSERT INTO t|SETTINGS a = -1, b = 'x'|CSV|"1""#,
            ),
            ("INSERT INTO t FORMAT CSV settings,1", r#"INSERT INTO t||CSV|"settings,1""#),
            (
                "INSERT INTO FUNCTION file('x', 'CSV', 'a Int8') VALUES (1)",
                r#"INSERT INTO FUNCTION file('x', 'CSV', 'a Int8')||Values|" (1)""#,
            ),
            ("INSERT INTO values VALUES (1)", r#"INSERT INTO values||Values|" (1)""#),
            ("INSERT INTO t SETTINGS a = 1 VALUES (1)", r#"INSERT INTO t|SETTINGS a = 1|Values|" (1)""#),
        ];
        for (sql, expect) in cases {
            assert_eq!(told(sql), expect, "{sql}");
        }
    }

    #[test]
    fn other_statements_pass_as_they_are() {
        let cases = [
            ("INSERT INTO t SELECT 1", "changes INSERT INTO t SELECT 1|"),
            ("WITH 1 AS x INSERT INTO t SELECT x", "changes WITH 1 AS x INSERT INTO t SELECT x|"),
            ("CREATE TABLE t (a Int8) ENGINE = Memory;", "changes CREATE TABLE t (a Int8) ENGINE = Memory|"),
            ("SHOW TABLES FORMAT JSON", "reads SHOW TABLES FORMAT JSON|JSON"),
            ("DESCRIBE TABLE t", "reads DESCRIBE TABLE t|"),
            ("KILL QUERY WHERE 1", "changes KILL QUERY WHERE 1|"),
        ];
        for (sql, expect) in cases {
            assert_eq!(told(sql), expect, "{sql}");
        }
    }

    #[test]
    fn what_no_server_takes_is_refused() {
        let cases = [
            ("", "empty"),
            (" -- x\n/* y */", "empty"),
            ("SELECT 1; SELECT 2", "refused 62"),
            ("SELECT (1; DROP TABLE t", "refused 62"),
            ("SELECT 1 INTO OUTFILE 'x' FORMAT CSV", "refused 358"),
            ("INSERT INTO t FROM INFILE 'x' FORMAT CSV", "refused 78"),
            ("SYSTEM SHUTDOWN", "refused 48"),
            ("INSERT INTO t SELECT a FROM input('a Int8') FORMAT TSV\n1", "refused 48"),
            ("/* */ system kill;", "refused 48"),
        ];
        for (sql, expect) in cases {
            assert_eq!(told(sql), expect, "{sql}");
        }
    }

    #[test]
    fn no_text_is_too_odd_to_be_read() {
        proptest::proptest!(|(sql in "(INSERT INTO|SELECT|FORMAT|VALUES|SETTINGS|t|'|;|\\(|\\)|\\$x\\$|--|\n| |=|\\\\|\u{e9})*")| {
            read(sql.as_bytes());
        });
    }
}
