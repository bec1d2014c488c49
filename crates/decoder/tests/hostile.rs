//! Messages made to be dear: what one takes is bounded by its bytes, and what a reading gives by the limits. Memory is counted at
//! the allocator; what grew faster than the message would show there or in the lists.

#[cfg(test)]
mod counting;

#[cfg(test)]
mod hostile {
    use wattledger_decoder::limits::{TEXT_BYTES_MAX, VIOLATIONS_MAX};
    use wattledger_decoder::{Decoder, Limits, Reading};

    use super::counting::count;

    const HEAD: &str = r#"{"eventType":"Updated","timestamp":"2026-03-01T10:00:00Z","triggerReason":"Trigger","seqNo":1,"transactionInfo":{"transactionId":"t"},"#;

    /// Bytes held for each byte of a message: it may be copied and indexed, and five bytes (`{},` and their like) may make a
    /// sample of some 250 that lies in a vector that doubles.
    const HELD_PER_BYTE: usize = 250;

    /// Held whatever the message: tables that are laid out once.
    const HELD_AT_REST: usize = 512 << 10;

    /// A message of about so many bytes: a part again and again, numbered where it says `#`.
    fn repeated(open: &str, part: &str, close: &str, bytes: usize) -> Vec<u8> {
        let mut message = format!("{HEAD}{open}");
        let mut n = 0;
        while message.len() < bytes {
            message.push_str(&part.replace('#', &n.to_string()));
            n += 1;
        }
        message.truncate(message.trim_end_matches(',').len());
        message.push_str(close);
        message.into_bytes()
    }

    /// What each is, and how it is made.
    const SHAPES: &[(&str, &str, &str, &str)] = &[
        ("members beside the schema", "", r#""x#":0,"#, "}"),
        ("one member beside the schema, again and again", "", r#""x":0,"#, "}"),
        ("a member of the schema, again and again", "", r#""seqNo":1,"#, "}"),
        ("a list of the schema, again and again", "", r#""meterValue":[{}],"#, "}"),
        ("members of vendor data", r#""customData":{"vendorId":"v","#, r#""x#":0,"#, "}}"),
        ("twins in vendor data", r#""customData":{"vendorId":"v","#, r#""x":0,"#, "}}"),
        ("objects in vendor data", r#""customData":{"vendorId":"v","x":["#, "{},", "]}}"),
        (
            "vendor data at every sample",
            r#""meterValue":[{"sampledValue":["#,
            r#"{"customData":{}},"#,
            "]}]}",
        ),
        ("empty samples", r#""meterValue":[{"sampledValue":["#, "{},", "]}]}"),
        ("samples that are none", r#""meterValue":[{"sampledValue":["#, "0,", "]}]}"),
        (
            "samples, each with bytes of its own",
            r#""meterValue":[{"sampledValue":["#,
            r#"{"value":#,"context":"c#"},"#,
            "]}]}",
        ),
        ("empty meter values", r#""meterValue":["#, "{},", "]}"),
        ("signed samples", r#""meterValue":[{"sampledValue":["#, r#"{"signedMeterValue":{}},"#, "]}]}"),
        ("tokens beside the token", r#""idToken":{"additionalInfo":["#, "{},", "]}}"),
        ("tax rates", r#""costDetails":{"totalCost":{"energy":{"taxRates":["#, "{},", "]}}}}"),
        ("periods", r#""costDetails":{"chargingPeriods":["#, r#"{"dimensions":[{},{}]},"#, "]}}"),
        ("escapes", r#""idToken":{"idToken":""#, r"\u00e4\ud83d\ude00\n", r#""}}"#),
        ("a long name", "\"", "x", "\":0}"),
        ("a long name of escapes", "\"", r"\u0061", "\":0}"),
        ("a long number", r#""x":1"#, "0", "}"),
        ("a long exponent", r#""x":1e-1"#, "0", "}"),
        (
            "long numbers",
            r#""x":["#,
            "0.1234567890123456789012345678901234567890123456789012345678901234567890,",
            "]}",
        ),
        ("a long time", r#""x":0,"timestamp":"2026-03-01T10:00:00."#, "0", "Z\"}"),
        ("white space", "", " ", r#""x":0}"#),
        (
            "words that are none",
            r#""meterValue":[{"sampledValue":["#,
            r#"{"measurand":"Energy#","phase":"L#"},"#,
            "]}]}",
        ),
        ("no end", r#""x":["#, "[],", ""),
        ("no end of a text", r#""x":""#, r#"\"\\"#, ""),
        ("a fault at the very end", r#""x":["#, "1,", "]}]"),
        ("depth", r#""x":"#, "[", ""),
        ("ids by sight", "", r#""transactionId":"t"#, ""),
    ];

    /// The larger one is enough for more samples than the bound lets through.
    const SIZES: [usize; 2] = [20_000, 240_000];

    #[test]
    fn memory_is_in_proportion_to_the_message() {
        for (shape, open, part, close) in SHAPES {
            for size in SIZES {
                let message = repeated(open, part, close, size);
                let mut decoder = None;
                let (_, held) = count(|| {
                    let decoder = decoder.insert(Decoder::default());
                    let _decoded = decoder.decode(&message, Reading::default());
                });
                let allowed = HELD_AT_REST + HELD_PER_BYTE * message.len();
                assert!(held <= allowed, "{shape}: {held} bytes for {}", message.len());
            }
        }
    }

    #[test]
    fn a_warm_decoder_takes_nothing_more() {
        for (shape, open, part, close) in SHAPES {
            let message = repeated(open, part, close, SIZES[0]);
            let mut decoder = Decoder::default();
            let _first = decoder.decode(&message, Reading::default());
            let (allocations, _) = count(|| {
                let _again = decoder.decode(&message, Reading::default());
            });
            // the hash of a number beyond 64 significant digits needs a buffer
            let expect = if *shape == "long numbers" { message.len() as u64 } else { 0 };
            assert!(allocations <= expect, "{shape}: {allocations} allocations");
        }
    }

    #[test]
    fn no_list_is_longer_than_its_bound() {
        for (shape, open, part, close) in SHAPES {
            let message = repeated(open, part, close, SIZES[1]);
            let mut decoder = Decoder::default();
            let decoded = decoder.decode(&message, Reading::default());
            assert!(decoded.violations.len() <= VIOLATIONS_MAX + 1, "{shape}");
            assert!(
                decoded.violations.iter().all(|v| v.path.len().max(v.detail.len()) <= TEXT_BYTES_MAX),
                "{shape}"
            );
            let Some(event) = decoded.event else { continue };
            assert!(event.samples.len() <= Limits::DEFAULT.samples, "{shape}");
            assert!(event.meter_values.len() <= Limits::DEFAULT.samples, "{shape}");
            assert!(event.extras.len() <= Limits::DEFAULT.elements, "{shape}");
        }
    }
}
