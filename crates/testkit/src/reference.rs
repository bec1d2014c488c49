//! The rules of decoding, slowly: a table of classes applied to a tree, a chrono for times, big digits for values.
//!
//! The answer is flat text, path by path, so that a test can compare it with anything. It shares no code with the
//! decoder; what both use is the hash of `wattledger-record`, whose vectors are frozen on their own.

mod classes;
mod samples;
mod times;

use std::collections::{BTreeMap, BTreeSet};

use wattledger_record::ContentHash;
use wattledger_record::hash::{Array, Object};

use self::classes::{Class, Kind};
use crate::json::Json;

/// How the message is to be read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// Whether the connection speaks 2.1.
    pub v21: bool,
    /// Whether coerced values quarantine.
    pub strict: bool,
    /// Zone of times without one, minutes east.
    pub zone_minutes: i64,
}

/// What the reference says of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether it is no event.
    pub quarantined: bool,
    /// Every code.
    pub codes: BTreeSet<&'static str>,
    /// Path -> value as text, for what could be read; empty where the message could not be read at all.
    pub fields: BTreeMap<String, String>,
    /// Content hash and core hash; `None` where the bytes are no JSON.
    pub hashes: Option<(ContentHash, ContentHash)>,
}

/// Tax rates of one price (JSON schema of 2.1: maxItems); no other list of a request has a bound.
const TAX_RATES_MAX: usize = 5;

/// Codes that make a message no event.
const QUARANTINE: &[&str] = &[
    "duplicate_member",
    "event_type_missing",
    "event_type_unknown",
    "not_json",
    "not_object",
    "sentinel_tx",
    "seq_no_invalid",
    "seq_no_missing",
    "transaction_id_empty",
    "transaction_id_invalid",
    "transaction_id_missing",
];

/// State of one reading.
struct Reader {
    settings: Settings,
    codes: BTreeSet<&'static str>,
    fields: BTreeMap<String, String>,
}

/// Reads a message that is UTF-8 and carries nothing around it; bytes that are no JSON get the code `not_json`.
#[must_use]
pub fn read(message: &[u8], settings: Settings) -> Answer {
    let mut reader = Reader { settings, codes: BTreeSet::new(), fields: BTreeMap::new() };
    let Ok(json) = Json::parse(message) else {
        let codes = BTreeSet::from(["not_json"]);
        return Answer { quarantined: true, codes, fields: BTreeMap::new(), hashes: None };
    };
    let hashes = reader.document(&json);
    let is_coerced = settings.strict && reader.codes.contains("coerced");
    Answer {
        quarantined: is_coerced || reader.codes.iter().any(|code| QUARANTINE.contains(code)),
        codes: reader.codes,
        fields: reader.fields,
        hashes: Some(hashes),
    }
}

impl Reader {
    fn document(&mut self, json: &Json) -> (ContentHash, ContentHash) {
        let Json::Object(members) = json else {
            self.codes.insert("not_object");
            self.beside(json, false);
            return (json.hash(), json.hash());
        };
        let core = self.object(classes::EVENT, "", members);
        let mut content = Object::default();
        for (name, value) in members.iter().filter(|(name, _)| name != "offline") {
            content.member(name.as_bytes(), value.hash());
        }
        self.identity();
        (content.finish(), core)
    }

    fn identity(&mut self) {
        if !self.fields.contains_key("eventType") && !self.codes.contains("event_type_unknown") {
            self.codes.insert("event_type_missing");
        }
        if !self.fields.contains_key("seqNo") && !self.codes.contains("seq_no_invalid") {
            self.codes.insert("seq_no_missing");
        }
        let code = match self.fields.get("transactionInfo.transactionId").map(String::as_str) {
            None if self.codes.contains("transaction_id_invalid") => return,
            None => "transaction_id_missing",
            Some("-1" | "9223372036854775807") => "sentinel_tx",
            Some("0") => "transaction_id_zero",
            Some(id) if id.trim_ascii().is_empty() => "transaction_id_empty",
            Some(_) => return,
        };
        self.codes.insert(code);
    }

    /// Reads the members of an object of a class and returns its core hash.
    fn object(&mut self, class: Class, path: &str, members: &[(String, Json)]) -> ContentHash {
        let mut core = Object::default();
        let mut seen: BTreeMap<&str, &Json> = BTreeMap::new();
        for (name, value) in members {
            let known = class.iter().find(|(field, ..)| field == name);
            if let Some(first) = seen.get(name.as_str()) {
                let is_listed = known.is_some() || name == "customData";
                if known.is_none() && name != "customData" {
                    self.codes.insert("unknown_property");
                }
                let differs = is_listed && first.hash() != value.hash();
                self.codes.insert(if differs { "duplicate_member" } else { "duplicate_member_equal" });
                self.beside(value, false);
                continue;
            }
            seen.insert(name, value);
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            match known {
                Some((_, presence, kind)) => {
                    if *presence == "since 2.1" && !self.settings.v21 {
                        self.codes.insert("version_mixed");
                    }
                    if let Some(hash) = self.member(*kind, &path, value)
                        && path != "offline"
                    {
                        core.member(name.as_bytes(), hash);
                    }
                }
                None => {
                    if name != "customData" {
                        self.codes.insert("unknown_property");
                    }
                    self.beside(value, name == "customData");
                }
            }
        }
        for (name, presence, _) in class {
            let required =
                *presence == "required" || (*presence == "required in 2.0.1" && !self.settings.v21);
            if required && !seen.contains_key(name) {
                self.codes.insert("missing_required");
            }
            if *presence == "time" && !seen.contains_key(name) {
                self.codes.insert("timestamp_missing");
            }
        }
        core.finish()
    }

    /// What no schema describes: twins in it are flagged, `customData` needs a vendorId.
    fn beside(&mut self, value: &Json, is_custom_data: bool) {
        match value {
            Json::Object(members) => {
                let names: BTreeSet<_> = members.iter().map(|(name, _)| name).collect();
                if names.len() != members.len() {
                    self.codes.insert("duplicate_member_equal");
                }
                if is_custom_data {
                    match members.iter().filter(|(name, _)| name == "vendorId").map(|(_, value)| value) {
                        ids if ids.clone().count() == 0 => drop(self.codes.insert("custom_data_no_vendor")),
                        ids => ids.for_each(|id| self.vendor_id(id)),
                    }
                }
                members.iter().for_each(|(_, value)| self.beside(value, false));
            }
            Json::Array(elements) => {
                elements.iter().for_each(|element| self.beside(element, false));
                if is_custom_data {
                    self.codes.insert("wrong_type");
                }
            }
            Json::Null if is_custom_data => drop(self.codes.insert("null_value")),
            _ if is_custom_data => drop(self.codes.insert("wrong_type")),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }

    fn vendor_id(&mut self, id: &Json) {
        match id {
            Json::String(text) if text.chars().count() <= 255 => {}
            Json::String(_) => drop(self.codes.insert("too_long")),
            _ => drop(self.codes.insert("wrong_type")),
        }
    }

    /// Reads a member and returns its core hash; `None` if it is outside the core.
    fn member(&mut self, kind: Kind, path: &str, value: &Json) -> Option<ContentHash> {
        match kind {
            Kind::Class(class) => match value {
                Json::Object(members) => {
                    let core = self.object(class, path, members);
                    self.fields.insert(path.to_owned(), "an object".to_owned());
                    return Some(core);
                }
                other => self.other_type(path, other),
            },
            Kind::List(class) => match value {
                Json::Array(elements) if elements.is_empty() => drop(self.codes.insert("empty_array")),
                Json::Array(elements) => {
                    if path.ends_with(".taxRates") && elements.len() > TAX_RATES_MAX {
                        self.codes.insert("out_of_range");
                    }
                    return Some(self.elements(class, path, elements));
                }
                other => self.other_type(path, other),
            },
            Kind::Time => {
                self.time(path, value);
                self.beside(value, false);
                return None;
            }
            Kind::Text { .. } | Kind::Words { .. } | Kind::TokenType | Kind::EventType | Kind::Id => {
                self.text(kind, path, value);
            }
            Kind::Int { .. } | Kind::SeqNo | Kind::Amount | Kind::Value => self.number(kind, path, value),
            Kind::Bool => self.boolean(path, value),
        }
        self.beside(value, false);
        Some(value.hash())
    }

    fn elements(&mut self, class: Class, path: &str, elements: &[Json]) -> ContentHash {
        let mut core = Array::default();
        let is_tax_rates = class.iter().any(|(name, ..)| *name == "tax");
        if is_tax_rates && elements.len() > 5 {
            self.codes.insert("out_of_range");
        }
        // what is no object has no place in the list
        let mut place = 0;
        for element in elements {
            let path = format!("{path}[{place}]");
            place += usize::from(matches!(element, Json::Object(_)));
            if let Json::Object(members) = element {
                core.push(self.object(class, &path, members));
                self.fields.insert(path.clone(), "an object".to_owned());
                if class.first().is_some_and(|(name, ..)| *name == "value") {
                    self.sample(&path);
                }
            } else {
                self.other_type(&path, element);
                self.beside(element, false);
                core.push(element.hash());
            }
        }
        core.finish()
    }

    fn other_type(&mut self, path: &str, value: &Json) {
        if *value == Json::Null {
            self.codes.insert("null_value");
        } else {
            self.codes.insert("wrong_type");
            self.fields.insert(format!("{path}!"), "unreadable".to_owned());
        }
    }

    fn text(&mut self, kind: Kind, path: &str, value: &Json) {
        let text = match (value, kind) {
            (Json::Null, Kind::Id) => return,
            (Json::Bool(_) | Json::Array(_) | Json::Object(_), Kind::Id) => {
                self.codes.insert("transaction_id_invalid");
                return;
            }
            (Json::String(text), _) => text.clone(),
            (Json::Number(text), _) => self.coerced(text),
            (Json::Bool(flag), _) => self.coerced(&flag.to_string()),
            (other, _) => return self.other_type(path, other),
        };
        let (max_201, max_21) = match kind {
            Kind::Text { v201, v21 } => (v201, v21),
            Kind::TokenType => (20, 20),
            Kind::Id => (36, 36),
            _ => (usize::MAX, usize::MAX),
        };
        let characters = text.chars().count();
        if characters > max_21 {
            self.codes.insert("too_long");
        } else if characters > max_201 && !self.settings.v21 {
            self.codes.insert("version_mixed");
        }
        match kind {
            Kind::Words { words, unknown, v21, aliases } => {
                self.word(path, &text, words, unknown, v21, aliases)
            }
            Kind::EventType => {
                match ["Started", "Updated", "Ended"].iter().find(|w| w.eq_ignore_ascii_case(&text)) {
                    Some(word) => {
                        if **word != text {
                            self.codes.insert("enum_spelling");
                        }
                        self.fields.insert(path.to_owned(), (*word).to_owned());
                    }
                    None => drop(self.codes.insert("event_type_unknown")),
                }
            }
            Kind::TokenType => {
                if !self.settings.v21 {
                    let words = classes::TOKEN_TYPES;
                    let exact = words.iter().position(|word| *word == text);
                    let near = words.iter().any(|word| word.eq_ignore_ascii_case(&text));
                    match (exact, near) {
                        (Some(place), _) if place >= 8 => drop(self.codes.insert("version_mixed")),
                        (Some(_), _) => {}
                        (None, true) => drop(self.codes.insert("enum_spelling")),
                        (None, false) => drop(self.codes.insert("enum_unknown")),
                    }
                }
                self.fields.insert(path.to_owned(), text);
            }
            _ => drop(self.fields.insert(path.to_owned(), text)),
        }
    }

    fn word(
        &mut self,
        path: &str,
        text: &str,
        words: &str,
        unknown: &str,
        v21: usize,
        aliases: &[(&str, &'static str)],
    ) {
        let words: Vec<_> = words.split(' ').collect();
        let near = words.iter().position(|word| word.eq_ignore_ascii_case(text));
        let alias = aliases.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(text)).map(|(_, word)| *word);
        let found = near.or_else(|| alias.and_then(|alias| words.iter().position(|word| *word == alias)));
        let Some(place) = found else {
            self.codes.insert("enum_unknown");
            self.fields.insert(path.to_owned(), format!("{unknown} from {text}"));
            return;
        };
        if words[place] == text {
            self.fields.insert(path.to_owned(), text.to_owned());
        } else {
            self.codes.insert("enum_spelling");
            self.fields.insert(path.to_owned(), format!("{} from {text}", words[place]));
        }
        if place >= v21 && !self.settings.v21 {
            self.codes.insert("version_mixed");
        }
    }

    fn coerced(&mut self, text: &str) -> String {
        self.codes.insert("coerced");
        text.to_owned()
    }

    fn boolean(&mut self, path: &str, value: &Json) {
        let read = match value {
            Json::Bool(flag) => *flag,
            Json::String(text) if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") => {
                self.coerced("");
                text.eq_ignore_ascii_case("true")
            }
            Json::Number(text) if matches!(samples::integer(text), Some(0 | 1)) => {
                self.coerced("");
                samples::integer(text) == Some(1)
            }
            other => return self.other_type(path, other),
        };
        self.fields.insert(path.to_owned(), read.to_string());
    }

    fn number(&mut self, kind: Kind, path: &str, value: &Json) {
        let digits = match value {
            Json::Null if matches!(kind, Kind::SeqNo) => return,
            Json::Number(text) => Some(text.clone()),
            Json::String(text)
                if matches!(serde_json::from_str(text.trim_ascii()), Ok(serde_json::Value::Number(_)))
                    || samples::is_overlong_number(text.trim_ascii()) =>
            {
                Some(self.coerced(text.trim_ascii()))
            }
            other => {
                self.other_type(path, other);
                None
            }
        };
        match (kind, digits) {
            (Kind::SeqNo, digits) => match digits.as_deref().and_then(samples::integer) {
                None => drop(self.codes.insert("seq_no_invalid")),
                Some(number) => {
                    if !(0..=i64::from(i32::MAX)).contains(&number) {
                        self.codes.insert("seq_no_out_of_range");
                    }
                    self.fields.insert(path.to_owned(), number.to_string());
                }
            },
            (_, None) => {}
            (Kind::Int { low, high_201, high_21 }, Some(digits)) => {
                let high = if self.settings.v21 { high_21 } else { high_201 };
                match samples::integer(&digits) {
                    None => {
                        self.codes.insert("wrong_type");
                        self.fields.insert(format!("{path}!"), "unreadable".to_owned());
                    }
                    Some(number) => {
                        if !(low..=high).contains(&number) {
                            self.codes.insert("out_of_range");
                        }
                        self.fields.insert(path.to_owned(), number.to_string());
                    }
                }
            }
            (Kind::Amount, Some(digits)) => {
                let value = self.scaled(&digits, 0);
                self.fields.insert(path.to_owned(), format!("{digits} = {value:?}"));
            }
            (_, Some(digits)) => drop(self.fields.insert(path.to_owned(), digits)),
        }
    }
}
