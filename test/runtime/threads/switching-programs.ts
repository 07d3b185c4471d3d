/** Programs that switch stacks in every way that the engine decides by itself, and in some that it leaves to others. */

const random = `
        .type   random, @function
random: movabs  $6364136223846793005, %rax      # Knuth's MMIX generator
        imul    seed(%rip), %rax
        movabs  $1442695040888963407, %rcx
        add     %rcx, %rax
        mov     %rax, seed(%rip)
        shr     $33, %rax
        ret
        .size   random, . - random
        .data
        .balign 8
seed:   .quad   12345
        .text
`;

/** A routine that pushes what it saves: where it is, only the stack tells. A thread is its rsp. */
const pushing = `
        .equ    SIZE, 8
        .type   exchange, @function
exchange:
        push    %rbx
        push    %rbp
        push    %r12
        mov     %rsp, (%rdi)
        mov     (%rsi), %rsp
        pop     %r12
        pop     %rbp
        pop     %rbx
        ret
        .size   exchange, . - exchange
        .type   prepare, @function
prepare:                                        # rdi: end of the stack, rsi: the thread's place
        lea     work(%rip), %rax
        mov     %rax, -16(%rdi)
        lea     -40(%rdi), %rax
        mov     %rax, (%rsi)
        ret
        .size   prepare, . - prepare
`;

/** A routine with a context, as the guest's own has it. */
const withContext = `
        .equ    SIZE, 64
        .type   exchange, @function
exchange:
        mov     %rsp, (%rdi)
        mov     %rbx, 8(%rdi)
        mov     %rbp, 16(%rdi)
        mov     %r12, 24(%rdi)
        mov     %r13, 32(%rdi)
        mov     %r14, 40(%rdi)
        mov     %r15, 48(%rdi)
        mov     (%rsi), %rsp
        mov     8(%rsi), %rbx
        mov     16(%rsi), %rbp
        mov     24(%rsi), %r12
        mov     32(%rsi), %r13
        mov     40(%rsi), %r14
        mov     48(%rsi), %r15
        ret
        .size   exchange, . - exchange
        .type   prepare, @function
prepare:
        lea     work(%rip), %rax
        mov     %rax, -16(%rdi)
        lea     -16(%rdi), %rax
        mov     %rax, (%rsi)
        ret
        .size   prepare, . - prepare
`;

/** 40 coroutines without a runtime that anybody knows, which go from one to any other, at any depth. */
function coroutines(routine: string): string {
  return `
        .equ    COUNT, 40
        .text
        .globl  main
        .type   main, @function
main:   sub     $8, %rsp
        xor     %ebx, %ebx
1:      imul    $1024, %rbx, %rdi
        lea     stacks+1024(%rip), %rax
        add     %rax, %rdi
        imul    $SIZE, %rbx, %rsi
        lea     contexts(%rip), %rax
        add     %rax, %rsi
        call    prepare
        inc     %ebx
        cmp     $COUNT, %ebx
        jb      1b
        movq    $COUNT, current(%rip)
        mov     $25, %ebx
2:      call    hop
        dec     %ebx
        jnz     2b
        xor     %edi, %edi
        call    exit
        .size   main, . - main

        .type   hop, @function
hop:    call    random
        xor     %edx, %edx
        mov     $COUNT + 1, %ecx
        div     %rcx
        mov     current(%rip), %rcx
        cmp     %rcx, %rdx
        je      1f
        mov     %rdx, current(%rip)
        imul    $SIZE, %rcx, %rdi
        imul    $SIZE, %rdx, %rsi
        lea     contexts(%rip), %rax
        add     %rax, %rdi
        add     %rax, %rsi
        jmp     exchange
1:      ret
        .size   hop, . - hop

        .type   work, @function
work:   sub     $8, %rsp
1:      call    random
        and     $3, %eax
        mov     %eax, %edi
        call    dive
        jmp     1b
        .size   work, . - work

        .type   dive, @function
dive:   push    %rbx
        mov     %edi, %ebx
        test    %edi, %edi
        jz      1f
        dec     %edi
        call    dive
        pop     %rbx
        ret
1:      mov     current(%rip), %rax
        test    $1, %al
        jz      2f
        cvtsi2sd seed(%rip), %xmm3
        addsd   %xmm3, %xmm4
2:      test    $6, %al
        jnz     3f
        fninit
        fld1
        fldpi
        faddp
3:      call    hop
        pop     %rbx
        ret
        .size   dive, . - dive
        ${routine}
        ${random}
        .bss
        .balign 16
stacks: .zero   COUNT * 1024
contexts: .zero (COUNT + 1) * SIZE
current: .zero  8
`;
}

/** Threads of the guest's runtime at depths that change; some map and unmap memory in between; some end, others begin. */
const divers = `
        .text
        .globl  main
        .type   main, @function
main:   push    %rbx
        mov     $41, %edi
        mov     $0x800, %esi
        call    gt_init
        mov     $40, %ebx
        call    spawn_all
        mov     $14, %ebx
1:      call    gt_yield
        dec     %ebx
        jnz     1b
        mov     $9, %ebx
        call    spawn_all
        call    gt_run
        .size   main, . - main

        .type   spawn_all, @function
spawn_all:
        sub     $8, %rsp
1:      lea     diver(%rip), %rdi
        mov     %rbx, %rsi
        call    gt_spawn_arg
        dec     %ebx
        jnz     1b
        add     $8, %rsp
        ret
        .size   spawn_all, . - spawn_all

        .type   diver, @function
diver:  push    %rbx
        push    %r12
        push    %r13
        mov     %rdi, %r12                      # our number
        lea     12(%rdi), %rbx
1:      mov     %r12, %rdi
        and     $3, %edi
        call    dive
        cmp     $7, %r12
        jne     2f
        call    map_and_unmap
2:      call    random
        and     $1, %eax
        add     %rax, %r12
        dec     %rbx
        jnz     1b
        pop     %r13
        pop     %r12
        pop     %rbx
        ret
        .size   diver, . - diver

        .type   dive, @function
dive:   sub     $24, %rsp
        test    %edi, %edi
        jz      1f
        dec     %edi
        call    dive
        add     $24, %rsp
        ret
1:      test    $1, %r12b
        jz      2f
        cvtsi2sd %r12, %xmm1
        mulsd   %xmm1, %xmm2
2:      call    gt_yield
        cmp     $1, %rax
        call    gt_yield
        add     $24, %rsp
        ret
        .size   dive, . - dive

        .type   map_and_unmap, @function
map_and_unmap:
        mov     $9, %eax
        xor     %edi, %edi
        mov     $4096, %esi
        mov     $3, %edx
        mov     $0x22, %r10d
        mov     $-1, %r8
        xor     %r9d, %r9d
        syscall
        mov     %rax, %rdi
        mov     $4096, %esi
        mov     $11, %eax
        syscall
        ret
        .size   map_and_unmap, . - map_and_unmap
        ${random}
`;

export const switchingPrograms: readonly { readonly name: string; readonly source: string }[] = [
  { name: "coroutines that push their registers", source: coroutines(pushing) },
  { name: "coroutines with contexts", source: coroutines(withContext) },
  { name: "threads of the guest's runtime", source: divers },
];
