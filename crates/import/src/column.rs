//! What a column of a file is: how its text is read, and which columns of the table it fills.

/// A column of a file.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Name in the header line.
    pub name: &'static str,
    /// How its text is read.
    pub kind: Kind,
    /// Whether it has to be there.
    pub need: Need,
    /// What it says, for people.
    pub meaning: &'static str,
    /// Columns of the table that it fills, each with its type as `system.columns` spells it; for an id the folded one
    /// first, then the spelling of the file.
    pub fills: &'static [(&'static str, &'static str)],
}

/// Whether a column, and a value in it, has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// In every row.
    Required,
    /// Absent or empty: this text instead, because the column is part of the key or has no NULL.
    Else(&'static str),
    /// Absent or empty: NULL, unknown.
    Optional,
}

/// How text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Name of a tenant, as gateways take it.
    Tenant,
    /// Identity of a station, folded as gateways fold it.
    Station,
    /// `idToken` or its type, folded as they are compared; at most so many characters.
    Token(usize),
    /// Text of at most so many characters.
    Text(usize),
    /// So many letters of the alphabet, stored as capitals.
    Letters(usize),
    /// One of a vocabulary, in any case.
    Choice(&'static [&'static str]),
    /// Name of a time zone that the server knows.
    Zone,
    /// Moment with a zone, or a date, which is its midnight in UTC.
    Time,
    /// Whole number within bounds, both included.
    Whole(i64, i64),
    /// Decimal number within bounds, both included, with at most six fractional digits.
    Decimal(i64, i64),
    /// Energy in Wh; `energy_kwh` may stand for `energy_wh`.
    Energy,
    /// true or false.
    Bool,
    /// UUID.
    Uuid,
    /// Version of a record.
    Version,
    /// Days of the week.
    Weekdays,
    /// Time of day, to the minute.
    Minute,
}

impl Kind {
    /// What may stand in it, for people.
    #[must_use]
    pub fn values(self) -> String {
        match self {
            Self::Tenant => "a-z, 0-9 and -, at most 32".to_owned(),
            Self::Station => "station identity, any case".to_owned(),
            Self::Token(most) => format!("at most {most} characters, any case"),
            Self::Text(most) => format!("at most {most} characters"),
            Self::Letters(count) => format!("{count} letters"),
            Self::Choice(words) => words.join(", "),
            Self::Zone => "time zone, as Europe/Amsterdam".to_owned(),
            Self::Time => "2026-03-01T10:00:00+01:00, or 2026-03-01 for midnight UTC".to_owned(),
            Self::Whole(low, high) => format!("whole number, {low} to {high}"),
            Self::Decimal(low, high) => format!("number, {low} to {high}, decimal point"),
            Self::Energy => "number, decimal point; also as energy_kwh".to_owned(),
            Self::Bool => "true, false, yes, no, 1, 0".to_owned(),
            Self::Uuid => "UUID".to_owned(),
            Self::Version => "whole number, as in transactions".to_owned(),
            Self::Weekdays => "Mon-Fri, Sat Sun, daily".to_owned(),
            Self::Minute => "time of day, 07:30; 24:00 for the end of the day".to_owned(),
        }
    }
}
