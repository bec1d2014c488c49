#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wattledger_decoder_fuzz::time::check(data));
