//! At every place of a message with everything in it: another spelling changes nothing, another value changes the content,
//! and what lies in the core changes the core.

#[cfg(test)]
mod render;

#[cfg(test)]
mod places {
    use std::collections::BTreeMap;

    use wattledger_decoder::{Code, Decoder, Reading};
    use wattledger_record::OcppVersion;
    use wattledger_testkit::json::Json;
    use wattledger_testkit::schema::{Change, Edit, Step, path};
    use wattledger_testkit::wild;

    use super::render;

    const READING: Reading = Reading { version: OcppVersion::V21, strict: false, zone_minutes: None };

    /// Stands for the text that is spelled by hand.
    const MARK: &str = "@mark@";

    /// Members whose values are no part of the core, at any depth.
    const OUTSIDE_CORE: [&str; 3] = ["customData", "startPeriod", "timestamp"];

    fn hashes(json: &Json) -> (u128, u128) {
        let text = json.to_text();
        let mut decoder = Decoder::default();
        let decoded = decoder.decode(text.as_bytes(), READING);
        (decoded.content_hash.0, decoded.core_hash.0)
    }

    /// Every value below a value, with the steps to it.
    fn places<'j>(json: &'j Json, steps: &[Step], out: &mut Vec<(Vec<Step>, &'j Json)>) {
        out.push((steps.to_vec(), json));
        let mut below = |step, value| places(value, &[steps, &[step]].concat(), out);
        match json {
            Json::Object(members) => {
                members.iter().for_each(|(name, value)| below(Step::Member(name.clone()), value));
            }
            Json::Array(elements) => {
                elements.iter().enumerate().for_each(|(index, value)| below(Step::Element(index), value));
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }

    fn with(json: &Json, steps: &[Step], edit: Edit) -> Json {
        let mut changed = json.clone();
        Change { steps: steps.to_vec(), edit }.make(&mut changed);
        changed
    }

    /// Values that are not this one, some of them only just.
    fn others(value: &Json) -> Vec<Json> {
        let text = |text: &str| Json::String(text.to_owned());
        let mut others = vec![
            Json::Null,
            Json::Array(vec![value.clone()]),
            Json::Object(vec![("a".to_owned(), value.clone())]),
            Json::Array(vec![]),
            Json::Object(vec![]),
        ];
        match value {
            Json::Null => others.extend([text("null"), Json::Bool(false)]),
            Json::Bool(flag) => {
                others.extend([
                    Json::Bool(!flag),
                    text(&flag.to_string()),
                    Json::Number(u8::from(*flag).to_string()),
                ]);
            }
            Json::Number(digits) => {
                others.extend([Json::Number(format!("{digits}1")), text(digits)]);
                others.extend(
                    ["-7.000001", "1e-30", "70000000000000000000000000000000000001"]
                        .map(|n| Json::Number(n.to_owned())),
                );
            }
            Json::String(old) => {
                others.extend(
                    [format!("{old} "), format!("{old}\0"), old.to_uppercase() + "x"].map(Json::String),
                );
            }
            Json::Array(elements) => {
                others.push(Json::Array(elements.iter().skip(1).cloned().collect()));
                others.push(Json::Array([&elements[..], &elements[..1]].concat()));
                others.push(Json::Array(elements.iter().rev().cloned().collect()));
            }
            Json::Object(members) => {
                let without = |n| {
                    members.iter().enumerate().filter(move |(i, _)| *i != n).map(|(_, member)| member.clone())
                };
                others.extend((0..members.len()).map(|n| Json::Object(without(n).collect())));
                let renamed = |(name, value): &(String, Json)| (format!("{name}\u{301}"), value.clone());
                others.push(Json::Object(without(0).chain(members.first().map(renamed)).collect()));
            }
        }
        others.retain(|other| other.canonical() != value.canonical());
        others
    }

    /// Whether a place is the top-level `offline`, or outside the core.
    fn role(steps: &[Step]) -> (bool, bool) {
        let is_outside =
            |step: &Step| matches!(step, Step::Member(name) if OUTSIDE_CORE.contains(&name.as_str()));
        (*steps == [Step::Member("offline".to_owned())], steps.iter().any(is_outside))
    }

    #[test]
    fn every_other_value_is_another_content() {
        let full = wild::full();
        let (content, core) = hashes(&full);
        let mut all = Vec::new();
        places(&full, &[], &mut all);
        let mut contents = BTreeMap::from([(content, without_offline(&full).canonical())]);
        for (steps, value) in &all {
            let (is_offline, is_outside) = role(steps);
            for other in others(value) {
                let shown = format!("'{}' = {}", path(steps), other.to_text());
                let is_leaf = !matches!(value, Json::Array(_) | Json::Object(_));
                let changed = with(&full, steps, Edit::Replace(other));
                let canonical = without_offline(&changed).canonical();
                let (other_content, other_core) = hashes(&changed);
                // the same value may be made from above and from within; anything else would be a collision
                assert_eq!(
                    *contents.entry(other_content).or_insert_with(|| canonical.clone()),
                    canonical,
                    "{shown}"
                );
                assert_eq!(
                    other_content == content,
                    is_offline || canonical == contents[&content],
                    "{shown}"
                );
                if is_leaf {
                    assert_eq!(other_core == core, is_outside || is_offline, "{shown}");
                }
            }
        }
        assert!(all.len() > 100 && contents.len() > 900, "{} places, {} contents", all.len(), contents.len());
    }

    fn without_offline(json: &Json) -> Json {
        with(json, &[], Edit::Remove("offline".to_owned()))
    }

    /// A text, every character of it by its number.
    fn escaped(text: &str) -> String {
        text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect()
    }

    /// All that is read but the raw JSON of vendor data, which is kept as it was spelled.
    fn read(message: &str) -> Vec<String> {
        let mut decoder = Decoder::default();
        let text = render::decoded(&decoder.decode(message.as_bytes(), READING));
        text.lines()
            .filter(|line| !line.starts_with("custom_data") && !line.starts_with("extra"))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn no_other_spelling_of_a_text_changes_anything() {
        let full = wild::full();
        let expect = read(&full.to_text());
        let mut all = Vec::new();
        places(&full, &[], &mut all);
        let quoted_mark = format!("\"{MARK}\"");
        for (steps, value) in &all {
            let marked = |edits: &[Edit], text: &str| {
                let marked = edits.iter().fold(full.clone(), |json, edit| with(&json, steps, edit.clone()));
                marked.to_text().replacen(&quoted_mark, &format!("\"{}\"", escaped(text)), 1)
            };
            match value {
                Json::String(text) => {
                    let message = marked(&[Edit::Replace(Json::String(MARK.to_owned()))], text);
                    assert_eq!(read(&message), expect, "{message}");
                }
                Json::Object(members) => {
                    for (name, value) in members {
                        let inserted = Edit::Insert(MARK.to_owned(), value.clone());
                        let message = marked(&[Edit::Remove(name.clone()), inserted], name);
                        let (mut found, mut expect) = (read(&message), expect.clone());
                        found.sort();
                        expect.sort();
                        assert_eq!(found, expect, "{message}");
                    }
                }
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) => {}
            }
        }
    }

    #[test]
    fn no_other_spelling_of_a_number_changes_what_it_is() {
        let full = wild::full();
        let expect = hashes(&full);
        let mut all = Vec::new();
        places(&full, &[], &mut all);
        for (steps, value) in &all {
            let Json::Number(digits) = value else { continue };
            let zeros = if digits.contains('.') { "000" } else { ".000" };
            for other in
                [format!("{digits}e0"), format!("{digits}{zeros}E+00"), format!("{digits}{zeros}0e-0")]
            {
                let message = with(&full, steps, Edit::Replace(Json::Number(other))).to_text();
                let mut decoder = Decoder::default();
                let decoded = decoder.decode(message.as_bytes(), READING);
                assert_eq!((decoded.content_hash.0, decoded.core_hash.0), expect, "{message}");
                assert!(decoded.codes().iter().all(|code| code == Code::SignedUnitMissing), "{message}");
            }
        }
    }
}
