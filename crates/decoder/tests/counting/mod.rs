//! An allocator that counts, per thread: how often it was asked, and how many bytes were held at most.

#![expect(unsafe_code, reason = "a counting allocator has to implement GlobalAlloc")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<usize> = const { Cell::new(0) };
    static MOST_HELD: Cell<usize> = const { Cell::new(0) };
}

fn take(bytes: usize) {
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
    HELD.set(HELD.get().saturating_add(bytes));
    MOST_HELD.set(MOST_HELD.get().max(HELD.get()));
}

/// What another thread took may be given back here.
fn give(bytes: usize) {
    HELD.set(HELD.get().saturating_sub(bytes));
}

// SAFETY: every call is passed on to the system's allocator unchanged; counting touches no memory of its.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        // SAFETY: the caller keeps alloc's contract
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        give(layout.size());
        // SAFETY: the caller keeps dealloc's contract
        unsafe { System.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        take(new_size);
        give(layout.size());
        // SAFETY: the caller keeps realloc's contract
        unsafe { System.realloc(ptr, layout, new_size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs something; gives its allocations, and the bytes that it held at most beyond those held before.
pub(crate) fn count(run: impl FnOnce()) -> (u64, usize) {
    let (allocations, held) = (ALLOCATIONS.get(), HELD.get());
    MOST_HELD.set(held);
    run();
    (ALLOCATIONS.get() - allocations, MOST_HELD.get() - held)
}
