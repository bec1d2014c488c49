//! Every bound holds: over it a message is quarantined with a code, and nothing grows with it.

use wattledger_decoder::limits::{NUMBER_CHARACTERS_MAX, VIOLATIONS_MAX};
use wattledger_decoder::{Code, Decoder, Limits, Outcome, Reading};
use wattledger_testkit::message::Message;

const AT: &str = "2026-03-01T10:00:00Z";

fn codes(limits: Limits, message: &[u8]) -> (Outcome, Vec<Code>) {
    let mut decoder = Decoder::new(limits);
    let decoded = decoder.decode(message, Reading::default());
    assert!(decoded.violations.len() <= VIOLATIONS_MAX + 1);
    (decoded.outcome(), decoded.codes().iter().collect())
}

#[test]
fn bytes() {
    let message = Message::updated("tx", 1, AT).to_bytes();
    let limits = |message_bytes| Limits { message_bytes, ..Limits::DEFAULT };
    assert_eq!(codes(limits(message.len()), &message).0, Outcome::Clean);
    assert_eq!(codes(limits(message.len() - 1), &message), (Outcome::Quarantined, vec![Code::TooLarge]));
    let large = vec![b' '; Limits::DEFAULT.message_bytes + 1];
    assert_eq!(
        codes(Limits::DEFAULT, &large).1,
        [Code::NotJson],
        "blanks around a message are no part of it"
    );
    let mut large = large;
    large[0] = b'{';
    large.push(b'}');
    assert_eq!(codes(Limits::DEFAULT, &large).1, [Code::TooLarge]);
}

#[test]
fn depth() {
    let message = Message::updated("tx", 1, AT).to_bytes();
    let limits = |depth| Limits { depth, ..Limits::DEFAULT };
    assert_eq!(codes(limits(2), &message).0, Outcome::Clean);
    assert_eq!(codes(limits(1), &message), (Outcome::Quarantined, vec![Code::TooDeep]));
    let deep = "[".repeat(1_000_000);
    assert_eq!(codes(limits(usize::MAX), deep.as_bytes()).1, [Code::TooDeep]);
}

#[test]
fn elements() {
    let message = (0..5)
        .fold(Message::updated("tx", 1, AT), |message, n| message.register(AT, "Sample.Clock", f64::from(n)));
    let limits = |samples| Limits { samples, ..Limits::DEFAULT };
    assert_eq!(codes(limits(5), &message.to_bytes()).0, Outcome::Clean);
    assert_eq!(codes(limits(4), &message.to_bytes()), (Outcome::Quarantined, vec![Code::TooMany]));
}

#[test]
fn members_beside_the_schema() {
    let message =
        (0..5).fold(Message::updated("tx", 1, AT), |message, n| message.with(&format!("x{n}"), n.into()));
    let limits = |elements| Limits { elements, ..Limits::DEFAULT };
    assert_eq!(codes(limits(5), &message.to_bytes()).1, [Code::UnknownProperty]);
    assert_eq!(codes(limits(4), &message.to_bytes()).1, [Code::TooMany, Code::UnknownProperty]);
}

#[test]
fn digits() {
    let with = |digits: usize| {
        let value = format!("1{}", "0".repeat(digits - 1));
        format!("{{\"x\":{{\"y\":[0.{value}]}}}}")
    };
    let is_long = |digits| codes(Limits::DEFAULT, with(digits).as_bytes()).1.contains(&Code::NumberTooLong);
    assert!(!is_long(NUMBER_CHARACTERS_MAX - 2));
    assert!(is_long(NUMBER_CHARACTERS_MAX - 1));
}

#[test]
fn a_decoder_is_as_good_after_a_bad_message() {
    let good = Message::updated("tx", 1, AT).register(AT, "Sample.Clock", 1.0).to_bytes();
    let mut decoder = Decoder::default();
    for bad in [&b"{"[..], b"\xff", b"[1]", b"{\"transactionInfo\":{\"x\":1},\"meterValue\":[{}]}"] {
        assert_eq!(decoder.decode(bad, Reading::default()).outcome(), Outcome::Quarantined);
        let decoded = decoder.decode(&good, Reading::default());
        assert_eq!(decoded.outcome(), Outcome::Clean);
        assert_eq!(decoded.event.map(|event| event.samples.len()), Some(1));
    }
}
