# Round robin: a hundred threads, each in its turn, three times around.
#
# A hundred threads of an operating system are a load; a hundred green threads are a hundred stacks of 4 KiB. Look at
# CALL STACK while they run: each of them is parked inside its own call of gt_yield.
#
# This sample is written in Intel syntax: destination first, no signs before registers and numbers.

        .intel_syntax noprefix

        .equ    THREADS, 100
        .equ    ROUNDS, 3

        .text

        .globl  main
        .type   main, @function
main:
        push    rbx
        mov     edi, THREADS + 1                # a hundred, and the base thread
        mov     esi, 0x1000
        call    gt_init

        mov     ebx, 1
.Lspawn_next:
        lea     rdi, [rip + racer]
        mov     rsi, rbx                        # its number: data need not be a pointer
        call    gt_spawn_arg
        inc     rbx
        cmp     rbx, THREADS
        jbe     .Lspawn_next

.Lwait:
        call    gt_yield
        test    eax, eax
        jnz     .Lwait

        lea     rdi, [rip + total_is]
        call    print_string
        mov     rdi, [rip + total]
        call    print_integer
        call    print_newline
        xor     eax, eax
        pop     rbx
        ret
        .size   main, . - main

# racer(rdi: number): says its number in each round
        .type   racer, @function
racer:
        push    rbx
        push    r12
        sub     rsp, 8
        mov     rbx, rdi                        # rbx: our number
        mov     r12d, 1                         # r12: the round

.Lnext_round:
        cmp     rbx, 1
        jne     .Lsay_number
        lea     rdi, [rip + round]              # the first of us announces the round
        call    print_string
        mov     rdi, r12
        call    print_integer
        mov     edi, ':'
        call    print_character
.Lsay_number:
        mov     edi, ' '
        call    print_character
        mov     rdi, rbx
        call    print_integer
        add     [rip + total], rbx
        cmp     rbx, THREADS
        jne     .Llet_others_run
        call    print_newline                   # the last of us ends the line
.Llet_others_run:
        call    gt_yield
        inc     r12
        cmp     r12, ROUNDS
        jbe     .Lnext_round

        add     rsp, 8
        pop     r12
        pop     rbx
        ret
        .size   racer, . - racer

        .section .rodata
round:          .string "round "
total_is:       .string "total: "

        .bss
        .balign 8
        .type   total, @object
total:  .zero   8
        .size   total, . - total
