# The first switch: all that it takes to go on with another stack.
#
# A function does not know whose stack it runs on: it looks at rsp and finds its return address there. So we take 48
# bytes of memory, put the address of a function on it, point rsp at that, and return. The `ret` takes the address off
# the new stack and goes there, and the program carries on in `hello`, which nobody ever called.
#
# Step through switch_to instruction by instruction, and watch rsp.

        .text

        .globl  main
        .type   main, @function
main:
        sub     $8, %rsp                        # rsp is a multiple of 16 at a call

        lea     new_stack_top(%rip), %rax       # stacks grow down: we begin at the upper end
        lea     hello(%rip), %rcx
        mov     %rcx, -16(%rax)                 # the one pointer on the new stack
        sub     $16, %rax
        mov     %rax, context(%rip)             # that is where rsp will point

        lea     context(%rip), %rdi
        call    switch_to                       # a call that never comes back
        .size   main, . - main

# switch_to(rdi: context, the address of a word that holds the new rsp)
        .type   switch_to, @function
switch_to:
        mov     (%rdi), %rsp                    # the old stack is forgotten: nothing saved the old rsp
        ret                                     # to the address that the new rsp points at
        .size   switch_to, . - switch_to

# Runs on the new stack.
        .type   hello, @function
hello:
        sub     $8, %rsp
        lea     message(%rip), %rdi
        call    print_string
        xor     %edi, %edi
        call    exit                            # we cannot return: above us on this stack there is nothing
        .size   hello, . - hello

        .section .rodata
message:
        .string "I LOVE WAKING UP ON A NEW STACK!\n"

        .bss
        .balign 16
        .type   new_stack, @object
new_stack:
        .zero   48
        .size   new_stack, . - new_stack
new_stack_top:

        .type   context, @object
context:
        .zero   8
        .size   context, . - context
