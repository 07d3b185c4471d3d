# Writing text and numbers to a file descriptor: 1 is standard output, 2 standard error.

        .text

# write_string(rdi: file descriptor, rsi: text that ends with a zero byte)
        .globl  write_string
        .type   write_string, @function
write_string:
        xor     %edx, %edx                      # rdx: bytes counted so far
.Lcount:
        cmpb    $0, (%rsi,%rdx)
        je      .Lcounted
        inc     %rdx
        jmp     .Lcount
.Lcounted:
        mov     $1, %eax                        # write(rdi, rsi, rdx)
        syscall
        ret
        .size   write_string, . - write_string

# write_integer(rdi: file descriptor, rsi: signed number), in decimal
#
# The digits come out last one first: each division by ten leaves one as the remainder. They are put down from the end
# of a 24-byte buffer on the stack towards its beginning (a 64-bit number has 19 digits and a sign at most).
        .globl  write_integer
        .type   write_integer, @function
write_integer:
        sub     $24, %rsp
        lea     23(%rsp), %r8                   # r8: where the next digit goes
        movb    $0, (%r8)                       # the zero byte that ends the text
        mov     $10, %ecx
        mov     %rsi, %rax
        test    %rax, %rax
        jns     .Lnext_digit
        neg     %rax                            # the digits of the positive number; its sign comes last
.Lnext_digit:
        xor     %edx, %edx
        div     %rcx                            # rax: the number without its last digit, rdx: the digit
        add     $'0', %edx
        dec     %r8
        mov     %dl, (%r8)
        test    %rax, %rax
        jnz     .Lnext_digit

        test    %rsi, %rsi
        jns     .Lwrite_digits
        dec     %r8
        movb    $'-', (%r8)
.Lwrite_digits:
        mov     %r8, %rsi
        call    write_string
        add     $24, %rsp
        ret
        .size   write_integer, . - write_integer
