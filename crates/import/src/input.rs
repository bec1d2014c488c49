//! The file: opened, its mark and its delimiter found, cut into rows within a bound.
//!
//! `csv-core` knows quotes and delimiters. What is around it is ours, because rows have to be bounded (a quote that is
//! never closed makes one row of all that follows) and to know their line, whatever ends the lines.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use csv_core::ReadRecordResult;

use crate::Error;

/// Longest row, bytes. It is held in memory.
pub const ROW_BYTES_MAX: usize = 1 << 20;
/// Read at once, bytes.
const BUFFER_BYTES: usize = 256 << 10;

/// The rows of a file.
pub(crate) struct Input {
    source: BufReader<Box<dyn Read + Send>>,
    core: csv_core::Reader,
    row: Row,
    /// Line at which reading stands, from 1.
    line: u64,
    bytes: u64,
}

/// One row, its quotes resolved.
#[derive(Debug, Default)]
pub(crate) struct Row {
    text: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
    /// Line on which it begins.
    pub(crate) line: u64,
}

impl Row {
    /// Number of fields.
    pub(crate) const fn len(&self) -> usize {
        self.fields
    }

    pub(crate) fn get(&self, at: usize) -> Option<&[u8]> {
        let ends = self.ends.get(..self.fields)?;
        let start = at.checked_sub(1).map_or(Some(0), |before| ends.get(before).copied())?;
        self.text.get(start..*ends.get(at)?)
    }

    /// A row of line 1.
    #[cfg(test)]
    pub(crate) fn of(fields: &[&str]) -> Self {
        let ends = fields.iter().scan(0, |end, field| {
            *end += field.len();
            Some(*end)
        });
        Self { text: fields.concat().into_bytes(), ends: ends.collect(), fields: fields.len(), line: 1 }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.fields).filter_map(|at| self.get(at))
    }
}

/// How large an input is, if that is known.
pub(crate) fn size(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|data| data.len())
}

impl Input {
    /// Opens a file, or standard input for `-`.
    pub(crate) fn open(path: &Path, delimiter: Option<u8>) -> Result<Self, Error> {
        let unreadable = |source| Error::Input { path: PathBuf::from(path), source };
        let source: Box<dyn Read + Send> = match path == Path::new("-") {
            true => Box::new(io::stdin()),
            false => Box::new(File::open(path).map_err(unreadable)?),
        };
        Self::of(source, delimiter).map_err(unreadable)
    }

    fn of(source: Box<dyn Read + Send>, delimiter: Option<u8>) -> io::Result<Self> {
        let mut source = BufReader::with_capacity(BUFFER_BYTES, source);
        let head = source.fill_buf()?;
        if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is UTF-16; save it as UTF-8"));
        }
        let mark = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let delimiter = delimiter.unwrap_or_else(|| guess(head));
        source.consume(mark);
        let core = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        Ok(Self { source, core, row: Row::default(), line: 1, bytes: 0 })
    }

    /// The next row.
    pub(crate) fn next(&mut self) -> Result<Option<&Row>, Error> {
        self.skip_line_ends()?;
        self.row.line = self.line;
        self.row.fields = 0;
        let mut used = 0;
        loop {
            let unread = |source| Error::Unread { line: self.line, source };
            let input = self.source.fill_buf().map_err(unread)?;
            let text = self.row.text.get_mut(used..).unwrap_or_default();
            let ends = self.row.ends.get_mut(self.row.fields..).unwrap_or_default();
            let (result, read, written, ended) = self.core.read_record(input, text, ends);
            used += written;
            self.row.fields += ended;
            self.pass(read);
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if used >= ROW_BYTES_MAX => {
                    return Err(Error::RowTooLong { line: self.row.line });
                }
                ReadRecordResult::OutputFull => {
                    self.row.text.resize((used * 2).clamp(4 << 10, ROW_BYTES_MAX), 0)
                }
                ReadRecordResult::OutputEndsFull => self.row.ends.resize((self.row.fields * 2).max(32), 0),
                ReadRecordResult::Record => return Ok(Some(&self.row)),
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// Passes over line ends before a row: those of empty lines, and the rest of a CRLF.
    fn skip_line_ends(&mut self) -> Result<(), Error> {
        loop {
            let unread = |source| Error::Unread { line: self.line, source };
            let input = self.source.fill_buf().map_err(unread)?;
            let ends = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            if ends == 0 {
                return Ok(());
            }
            self.pass(ends);
        }
    }

    /// Counts what was read of the buffer, and gives it back.
    fn pass(&mut self, read: usize) {
        let lines = self.source.buffer().iter().take(read).filter(|byte| **byte == b'\n').count();
        self.line += u64::try_from(lines).unwrap_or_default();
        self.bytes += u64::try_from(read).unwrap_or_default();
        self.source.consume(read);
    }

    /// Bytes read so far.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// The likeliest delimiter of a header line; column names hold none of them. A comma where there is none.
fn guess(head: &[u8]) -> u8 {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &[u8]) -> Result<Vec<(u64, Vec<String>)>, Error> {
        let mut input = Input::of(Box::new(io::Cursor::new(text.to_vec())), None).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = input.next()? {
            rows.push((
                row.line,
                row.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect(),
            ));
        }
        Ok(rows)
    }

    fn fields(line: u64, fields: &[&str]) -> (u64, Vec<String>) {
        (line, fields.iter().map(|field| (*field).to_owned()).collect())
    }

    #[test]
    fn marks_line_ends_quotes_and_empty_lines_are_read() {
        let text = b"\xef\xbb\xbfa,b\r\n\"1\",\"x\r\ny \"\"q\"\"\"\r\n\r\n2,\r\n3,z";
        let expect = [
            fields(1, &["a", "b"]),
            fields(2, &["1", "x\r\ny \"q\""]),
            fields(5, &["2", ""]),
            fields(6, &["3", "z"]),
        ];
        assert_eq!(rows(text).unwrap(), expect);
        assert!(rows(b"").unwrap().is_empty());
        assert!(rows(b"\xef\xbb\xbf\r\n\r\n").unwrap().is_empty());
    }

    #[test]
    fn rows_larger_than_the_buffer_are_whole() {
        let long = "x".repeat(BUFFER_BYTES * 3);
        let many = ",".repeat(1_000);
        let text = format!("a,b\n\"{long}\",\"\n\"\n{many}\nlast,1\n");
        let read = rows(text.as_bytes()).unwrap();
        assert_eq!(read.get(1), Some(&fields(2, &[&long, "\n"])));
        assert_eq!(read.get(2).map(|(line, fields)| (*line, fields.len())), Some((4, 1_001)));
        assert_eq!(read.get(3), Some(&fields(5, &["last", "1"])));
    }

    #[test]
    fn semicolons_and_tabs_are_found_out() {
        assert_eq!(rows(b"a;b\n1,5;2\n").unwrap(), [fields(1, &["a", "b"]), fields(2, &["1,5", "2"])]);
        assert_eq!(rows(b"a\tb\n").unwrap(), [fields(1, &["a", "b"])]);
        assert_eq!(rows(b"a\n").unwrap(), [fields(1, &["a"])]);
        assert_eq!(guess(b"a\n;"), b',');
    }

    #[test]
    fn a_quote_that_is_never_closed_does_not_fill_the_memory() {
        let mut text = b"a,b\n1,2\n\"open,".to_vec();
        text.resize(4 << 20, b'x');
        let error = rows(&text).unwrap_err();
        assert!(matches!(error, Error::RowTooLong { line: 3 }), "{error:?}");
    }

    #[test]
    fn utf_16_is_named() {
        let error = Input::of(Box::new(io::Cursor::new(vec![0xff, 0xfe, b'a', 0])), None).err().unwrap();
        assert!(error.to_string().contains("UTF-16"), "{error}");
    }
}
