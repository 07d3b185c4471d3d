# Two green threads count, one to 9, the other to 14, and yield after every number.
#
# Nothing here runs at the same time: there is one processor, and each gt_yield hands it to the next thread.
# Things to try in the debugger:
#   - Set a breakpoint on a `call gt_yield` below and look at CALL STACK: three threads, each with its own frames.
#   - Step over a gt_yield: you land on the next line of the same thread, and the other one has counted meanwhile.
#   - Step into gt_yield and on into gt_switch, and watch rsp when the line `mov CONTEXT_RSP(%rsi), %rsp` is done.

        .text

        .globl  main
        .type   main, @function
main:
        sub     $8, %rsp                        # rsp is a multiple of 16 at a call
        mov     $4, %edi                        # four threads: this one, two that count, one to spare
        mov     $0x200000, %esi                 # 2 MiB of stack for each
        call    gt_init

        lea     counter_one(%rip), %rdi
        call    gt_spawn
        lea     counter_two(%rip), %rdi
        call    gt_spawn

        call    gt_run                          # runs them to the end and ends the process
        .size   main, . - main

# The first thread: 0 to 9
        .type   counter_one, @function
counter_one:
        push    %rbx                            # we use rbx, so we keep our caller's
        lea     one_starting(%rip), %rdi
        call    print_string

        xor     %ebx, %ebx                      # rbx: the counter. gt_switch saves it with the thread
.Lcount_one:
        lea     one_counter(%rip), %rdi
        call    print_string
        mov     %rbx, %rdi
        call    print_integer
        call    print_newline
        call    gt_yield                        # the others run
        inc     %rbx
        cmp     $10, %rbx
        jb      .Lcount_one

        lea     one_finished(%rip), %rdi
        call    print_string
        pop     %rbx
        ret                                     # to skip, and from there to guard: the thread is over
        .size   counter_one, . - counter_one

# The second thread: 0 to 14
        .type   counter_two, @function
counter_two:
        push    %rbx
        lea     two_starting(%rip), %rdi
        call    print_string

        xor     %ebx, %ebx                      # the same register, but another thread's: no harm done
.Lcount_two:
        lea     two_counter(%rip), %rdi
        call    print_string
        mov     %rbx, %rdi
        call    print_integer
        call    print_newline
        call    gt_yield
        inc     %rbx
        cmp     $15, %rbx
        jb      .Lcount_two

        lea     two_finished(%rip), %rdi
        call    print_string
        pop     %rbx
        ret
        .size   counter_two, . - counter_two

        .section .rodata
one_starting:   .string "THREAD 1 STARTING\n"
one_counter:    .string "thread: 1 counter: "
one_finished:   .string "THREAD 1 FINISHED\n"
two_starting:   .string "THREAD 2 STARTING\n"
two_counter:    .string "thread: 2 counter: "
two_finished:   .string "THREAD 2 FINISHED\n"
