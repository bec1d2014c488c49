//! The decoder against the bare scanner and typed JSON libraries: `cargo bench -p wattledger-benches --bench decode`.
//! `make bench-decode` is the same with one more contestant, whose many dependencies stay out of this workspace.

use wattledger_benches::allocations::Counting;
use wattledger_benches::decode;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    decode::run(Vec::new());
}
