//! TransactionEventResponse and its classes.

use wattledger_record::{Decimal6, OcppVersion};

use super::checked::{Checked, CustomData, Payload, payload};
use super::{Refused, Rule};
use crate::bounds::{
    ADDITIONAL_TYPE, CONTENT, EXTRA_MESSAGES_MAX, LANGUAGE, PERCENT, PRIORITY, TOKEN, TOKEN_TYPE,
};
use crate::vocabulary::{AuthorizationStatus, MessageFormat, TokenType, Vocabulary};

/// A TransactionEventResponse that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TransactionEventResponse<'a> {
    /// `totalCost`, a decimal number, currency of the station: running on `Updated`, final and with taxes on `Ended`
    /// (I02.FR.01, I03.FR.02). Free is 0; `None` says nothing (I03.FR.04).
    pub total_cost: Option<&'a str>,
    /// `chargingPriority`, -9 to 9; for this transaction only (K03.FR.05).
    pub charging_priority: Option<i32>,
    /// `idTokenInfo`; has to be there if the request had an `idToken` (E01.FR.12, E02.FR.02, E03.FR.02).
    pub id_token_info: Option<IdTokenInfo<'a>>,
    /// `transactionLimit` (2.1).
    pub transaction_limit: Option<TransactionLimit<'a>>,
    /// `updatedPersonalMessage`.
    pub updated_personal_message: Option<MessageContent<'a>>,
    /// `updatedPersonalMessageExtra` (2.1): the same in further languages.
    pub updated_personal_message_extra: &'a [MessageContent<'a>],
    /// `customData`.
    pub custom_data: Option<CustomData<'a>>,
}

/// IdTokenInfoType.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdTokenInfo<'a> {
    /// `status`.
    pub status: AuthorizationStatus,
    /// `cacheExpiryDateTime`, RFC 3339.
    pub cache_expiry: Option<&'a str>,
    /// `chargingPriority`, -9 to 9.
    pub charging_priority: Option<i32>,
    /// `groupIdToken`.
    pub group_id_token: Option<IdToken<'a>>,
    /// `language1`, RFC 5646.
    pub language1: Option<&'a str>,
    /// `language2`, RFC 5646: not without `language1`, and another.
    pub language2: Option<&'a str>,
    /// `evseId`: where the token may be used, if not at the whole station.
    pub evse_ids: &'a [i32],
    /// `personalMessage`.
    pub personal_message: Option<MessageContent<'a>>,
    /// `customData`.
    pub custom_data: Option<CustomData<'a>>,
}

/// IdTokenType.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdToken<'a> {
    /// `idToken`.
    pub id_token: &'a str,
    /// `type`: of the list of 2.0.1; an open one in 2.1.
    pub token_type: &'a str,
    /// `additionalInfo`.
    pub additional_info: &'a [AdditionalInfo<'a>],
    /// `customData`.
    pub custom_data: Option<CustomData<'a>>,
}

/// AdditionalInfoType.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdditionalInfo<'a> {
    /// `additionalIdToken`.
    pub additional_id_token: &'a str,
    /// `type`.
    pub info_type: &'a str,
    /// `customData`.
    pub custom_data: Option<CustomData<'a>>,
}

/// MessageContentType.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageContent<'a> {
    /// `format`.
    pub format: MessageFormat,
    /// `language`, RFC 5646.
    pub language: Option<&'a str>,
    /// `content`.
    pub content: &'a str,
    /// `customData`.
    pub custom_data: Option<CustomData<'a>>,
}

/// TransactionLimitType (2.1); at least one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TransactionLimit<'a> {
    /// `maxCost`, a decimal number, currency of the tariff.
    pub max_cost: Option<&'a str>,
    /// `maxEnergy`, a decimal number, Wh.
    pub max_energy_wh: Option<&'a str>,
    /// `maxTime`, s from `Started`.
    pub max_time_s: Option<i32>,
    /// `maxSoC`, percent.
    pub max_soc_percent: Option<i32>,
    /// `customData`.
    pub custom_data: Option<CustomData<'a>>,
}

impl<'a> TransactionEventResponse<'a> {
    /// Builds the response to a request that had, or had not, an `idToken`.
    ///
    /// # Errors
    /// Names every rule that the draft breaks.
    pub fn build(&self, version: OcppVersion, request_had_token: bool) -> Result<Payload, Refused> {
        payload(version, |checked| {
            if let Some(cost) = self.total_cost
                && checked.decimal("totalCost", cost).is_some_and(|cost| cost < Decimal6::ZERO)
            {
                checked.refuse("totalCost", Rule::Negative);
            }
            if let Some(priority) = self.charging_priority {
                checked.integer_in("chargingPriority", priority, PRIORITY);
            }
            match &self.id_token_info {
                Some(info) => checked.object("idTokenInfo", |checked| info.write(checked)),
                None if request_had_token => checked.refuse("idTokenInfo", Rule::Missing),
                None => {}
            }
            if let Some(limit) = &self.transaction_limit {
                checked.since_21("transactionLimit");
                checked.object("transactionLimit", |checked| limit.write(checked));
            }
            if let Some(message) = &self.updated_personal_message {
                checked.object("updatedPersonalMessage", |checked| message.write(checked));
            }
            self.write_extra_messages(checked);
            checked.custom_data(self.custom_data);
        })
    }

    fn write_extra_messages(&self, checked: &mut Checked<'a>) {
        const NAME: &str = "updatedPersonalMessageExtra";
        let messages = self.updated_personal_message_extra;
        if messages.is_empty() {
            return;
        }
        checked.since_21(NAME);
        if messages.len() > EXTRA_MESSAGES_MAX {
            checked.refuse(NAME, Rule::TooMany { elements: messages.len(), max: EXTRA_MESSAGES_MAX });
        }
        checked.objects(NAME, messages, |checked, message| message.write(checked));
    }
}

impl<'a> IdTokenInfo<'a> {
    /// A status, and nothing else.
    #[must_use]
    pub const fn new(status: AuthorizationStatus) -> Self {
        Self {
            status,
            cache_expiry: None,
            charging_priority: None,
            group_id_token: None,
            language1: None,
            language2: None,
            evse_ids: &[],
            personal_message: None,
            custom_data: None,
        }
    }

    fn write(&self, checked: &mut Checked<'a>) {
        if self.status == AuthorizationStatus::Other {
            checked.refuse("status", Rule::NotListed);
        }
        checked.word("status", self.status.as_str());
        if let Some(expiry) = self.cache_expiry {
            checked.time("cacheExpiryDateTime", expiry);
        }
        if let Some(priority) = self.charging_priority {
            checked.integer_in("chargingPriority", priority, PRIORITY);
        }
        if let Some(token) = &self.group_id_token {
            checked.object("groupIdToken", |checked| token.write(checked));
        }
        self.write_languages(checked);
        checked.counts("evseId", self.evse_ids);
        if let Some(message) = &self.personal_message {
            checked.object("personalMessage", |checked| message.write(checked));
        }
        checked.custom_data(self.custom_data);
    }

    fn write_languages(&self, checked: &mut Checked<'a>) {
        if let Some(language) = self.language1 {
            checked.text("language1", language, LANGUAGE);
        }
        let Some(language) = self.language2 else { return };
        match self.language1 {
            None => checked.refuse("language1", Rule::Missing),
            Some(first) if first.eq_ignore_ascii_case(language) => {
                checked.refuse("language2", Rule::Repeated)
            }
            Some(_) => {}
        }
        checked.text("language2", language, LANGUAGE);
    }
}

impl<'a> IdToken<'a> {
    /// A token without additional information.
    #[must_use]
    pub const fn new(id_token: &'a str, token_type: &'a str) -> Self {
        Self { id_token, token_type, additional_info: &[], custom_data: None }
    }

    fn write(&self, checked: &mut Checked<'a>) {
        checked.text("idToken", self.id_token, TOKEN);
        if !checked.is_v21() {
            self.check_type(checked);
        }
        checked.text("type", self.token_type, TOKEN_TYPE);
        checked.objects("additionalInfo", self.additional_info, |checked, info| info.write(checked));
        checked.custom_data(self.custom_data);
    }

    /// The type is of a closed list in 2.0.1.
    fn check_type(&self, checked: &mut Checked<'a>) {
        let listed = TokenType::ALL.iter().find(|kind| kind.as_str() == self.token_type);
        match listed.filter(|kind| **kind != TokenType::Other) {
            None => checked.refuse("type", Rule::NotListed),
            Some(kind) if kind.is_v21() => checked.refuse("type", Rule::NotInVersion),
            Some(_) => {}
        }
    }
}

impl<'a> AdditionalInfo<'a> {
    fn write(&self, checked: &mut Checked<'a>) {
        checked.text("additionalIdToken", self.additional_id_token, TOKEN);
        checked.text("type", self.info_type, ADDITIONAL_TYPE);
        checked.custom_data(self.custom_data);
    }
}

impl<'a> MessageContent<'a> {
    /// A message that names no language.
    #[must_use]
    pub const fn new(format: MessageFormat, content: &'a str) -> Self {
        Self { format, language: None, content, custom_data: None }
    }

    fn write(&self, checked: &mut Checked<'a>) {
        match self.format {
            MessageFormat::Unknown => checked.refuse("format", Rule::NotListed),
            format if format.is_v21() => checked.since_21("format"),
            _ => {}
        }
        checked.word("format", self.format.as_str());
        if let Some(language) = self.language {
            checked.text("language", language, LANGUAGE);
        }
        checked.text("content", self.content, CONTENT);
        checked.custom_data(self.custom_data);
    }
}

impl<'a> TransactionLimit<'a> {
    fn write(&self, checked: &mut Checked<'a>) {
        for (name, amount) in [("maxCost", self.max_cost), ("maxEnergy", self.max_energy_wh)] {
            if let Some(amount) = amount {
                checked.decimal(name, amount);
            }
        }
        if let Some(seconds) = self.max_time_s {
            checked.integer("maxTime", seconds);
        }
        if let Some(percent) = self.max_soc_percent {
            checked.integer_in("maxSoC", percent, PERCENT);
        }
        checked.custom_data(self.custom_data);
    }
}
