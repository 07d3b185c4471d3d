# Where a program begins. The kernel does not call main: it jumps to _start, with the arguments on the stack.

        .text

# _start: calls main(argument count, arguments, environment) and ends the process with its result
#
#       (%rsp)      number of arguments, the program's name included
#       8(%rsp)     address of the first argument, of the second … and a zero word
#       behind it   the same for the environment
        .globl  _start
        .type   _start, @function
_start:
        xor     %ebp, %ebp                      # no caller: the chain of frames ends here
        mov     (%rsp), %rdi
        lea     8(%rsp), %rsi
        lea     8(%rsi,%rdi,8), %rdx
        and     $-16, %rsp                      # a multiple of 16 at the call, as the ABI wants it
        call    main
        mov     %eax, %edi
        call    exit
        ud2                                     # never reached: exit does not return
        .size   _start, . - _start
