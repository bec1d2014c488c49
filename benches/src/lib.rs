//! benchmarks that check their answers before they time
