//! Once its buffers are warm a decoder does not allocate: counted at the allocator.

#![expect(unsafe_code, reason = "a counting allocator has to implement GlobalAlloc")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use wattledger_decoder::frame::{self, Frame};
use wattledger_decoder::{Decoder, Reading};
use wattledger_record::OcppVersion;
use wattledger_testkit::{corpus, wild};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system's allocator unchanged; counting touches no memory of its.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps alloc's contract
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps dealloc's contract
        unsafe { System.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps realloc's contract
        unsafe { System.realloc(ptr, layout, new_size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Decodes and reads everything there is to read.
fn read_all(decoder: &mut Decoder, messages: &[Vec<u8>]) -> usize {
    let reading = Reading { version: OcppVersion::V21, ..Reading::default() };
    let mut texts = 0;
    for message in messages {
        let decoded = decoder.decode(message, reading);
        texts += decoded.violations.iter().map(|violation| violation.path.len()).sum::<usize>();
        if let Some(event) = decoded.event {
            texts += event.samples.iter().map(|sample| sample.value_text.len()).sum::<usize>();
            texts += event.extras.iter().map(|extra| extra.raw.len()).sum::<usize>();
        }
    }
    texts
}

fn check(messages: &[Vec<u8>]) {
    let mut decoder = Decoder::default();
    let expect = read_all(&mut decoder, messages);
    let before = ALLOCATIONS.with(Cell::get);
    let texts = read_all(&mut decoder, messages);
    let after = ALLOCATIONS.with(Cell::get);
    assert_eq!(texts, expect);
    assert_eq!(after - before, 0, "allocations over {} messages", messages.len());
}

#[test]
fn clean_messages() {
    check(&corpus::clean(1, 500));
}

#[test]
fn dirty_messages() {
    check(&corpus::dirty(2, 500));
}

/// A frame, its head and the response in it, none of it escaped.
#[test]
fn responses_in_frames() {
    const FRAME: &[u8] = br#"[3,"19223201",{"totalCost":1.5,"idTokenInfo":{"status":"Nobody","evseId":[1,2],
        "groupIdToken":{"idToken":"a","type":"Central"}},"updatedPersonalMessageExtra":[{"format":"URI"}],"x":[]}]"#;
    let mut decoder = Decoder::default();
    let mut read = || {
        let Ok(Frame::CallResult { message_id, payload }) = frame::read(FRAME) else { return 0 };
        let head = frame::head(FRAME).map_or(0, |head| head.payload.len());
        let decoded = decoder.decode_response(payload, Reading::default());
        let extra = decoded.message.map_or(0, |response| response.updated_personal_message_extra.len());
        message_id.len() + head + extra + decoded.violations.len()
    };
    let expect = read();
    let before = ALLOCATIONS.with(Cell::get);
    assert_eq!(read(), expect);
    assert_eq!(ALLOCATIONS.with(Cell::get), before);
    assert!(expect > 100);
}

#[test]
fn long_messages() {
    check(&[corpus::long_ended(3, 300_000)]);
}

#[test]
fn broken_messages() {
    check(&(0..500).map(|seed| wild::message(seed).to_text().into_bytes()).collect::<Vec<_>>());
}
