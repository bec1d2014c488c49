//! End-to-end tests on the real broker and the real engine.
