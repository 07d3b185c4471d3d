/** A program that handles SIGUSR1 (10) and sends it to itself; what it does then comes after `main`'s call of `raise`. */
export const signalling = (then: string): string => `        .globl main
        .type main, @function
main:
        mov $13, %eax                   # rt_sigaction(SIGUSR1, &action, 0, 8)
        mov $10, %edi
        lea action(%rip), %rsi
        xor %edx, %edx
        mov $8, %r10d
        syscall
        mov $10, %esi
        call raise
${then}
        .size main, . - main

        .type raise, @function
raise:
        push %rsi
        mov $39, %eax                   # getpid()
        syscall
        mov %eax, %edi
        mov $62, %eax                   # kill(self, esi)
        pop %rsi
        syscall
        ret
        .size raise, . - raise

        .type handler, @function
handler:
        nop
        ret
        .size handler, . - handler
        .type restorer, @function
restorer:
        mov $15, %eax                   # rt_sigreturn()
        syscall
        .size restorer, . - restorer
        .data
action: .quad handler, 0x04000000, restorer, 0
`;

/** `exit_group(status)`. */
export const exiting = (status: number): string => `        mov $231, %eax
        mov $${status}, %edi
        syscall`;
