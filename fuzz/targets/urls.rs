#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blocking_ws_fuzz::urls::run(data));
