# Two green threads that do nothing but yield to each other, rdi thousand times each; the base thread takes its turn, too.
# work(rdi) returns how often the base thread had its turn.

        .text
        .globl  work
        .type   work, @function
work:
        push    %rbx
        imul    $1000, %rdi, %rbx
        mov     %rbx, rounds(%rip)
        mov     $3, %edi
        mov     $0x10000, %esi
        call    gt_init
        lea     player(%rip), %rdi
        call    gt_spawn
        lea     player(%rip), %rdi
        call    gt_spawn
        xor     %ebx, %ebx
.Lwait:
        inc     %rbx
        call    gt_yield
        test    %eax, %eax
        jnz     .Lwait
        mov     %rbx, %rax
        pop     %rbx
        ret
        .size   work, . - work

        .type   player, @function
player:
        push    %rbx
        mov     rounds(%rip), %rbx
        test    %rbx, %rbx
        jz      .Lover
.Lturn:
        call    gt_yield
        dec     %rbx
        jnz     .Lturn
.Lover:
        pop     %rbx
        ret
        .size   player, . - player

        .bss
        .balign 8
rounds: .skip   8

        .section .note.GNU-stack, "", @progbits
