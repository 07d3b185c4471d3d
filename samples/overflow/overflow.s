# Overflow: a thread runs off its stack, and its neighbor pays for it.
#
# Stacks lie side by side in memory: what thread 2 pushes beyond the end of its 4 KiB lands in the stack of thread 1,
# which is parked there. Nothing happens at once. The program dies later, in thread 1, which did nothing wrong: when
# it is switched to, the return address on its stack is the number that thread 2 left there, and it jumps to nowhere.
#
# Look at the stack of thread 1 in the memory inspector before thread 2 runs, and again when the program has stopped.

        .equ    STACK_SIZE, 4096
        .equ    LEVELS, 17                      # of 256 bytes each: one too many

        .text

        .globl  main
        .type   main, @function
main:
        sub     $8, %rsp
        mov     $3, %edi
        mov     $STACK_SIZE, %esi
        call    gt_init
        lea     victim(%rip), %rdi
        call    gt_spawn
        lea     digger(%rip), %rdi
        call    gt_spawn
        call    gt_run
        .size   main, . - main

# Thread 1 only waits for its turn.
        .type   victim, @function
victim:
        sub     $8, %rsp
        lea     victim_waits(%rip), %rdi
        call    print_string
        call    gt_yield                        # does not come back
        lea     victim_is_back(%rip), %rdi
        call    print_string
        add     $8, %rsp
        ret
        .size   victim, . - victim

# Thread 2 goes deeper than its stack allows.
        .type   digger, @function
digger:
        sub     $8, %rsp
        mov     $1, %edi
        call    dig
        add     $8, %rsp
        ret
        .size   digger, . - digger

# dig(rdi: level): fills 30 local words with its level and calls itself with the next one
        .type   dig, @function
dig:
        push    %rbx
        sub     $240, %rsp                      # with the return address and rbx: 256 bytes
        mov     %rdi, %rbx

        mov     %rbx, %rax
        mov     %rsp, %rdi
        mov     $30, %ecx
        rep stosq                               # store rax at rdi and advance, rcx times

        lea     level(%rip), %rdi
        call    print_string
        mov     %rbx, %rdi
        call    print_integer
        call    print_newline

        cmp     $LEVELS, %rbx
        je      .Lbottom
        lea     1(%rbx), %rdi
        call    dig
        jmp     .Lback
.Lbottom:
        lea     let_others_run(%rip), %rdi
        call    print_string
        call    gt_yield
.Lback:
        add     $240, %rsp
        pop     %rbx
        ret
        .size   dig, . - dig

        .section .rodata
victim_waits:   .string "thread 1: waiting for my turn\n"
victim_is_back: .string "thread 1: back again\n"
level:          .string "thread 2: level "
let_others_run: .string "thread 2: deep enough, let the others run\n"
