//! What the standard library would do, on top of musl's C library: the samples are small enough to be shipped that way.
extern crate alloc;
#[allow(unused_imports)]
pub use alloc::{boxed::Box, format, string::String, vec, vec::Vec};
use core::alloc::{GlobalAlloc, Layout};

#[link(name = "c")]
unsafe extern "C" {
    fn aligned_alloc(alignment: usize, size: usize) -> *mut u8;
    fn free(pointer: *mut u8);
    fn write(descriptor: i32, bytes: *const u8, length: usize) -> isize;
    pub fn exit(status: i32) -> !;
}

struct Allocator;

unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let size = (layout.size() + layout.align() - 1) & !(layout.align() - 1);
        unsafe { aligned_alloc(layout.align().max(16), size) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, _layout: Layout) {
        unsafe { free(pointer) }
    }
}

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

pub fn print(descriptor: i32, text: &str) {
    unsafe { write(descriptor, text.as_ptr(), text.len()) };
}

#[macro_export]
macro_rules! println {
    ($($arguments:tt)*) => {
        $crate::platform::print(1, &$crate::platform::format!("{}\n", format_args!($($arguments)*)))
    };
}

#[panic_handler]
fn panic(information: &core::panic::PanicInfo) -> ! {
    print(2, &format!("{information}\n"));
    unsafe { exit(101) }
}

/// Named by the tables of the core library; nothing unwinds in these programs.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() {}
