//! A count of heap allocations: an allocator that passes every call on to the system's and counts it. The count is the
//! thread's own, without a locked instruction: who allocates much is not timed worse for being counted.

#![expect(unsafe_code, reason = "a counting allocator has to implement GlobalAlloc")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The allocator; a bench makes it the global one.
pub struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

/// Allocations of this thread so far; 0 for ever where [`Counting`] is not the global allocator.
#[must_use]
pub fn count() -> u64 {
    COUNT.with(Cell::get)
}

#[inline]
fn add() {
    COUNT.with(|count| count.set(count.get() + 1));
}

// SAFETY: every call is passed on unchanged; counting touches no memory of the allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add();
        // SAFETY: the caller keeps alloc's contract
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps dealloc's contract
        unsafe { System.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        add();
        // SAFETY: the caller keeps realloc's contract
        unsafe { System.realloc(ptr, layout, new_size) }
    }
}
