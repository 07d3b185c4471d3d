//! The same library from Rust, without Rust's own.
#![no_std]
#![crate_type = "lib"]

unsafe extern "C" {
    fn gt_init(threads: i64, stack_size: i64);
    fn gt_spawn(function: extern "C" fn()) -> i64;
    fn gt_yield() -> i32;
    fn print_integer(number: i64);
    fn print_newline();
}

static mut TOTAL: i64 = 0;
static WEIGHTS: [i64; 4] = [1, 10, 100, 1000];

trait Step {
    fn step(&mut self, n: i64) -> i64;
}

struct Adder(i64);
struct Doubler(i64);

impl Step for Adder {
    fn step(&mut self, n: i64) -> i64 {
        self.0 = self.0.wrapping_add(n);
        self.0
    }
}

impl Step for Doubler {
    fn step(&mut self, n: i64) -> i64 {
        self.0 = self.0.wrapping_mul(2) ^ n;
        self.0
    }
}

extern "C" fn work() {
    let (mut adder, mut doubler) = (Adder(1), Doubler(1));
    let steps: [&mut dyn Step; 2] = [&mut adder, &mut doubler];
    for step in steps {
        for weight in WEIGHTS.iter() {
            let value = step.step(*weight);
            unsafe {
                TOTAL = TOTAL.wrapping_add(value);
                print_integer(value);
                print_newline();
                gt_yield();
            }
        }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn main() -> i32 {
    unsafe {
        gt_init(4, 16384);
        gt_spawn(work);
        gt_spawn(work);
        while gt_yield() != 0 {}
        (TOTAL & 63) as i32
    }
}
