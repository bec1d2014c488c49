//! bytes of one TransactionEventRequest -> a checked TransactionEvent and every violation
