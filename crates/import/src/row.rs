//! One row of a file, checked, and written as one line of `JSONCompactEachRow`.

use std::collections::BTreeSet;

use wattledger_record::TokenKey;

use crate::column::{Column, Need};
use crate::header::{Field, Header};
use crate::input::Row;
use crate::problem::Problems;
use crate::table::Table;
use crate::value;

/// What rows are read by.
pub(crate) struct Reader<'a> {
    pub(crate) table: &'static Table,
    pub(crate) header: Header,
    pub(crate) zones: &'a BTreeSet<String>,
    /// For tables with a reference.
    pub(crate) tokens: Option<&'a TokenKey>,
}

impl Reader<'_> {
    /// Writes the row behind `out`; notes everything that is wrong with it. What is written of a wrong row is of no use.
    pub(crate) fn read(&self, record: &Row, out: &mut Vec<u8>, problems: &mut Problems) {
        let line = record.line;
        if record.len() != self.header.width {
            let text = format!("has {} fields, the header has {}", record.len(), self.header.width);
            problems.note(line, None, text);
            return;
        }
        let before = problems.found;
        out.push(b'[');
        for (column, field) in self.table.columns.iter().zip(&self.header.fields) {
            let start = out.len();
            let at = field.map_or(0, |field| field.at + 1);
            if let Err(text) = self.field(column, *field, record, out) {
                problems.note(line, (at > 0).then_some((at, column.name)), text);
            }
            if out.len() > start {
                out.push(b',');
            }
        }
        if problems.found == before {
            self.order(record, problems);
        }
        if let (Some(_), Some(tokens)) = (self.table.reference, self.tokens) {
            value::json(&tokens.reference(self.text("token", record), self.text("type", record)), out);
            out.push(b',');
        }
        let removed = value::boolean(self.text("removed", record)).unwrap_or_default();
        out.extend_from_slice(if removed { b"1," } else { b"0," });
        out.extend_from_slice(line.to_string().as_bytes());
        out.extend_from_slice(b"]\n");
    }

    fn field(
        &self,
        column: &Column,
        field: Option<Field>,
        record: &Row,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        let bytes = field.and_then(|field| record.get(field.at)).unwrap_or_default();
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err("the text is not UTF-8; save the file as UTF-8".to_owned());
        };
        if column.fills.is_empty() {
            // `removed`, which is written last
            return if text.is_empty() { Ok(()) } else { value::boolean(text).map(drop) };
        }
        match column.need {
            _ if !text.is_empty() && field.is_some_and(|field| field.kwh) => value::write_kwh(text, out),
            _ if !text.is_empty() => value::write(column.kind, text, self.zones, out),
            Need::Required => Err(format!("is empty; expected {}", column.kind.values())),
            Need::Else("") => {
                out.extend_from_slice(b"\"\"");
                Ok(())
            }
            Need::Else(text) => value::write(column.kind, text, self.zones, out),
            Need::Optional => {
                let nulls = ["null"; 2].get(..column.fills.len()).unwrap_or_default().join(",");
                out.extend_from_slice(nulls.as_bytes());
                Ok(())
            }
        }
    }

    /// Notes where the end of something lies before its beginning.
    fn order(&self, record: &Row, problems: &mut Problems) {
        for &(first, second, may_equal) in self.table.ordered {
            let [Some(from), Some(to)] = [first, second].map(|name| self.written(name, record)) else {
                continue;
            };
            if to < from || (to == from && !may_equal) {
                let at = self.place(second).map_or(0, |field| field.at + 1);
                let than = if may_equal { "is earlier than" } else { "is not later than" };
                let hint = if may_equal {
                    ""
                } else {
                    "; a window over midnight is two rows, up to 24:00 and from 00:00"
                };
                problems.note(record.line, Some((at, second)), format!("{than} {first}{hint}"));
            }
        }
    }

    /// A moment or a time of day in the form that is sent, which sorts as it does.
    fn written(&self, name: &str, record: &Row) -> Option<(usize, Vec<u8>)> {
        let column = self.table.columns.iter().find(|column| column.name == name)?;
        let mut out = Vec::new();
        let text = self.text(name, record);
        value::write(column.kind, text, self.zones, &mut out).ok().filter(|()| !text.is_empty())?;
        // numbers of minutes have different lengths, moments have one
        Some((out.len(), out))
    }

    fn place(&self, name: &str) -> Option<Field> {
        let at = self.table.columns.iter().position(|column| column.name == name)?;
        self.header.fields.get(at).copied().flatten()
    }

    fn text<'r>(&self, name: &str, record: &'r Row) -> &'r str {
        let bytes = self.place(name).and_then(|field| record.get(field.at)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}
