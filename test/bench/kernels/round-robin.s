# A thousand green threads that do nothing but yield to each other; the base thread takes its turn too.
# 300 yields of each for each argument, the program's name included.

        .text
        .globl  main
        .type   main, @function
main:
        push    %rbx
        imul    $300, %rdi, %rbx
        mov     %rbx, rounds(%rip)
        mov     $1001, %edi
        mov     $0x1000, %esi
        call    gt_init
        mov     $1000, %ebx
.Lspawn:
        lea     player(%rip), %rdi
        call    gt_spawn
        dec     %ebx
        jnz     .Lspawn
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
