//! One change to a payload, at a place that the schema describes.

use std::fmt;

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::Value;

use super::{Place, Schema, Step, bound, kind, leaf, path, properties};
use crate::json::Json;

/// Names that no schema knows.
const STRANGE_NAMES: &[&str] = &["strange", "x-vendor", "a\"b\\c", "\u{e4}\u{1f600}"];

/// Most elements that a list without a bound is filled with.
const MANY: usize = 20;

/// What happens at the place.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Another value.
    Replace(Json),
    /// A member of the object goes.
    Remove(String),
    /// A member comes to the object.
    Insert(String, Json),
    /// The list has so many copies of its first element.
    Repeat(usize),
}

/// A change to a payload.
#[derive(Debug, Clone)]
pub struct Change {
    /// Where.
    pub steps: Vec<Step>,
    /// What.
    pub edit: Edit,
}

impl Schema {
    /// Every change at every place of a payload, each to be made on its own.
    pub fn changes(&self, payload: &Json) -> impl Iterator<Item = Change> {
        let places = self.places(payload);
        places.into_iter().flat_map(|place| {
            let steps = place.steps.clone();
            edits(&place).into_iter().map(move |edit| Change { steps: steps.clone(), edit })
        })
    }

    /// One change at one place of a payload.
    #[must_use]
    pub fn change(&self, rng: &mut StdRng, payload: &Json) -> Change {
        let mut places = self.places(payload);
        let place = places.swap_remove(rng.random_range(0..places.len()));
        let mut edits = edits(&place);
        let edit = edits.swap_remove(rng.random_range(0..edits.len()));
        Change { steps: place.steps, edit }
    }
}

fn edits(place: &Place<'_>) -> Vec<Edit> {
    let node = place.node;
    let mut edits: Vec<_> = leaf::outside(node).into_iter().map(Edit::Replace).collect();
    match kind(node) {
        "object" => edits.extend(edits_of_object(node)),
        "array" => edits
            .extend([2, bound(node, "maxItems", MANY), bound(node, "maxItems", MANY) + 1].map(Edit::Repeat)),
        _ => edits.extend(leaf::edges(node).into_iter().map(Edit::Replace)),
    }
    edits
}

fn edits_of_object(node: &Value) -> impl Iterator<Item = Edit> {
    let names = properties(node).into_iter().flatten().map(|(name, _)| name);
    let other_case = names.clone().map(|name| (name.to_ascii_uppercase(), Json::Number("1".to_owned())));
    let strange = STRANGE_NAMES.iter().map(|name| ((*name).to_owned(), leaf::parsed(r#"{"a":[1,null]}"#)));
    let inserted = strange.chain(other_case).map(|(name, value)| Edit::Insert(name, value));
    names.cloned().map(Edit::Remove).chain(inserted)
}

impl Change {
    /// Makes it; a place that an earlier change took away is left alone.
    pub fn make(&self, payload: &mut Json) {
        let Some(value) = self.steps.iter().try_fold(payload, into) else { return };
        match (&self.edit, value) {
            (Edit::Replace(new), value) => *value = new.clone(),
            (Edit::Remove(name), Json::Object(members)) => members.retain(|(member, _)| member != name),
            (Edit::Insert(name, new), Json::Object(members))
                if members.iter().all(|(member, _)| member != name) =>
            {
                members.push((name.clone(), new.clone()));
            }
            (Edit::Repeat(count), Json::Array(elements)) if !elements.is_empty() => {
                *elements = vec![elements[0].clone(); *count];
            }
            (Edit::Remove(_) | Edit::Insert(..) | Edit::Repeat(_), _) => {}
        }
    }
}

fn into<'j>(value: &'j mut Json, step: &Step) -> Option<&'j mut Json> {
    match (value, step) {
        (Json::Object(members), Step::Member(name)) => {
            members.iter_mut().find(|(member, _)| member == name).map(|(_, value)| value)
        }
        (Json::Array(elements), Step::Element(index)) => elements.get_mut(*index),
        _ => None,
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = path(&self.steps);
        match &self.edit {
            Edit::Replace(value) => {
                let text: String = value.to_text().chars().take(80).collect();
                write!(f, "'{place}' = {text}")
            }
            Edit::Remove(name) => write!(f, "'{place}' without {name}"),
            Edit::Insert(name, _) => write!(f, "'{place}' with {name:?}"),
            Edit::Repeat(count) => write!(f, "'{place}' of {count}"),
        }
    }
}
