//! Reading OCMF: any text is survived, and the packing of the data makes no difference.

#[cfg(test)]
mod ocmf {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;
    use wattledger_assemble::ocmf::{self, Code, Container, Register, SignedReading};
    use wattledger_decoder::ReadingContext::{TransactionBegin, TransactionEnd};
    use wattledger_record::{Decimal6, Micros};

    fn read(data: &str) -> Option<Box<[SignedReading]>> {
        match ocmf::read(data) {
            Some(Container::Readings(readings)) => Some(readings),
            Some(Container::Unreadable) | None => None,
        }
    }

    fn with_reading(value: &str, unit: &str) -> String {
        format!(
            r#"OCMF|{{"FV":"1.0","RD":[{{"TM":"2026-03-01T00:00:01,500+0100 S","TX":"B","RV":{value},"RU":"{unit}"}}]}}|{{}}"#
        )
    }

    #[test]
    fn base64_and_plain_text_say_the_same() {
        let text = with_reading("12.345", "kWh");
        let packed = STANDARD.encode(&text);
        let (head, tail) = packed.split_at(packed.len() / 2);
        let plain = read(&text).unwrap();
        assert_eq!(read(&packed).unwrap(), plain);
        assert_eq!(read(packed.trim_end_matches('=')).unwrap(), plain);
        assert_eq!(read(&format!("{head}\n{tail}")).unwrap(), plain);
        let first = plain.first().unwrap();
        assert_eq!(first.value, Some(Decimal6(12_345_000_000)));
        assert_eq!(first.ulp, Decimal6(1_000_000));
        assert_eq!(first.at, Some(Micros(1_772_319_601_500_000)));
    }

    fn hex(text: &str) -> String {
        text.bytes().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The only container of entries given as JSON.
    fn entries(entries: &str) -> Box<[SignedReading]> {
        read(&format!(r#"OCMF|{{"MS":"M1","RD":[{entries}]}}|{{}}"#)).unwrap()
    }

    #[test]
    fn every_packing_says_the_same() {
        // a value whose Base64 needs the characters in which the two alphabets differ
        let text = with_reading("12.345", "kWh")
            .replace("}|{}", r#","U1":"\u00fb\u00ff >>???~~"}|{}"#)
            .replace("\\u00ff", "ÿ");
        let plain = read(&text).unwrap();
        let url_safe = STANDARD.encode(&text).replace('+', "-").replace('/', "_");
        assert!(url_safe.contains(['-', '_']), "{url_safe}");
        let packed = [
            format!("\u{feff}{text}"),
            format!(" \u{feff}\n{text}\u{feff} "),
            text.replacen("OCMF", "ocmf", 1),
            text.replacen("OCMF|", "Ocmf |", 1),
            STANDARD.encode(format!("\u{feff}{text}")),
            STANDARD.encode(text.replacen("OCMF", "ocmf", 1)),
            format!("\u{feff}{}", STANDARD.encode(&text)),
            url_safe,
            hex(&text),
            hex(&text).to_uppercase(),
            hex(&text).replace("7c7b", "7c\n7b"),
        ];
        for packed in packed {
            assert_eq!(read(&packed).as_ref(), Some(&plain), "{packed}");
        }
    }

    #[test]
    fn every_member_but_the_value_is_taken_over() {
        let all = r#""TM":"2026-03-01T10:00:00,000+0000 S","TX":"B","RV":1,"RI":"1-0:1.8.0","RU":"kWh","EF":"t","ST":"X""#;
        let readings =
            entries(&format!(r#"{{{all}}},{{}},{{"RV":2}},{{"EF":null,"TX":"E","ST":"G"}},{{"RV":3}}"#));
        let [first, second, third, _, last] = readings.as_ref() else { panic!("{readings:?}") };
        assert_eq!(*second, SignedReading { value: None, ulp: Decimal6::ZERO, ..first.clone() });
        assert_eq!(*third, SignedReading { value: Some(Decimal6(2_000_000_000)), ..first.clone() });
        assert_eq!(
            *last,
            SignedReading {
                value: Some(Decimal6(3_000_000_000)),
                context: Some(TransactionEnd),
                exchanged: false,
                ..first.clone()
            }
        );
        assert_eq!((first.context, first.time_error), (Some(TransactionBegin), true));
    }

    #[test]
    fn every_letter_has_its_meaning() {
        let first = |member: &str| entries(&format!("{{{member}}}")).first().unwrap().clone();
        let context = |letter: &str| first(&format!(r#""TX":"{letter}""#)).context;
        assert_eq!(context("B"), Some(TransactionBegin));
        for end in ["E", "L", "R", "A", "P"] {
            assert_eq!(context(end), Some(TransactionEnd), "{end}");
        }
        for other in ["C", "X", "S", "T", "", "b"] {
            assert_eq!(context(other), None, "{other}");
        }
        assert!(
            first("").meter_works && first(r#""ST":"G""#).meter_works && first(r#""ST":"X""#).meter_works
        );
        for state in ["N", "T", "D", "R", "M", "I", "O", "S", "E", "F"] {
            let reading = first(&format!(r#""ST":"{state}""#));
            assert!(!reading.meter_works && !reading.exchanged, "{state}");
        }
    }

    #[test]
    fn an_error_is_taken_back_only_by_a_word() {
        let error = |readings: &[SignedReading]| readings.iter().map(|r| r.energy_error).collect::<Vec<_>>();
        assert_eq!(error(&entries(r#"{"EF":"E"},{},{"EF":""},{}"#)), [true, true, false, false]);
        assert_eq!(error(&entries(r#"{"TX":"X"},{},{"TX":"C"},{}"#)), [true, true, false, false]);
        assert_eq!(error(&entries(r#"{"EF":"Et"},{"EF":"t"}"#)), [true, false]);
    }

    #[test]
    fn registers_are_told_by_their_code() {
        let register = |identifier: &str| {
            let entry = format!(r#"{{"RI":"{identifier}","RV":1,"RU":"Wh"}}"#);
            entries(&entry).first().unwrap().register
        };
        let code = |rank, tariff, period| Code { rank, tariff, period };
        let total = Some(Register::Import(Code::TOTAL));
        for spelling in
            ["1-b:1.8.0", "1-0:1.8.0", "1-0:1.8.0*255", "01-00:01.08.00*FF", "01-00:01.08.00.FF", "1.8.0"]
        {
            assert_eq!(register(spelling), total, "{spelling}");
        }
        assert_eq!(register("1-b:2.8.0"), Some(Register::Export(Code::TOTAL)));
        let others = [
            ("01-00:B1.08.00*FF", Register::Import(code(0, 0, 0))),
            ("01-00:b3.08.00*FF", Register::Import(code(1, 0, 0))),
            ("01-00:B0.08.00*FF", Register::Import(code(2, 0, 0))),
            ("01-00:B2.08.00*FF", Register::Import(code(3, 0, 0))),
            ("01-00:C1.08.00*FF", Register::Export(code(0, 0, 0))),
            ("01-00:C3.08.00*FF", Register::Export(code(1, 0, 0))),
            ("01-00:C0.08.00*FF", Register::Export(code(2, 0, 0))),
            ("01-00:C2.08.00*FF", Register::Export(code(3, 0, 0))),
            ("1-0:1.8.1", Register::Import(code(4, 1, 0))),
            ("1-b:1.8.e", Register::Import(code(4, 14, 0))),
            ("1-0:1.8.0*198", Register::Import(code(4, 0, 0x198))),
        ];
        for (spelling, expected) in others {
            assert_eq!(register(spelling), Some(expected), "{spelling}");
        }
        for other in [
            "1-b:1.9.0",
            "1-0:16.7.0",
            "01-00:00.08.06.FF",
            "1-0:98.8.0.FF",
            "1-0:21.8.0",
            "B4.08.00",
            "",
            "1",
            "1.8.x",
        ] {
            assert_eq!(register(other), None, "{other}");
        }
        assert_eq!(entries(r#"{"RV":1,"RU":"Wh"}"#).first().unwrap().register, Some(Register::OfSample));
    }

    #[test]
    fn times_are_read_with_any_offset() {
        let at = |time: &str| entries(&format!(r#"{{"TM":"{time}"}}"#)).first().unwrap().at;
        let moment = Some(Micros(1_772_319_601_500_000));
        for time in [
            "2026-03-01T00:00:01,500+0100 S",
            "2026-03-01T00:00:01.500+01:00 U",
            "2026-02-28T23:00:01,500+0000",
            "2026-02-28T23:00:01,500Z R",
            "2026-03-01T00:00:01,500+01 I",
        ] {
            assert_eq!(at(time), moment, "{time}");
        }
        for time in ["2026-03-01T00:00:01,500", "", "S", "2026-02-30T00:00:01,500+0100"] {
            assert_eq!(at(time), None, "{time}");
        }
    }

    #[test]
    fn what_can_forbid_a_bill_is_text_or_unreadable() {
        for member in ["TX", "EF", "ST"] {
            for value in ["{}", "[\"E\"]", "true"] {
                let data = format!(r#"OCMF|{{"RD":[{{"RV":1,"RU":"Wh","{member}":{value}}}]}}|{{}}"#);
                assert_eq!(ocmf::read(&data), Some(Container::Unreadable), "{data}");
            }
        }
        for member in ["TM", "RV", "RI", "RU"] {
            let readings = entries(&format!(r#"{{"{member}":{{}}}}"#));
            assert_eq!(readings.len(), 1, "{member}");
        }
        for entries in ["", r#","RD":null"#, r#","RD":[]"#, r#","RD":{}"#, r#","RD":[{"RV":1,"RV":2}]"#] {
            let data = format!(r#"OCMF|{{"MS":"M1"{entries}}}|{{}}"#);
            assert_eq!(ocmf::read(&data), Some(Container::Unreadable), "{data}");
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_no_values() {
        for number in
            ["1e30000", "1e400", "99999999999999999999", "0.0000000001", "null", "{}", "true", "\"\""]
        {
            let container = read(&with_reading(number, "kWh")).unwrap();
            assert_eq!(container.first().unwrap().value, None, "{number}");
        }
        assert_eq!(read(&with_reading("1", "mOhm")).unwrap().first().unwrap().value, None);
    }

    #[test]
    fn what_starts_like_ocmf_is_never_silent() {
        let whole = with_reading("1", "kWh");
        let payload_end = whole.rfind('|').unwrap();
        let unreadable = |data: &str| assert_eq!(ocmf::read(data), Some(Container::Unreadable), "{data:.80}");
        let cut = |text: &str, end: usize| text.get(..end).unwrap().to_owned();
        for end in 6..payload_end {
            unreadable(&cut(&whole, end));
            unreadable(&STANDARD.encode(cut(&whole, end)));
            unreadable(&cut(&hex(&whole), end + 2));
            unreadable(&cut(&hex(&format!("\u{feff}{whole}")), end + 8));
            unreadable(&format!(" {}\n", cut(&STANDARD.encode(&whole), end)));
        }
        for entries in [1_025, 20_000] {
            let many = vec!["{}"; entries].join(",");
            unreadable(&format!("OCMF|{{\"RD\":[{many}]}}|{{}}"));
            unreadable(&STANDARD.encode(format!("OCMF|{{\"RD\":[{many}]}}|{{}}")));
        }
        unreadable(&format!("{whole}{}", " ".repeat(65_536)));
        for other in ["", "AP;0;3;", "T0NN", "PD94bWwg", "OCM|{}", "4f434d", "4f434d7c7b7d"] {
            assert_eq!(ocmf::read(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in any::<String>(), value in "[-+.eE0-9]{0,45}", member in any::<String>()) {
            drop(read(&text));
            drop(read(&format!("OCMF|{text}")));
            drop(read(&STANDARD.encode(format!("OCMF|{text}"))));
            let member = serde_json::to_string(&member).unwrap();
            let data = format!(r#"OCMF|{{"MS":{member},"RD":[{{"TM":{member},"RI":{member},"RU":"kWh","RV":"{value}","EF":{member}}}]}}"#);
            let container = read(&data).unwrap();
            prop_assert_eq!(container.len(), 1);
        }
    }
}
