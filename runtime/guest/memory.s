# What compilers call of themselves, to copy structures and to fill arrays. The string instructions do it all; the ABI
# wants the direction flag clear when a function is called.

        .text

# memcpy(rdi: to, rsi: from, rdx: number of bytes) -> rax: to. The two do not overlap
        .globl  memcpy
        .type   memcpy, @function
memcpy:
        mov     %rdi, %rax
        mov     %rdx, %rcx
        rep movsb
        ret
        .size   memcpy, . - memcpy

# memmove(rdi: to, rsi: from, rdx: number of bytes) -> rax: to. The two may overlap
        .globl  memmove
        .type   memmove, @function
memmove:
        mov     %rdi, %rax
        mov     %rdx, %rcx
        mov     %rdi, %r8
        sub     %rsi, %r8
        cmp     %rdx, %r8                       # unsigned: `to` lies before `from`, or behind its end
        jb      .Lfrom_the_end
        rep movsb
        ret
.Lfrom_the_end:
        lea     -1(%rdi,%rdx), %rdi
        lea     -1(%rsi,%rdx), %rsi
        std
        rep movsb
        cld
        ret
        .size   memmove, . - memmove

# memset(rdi: where, esi: byte, rdx: number of bytes) -> rax: where
        .globl  memset
        .type   memset, @function
memset:
        mov     %rdi, %r8
        mov     %esi, %eax
        mov     %rdx, %rcx
        rep stosb
        mov     %r8, %rax
        ret
        .size   memset, . - memset

# memcmp(rdi: one, rsi: other, rdx: number of bytes) -> eax: less than, equal to or greater than 0
        .globl  memcmp
        .type   memcmp, @function
memcmp:
        xor     %eax, %eax
        mov     %rdx, %rcx
        cmp     %rax, %rcx                      # nothing to compare: equal
        repe cmpsb
        je      .Lequal
        movzbl  -1(%rdi), %eax
        movzbl  -1(%rsi), %ecx
        sub     %ecx, %eax
.Lequal:
        ret
        .size   memcmp, . - memcmp
