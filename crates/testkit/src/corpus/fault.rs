//! What firmware gets wrong without making a message ambiguous: each breaks one rule, the same one in each message of a station.

use super::meter::{object, text};
use super::station::Members;
use crate::json::Json;

/// Faults seen in the field, the frequent ones first.
const FAULTS: [fn(&mut Members); 9] = [
    |members| {
        replace(members, "timestamp", |old| text(old.trim_end_matches('Z').split('+').next().unwrap_or(old)))
    },
    |members| replace(members, "timestamp", |old| text(old.replacen('T', " ", 1))),
    |members| members.push(("firmwareVersion".to_owned(), text("4.2.1"))),
    |members| replace(members, "seqNo", |digits| text(digits)),
    |members| replace(members, "triggerReason", |word| text(word.to_ascii_lowercase())),
    |members| members.push(("customData".to_owned(), object([("build", Json::Number("12".to_owned()))]))),
    |members| members.push(("reservationId".to_owned(), Json::Null)),
    |members| members.push(("evseSleep".to_owned(), Json::Bool(false))),
    |members| members.retain(|(name, _)| name != "triggerReason"),
];

/// Spoils a message by the fault of its station, `of_station`, any number.
pub(super) fn spoil(json: &mut Json, of_station: u64) {
    let Json::Object(members) = json else { return };
    let at = usize::try_from(of_station % u64::try_from(FAULTS.len()).unwrap()).unwrap();
    members.retain(|(name, _)| name != "customData");
    FAULTS[at](members);
}

fn replace(members: &mut [(String, Json)], name: &str, change: impl Fn(&str) -> Json) {
    for (member, value) in members {
        if let (true, Json::String(old) | Json::Number(old)) = (member == name, &*value) {
            *value = change(old);
        }
    }
}
