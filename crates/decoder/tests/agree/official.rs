//! The official schemas, and what they reject.

use std::path::Path;

use jsonschema::error::ValidationErrorKind;
use jsonschema::paths::{Location, LocationSegment};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;
use wattledger_record::OcppVersion;
use wattledger_testkit::schema::{Schema, Step, path};

/// One official schema.
pub(crate) struct Official {
    pub(crate) version: OcppVersion,
    pub(crate) schema: Schema,
    validator: Validator,
}

/// One thing that a schema rejects.
#[derive(Debug)]
pub(crate) struct Finding {
    /// The value, the missing member or the member too many.
    pub(crate) path: String,
    pub(crate) keyword: String,
}

impl Official {
    pub(crate) fn load(version: OcppVersion, message: &str) -> Self {
        let folder = match version {
            OcppVersion::V201 => "v201",
            OcppVersion::V21 => "v21",
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local/ocpp-schemas");
        let file = root.join(folder).join(format!("{message}.json"));
        let text = std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error}; run `make fetch` first", file.display()));
        let schema = Schema::new(serde_json::from_str(&text).unwrap());
        let validator = jsonschema::options().should_validate_formats(true).build(schema.as_value()).unwrap();
        Self { version, schema, validator }
    }

    pub(crate) fn findings(&self, payload: &Value) -> Vec<Finding> {
        let mut all: Vec<_> =
            self.validator.iter_errors(payload).flat_map(|error| findings(&error)).collect();
        // a value of another type is no word either, nor may it have members: one thing, not two
        let mistyped: Vec<_> = all.iter().filter(|f| f.keyword == "type").map(|f| f.path.clone()).collect();
        all.retain(|f| !matches!(f.keyword.as_str(), "enum" | "falseSchema") || !mistyped.contains(&f.path));
        all
    }
}

fn findings(error: &ValidationError<'_>) -> Vec<Finding> {
    let at = steps(error.instance_path());
    let member = |name: &str| path(&[&at[..], &[Step::Member(name.to_owned())]].concat());
    let paths = match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            unexpected.iter().map(|name| member(name)).collect()
        }
        ValidationErrorKind::Required { property } => vec![member(property.as_str().unwrap())],
        _ => vec![path(&at)],
    };
    let keyword = error.kind().keyword();
    paths.into_iter().map(|path| Finding { path, keyword: keyword.to_owned() }).collect()
}

fn steps(location: &Location) -> Vec<Step> {
    location
        .iter()
        .map(|segment| match segment {
            LocationSegment::Property(name) => Step::Member(name.into_owned()),
            LocationSegment::Index(index) => Step::Element(index),
        })
        .collect()
}
