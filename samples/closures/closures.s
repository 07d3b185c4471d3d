# Closures: three threads run the same function, each on its own data.
#
# A closure is two pointers: a function, and the variables that it captured. gt_spawn_arg gives a thread both: the new
# thread calls function(data). In the debugger, look at rbx in each of the three frames of `worker`: three closures.

# What a closure of `worker` captures: four words.
        .set    NAME, 0x00                      # its name
        .set    FROM, 0x08                      # first number
        .set    STEP, 0x10                      # from one number to the next
        .set    SUM, 0x18                       # what has come together so far: written by the thread

        .text

        .globl  main
        .type   main, @function
main:
        sub     $8, %rsp
        mov     $4, %edi                        # the base thread and three workers
        mov     $0x4000, %esi                   # 16 KiB of stack for each
        call    gt_init

        lea     worker(%rip), %rdi
        lea     ones(%rip), %rsi
        call    gt_spawn_arg
        lea     worker(%rip), %rdi
        lea     tens(%rip), %rsi
        call    gt_spawn_arg
        lea     worker(%rip), %rdi
        lea     backwards(%rip), %rsi
        call    gt_spawn_arg

.Lwait:
        call    gt_yield                        # the base thread has more to do, so no gt_run here
        test    %eax, %eax
        jnz     .Lwait

        # All are done. What they wrote into their data is still there, though their stacks are not in use any more.
        lea     ones(%rip), %rdi
        call    print_sum
        lea     tens(%rip), %rdi
        call    print_sum
        lea     backwards(%rip), %rdi
        call    print_sum

        xor     %eax, %eax                      # the result of main is the exit status
        add     $8, %rsp
        ret
        .size   main, . - main

# worker(rdi: closure): names four numbers and adds them up
        .type   worker, @function
worker:
        push    %rbx
        push    %r12
        push    %r13
        mov     %rdi, %rbx                      # rbx: our closure
        mov     FROM(%rbx), %r12                # r12: the number
        mov     $4, %r13d                       # r13: how many numbers are left

.Lnext_number:
        mov     NAME(%rbx), %rdi
        call    print_string
        lea     colon(%rip), %rdi
        call    print_string
        mov     %r12, %rdi
        call    print_integer
        call    print_newline
        add     %r12, SUM(%rbx)
        call    gt_yield
        add     STEP(%rbx), %r12
        dec     %r13
        jnz     .Lnext_number

        pop     %r13
        pop     %r12
        pop     %rbx
        ret
        .size   worker, . - worker

# print_sum(rdi: closure)
        .type   print_sum, @function
print_sum:
        push    %rbx
        mov     %rdi, %rbx
        lea     sum_of(%rip), %rdi
        call    print_string
        mov     NAME(%rbx), %rdi
        call    print_string
        lea     colon(%rip), %rdi
        call    print_string
        mov     SUM(%rbx), %rdi
        call    print_integer
        call    print_newline
        pop     %rbx
        ret
        .size   print_sum, . - print_sum

        .section .rodata
name_ones:      .string "ones"
name_tens:      .string "tens"
name_backwards: .string "backwards"
sum_of:         .string "sum of "
colon:          .string ": "

        .data
        .balign 8
        .type   ones, @object
ones:   .quad   name_ones, 1, 1, 0
        .size   ones, . - ones
        .type   tens, @object
tens:   .quad   name_tens, 10, 10, 0
        .size   tens, . - tens
        .type   backwards, @object
backwards:
        .quad   name_backwards, 2, -1, 0
        .size   backwards, . - backwards
