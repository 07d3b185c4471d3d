# Green threads in user space: many threads of execution, one processor, no help from the kernel.
#
# A green thread is a stack and seven saved registers. To switch threads is to save the seven registers of the one
# that runs, load the seven of another, and return: the `ret` finds the return address on the other stack, and so the
# other thread goes on where it once stopped. Everything else in this file is bookkeeping around that.
#
#   gt_init(threads, stack_size)   prepares the threads; the caller becomes thread 0, the base thread
#   gt_spawn(function)             makes a thread that will run function()
#   gt_spawn_arg(function, data)   makes a thread that will run function(data)
#   gt_yield()                     lets the next thread run; comes back when it is our turn again
#   gt_run()                       the base thread waits here until all others are done, then ends the process
#
# Functions follow the System V ABI: arguments in rdi and rsi, the result in rax, and `rsp` is a multiple of 16 at
# every call. A function must give back rbx, rbp, rsp and r12 to r15 as it found them: the seven registers above.

# What gt_runtime holds: four words.
        .set    RUNTIME_THREADS, 0x00           # address of the table of threads
        .set    RUNTIME_COUNT, 0x08             # how many threads there are, the base thread included
        .set    RUNTIME_CURRENT, 0x10           # number of the thread that runs
        .set    RUNTIME_STACK_SIZE, 0x18        # bytes in each stack

# What the table holds for each thread: twelve words.
        .set    THREAD_ID, 0x00                 # its number
        .set    THREAD_STACK, 0x08              # lowest address of its stack (0: the process's own stack)
        .set    THREAD_STACK_SIZE, 0x10         # bytes in its stack
        .set    THREAD_CONTEXT, 0x18            # the seven registers, while it does not run
        .set    THREAD_STATE, 0x50              # one of the three states below
        .set    THREAD_ENTRY, 0x58              # the function it was spawned with, for whoever looks
        .set    THREAD_SIZE, 0x60

# The context: the registers that a called function must preserve. All others are the caller's own business.
        .set    CONTEXT_RSP, 0x00
        .set    CONTEXT_R15, 0x08
        .set    CONTEXT_R14, 0x10
        .set    CONTEXT_R13, 0x18
        .set    CONTEXT_R12, 0x20
        .set    CONTEXT_RBX, 0x28
        .set    CONTEXT_RBP, 0x30

# The states of a thread.
        .set    AVAILABLE, 0                    # no work: gt_spawn may take it
        .set    RUNNING, 1                      # owns the processor: exactly one thread does
        .set    READY, 2                        # waits for its turn

        .text

# gt_switch(rdi: context to save, rsi: context to load)
#
# Seven stores, seven loads, ret. The first store keeps an rsp that points at our return address, so that a later
# gt_switch to this context returns to our caller. The `ret` below leaves through the other thread's return address.
        .globl  gt_switch
        .type   gt_switch, @function
gt_switch:
        mov     %rsp, CONTEXT_RSP(%rdi)
        mov     %r15, CONTEXT_R15(%rdi)
        mov     %r14, CONTEXT_R14(%rdi)
        mov     %r13, CONTEXT_R13(%rdi)
        mov     %r12, CONTEXT_R12(%rdi)
        mov     %rbx, CONTEXT_RBX(%rdi)
        mov     %rbp, CONTEXT_RBP(%rdi)

        mov     CONTEXT_RSP(%rsi), %rsp         # from here on we stand on the other stack
        mov     CONTEXT_R15(%rsi), %r15
        mov     CONTEXT_R14(%rsi), %r14
        mov     CONTEXT_R13(%rsi), %r13
        mov     CONTEXT_R12(%rsi), %r12
        mov     CONTEXT_RBX(%rsi), %rbx
        mov     CONTEXT_RBP(%rsi), %rbp
        ret
        .size   gt_switch, . - gt_switch

# gt_yield() -> rax: 1 after other threads have run, 0 when no other thread is ready
#
# Round robin: starting behind the current thread, the first one that is READY is next.
        .globl  gt_yield
        .type   gt_yield, @function
gt_yield:
        mov     gt_runtime+RUNTIME_THREADS(%rip), %r8
        mov     gt_runtime+RUNTIME_CURRENT(%rip), %rcx
        mov     %rcx, %rdx                      # rdx: the number of the thread we look at

.Llook_at_next:
        inc     %rdx
        cmp     gt_runtime+RUNTIME_COUNT(%rip), %rdx
        jb      .Lis_in_table
        xor     %edx, %edx                      # behind the last thread comes thread 0
.Lis_in_table:
        cmp     %rcx, %rdx
        je      .Lnobody_is_ready               # once around
        imul    $THREAD_SIZE, %rdx, %rsi
        add     %r8, %rsi                       # rsi: its entry in the table
        cmpq    $READY, THREAD_STATE(%rsi)
        jne     .Llook_at_next

        imul    $THREAD_SIZE, %rcx, %rdi
        add     %r8, %rdi                       # rdi: our own entry
        cmpq    $AVAILABLE, THREAD_STATE(%rdi)
        je      .Lhand_over                     # we are finished: gt_return said so
        movq    $READY, THREAD_STATE(%rdi)
.Lhand_over:
        movq    $RUNNING, THREAD_STATE(%rsi)
        mov     %rdx, gt_runtime+RUNTIME_CURRENT(%rip)

        add     $THREAD_CONTEXT, %rdi
        add     $THREAD_CONTEXT, %rsi
        sub     $8, %rsp                        # a multiple of 16 again, as the ABI wants it at a call
        call    gt_switch                       # the other threads run inside this call
        add     $8, %rsp
        mov     $1, %eax
        ret

.Lnobody_is_ready:
        xor     %eax, %eax
        ret
        .size   gt_yield, . - gt_yield

# gt_spawn(rdi: function) -> rax: number of the new thread
        .globl  gt_spawn
        .type   gt_spawn, @function
gt_spawn:
        push    %rbx
        mov     %rdi, %rbx                      # rbx: the function, safe across the call
        call    gt_prepare                      # the thread starts at the function itself
        mov     %rbx, THREAD_ENTRY(%rax)
        movq    $READY, THREAD_STATE(%rax)
        mov     THREAD_ID(%rax), %rax
        pop     %rbx
        ret
        .size   gt_spawn, . - gt_spawn

# gt_spawn_arg(rdi: function, rsi: data) -> rax: number of the new thread
#
# A closure is a function and the data it works on. A new thread gets no arguments: all that reaches it are its seven
# registers. So the two travel in rbx and r12, and the thread starts at gt_trampoline, which puts them in their places.
        .globl  gt_spawn_arg
        .type   gt_spawn_arg, @function
gt_spawn_arg:
        push    %rbx
        push    %r12
        sub     $8, %rsp
        mov     %rdi, %rbx
        mov     %rsi, %r12
        lea     gt_trampoline(%rip), %rdi
        call    gt_prepare
        mov     %rbx, THREAD_CONTEXT+CONTEXT_RBX(%rax)
        mov     %r12, THREAD_CONTEXT+CONTEXT_R12(%rax)
        mov     %rbx, THREAD_ENTRY(%rax)
        movq    $READY, THREAD_STATE(%rax)
        mov     THREAD_ID(%rax), %rax
        add     $8, %rsp
        pop     %r12
        pop     %rbx
        ret
        .size   gt_spawn_arg, . - gt_spawn_arg

# gt_trampoline: where a thread of gt_spawn_arg starts. rbx: the function, r12: its data
#
# A jump, not a call: the function's return address, skip, is on the stack already.
        .globl  gt_trampoline
        .type   gt_trampoline, @function
gt_trampoline:
        mov     %r12, %rdi
        jmp     *%rbx
        .size   gt_trampoline, . - gt_trampoline

# gt_prepare(rdi: address where the new thread starts) -> rax: its entry in the table, still AVAILABLE
#
# Takes the first available thread and gives it a stack that looks as if it had called gt_switch:
#
#       top - 8     nothing             (top: the end of the stack, rounded down to a multiple of 16)
#       top - 16    guard               where skip returns to: the thread is over
#       top - 24    skip                where the function returns to
#       top - 32    the start address   where gt_switch returns to        <- rsp
#
# A function expects rsp to be 8 above a multiple of 16 when it is entered (16, less the return address). The function
# is entered at top - 24 and guard at top - 8: both are right. Without skip between them, guard would be entered at
# top - 16, and the first instruction that needs an aligned stack would fault.
        .globl  gt_prepare
        .type   gt_prepare, @function
gt_prepare:
        mov     gt_runtime+RUNTIME_COUNT(%rip), %rcx
        mov     gt_runtime+RUNTIME_THREADS(%rip), %rax
.Lis_it_available:
        sub     $1, %rcx
        jb      .Lno_thread_available           # below zero: that was the last one
        cmpq    $AVAILABLE, THREAD_STATE(%rax)
        je      .Ltake_it
        add     $THREAD_SIZE, %rax
        jmp     .Lis_it_available

.Ltake_it:
        mov     THREAD_STACK(%rax), %rdx
        add     THREAD_STACK_SIZE(%rax), %rdx
        and     $-16, %rdx                      # rdx: the top of its stack
        lea     guard(%rip), %rcx
        mov     %rcx, -16(%rdx)
        lea     skip(%rip), %rcx
        mov     %rcx, -24(%rdx)
        mov     %rdi, -32(%rdx)
        sub     $32, %rdx
        mov     %rdx, THREAD_CONTEXT+CONTEXT_RSP(%rax)
        movq    $0, THREAD_CONTEXT+CONTEXT_RBP(%rax)    # no caller: the chain of frames ends here
        ret

.Lno_thread_available:
        sub     $8, %rsp
        mov     $2, %edi                        # 2: standard error
        lea     no_thread_before_count(%rip), %rsi
        call    write_string
        mov     $2, %edi
        mov     gt_runtime+RUNTIME_COUNT(%rip), %rsi
        call    write_integer
        mov     $2, %edi
        lea     no_thread_after_count(%rip), %rsi
        call    write_string
        mov     $70, %edi
        call    exit
        ud2                                     # never reached: exit does not return
        .size   gt_prepare, . - gt_prepare

# skip: a lone ret. It takes 8 bytes off the stack, so that guard is entered with the alignment that the ABI asks for.
        .globl  skip
        .type   skip, @function
skip:
        ret
        .size   skip, . - skip

# guard: a thread whose function has returned ends up here. There is nobody left to return to.
        .globl  guard
        .type   guard, @function
guard:
        sub     $8, %rsp
        call    gt_return
        ud2                                     # never reached: nobody switches back to a finished thread
        .size   guard, . - guard

# gt_return(): the current thread is done; its place in the table may be taken again
        .globl  gt_return
        .type   gt_return, @function
gt_return:
        sub     $8, %rsp
        imul    $THREAD_SIZE, gt_runtime+RUNTIME_CURRENT(%rip), %rax
        add     gt_runtime+RUNTIME_THREADS(%rip), %rax
        movq    $AVAILABLE, THREAD_STATE(%rax)
        call    gt_yield                        # does not come back: the base thread at least is READY
        add     $8, %rsp
        ret
        .size   gt_return, . - gt_return

# gt_run(): the base thread yields until no other thread is ready, then ends the process with status 0
        .globl  gt_run
        .type   gt_run, @function
gt_run:
        sub     $8, %rsp
.Lstill_running:
        call    gt_yield
        test    %eax, %eax
        jnz     .Lstill_running
        xor     %edi, %edi
        call    exit
        ud2                                     # never reached: exit does not return
        .size   gt_run, . - gt_run

# gt_init(rdi: number of threads, the base thread included; rsi: bytes per stack)
#
# One piece of memory from the kernel holds everything: the stacks of threads 1, 2, 3 … from the lowest address up,
# and the table of threads above them. Stacks grow down: what thread 2 pushes too much lands in the stack of thread 1.
        .globl  gt_init
        .type   gt_init, @function
gt_init:
        add     $15, %rsi
        and     $-16, %rsi                      # stacks are multiples of 16 bytes, and so all begin aligned
        mov     %rdi, gt_runtime+RUNTIME_COUNT(%rip)
        mov     %rsi, gt_runtime+RUNTIME_STACK_SIZE(%rip)

        dec     %rdi                            # thread 0 has a stack: the one we are on
        imul    %rdi, %rsi                      # rsi: bytes in all stacks together
        imul    $THREAD_SIZE, gt_runtime+RUNTIME_COUNT(%rip), %rax
        add     %rax, %rsi                      # … and the table
        mov     $9, %eax                        # mmap(
        xor     %edi, %edi                      #   anywhere,
                                                #   rsi bytes,
        mov     $3, %edx                        #   PROT_READ | PROT_WRITE,
        mov     $0x22, %r10d                    #   MAP_PRIVATE | MAP_ANONYMOUS,
        mov     $-1, %r8                        #   no file,
        xor     %r9d, %r9d                      #   0)
        syscall
        cmp     $-4095, %rax                    # the kernel returns errors as -4095 to -1
        jae     .Lno_memory

        # The memory is zero: every thread is AVAILABLE. It remains to tell them their numbers and stacks.
        mov     gt_runtime+RUNTIME_STACK_SIZE(%rip), %rsi
        mov     gt_runtime+RUNTIME_COUNT(%rip), %rcx
        lea     -1(%rcx), %rdx
        imul    %rsi, %rdx
        add     %rax, %rdx                      # rdx: behind the last stack: thread 0's entry in the table
        mov     %rdx, gt_runtime+RUNTIME_THREADS(%rip)
        movq    $0, gt_runtime+RUNTIME_CURRENT(%rip)
        movq    $RUNNING, THREAD_STATE(%rdx)

        mov     $1, %edi                        # edi: number of the thread; rax: its stack
.Lnext_thread:
        cmp     %rcx, %rdi
        jae     .Lall_prepared
        add     $THREAD_SIZE, %rdx
        mov     %rdi, THREAD_ID(%rdx)
        mov     %rax, THREAD_STACK(%rdx)
        mov     %rsi, THREAD_STACK_SIZE(%rdx)
        add     %rsi, %rax
        inc     %rdi
        jmp     .Lnext_thread
.Lall_prepared:
        ret

.Lno_memory:
        sub     $8, %rsp
        mov     $2, %edi
        lea     no_memory(%rip), %rsi
        call    write_string
        mov     $71, %edi
        call    exit
        ud2                                     # never reached: exit does not return
        .size   gt_init, . - gt_init

        .section .rodata
no_thread_before_count:
        .string "green threads: no thread is available (all "
no_thread_after_count:
        .string " are in use)\n"
no_memory:
        .string "green threads: there is no memory for the stacks\n"

        .bss
        .balign 8
        .globl  gt_runtime
        .type   gt_runtime, @object
gt_runtime:
        .zero   32
        .size   gt_runtime, . - gt_runtime
