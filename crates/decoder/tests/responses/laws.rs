//! Drafts at random: what is built is read without a violation and says the same; what is refused breaks a rule.

use proptest::option;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest};
use proptest::sample::select;
use wattledger_decoder::build::{
    CustomData, GetTransactionStatusRequest, IdToken, IdTokenInfo, MessageContent, TransactionEventResponse,
    TransactionLimit,
};
use wattledger_decoder::{AuthorizationStatus, Decoder, MessageFormat, Outcome, Reading};
use wattledger_record::OcppVersion;

/// A text whose length lies around a bound.
fn text(bound: usize) -> impl Strategy<Value = String> {
    (select(vec!["x", "ü", "\"", "\n", "😀"]), 0..=bound + 1)
        .prop_map(|(character, count)| character.repeat(count))
}

fn version() -> impl Strategy<Value = OcppVersion> {
    select(vec![OcppVersion::V201, OcppVersion::V21])
}

fn cost() -> impl Strategy<Value = String> {
    (-3_000_000_i64..3_000_000, 0..9u32).prop_map(|(digits, exponent)| format!("{digits}e-{exponent}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_is_built_is_read_clean(
        version in version(),
        (cost, priority, had_token) in (option::of(cost()), option::of(-10..=10), any::<bool>()),
        status in option::of(select(AuthorizationStatus::ALL)),
        (token, token_type) in (option::of(text(36)), select(vec!["ISO14443", "EVCCID", "RFID", ""])),
        (language1, language2) in (option::of(text(8)), option::of(text(8))),
        (format, content) in (select(MessageFormat::ALL), option::of(text(512))),
        extra_count in 0..6usize,
        (soc, seconds) in (option::of(-1..=101), option::of(any::<i32>())),
        vendor in option::of(text(255)),
        evse_ids in proptest::collection::vec(-1..9, 0..4),
    ) {
        let vendor = vendor.as_deref().map(|vendor_id| CustomData { vendor_id, members: &[("x", "{}")] });
        let message = content.as_deref().map(|content| MessageContent {
            language: language1.as_deref(),
            custom_data: vendor,
            ..MessageContent::new(format, content)
        });
        let extra: Vec<_> = message.into_iter().cycle().take(extra_count).collect();
        let info = status.map(|status| IdTokenInfo {
            charging_priority: priority,
            group_id_token: token.as_deref().map(|token| IdToken::new(token, token_type)),
            language1: language1.as_deref(),
            language2: language2.as_deref(),
            evse_ids: &evse_ids,
            personal_message: message,
            custom_data: vendor,
            ..IdTokenInfo::new(status)
        });
        let limit = (soc.is_some() || seconds.is_some()).then_some(TransactionLimit {
            max_soc_percent: soc,
            max_time_s: seconds,
            max_cost: cost.as_deref(),
            ..TransactionLimit::default()
        });
        let draft = TransactionEventResponse {
            total_cost: cost.as_deref(),
            charging_priority: priority,
            id_token_info: info,
            transaction_limit: limit,
            updated_personal_message: message,
            updated_personal_message_extra: &extra,
            custom_data: vendor,
        };
        let payload = match draft.build(version, had_token) {
            Ok(payload) => payload,
            Err(refused) => {
                prop_assert!(!refused.refusals.is_empty());
                return Ok(());
            }
        };
        let mut decoder = Decoder::default();
        let decoded = decoder.decode_response(payload.as_bytes(), Reading { version, ..Reading::default() });
        prop_assert_eq!(decoded.outcome(), Outcome::Clean, "{}: {:?}", payload, decoded.violations);
        let read = decoded.message.unwrap();
        prop_assert_eq!(read.total_cost.is_some(), cost.is_some());
        prop_assert_eq!(read.charging_priority, priority.map(i64::from));
        prop_assert!(read.id_token_info.is_some() || !had_token);
        if let (Some(read), Some(info)) = (read.id_token_info, info) {
            prop_assert_eq!(read.status.map(|status| status.value), Some(info.status));
            prop_assert_eq!(read.group_id_token.map(|token| token.id_token), token.as_deref());
            prop_assert_eq!((read.language1, read.language2), (info.language1, info.language2));
            let ids: Vec<_> = read.evse_ids.iter().flatten().collect();
            prop_assert_eq!(ids, evse_ids.iter().map(|id| i64::from(*id)).collect::<Vec<_>>());
        }
        prop_assert_eq!(read.updated_personal_message.map(|message| message.content), content.as_deref());
        prop_assert_eq!(read.updated_personal_message_extra.len(), extra.len());
        prop_assert_eq!(
            read.transaction_limit.map(|limit| (limit.max_soc_percent, limit.max_time_s)),
            limit.map(|limit| (limit.max_soc_percent.map(i64::from), limit.max_time_s.map(i64::from)))
        );
    }

    #[test]
    fn questions_are_read_as_they_are_asked(version in version(), id in text(36)) {
        let draft = GetTransactionStatusRequest { transaction_id: Some(&id), custom_data: None };
        let fits = (1..=36).contains(&id.chars().count());
        let built = draft.build(version);
        prop_assert_eq!(built.is_ok(), fits);
        let Ok(payload) = built else { return Ok(()) };
        let mut decoder = Decoder::default();
        let reading = Reading { version, ..Reading::default() };
        let decoded = decoder.decode_status_request(payload.as_bytes(), reading);
        prop_assert_eq!(decoded.outcome(), Outcome::Clean);
        prop_assert_eq!(decoded.message.and_then(|request| request.transaction_id), Some(id.as_str()));
    }
}
