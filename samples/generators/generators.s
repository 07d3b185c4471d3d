# Generators: a thread as an iterator, consumed by another thread.
#
# A generator is a loop that hands out a value, sleeps, and goes on in the middle of the loop when the next value is
# wanted. With a stack of its own that is no magic: `emit` yields with everything in place, and `next` lets it go on.
# Both generators here run the same way; the consumer takes from them in turns.

# What a generator and its consumer share: two words.
        .set    VALUE, 0x00                     # the value handed out
        .set    STATE, 0x08                     # one of the three below

        .set    WANTED, 0                       # the consumer waits for a value
        .set    PRESENT, 1                      # a value waits for the consumer
        .set    EXHAUSTED, 2                    # there are no more values

        .text

        .globl  main
        .type   main, @function
main:
        sub     $8, %rsp
        mov     $4, %edi
        mov     $0x4000, %esi
        call    gt_init

        lea     consumer(%rip), %rdi
        call    gt_spawn
        lea     fibonacci(%rip), %rdi           # two closures: each generator gets the place for its values
        lea     fibonacci_values(%rip), %rsi
        call    gt_spawn_arg
        lea     squares(%rip), %rdi
        lea     squares_values(%rip), %rsi
        call    gt_spawn_arg

        # No gt_run: it would wait for the generators too. The longer one sleeps in the middle of its loop at the end,
        # and nobody will ever want its next value.
.Lwait:
        call    gt_yield
        cmpb    $0, is_consumer_done(%rip)
        je      .Lwait
        xor     %eax, %eax                      # the result of main is the exit status
        add     $8, %rsp
        ret
        .size   main, . - main

# Takes a Fibonacci number and a square at a time, until one of them is exhausted.
        .type   consumer, @function
consumer:
        push    %rbx
        push    %r12
        sub     $8, %rsp
.Lconsume:
        lea     fibonacci_values(%rip), %rdi
        call    next
        jc      .Lno_more
        mov     %rax, %rbx
        lea     squares_values(%rip), %rdi
        call    next
        jc      .Lno_more
        mov     %rax, %r12

        mov     %rbx, %rdi
        call    print_integer
        lea     and(%rip), %rdi
        call    print_string
        mov     %r12, %rdi
        call    print_integer
        call    print_newline
        jmp     .Lconsume
.Lno_more:
        lea     no_more(%rip), %rdi
        call    print_string
        movb    $1, is_consumer_done(%rip)
        add     $8, %rsp
        pop     %r12
        pop     %rbx
        ret
        .size   consumer, . - consumer

# fibonacci(rdi: generator): 0, 1, 1, 2, 3, 5 … below 100
        .type   fibonacci, @function
fibonacci:
        push    %rbx
        push    %r12
        push    %r13
        mov     %rdi, %rbx
        xor     %r12d, %r12d                    # r12 and r13: this number and the next
        mov     $1, %r13d
.Lnext_fibonacci:
        mov     %rbx, %rdi
        mov     %r12, %rsi
        call    emit                            # "return this one, but do not end"
        xadd    %r12, %r13                      # r13 = r13 + r12, and r12 = what r13 was: one step further
        cmp     $100, %r12
        jb      .Lnext_fibonacci
        movq    $EXHAUSTED, STATE(%rbx)
        pop     %r13
        pop     %r12
        pop     %rbx
        ret
        .size   fibonacci, . - fibonacci

# squares(rdi: generator): 0, 1, 4, 9, 16 … without multiplying: each is the one before it and the next odd number
        .type   squares, @function
squares:
        push    %rbx
        push    %r12
        push    %r13
        mov     %rdi, %rbx
        xor     %r12d, %r12d                    # r12: the square
        mov     $1, %r13d                       # r13: the odd number
.Lnext_square:
        mov     %rbx, %rdi
        mov     %r12, %rsi
        call    emit
        add     %r13, %r12
        add     $2, %r13
        cmp     $1000, %r12
        jb      .Lnext_square
        movq    $EXHAUSTED, STATE(%rbx)
        pop     %r13
        pop     %r12
        pop     %rbx
        ret
        .size   squares, . - squares

# emit(rdi: generator, rsi: value): hands out the value and comes back when the next one is wanted
        .type   emit, @function
emit:
        push    %rbx
        mov     %rdi, %rbx
        mov     %rsi, VALUE(%rbx)
        movq    $PRESENT, STATE(%rbx)
.Lis_next_wanted:
        call    gt_yield
        cmpq    $WANTED, STATE(%rbx)
        jne     .Lis_next_wanted
        pop     %rbx
        ret
        .size   emit, . - emit

# next(rdi: generator) -> rax: the next value; or the carry flag set, when there are no more
        .type   next, @function
next:
        push    %rbx
        mov     %rdi, %rbx
.Lis_value_present:
        cmpq    $PRESENT, STATE(%rbx)           # below PRESENT: wanted. Above it: exhausted
        je      .Ltake_value
        ja      .Lis_exhausted
        call    gt_yield
        jmp     .Lis_value_present
.Ltake_value:
        mov     VALUE(%rbx), %rax
        movq    $WANTED, STATE(%rbx)
        clc
        pop     %rbx
        ret
.Lis_exhausted:
        stc
        pop     %rbx
        ret
        .size   next, . - next

        .section .rodata
and:            .string " and "
no_more:        .string "no more\n"

        .bss
        .balign 8
        .type   fibonacci_values, @object
fibonacci_values:
        .zero   16
        .size   fibonacci_values, . - fibonacci_values
        .type   squares_values, @object
squares_values:
        .zero   16
        .size   squares_values, . - squares_values
        .type   is_consumer_done, @object
is_consumer_done:
        .zero   1
        .size   is_consumer_done, . - is_consumer_done
