//! OCPP versions this project speaks.

/// The version negotiated by the connection, or stated by the feeder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OcppVersion {
    /// OCPP 2.0.1 (the default where nobody says).
    #[default]
    V201,
    /// OCPP 2.1.
    V21,
}

impl OcppVersion {
    /// Text as it stands in headers and columns.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V201 => "2.0.1",
            Self::V21 => "2.1",
        }
    }

    /// Reads the text of [`Self::as_str`] or of the WebSocket subprotocol; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "2.0.1" | "ocpp2.0.1" => Some(Self::V201),
            "2.1" | "ocpp2.1" => Some(Self::V21),
            _ => None,
        }
    }
}
