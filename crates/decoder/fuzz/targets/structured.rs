#![no_main]

use wattledger_decoder_fuzz::structured;

libfuzzer_sys::fuzz_target!(|data: &[u8]| structured::check(data));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    structured::mutate(data, size, max_size, seed)
});
