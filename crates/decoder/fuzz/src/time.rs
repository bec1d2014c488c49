//! Times: read as the slow reference reads them.

const ALPHABET: &[u8] = b"0123456789012345678901201-:TtZz+., \x0b";

/// A time whose characters are replaced where the input says so, so that most inputs are nearly one.
const TEMPLATE: &str = "2026-03-01T10:00:00.123456789+02:00";

pub fn check(data: &[u8]) {
    let Some((cut, edits)) = data.split_first() else { return };
    let mut text: Vec<char> = TEMPLATE.chars().collect();
    text.truncate(usize::from(*cut % 40));
    for edit in edits.chunks_exact(3) {
        let at = usize::from(edit[0]) % (text.len() + 1);
        let character = crate::spell(&edit[2..], ALPHABET).chars().next();
        match edit[1] % 4 {
            0 if at < text.len() => drop(text.remove(at)),
            1 => character.into_iter().for_each(|c| text.insert(at, c)),
            _ => text.get_mut(at).into_iter().zip(character).for_each(|(old, new)| *old = new),
        }
    }
    let text: String = text.into_iter().filter(|c| !c.is_control()).collect();
    let message = format!(
        r#"{{"eventType":"Updated","timestamp":"{text}","triggerReason":"Trigger","seqNo":1,
        "transactionInfo":{{"transactionId":"t"}},"meterValue":[{{"timestamp":"{text}","sampledValue":[{{"value":1}}]}}],
        "costDetails":{{"chargingPeriods":[{{"startPeriod":"{text}"}}]}}}}"#
    );
    crate::compare(message.as_bytes());
}
