//! Calls stop_here from main, and from a thread in a closure that is called through the standard library.
#[no_mangle]
#[inline(never)]
pub extern "C" fn stop_here() {
    std::hint::black_box(0);
}

fn main() {
    stop_here();
    let thread = std::thread::spawn(|| {
        let _ = std::panic::catch_unwind(|| stop_here());
    });
    thread.join().unwrap();
}
