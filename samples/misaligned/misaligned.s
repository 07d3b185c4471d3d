# Misaligned: what `skip` is for.
#
# The ABI wants rsp to be a multiple of 16 at every call, so that a function which is entered finds it 8 above one.
# Compilers rely on it: they use movaps, which moves 16 bytes fast and faults unless the address is a multiple of 16.
#
# Here is a spawn without skip: the thread returns straight to its guard. The thread itself runs well, but guard is
# entered with rsp 8 bytes off, and its movaps faults. In green_threads.s, gt_prepare shows how it is done right.

# Some offsets of the thread table: see green_threads.s.
        .set    RUNTIME_THREADS, 0x00
        .set    THREAD_STACK, 0x08
        .set    THREAD_STACK_SIZE, 0x10
        .set    THREAD_CONTEXT_RSP, 0x18
        .set    THREAD_STATE, 0x50
        .set    THREAD_ENTRY, 0x58
        .set    THREAD_SIZE, 0x60
        .set    READY, 2

        .text

        .globl  main
        .type   main, @function
main:
        sub     $8, %rsp
        mov     $2, %edi
        mov     $0x4000, %esi
        call    gt_init
        lea     greeter(%rip), %rdi
        call    spawn_without_skip
        call    gt_run
        .size   main, . - main

# spawn_without_skip(rdi: function): makes it thread 1
#
#       top - 16    nothing
#       top - 24    guard           where the function returns to: skip belongs here, and guard one word above
#       top - 32    the function    where gt_switch returns to        <- rsp
        .type   spawn_without_skip, @function
spawn_without_skip:
        mov     gt_runtime+RUNTIME_THREADS(%rip), %rax
        add     $THREAD_SIZE, %rax              # rax: thread 1 in the table
        mov     THREAD_STACK(%rax), %rdx
        add     THREAD_STACK_SIZE(%rax), %rdx
        and     $-16, %rdx                      # rdx: the top of its stack
        lea     careful_guard(%rip), %rcx
        mov     %rcx, -24(%rdx)
        mov     %rdi, -32(%rdx)
        sub     $32, %rdx
        mov     %rdx, THREAD_CONTEXT_RSP(%rax)
        mov     %rdi, THREAD_ENTRY(%rax)
        movq    $READY, THREAD_STATE(%rax)
        ret
        .size   spawn_without_skip, . - spawn_without_skip

# The thread: nothing wrong with it.
        .type   greeter, @function
greeter:
        sub     $8, %rsp
        lea     hello(%rip), %rdi
        call    print_string
        call    gt_yield
        lea     goodbye(%rip), %rdi
        call    print_string
        add     $8, %rsp
        ret
        .size   greeter, . - greeter

# A guard as a compiler would make it: it clears 16 bytes of its frame in one go, trusting in the alignment.
        .type   careful_guard, @function
careful_guard:
        sub     $24, %rsp                       # 8 above a multiple of 16, less 24: a multiple of 16. Or so it thinks
        pxor    %xmm0, %xmm0
        movaps  %xmm0, (%rsp)                   # faults
        lea     finished(%rip), %rdi
        call    print_string
        call    gt_return
        ud2
        .size   careful_guard, . - careful_guard

        .section .rodata
hello:          .string "thread 1: hello\n"
goodbye:        .string "thread 1: goodbye\n"
finished:       .string "thread 1: finished\n"
