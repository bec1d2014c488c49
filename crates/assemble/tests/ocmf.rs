//! Reading OCMF: any text is survived, and the packing of the data makes no difference.

#[cfg(test)]
mod ocmf {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;
    use wattledger_assemble::ocmf::{self, Container, SignedReading};
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
            unreadable(&format!(" {}\n", cut(&STANDARD.encode(&whole), end)));
        }
        for entries in [1_025, 20_000] {
            let many = vec!["{}"; entries].join(",");
            unreadable(&format!("OCMF|{{\"RD\":[{many}]}}|{{}}"));
            unreadable(&STANDARD.encode(format!("OCMF|{{\"RD\":[{many}]}}|{{}}")));
        }
        unreadable(&format!("{whole}{}", " ".repeat(65_536)));
        for other in ["", "AP;0;3;", "T0NN", "PD94bWwg", "OCM|{}"] {
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
