# The same as main.c.
        .globl  main, limits, factor
        .data
        .balign 4
limits: .long   0, 2, 3, 1
ids:    .quad   1, 2, 3
rounds: .quad   0
        .text
factor: mov     $3, %eax
        ret
main:   push    %rbx
        mov     $8, %edi
        mov     $16384, %esi
        call    gt_init
        xor     %ebx, %ebx
1:      lea     work(%rip), %rdi
        lea     ids(,%rbx,8), %rsi
        call    gt_spawn_arg
        inc     %ebx
        cmp     $3, %ebx
        jne     1b
2:      call    gt_yield
        test    %eax, %eax
        jz      3f
        incq    rounds(%rip)
        jmp     2b
3:      movslq  total(%rip), %rdi
        call    print_integer
        call    print_newline
        call    summary
        add     rounds(%rip), %eax
        and     $127, %eax
        pop     %rbx
        ret
