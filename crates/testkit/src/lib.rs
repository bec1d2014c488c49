//! builders of events for tests
