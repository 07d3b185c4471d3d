# A loop of shifts, exclusive ors and table look-ups: plain computing on integers. work(rdi: thousands of rounds)

        .text
        .globl  work
        .type   work, @function
work:
        mov     $0x9e3779b97f4a7c15, %rax
        imul    $1000, %rdi, %rcx
        test    %rcx, %rcx
        jz      .Ldone
        lea     table(%rip), %rsi
.Lround:
        mov     %rax, %rdx
        shl     $13, %rdx
        xor     %rdx, %rax
        mov     %rax, %rdx
        shr     $7, %rdx
        xor     %rdx, %rax
        movzbl  %al, %edx
        add     %rax, (%rsi,%rdx,8)
        add     (%rsi,%rdx,8), %rax
        dec     %rcx
        jnz     .Lround
.Ldone:
        ret
        .size   work, . - work

        .bss
        .balign 16
table:  .skip   256 * 8

        .section .note.GNU-stack, "", @progbits
