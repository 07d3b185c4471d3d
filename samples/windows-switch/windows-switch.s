# The switch as Windows wants it.
#
# Windows x64 has another ABI than Linux: arguments come in rcx, rdx, r8 and r9; a caller leaves 32 bytes of "shadow
# space" above the return address; and a function must preserve more: rdi and rsi too, and the lower 128 bits of xmm6
# to xmm15. Besides, Windows looks up the bounds of the current stack in the Thread Information Block (TIB) that gs
# points at: its base (the highest address) at gs:[0x08], its limit (the lowest) at gs:[0x10]. They are switched too.
#
# This program runs on Linux, where gs points nowhere, so it begins with making a TIB of its own. Two threads hold
# values in registers that a System V switch would lose, and find them again each time.
#
# Debug it with "abi": "windows".

        .intel_syntax noprefix

# The context. The xmm registers come first: movaps wants their places on multiples of 16.
        .equ    CONTEXT_XMM6, 0x00
        .equ    CONTEXT_XMM7, 0x10
        .equ    CONTEXT_XMM8, 0x20
        .equ    CONTEXT_XMM9, 0x30
        .equ    CONTEXT_XMM10, 0x40
        .equ    CONTEXT_XMM11, 0x50
        .equ    CONTEXT_XMM12, 0x60
        .equ    CONTEXT_XMM13, 0x70
        .equ    CONTEXT_XMM14, 0x80
        .equ    CONTEXT_XMM15, 0x90
        .equ    CONTEXT_RSP, 0xa0
        .equ    CONTEXT_R15, 0xa8
        .equ    CONTEXT_R14, 0xb0
        .equ    CONTEXT_R13, 0xb8
        .equ    CONTEXT_R12, 0xc0
        .equ    CONTEXT_RBX, 0xc8
        .equ    CONTEXT_RBP, 0xd0
        .equ    CONTEXT_RDI, 0xd8
        .equ    CONTEXT_RSI, 0xe0
        .equ    CONTEXT_STACK_BASE, 0xe8
        .equ    CONTEXT_STACK_LIMIT, 0xf0
        .equ    CONTEXT_SIZE, 0x100

# Where they are in the TIB.
        .equ    TIB_STACK_BASE, 0x08
        .equ    TIB_STACK_LIMIT, 0x10

        .equ    STACK_SIZE, 0x4000
        .equ    ROUNDS, 3

        .text

# win_switch(rcx: context to save, rdx: context to load)
        .globl  win_switch
        .type   win_switch, @function
win_switch:
        movaps  [rcx + CONTEXT_XMM6], xmm6
        movaps  [rcx + CONTEXT_XMM7], xmm7
        movaps  [rcx + CONTEXT_XMM8], xmm8
        movaps  [rcx + CONTEXT_XMM9], xmm9
        movaps  [rcx + CONTEXT_XMM10], xmm10
        movaps  [rcx + CONTEXT_XMM11], xmm11
        movaps  [rcx + CONTEXT_XMM12], xmm12
        movaps  [rcx + CONTEXT_XMM13], xmm13
        movaps  [rcx + CONTEXT_XMM14], xmm14
        movaps  [rcx + CONTEXT_XMM15], xmm15
        mov     [rcx + CONTEXT_RSP], rsp
        mov     [rcx + CONTEXT_R15], r15
        mov     [rcx + CONTEXT_R14], r14
        mov     [rcx + CONTEXT_R13], r13
        mov     [rcx + CONTEXT_R12], r12
        mov     [rcx + CONTEXT_RBX], rbx
        mov     [rcx + CONTEXT_RBP], rbp
        mov     [rcx + CONTEXT_RDI], rdi
        mov     [rcx + CONTEXT_RSI], rsi
        mov     rax, gs:[TIB_STACK_BASE]        # memory to memory takes a register between
        mov     [rcx + CONTEXT_STACK_BASE], rax
        mov     rax, gs:[TIB_STACK_LIMIT]
        mov     [rcx + CONTEXT_STACK_LIMIT], rax

        movaps  xmm6, [rdx + CONTEXT_XMM6]
        movaps  xmm7, [rdx + CONTEXT_XMM7]
        movaps  xmm8, [rdx + CONTEXT_XMM8]
        movaps  xmm9, [rdx + CONTEXT_XMM9]
        movaps  xmm10, [rdx + CONTEXT_XMM10]
        movaps  xmm11, [rdx + CONTEXT_XMM11]
        movaps  xmm12, [rdx + CONTEXT_XMM12]
        movaps  xmm13, [rdx + CONTEXT_XMM13]
        movaps  xmm14, [rdx + CONTEXT_XMM14]
        movaps  xmm15, [rdx + CONTEXT_XMM15]
        mov     rax, [rdx + CONTEXT_STACK_BASE]
        mov     gs:[TIB_STACK_BASE], rax
        mov     rax, [rdx + CONTEXT_STACK_LIMIT]
        mov     gs:[TIB_STACK_LIMIT], rax
        mov     rsp, [rdx + CONTEXT_RSP]        # from here on we stand on the other stack
        mov     r15, [rdx + CONTEXT_R15]
        mov     r14, [rdx + CONTEXT_R14]
        mov     r13, [rdx + CONTEXT_R13]
        mov     r12, [rdx + CONTEXT_R12]
        mov     rbx, [rdx + CONTEXT_RBX]
        mov     rbp, [rdx + CONTEXT_RBP]
        mov     rdi, [rdx + CONTEXT_RDI]
        mov     rsi, [rdx + CONTEXT_RSI]
        ret
        .size   win_switch, . - win_switch

        .globl  main
        .type   main, @function
main:
        push    rbx
        sub     rsp, 48                         # a multiple of 16 at a call, and shadow space for those we call

        mov     eax, 158                        # arch_prctl(
        mov     edi, 0x1001                     #   ARCH_SET_GS,
        lea     rsi, [rip + tib]                #   our TIB)
        syscall
        lea     rax, [rsp + 0x1000]             # the stack that the kernel gave us: near enough
        mov     gs:[TIB_STACK_BASE], rax
        lea     rax, [rsp - 0x10000]
        mov     gs:[TIB_STACK_LIMIT], rax

        lea     rcx, [rip + context_one]
        lea     rdx, [rip + stack_one]
        lea     r8, [rip + thread_one]
        call    prepare
        lea     rcx, [rip + context_two]
        lea     rdx, [rip + stack_two]
        lea     r8, [rip + thread_two]
        call    prepare

        mov     ebx, ROUNDS
.Lnext_round:
        lea     rcx, [rip + context_base]       # base -> one -> two -> base
        lea     rdx, [rip + context_one]
        call    win_switch
        dec     ebx
        jnz     .Lnext_round

        lea     rcx, [rip + done]
        call    say
        xor     eax, eax
        add     rsp, 48
        pop     rbx
        ret
        .size   main, . - main

# prepare(rcx: context, rdx: lowest address of its stack, r8: function)
#
#       base - 32   shadow space of the function
#       base - 40   where it would return to: nowhere, ours run as long as the program
#       base - 48   the function, where win_switch returns to     <- rsp
        .type   prepare, @function
prepare:
        lea     rax, [rdx + STACK_SIZE]
        mov     [rcx + CONTEXT_STACK_BASE], rax
        mov     [rcx + CONTEXT_STACK_LIMIT], rdx
        sub     rax, 48
        mov     [rax], r8
        mov     [rcx + CONTEXT_RSP], rax
        ret
        .size   prepare, . - prepare

# Keeps a number in xmm6 and a text in rsi, as Windows allows.
        .type   thread_one, @function
thread_one:
        sub     rsp, 40                         # shadow space, and 8 bytes for the alignment
        lea     rsi, [rip + one]
        mov     eax, 1
        movq    xmm6, rax
.Lrepeat_one:
        mov     rcx, rsi
        movq    rdx, xmm6
        call    report
        movq    rax, xmm6
        add     rax, rax                        # 1, 2, 4
        movq    xmm6, rax
        lea     rcx, [rip + context_one]
        lea     rdx, [rip + context_two]
        call    win_switch
        jmp     .Lrepeat_one
        .size   thread_one, . - thread_one

# The same registers, other values.
        .type   thread_two, @function
thread_two:
        sub     rsp, 40
        lea     rsi, [rip + two]
        mov     eax, 1000
        movq    xmm6, rax
.Lrepeat_two:
        mov     rcx, rsi
        movq    rdx, xmm6
        call    report
        movq    rax, xmm6
        add     rax, 1000                       # 1000, 2000, 3000
        movq    xmm6, rax
        lea     rcx, [rip + context_two]
        lea     rdx, [rip + context_base]
        call    win_switch
        jmp     .Lrepeat_two
        .size   thread_two, . - thread_two

# report(rcx: text, rdx: number): prints both, and whether rsp lies where the TIB says
        .type   report, @function
report:
        push    rbx
        push    rdi                             # preserved in this ABI: print_integer changes it
        push    rsi
        sub     rsp, 32
        mov     rbx, rdx
        call    say
        mov     rdi, rbx
        call    print_integer                   # our library follows the System V ABI
        lea     rcx, [rip + outside]
        cmp     rsp, gs:[TIB_STACK_BASE]
        jae     .Lsay_where
        cmp     rsp, gs:[TIB_STACK_LIMIT]
        jb      .Lsay_where
        lea     rcx, [rip + inside]
.Lsay_where:
        call    say
        add     rsp, 32
        pop     rsi
        pop     rdi
        pop     rbx
        ret
        .size   report, . - report

# say(rcx: text): from one ABI to the other
        .type   say, @function
say:
        push    rdi
        push    rsi
        sub     rsp, 8
        mov     rdi, rcx
        call    print_string
        add     rsp, 8
        pop     rsi
        pop     rdi
        ret
        .size   say, . - say

        .section .rodata
one:            .string "thread 1: xmm6 holds "
two:            .string "thread 2: xmm6 holds "
inside:         .string ", rsp is inside the stack of the TIB\n"
outside:        .string ", rsp is OUTSIDE the stack of the TIB\n"
done:           .string "base thread: done\n"

        .bss
        .balign 16
        .type   context_base, @object
context_base:
        .zero   CONTEXT_SIZE
        .size   context_base, . - context_base
        .type   context_one, @object
context_one:
        .zero   CONTEXT_SIZE
        .size   context_one, . - context_one
        .type   context_two, @object
context_two:
        .zero   CONTEXT_SIZE
        .size   context_two, . - context_two
        .type   stack_one, @object
stack_one:
        .zero   STACK_SIZE
        .size   stack_one, . - stack_one
        .type   stack_two, @object
stack_two:
        .zero   STACK_SIZE
        .size   stack_two, . - stack_two
        .type   tib, @object
tib:    .zero   0x40
        .size   tib, . - tib
