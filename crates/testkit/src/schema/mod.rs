//! Payloads made from a JSON schema: whole ones with values at the edges of what it allows, and changes that break it at any
//! place. The schema alone says what there is; nothing here knows OCPP.
//!
//! What a payload *is* worth, valid or not, is for a validator to say: the lists here only aim at both sides of each bound.

mod change;
mod leaf;

use std::fmt;

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Map, Value};

pub use self::change::{Change, Edit};
use crate::json::Json;

/// Keywords that are followed here, and those that constrain nothing. A schema with any other is refused: what it
/// says would be left out of the payloads in silence.
const FOLLOWED: &[&str] = &[
    "$ref",
    "additionalProperties",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minimum",
    "properties",
    "required",
    "type",
];
const WITHOUT_EFFECT: &[&str] =
    &["$id", "$schema", "additionalItems", "comment", "default", "definitions", "description", "javaType"];

/// Most elements of a list whose schema sets no bound.
const ELEMENTS_MAX: usize = 3;

/// A JSON schema that describes an object.
#[derive(Debug, Clone)]
pub struct Schema {
    root: Value,
}

/// A step from a value into it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Into a member of an object.
    Member(String),
    /// To an element of an array.
    Element(usize),
}

/// A value in a payload and the part of the schema that describes it.
#[derive(Debug, Clone)]
pub struct Place<'s> {
    /// How to get there from the payload.
    pub steps: Vec<Step>,
    pub(crate) node: &'s Value,
}

/// Steps as a path: `meterValue[0].sampledValue[2].value`, empty for the payload itself.
#[must_use]
pub fn path(steps: &[Step]) -> String {
    steps.iter().fold(String::new(), |mut path, step| {
        match step {
            Step::Member(name) if path.is_empty() => path.push_str(name),
            Step::Member(name) => path.extend([".", name.as_str()]),
            Step::Element(index) => path.push_str(&format!("[{index}]")),
        }
        path
    })
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&path(&self.steps))
    }
}

impl Schema {
    /// Takes a schema.
    ///
    /// # Panics
    /// If it uses a keyword that is not followed here.
    #[must_use]
    pub fn new(root: Value) -> Self {
        check_keywords(&root);
        Self { root }
    }

    /// The schema as JSON.
    #[must_use]
    pub const fn as_value(&self) -> &Value {
        &self.root
    }

    /// A payload with every member at every depth, one element a list, plain values.
    #[must_use]
    pub fn everything(&self) -> Json {
        self.whole(&self.root)
    }

    /// A payload that the schema accepts: required members, some of the others, and for one leaf in `edge_every` a
    /// value at the edge of what is allowed (0: for none).
    #[must_use]
    pub fn payload(&self, rng: &mut StdRng, edge_every: u32) -> Json {
        // one density for the whole payload: some are nearly full, some nearly bare
        let density = rng.random_range(0..=10u32);
        self.some(&self.root, rng, (density, edge_every))
    }

    /// Every place of a payload that the schema describes, the payload itself first.
    #[must_use]
    pub fn places(&self, payload: &Json) -> Vec<Place<'_>> {
        let mut places = Vec::new();
        self.walk(&self.root, payload, &mut Vec::new(), &mut places);
        places
    }

    fn walk<'s>(&'s self, node: &'s Value, value: &Json, steps: &mut Vec<Step>, places: &mut Vec<Place<'s>>) {
        let node = self.resolve(node);
        places.push(Place { steps: steps.clone(), node });
        match value {
            Json::Object(members) => {
                for (name, value) in members {
                    if let Some(node) = properties(node).and_then(|properties| properties.get(name)) {
                        steps.push(Step::Member(name.clone()));
                        self.walk(node, value, steps, places);
                        steps.pop();
                    }
                }
            }
            Json::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    steps.push(Step::Element(index));
                    self.walk(&node["items"], element, steps, places);
                    steps.pop();
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }

    fn resolve<'s>(&'s self, node: &'s Value) -> &'s Value {
        match node.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.resolve(self.root.pointer(reference.strip_prefix('#').unwrap()).unwrap()),
            None => node,
        }
    }

    fn whole(&self, node: &Value) -> Json {
        let node = self.resolve(node);
        match kind(node) {
            "object" => {
                let members = properties(node).into_iter().flatten();
                Json::Object(members.map(|(name, node)| (name.clone(), self.whole(node))).collect())
            }
            "array" => Json::Array(vec![self.whole(&node["items"])]),
            _ => leaf::plain(node),
        }
    }

    fn some(&self, node: &Value, rng: &mut StdRng, how: (u32, u32)) -> Json {
        let (density, edge_every) = how;
        let node = self.resolve(node);
        match kind(node) {
            "object" => {
                let mut members = Vec::new();
                for (name, node_of) in properties(node).into_iter().flatten() {
                    if is_required(node, name) || rng.random_range(0..10) < density {
                        members.push((name.clone(), self.some(node_of, rng, how)));
                    }
                }
                if is_open(node) && edge_every != 0 && rng.random_ratio(1, edge_every) {
                    members.push(("more".to_owned(), leaf::anything(rng, 3)));
                }
                Json::Object(members)
            }
            "array" => {
                let (low, high) = (bound(node, "minItems", 0), bound(node, "maxItems", ELEMENTS_MAX));
                let count = if rng.random_ratio(1, 2) { low } else { rng.random_range(low..=high) };
                Json::Array((0..count).map(|_| self.some(&node["items"], rng, how)).collect())
            }
            _ if edge_every != 0 && rng.random_ratio(1, edge_every) => {
                let edges = leaf::edges(node);
                edges[rng.random_range(0..edges.len())].clone()
            }
            _ => leaf::plain(node),
        }
    }
}

fn check_keywords(node: &Value) {
    let Some(members) = node.as_object() else { return };
    for (keyword, value) in members {
        let is_known = FOLLOWED.contains(&keyword.as_str()) || WITHOUT_EFFECT.contains(&keyword.as_str());
        assert!(is_known, "the schema says {keyword}, which no payload follows");
        match keyword.as_str() {
            "properties" | "definitions" => {
                value.as_object().into_iter().flatten().for_each(|(_, node)| check_keywords(node));
            }
            "items" => check_keywords(value),
            "format" => assert_eq!(value, "date-time"),
            _ => {}
        }
    }
}

fn kind(node: &Value) -> &str {
    match node.get("type").and_then(Value::as_str) {
        Some(kind) => kind,
        // CustomDataType says only what its members are
        None => "object",
    }
}

fn properties(node: &Value) -> Option<&Map<String, Value>> {
    node.get("properties").and_then(Value::as_object)
}

fn is_required(node: &Value, name: &str) -> bool {
    node.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|n| n == name))
}

/// Whether members that the schema does not name are allowed.
fn is_open(node: &Value) -> bool {
    node.get("additionalProperties") != Some(&Value::Bool(false))
}

fn bound(node: &Value, keyword: &str, absent: usize) -> usize {
    node.get(keyword).and_then(Value::as_u64).map_or(absent, |bound| usize::try_from(bound).unwrap())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use serde_json::json;

    use super::*;

    fn schema() -> Schema {
        Schema::new(json!({
            "type": "object", "additionalProperties": false, "required": ["n", "list"],
            "definitions": { "Word": { "type": "string", "enum": ["One", "Two"] } },
            "properties": {
                "n": { "type": "integer", "minimum": 0.0, "maximum": 3.0 },
                "list": { "type": "array", "minItems": 1, "maxItems": 5, "items": { "$ref": "#/definitions/Word" } },
                "at": { "type": "string", "format": "date-time" },
            },
        }))
    }

    #[test]
    fn everything_has_every_member() {
        let everything = schema().everything();
        assert_eq!(everything.to_text(), r#"{"at":"2026-03-01T10:00:00Z","list":["One"],"n":1}"#);
        let schema = schema();
        let places: Vec<_> = schema.places(&everything).iter().map(ToString::to_string).collect();
        assert_eq!(places, ["", "at", "list", "list[0]", "n"]);
    }

    #[test]
    fn payloads_have_what_is_required_and_reach_the_bounds() {
        let (schema, mut rng) = (schema(), StdRng::seed_from_u64(1));
        let texts: Vec<_> = (0..500).map(|_| schema.payload(&mut rng, 2).to_text()).collect();
        assert!(texts.iter().all(|text| text.contains("\"n\":") && text.contains("\"list\":[\"")));
        for part in ["\"n\":0", "\"n\":3}", "\"Two\"", ",\"One\",\"One\",\"One\"]", "\"at\":"] {
            assert!(texts.iter().any(|text| text.contains(part)), "{part}");
        }
    }

    #[test]
    #[should_panic(expected = "pattern")]
    fn a_keyword_that_is_not_followed_is_refused() {
        let _schema = Schema::new(json!({ "properties": { "a": { "type": "string", "pattern": "x" } } }));
    }
}
