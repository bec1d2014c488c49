//! Errors: why the gateway does not run ([`Error`]), and why a request or one event is refused ([`Refusal`]).
//!
//! Every variant has a stable snake_case code, used in answers, metrics and logs alike.

use std::io;
use std::net::SocketAddr;

use http::StatusCode;
use rdkafka::error::KafkaError;

/// Why the gateway does not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Values of the configuration cannot be used; all problems.
    #[error("configuration is unusable: {}", .0.join("; "))]
    Configuration(Vec<String>),
    /// The tenants file cannot be read or used.
    #[error("tenants cannot be read")]
    Tenants(#[from] crate::tenants::Error),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Cause.
        source: io::Error,
    },
    /// The producer cannot be made from these settings.
    #[error("cannot make a Kafka producer")]
    Producer(#[source] KafkaError),
    /// The topic is not as the gateway needs it.
    #[error("the topic is unfit")]
    Topic(#[from] crate::topic::Unfit),
    /// A thread cannot be started.
    #[error("cannot start the admin thread")]
    Thread(#[source] io::Error),
}

impl Error {
    /// Stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Configuration(_) => "configuration_invalid",
            Self::Tenants(_) => "tenants_unreadable",
            Self::Listen { .. } => "listen_failed",
            Self::Producer(_) => "producer_failed",
            Self::Topic(_) => "topic_unfit",
            Self::Thread(_) => "thread_failed",
        }
    }
}

/// Why a request, or one event of a batch, is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Refusal {
    /// No such path.
    NotFound,
    /// The path does not know the method.
    MethodNotAllowed,
    /// No token, or none that is known.
    Unauthorized,
    /// The tenant is suspended.
    TenantSuspended,
    /// The station is none of the tenant's.
    StationForbidden,
    /// The station in the URL is not an identity.
    StationInvalid,
    /// The content type is not NDJSON.
    ContentTypeUnsupported,
    /// The content encoding is neither gzip nor zstd.
    EncodingUnsupported,
    /// The body is no valid gzip or zstd.
    EncodingInvalid,
    /// The body ended early, or broke HTTP framing.
    BodyIncomplete,
    /// The body did not arrive in time.
    BodyTimeout,
    /// The batch is larger than the limit.
    BatchTooLarge,
    /// The batch has more lines than the limit.
    BatchTooLong,
    /// One payload is larger than the limit.
    PayloadTooLarge,
    /// One line is longer than the limit.
    LineTooLarge,
    /// One line is no envelope.
    EnvelopeInvalid,
    /// No line of the batch is taken, and none would be another time.
    NoLineTaken,
    /// The tenant is over its rate.
    RateLimited,
    /// More bytes in flight than the limit.
    Overloaded,
    /// More connections than the limit. Answered before HTTP is spoken.
    TooManyConnections,
    /// Kafka did not acknowledge, or is known to be away.
    Unavailable,
    /// The process is stopping.
    Draining,
}

impl Refusal {
    /// All of them, for the metrics and the document.
    pub(crate) const ALL: [Self; 22] = [
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Unauthorized,
        Self::TenantSuspended,
        Self::StationForbidden,
        Self::StationInvalid,
        Self::ContentTypeUnsupported,
        Self::EncodingUnsupported,
        Self::EncodingInvalid,
        Self::BodyIncomplete,
        Self::BodyTimeout,
        Self::BatchTooLarge,
        Self::BatchTooLong,
        Self::PayloadTooLarge,
        Self::LineTooLarge,
        Self::EnvelopeInvalid,
        Self::NoLineTaken,
        Self::RateLimited,
        Self::Overloaded,
        Self::TooManyConnections,
        Self::Unavailable,
        Self::Draining,
    ];

    /// Stable name, in answers and labels.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Unauthorized => "unauthorized",
            Self::TenantSuspended => "tenant_suspended",
            Self::StationForbidden => "station_forbidden",
            Self::StationInvalid => "station_invalid",
            Self::ContentTypeUnsupported => "content_type_unsupported",
            Self::EncodingUnsupported => "encoding_unsupported",
            Self::EncodingInvalid => "encoding_invalid",
            Self::BodyIncomplete => "body_incomplete",
            Self::BodyTimeout => "body_timeout",
            Self::BatchTooLarge => "batch_too_large",
            Self::BatchTooLong => "batch_too_long",
            Self::PayloadTooLarge => "payload_too_large",
            Self::LineTooLarge => "line_too_large",
            Self::EnvelopeInvalid => "envelope_invalid",
            Self::NoLineTaken => "no_line_taken",
            Self::RateLimited => "rate_limited",
            Self::Overloaded => "overloaded",
            Self::TooManyConnections => "too_many_connections",
            Self::Unavailable => "unavailable",
            Self::Draining => "draining",
        }
    }

    /// HTTP status.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::TenantSuspended | Self::StationForbidden => StatusCode::FORBIDDEN,
            Self::StationInvalid
            | Self::EncodingInvalid
            | Self::BodyIncomplete
            | Self::EnvelopeInvalid
            | Self::NoLineTaken => StatusCode::BAD_REQUEST,
            Self::ContentTypeUnsupported | Self::EncodingUnsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::BatchTooLarge | Self::BatchTooLong | Self::PayloadTooLarge | Self::LineTooLarge => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Overloaded | Self::TooManyConnections | Self::Unavailable | Self::Draining => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// One sentence for the reader of the answer.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::NotFound => "there is nothing at this path",
            Self::MethodNotAllowed => "this path does not know the method",
            Self::Unauthorized => "a known bearer token is needed",
            Self::TenantSuspended => "the tenant is suspended",
            Self::StationForbidden => "the station is none of the tenant's",
            Self::StationInvalid => "the station identity is invalid",
            Self::ContentTypeUnsupported => "a batch is application/x-ndjson",
            Self::EncodingUnsupported => "content encodings are gzip, zstd and identity",
            Self::EncodingInvalid => "the body does not inflate",
            Self::BodyIncomplete => "the body ended early",
            Self::BodyTimeout => "the body did not arrive in time",
            Self::BatchTooLarge => "the inflated batch is above the limit",
            Self::BatchTooLong => "the batch has more lines than the limit",
            Self::PayloadTooLarge => "the inflated payload is above the limit",
            Self::LineTooLarge => "the line is above the limit",
            Self::EnvelopeInvalid => "the line is no envelope of a payload",
            Self::NoLineTaken => "no line of the batch can be taken",
            Self::RateLimited => "the tenant is over its rate",
            Self::Overloaded => "too much is in flight",
            Self::TooManyConnections => "too many connections",
            Self::Unavailable => "the event could not be made durable",
            Self::Draining => "this process is stopping",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct() {
        let codes: std::collections::BTreeSet<_> = Refusal::ALL.iter().map(|r| r.code()).collect();
        assert_eq!(codes.len(), Refusal::ALL.len());
    }
}
