// Panics of Rust: unwinding through closures, iterators, threads and destructors; messages; what ends the process.
use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, RwLock};
use std::thread;

struct Noisy(String);
impl Drop for Noisy {
    fn drop(&mut self) {
        println!("  -{}{}", self.0, if thread::panicking() { " while panicking" } else { "" });
    }
}

fn message(payload: Box<dyn Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => match payload.downcast::<&str>() {
            Ok(text) => text.to_string(),
            Err(payload) => format!("number {:?}", payload.downcast::<u64>().ok()),
        },
    }
}

fn report<R: std::fmt::Debug>(what: &str, body: impl FnOnce() -> R) {
    println!("{what}");
    match panic::catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => println!("  = {value:?}"),
        Err(payload) => println!("  ! {}", message(payload)),
    }
}

fn deep(depth: usize, numbers: &[i32]) -> i32 {
    let _guard = Noisy(format!("deep {depth}"));
    let padding = [depth as u8; 100];
    if depth == 0 { numbers[numbers.len() + 3] } else { deep(depth - 1, numbers) + padding[depth] as i32 }
}

#[derive(Debug)]
enum Failure {
    Parse(std::num::ParseIntError),
    Negative(i64),
}
impl From<std::num::ParseIntError> for Failure {
    fn from(error: std::num::ParseIntError) -> Self {
        Failure::Parse(error)
    }
}
impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Failure::Parse(error) => write!(f, "cannot parse: {error}"),
            Failure::Negative(value) => write!(f, "{value} is negative"),
        }
    }
}
impl std::error::Error for Failure {}
fn parse(text: &str) -> Result<i64, Failure> {
    let value: i64 = text.trim().parse()?;
    if value < 0 { Err(Failure::Negative(value)) } else { Ok(value) }
}
fn sum(texts: &[&str]) -> Result<i64, Box<dyn std::error::Error>> {
    let mut total = 0;
    for text in texts {
        total += parse(text)?;
    }
    Ok(total)
}

thread_local!(static LOCAL: RefCell<Vec<Noisy>> = const { RefCell::new(Vec::new()) });

fn main() {
    std::env::set_var("RUST_BACKTRACE", "1");
    panic::set_hook(Box::new(|info| {
        let text = info.to_string();
        println!("  hook: {:?}", text.lines().last().unwrap_or(""));
    }));
    let zero = std::env::args().count() as i32 - 6;
    report("index", || deep(3, &[1, 2, 3]));
    report("division", || 10 / zero);
    report("overflow", || i32::MAX.checked_add(zero.abs() + 1).expect("too large"));
    report("unwrap", || None::<i32>.unwrap());
    report("expect", || "x".parse::<u8>().expect("not a number"));
    report("slice", || "straße"[0..5 + zero.unsigned_abs() as usize].len());
    report("refcell", || {
        let cell = RefCell::new(1);
        let _one = cell.borrow_mut();
        let other = *cell.borrow();
        other
    });
    report("payload", || panic::panic_any(42u64));
    report("assert", || assert_eq!(1 + 1, 3, "arithmetic of {}", "sums"));
    report("unreachable", || if zero == 0 { unreachable!("state {zero}") });
    report("iterator", || (1..10).map(|n| if n == 7 { panic!("at {n}") } else { Noisy(n.to_string()) }).filter(|n| n.0 == "3").collect::<Vec<_>>().len());
    report("sort", || {
        let mut values: Vec<i32> = (0..100).rev().collect();
        values.sort_by(|a, b| if *a == 50 && *b > 60 { panic!("comparing") } else { a.cmp(b) });
        values[0]
    });
    report("resume", || {
        let result = panic::catch_unwind(|| panic!("first"));
        let _guard = Noisy("between".into());
        panic::resume_unwind(result.unwrap_err());
    });
    report("fine", || deep(0, &[]).checked_add(1).is_some());

    let shared = Arc::new(Mutex::new(vec![1]));
    let other = shared.clone();
    let handle = thread::Builder::new().name("poisoner".into()).spawn(move || {
        LOCAL.with(|local| local.borrow_mut().push(Noisy("local".into())));
        let mut guard = other.lock().unwrap();
        guard.push(2);
        panic!("in a thread named {:?}", thread::current().name());
    }).unwrap();
    println!("joined: {}", message(handle.join().unwrap_err()));
    println!("poisoned {} {:?}", shared.is_poisoned(), shared.lock().unwrap_or_else(|error| error.into_inner()));
    let lock = RwLock::new(5);
    println!("{:?} {}", thread::scope(|scope| scope.spawn(|| *lock.read().unwrap() + 1).join().map_err(|_| ())), lock.is_poisoned());

    println!("{:?}", sum(&["1", " 20 ", "300"]));
    for texts in [["1", "x"], ["1", "-5"], ["", "2"]] {
        match sum(&texts) {
            Ok(total) => println!("{total}"),
            Err(error) => println!("{error} / {error:?}"),
        }
    }
    let _ = panic::take_hook();
    let _last = Noisy("main".into());
    let values: Vec<u32> = Vec::new();
    println!("{}", values[zero as usize]);
}
