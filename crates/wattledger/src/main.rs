//! the one binary
fn main() {}
