// Fibers in Rust: a naked switch function that keeps seven registers in a context, stacks in vectors.
use std::arch::naked_asm;
#[derive(Default)]
#[repr(C)]
struct Context { rsp: u64, r15: u64, r14: u64, r13: u64, r12: u64, rbx: u64, rbp: u64 }

#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn switch(_old: *mut Context, _new: *const Context) {
    naked_asm!(
        "mov [rdi + 0x00], rsp", "mov [rdi + 0x08], r15", "mov [rdi + 0x10], r14", "mov [rdi + 0x18], r13",
        "mov [rdi + 0x20], r12", "mov [rdi + 0x28], rbx", "mov [rdi + 0x30], rbp",
        "mov rsp, [rsi + 0x00]", "mov r15, [rsi + 0x08]", "mov r14, [rsi + 0x10]", "mov r13, [rsi + 0x18]",
        "mov r12, [rsi + 0x20]", "mov rbx, [rsi + 0x28]", "mov rbp, [rsi + 0x30]", "ret"
    )
}

static mut CONTEXTS: [Context; 3] = [
    Context { rsp: 0, r15: 0, r14: 0, r13: 0, r12: 0, rbx: 0, rbp: 0 },
    Context { rsp: 0, r15: 0, r14: 0, r13: 0, r12: 0, rbx: 0, rbp: 0 },
    Context { rsp: 0, r15: 0, r14: 0, r13: 0, r12: 0, rbx: 0, rbp: 0 },
];
static mut SWITCHES: u32 = 0;
static mut SUM: u64 = 0;

fn go(from: usize, to: usize) {
    unsafe {
        SWITCHES += 1;
        let contexts = &raw mut CONTEXTS as *mut Context;
        switch(contexts.add(from), contexts.add(to));
    }
}
#[unsafe(no_mangle)]
extern "C" fn first() {
    for i in 0.. { unsafe { SUM += i } go(1, 2) }
}
#[unsafe(no_mangle)]
extern "C" fn second() {
    loop { unsafe { SUM += format!("{}", SUM).len() as u64 } go(2, 0) }
}
fn main() {
    let mut stacks = [vec![0u8; 64 * 1024], vec![0u8; 64 * 1024]];
    for (i, entry) in [first as *const (), second as *const ()].iter().enumerate() {
        unsafe {
            let top = (stacks[i].as_mut_ptr().add(64 * 1024) as u64) & !15;
            let place = (top - 16) as *mut u64;
            place.write(*entry as u64);
            (*(&raw mut CONTEXTS as *mut Context).add(i + 1)).rsp = place as u64;
        }
    }
    for _ in 0..6 { go(0, 1) }
    println!("sum {}", unsafe { SUM });
    println!("truth: threads 3, switches {}, entries first second", unsafe { SWITCHES });
}
