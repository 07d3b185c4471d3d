// The runtime in Rust again, with closures instead of functions: the context carries a pointer to the thread, which
// `switch` loads into rdi, and every thread starts in `call`, which takes the closure out of its thread and invokes it.
#![no_std]
#![no_main]

mod platform;

use core::arch::naked_asm;
use core::ptr::{addr_of_mut, null_mut};
use platform::*;

const STACK_SIZE: usize = 32 * 1024;
const MAX_THREADS: usize = 4;
static mut RUNTIME: *mut Runtime = null_mut();

pub struct Runtime {
    threads: Vec<Thread>,
    current: usize,
}

#[derive(PartialEq, Eq, Debug, Clone, Copy)]
#[repr(u8)]
enum State {
    Available,
    Running,
    Ready,
}

#[allow(dead_code)]
struct Thread {
    id: usize,
    stack: Vec<u8>,
    ctx: ThreadContext,
    state: State,
    task: Option<Box<dyn FnOnce()>>,
}

/// The registers that the System V ABI has a function preserve.
#[derive(Debug, Default)]
#[repr(C)]
struct ThreadContext {
    rsp: u64,
    r15: u64,
    r14: u64,
    r13: u64,
    r12: u64,
    rbx: u64,
    rbp: u64,
    /// Goes to rdi: the argument of the function that a thread starts in.
    thread: u64,
}

impl Thread {
    fn base() -> Self {
        Thread { id: 0, stack: Vec::new(), ctx: ThreadContext::default(), state: State::Running, task: None }
    }

    fn available(id: usize) -> Self {
        Thread { id, stack: vec![0; STACK_SIZE], ctx: ThreadContext::default(), state: State::Available, task: None }
    }
}

impl Runtime {
    pub fn new() -> Self {
        let mut threads = vec![Thread::base()];
        threads.extend((1..MAX_THREADS).map(Thread::available));
        Runtime { threads, current: 0 }
    }

    /// Lets `yield_thread` find this runtime.
    pub fn init(&mut self) {
        unsafe { RUNTIME = self }
    }

    /// Yields until nobody is ready any more.
    pub fn run(&mut self) -> ! {
        while self.t_yield() {}
        unsafe { exit(0) }
    }

    pub fn spawn(&mut self, f: impl FnOnce() + 'static) {
        let available = self
            .threads
            .iter_mut()
            .find(|t| t.state == State::Available)
            .expect("no thread is available");
        let size = available.stack.len();
        unsafe {
            let top = available.stack.as_mut_ptr().add(size);
            let top = (top as usize & !15) as *mut u8;
            (top.offset(-16) as *mut u64).write(guard as *const () as u64);
            (top.offset(-24) as *mut u64).write(skip as *const () as u64);
            (top.offset(-32) as *mut u64).write(call as *const () as u64);
            available.ctx.rsp = top.offset(-32) as u64;
        }
        available.task = Some(Box::new(f));
        available.ctx.thread = available as *mut Thread as u64;
        available.state = State::Ready;
    }

    /// The current thread is over.
    fn t_return(&mut self) {
        if self.current != 0 {
            self.threads[self.current].state = State::Available;
            self.t_yield();
        }
    }

    #[inline(never)]
    fn t_yield(&mut self) -> bool {
        let mut next = self.current;
        loop {
            next = (next + 1) % self.threads.len();
            if next == self.current {
                return false;
            }
            if self.threads[next].state == State::Ready {
                break;
            }
        }
        if self.threads[self.current].state != State::Available {
            self.threads[self.current].state = State::Ready;
        }
        self.threads[next].state = State::Running;
        let old = self.current;
        self.current = next;
        unsafe {
            let old: *mut ThreadContext = addr_of_mut!(self.threads[old].ctx);
            let new: *const ThreadContext = addr_of_mut!(self.threads[next].ctx);
            switch(old, new);
        }
        !self.threads.is_empty()
    }
}

/// What every thread starts in.
extern "C" fn call(thread: *mut Thread) {
    if let Some(task) = unsafe { (*thread).task.take() } {
        task();
    }
}

/// Where a thread's function returns to, by way of `skip`.
fn guard() {
    unsafe { (*RUNTIME).t_return() }
}

/// Only returns: it is there so that `guard` is entered with the alignment that the ABI asks for.
#[unsafe(naked)]
unsafe extern "C" fn skip() {
    naked_asm!("ret")
}

#[inline(never)]
pub fn yield_thread() {
    unsafe { (*RUNTIME).t_yield() };
}

/// Stores the registers of one thread through `rdi`, and loads those of the other through `rsi`.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn switch(_old: *mut ThreadContext, _new: *const ThreadContext) {
    naked_asm!(
        "mov [rdi + 0x00], rsp",
        "mov [rdi + 0x08], r15",
        "mov [rdi + 0x10], r14",
        "mov [rdi + 0x18], r13",
        "mov [rdi + 0x20], r12",
        "mov [rdi + 0x28], rbx",
        "mov [rdi + 0x30], rbp",
        "mov rsp, [rsi + 0x00]",
        "mov r15, [rsi + 0x08]",
        "mov r14, [rsi + 0x10]",
        "mov r13, [rsi + 0x18]",
        "mov r12, [rsi + 0x20]",
        "mov rbx, [rsi + 0x28]",
        "mov rbp, [rsi + 0x30]",
        "mov rdi, [rsi + 0x38]",
        "ret"
    )
}

#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    let mut runtime = Runtime::new();
    runtime.init();
    for (id, word) in [(1, "ping"), (2, "pong"), (3, "bell")] {
        let words: Vec<String> = (1..=id + 2).map(|n| format!("{word} {n}")).collect();
        runtime.spawn(move || {
            for text in words {
                println!("thread {id}: {text}");
                yield_thread();
            }
        });
    }
    runtime.run()
}
