//! Numbers in every role, as numbers and as text: read as the slow reference reads them.

/// Mostly digits, since a number mostly is.
const ALPHABET: &[u8] = b"0123456789012345678900009999..--+eE ";

const UNITS: [&str; 4] = ["Wh", "kWh", "MWh", "furlong"];

pub fn check(data: &[u8]) {
    let Some(([unit, multiplier], digits)) = data.split_first_chunk() else { return };
    let unit = UNITS[usize::from(*unit) % UNITS.len()];
    let multiplier = i64::from(*multiplier % 25) - 12;
    let number = spell(digits);
    for number in [number.clone(), format!("\"{number}\"")] {
        let message = format!(
            r#"{{"eventType":"Updated","timestamp":"2026-03-01T10:00:00Z","triggerReason":"Trigger","seqNo":{number},
            "reservationId":{number},"offline":{number},"evse":{{"id":{number}}},
            "transactionInfo":{{"transactionId":{number},"transactionLimit":{{"maxCost":{number},"maxSoC":{number}}}}},
            "meterValue":[{{"timestamp":"2026-03-01T10:00:00Z","sampledValue":[{{"value":{number}}},{{"value":{number},
            "unitOfMeasure":{{"unit":"{unit}","multiplier":{multiplier}}}}},
            {{"value":1,"unitOfMeasure":{{"multiplier":{number}}}}}]}}]}}"#
        );
        crate::compare(message.as_bytes());
    }
}

fn spell(digits: &[u8]) -> String {
    let bound = wattledger_decoder::limits::NUMBER_CHARACTERS_MAX;
    crate::spell(&digits[..digits.len().min(bound)], ALPHABET)
}
