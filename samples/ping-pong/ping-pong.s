# Ping-pong: two threads pass values to each other through two mailboxes.
#
# A mailbox is one word; zero means empty. Who waits for mail yields until there is some: nobody can take the processor
# away from a green thread, so between two yields a thread has the mailboxes to itself. No locks are needed.

        .text

        .globl  main
        .type   main, @function
main:
        sub     $8, %rsp
        mov     $3, %edi
        mov     $0x4000, %esi
        call    gt_init
        lea     ping(%rip), %rdi
        call    gt_spawn
        lea     pong(%rip), %rdi
        call    gt_spawn
        call    gt_run
        .size   main, . - main

# Sends 1, and whatever comes back, until it is over 100.
        .type   ping, @function
ping:
        push    %rbx
        mov     $1, %ebx                        # rbx: the value in play
.Lserve:
        lea     ping_sends(%rip), %rdi
        mov     %rbx, %rsi
        call    print_move
        lea     mailbox_of_pong(%rip), %rdi
        mov     %rbx, %rsi
        call    send
        lea     mailbox_of_ping(%rip), %rdi
        call    receive
        mov     %rax, %rbx
        cmp     $100, %rbx
        jbe     .Lserve

        lea     mailbox_of_pong(%rip), %rdi
        mov     $-1, %rsi                       # the game is over
        call    send
        lea     ping_has(%rip), %rdi
        mov     %rbx, %rsi
        call    print_move
        pop     %rbx
        ret
        .size   ping, . - ping

# Sends back twice of what comes, until a negative number comes.
        .type   pong, @function
pong:
        push    %rbx
.Lreturn_the_ball:
        lea     mailbox_of_pong(%rip), %rdi
        call    receive
        mov     %rax, %rbx
        test    %rbx, %rbx
        js      .Lgame_over
        add     %rbx, %rbx
        lea     pong_sends(%rip), %rdi
        mov     %rbx, %rsi
        call    print_move
        lea     mailbox_of_ping(%rip), %rdi
        mov     %rbx, %rsi
        call    send
        jmp     .Lreturn_the_ball
.Lgame_over:
        lea     pong_leaves(%rip), %rdi
        call    print_string
        pop     %rbx
        ret
        .size   pong, . - pong

# send(rdi: mailbox, rsi: value, not zero): waits until the mailbox is empty, then puts the value into it
        .type   send, @function
send:
        push    %rbx
        push    %r12
        sub     $8, %rsp
        mov     %rdi, %rbx                      # gt_yield may change rdi and rsi, but not rbx and r12
        mov     %rsi, %r12
.Lis_it_empty:
        cmpq    $0, (%rbx)
        je      .Lput
        call    gt_yield
        jmp     .Lis_it_empty
.Lput:
        mov     %r12, (%rbx)
        add     $8, %rsp
        pop     %r12
        pop     %rbx
        ret
        .size   send, . - send

# receive(rdi: mailbox) -> rax: waits until the mailbox is full, then empties it
        .type   receive, @function
receive:
        push    %rbx
        mov     %rdi, %rbx
.Lis_it_full:
        xor     %eax, %eax
        xchg    %rax, (%rbx)                    # take what is there, leave zero
        test    %rax, %rax
        jnz     .Ltaken
        call    gt_yield
        jmp     .Lis_it_full
.Ltaken:
        pop     %rbx
        ret
        .size   receive, . - receive

# print_move(rdi: text, rsi: number)
        .type   print_move, @function
print_move:
        push    %rbx
        mov     %rsi, %rbx
        call    print_string
        mov     %rbx, %rdi
        call    print_integer
        call    print_newline
        pop     %rbx
        ret
        .size   print_move, . - print_move

        .section .rodata
ping_sends:     .string "ping sends "
ping_has:       .string "ping ends the game with "
pong_sends:     .string "pong sends "
pong_leaves:    .string "pong leaves\n"

        .bss
        .balign 8
        .type   mailbox_of_ping, @object
mailbox_of_ping:
        .zero   8
        .size   mailbox_of_ping, . - mailbox_of_ping
        .type   mailbox_of_pong, @object
mailbox_of_pong:
        .zero   8
        .size   mailbox_of_pong, . - mailbox_of_pong
