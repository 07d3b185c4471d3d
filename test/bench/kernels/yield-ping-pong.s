# Two green threads that do nothing but yield to each other; the base thread takes its turn too.
# 200000 yields of each of the two for each argument, the program's name included.

        .text
        .globl  main
        .type   main, @function
main:
        push    %rbx
        imul    $200000, %rdi, %rbx
        mov     %rbx, rounds(%rip)
        mov     $3, %edi
        mov     $0x10000, %esi
        call    gt_init
        lea     player(%rip), %rdi
        call    gt_spawn
        lea     player(%rip), %rdi
        call    gt_spawn
        call    gt_run
        .size   main, . - main

        .type   player, @function
player:
        push    %rbx
        mov     rounds(%rip), %rbx
.Lturn:
        call    gt_yield
        dec     %rbx
        jnz     .Lturn
        pop     %rbx
        ret
        .size   player, . - player

        .bss
        .balign 8
rounds: .skip   8
