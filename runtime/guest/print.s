# Printing to standard output.

        .text

# print_string(rdi: text that ends with a zero byte)
        .globl  print_string
        .type   print_string, @function
print_string:
        mov     %rdi, %rsi
        mov     $1, %edi                        # 1: standard output
        jmp     write_string                    # its ret returns to our caller
        .size   print_string, . - print_string

# print_integer(rdi: signed number), in decimal
        .globl  print_integer
        .type   print_integer, @function
print_integer:
        mov     %rdi, %rsi
        mov     $1, %edi
        jmp     write_integer
        .size   print_integer, . - print_integer

# print_newline()
        .globl  print_newline
        .type   print_newline, @function
print_newline:
        mov     $'\n', %edi
        jmp     print_character
        .size   print_newline, . - print_newline

# print_character(rdi: character, its lowest byte counts)
        .globl  print_character
        .type   print_character, @function
print_character:
        push    %rdi                            # write wants an address: the stack has one
        mov     $1, %eax                        # write(
        mov     $1, %edi                        #   standard output,
        mov     %rsp, %rsi                      #   the byte on top of the stack,
        mov     $1, %edx                        #   one byte)
        syscall
        pop     %rdi
        ret
        .size   print_character, . - print_character
