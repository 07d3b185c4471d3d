/* Sockets to itself: of the UNIX domain and of the Internet on this machine, with threads and processes. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *error_name(int error) {
    static char number[20];
    switch (error) {
#define NAME(name) case name: return #name;
        NAME(EAGAIN) NAME(EBADF) NAME(EACCES) NAME(EINVAL) NAME(ENOTSOCK) NAME(EPIPE) NAME(ENOENT) NAME(EPERM)
        NAME(EDESTADDRREQ) NAME(EMSGSIZE) NAME(EPROTOTYPE) NAME(ENOPROTOOPT) NAME(EPROTONOSUPPORT)
        NAME(ESOCKTNOSUPPORT) NAME(EOPNOTSUPP) NAME(EAFNOSUPPORT) NAME(EADDRINUSE) NAME(EADDRNOTAVAIL)
        NAME(ECONNRESET) NAME(EISCONN) NAME(ENOTCONN) NAME(ECONNREFUSED) NAME(EINPROGRESS) NAME(EFAULT) NAME(EINTR)
    }
    snprintf(number, sizeof number, "%d", error);
    return number;
}

static long check(const char *what, long result) {
    if (result < 0) printf("%s: %s\n", what, error_name(errno));
    else printf("%s: %ld\n", what, result);
    return result;
}

/* Whether it is there, not its number. */
static int opened(const char *what, int descriptor) {
    printf("%s: %s\n", what, descriptor < 0 ? error_name(errno) : "open");
    return descriptor;
}

static void show_poll(const char *what, int descriptor, int events) {
    struct pollfd entry = {descriptor, events, 0};
    int count = poll(&entry, 1, 0);
    printf("%s: %d, events %x\n", what, count, entry.revents);
}

static void show_unix_name(const char *what, int descriptor, int (*get)(int, struct sockaddr *, socklen_t *)) {
    struct sockaddr_un address;
    memset(&address, 0, sizeof address);
    socklen_t size = sizeof address;
    if (get(descriptor, (struct sockaddr *)&address, &size)) {
        printf("%s: %s\n", what, error_name(errno));
        return;
    }
    printf("%s: family %d, size %d, name ", what, address.sun_family, (int)size);
    for (int i = 0; i < (int)size - 2; i++) putchar(address.sun_path[i] ? address.sun_path[i] : '@');
    putchar('\n');
}

static void streams(void) {
    puts("== pairs of streams");
    int ends[2];
    char text[300];
    check("socketpair", socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends));
    check("nothing yet", read(ends[0], text, 10));
    check("send", send(ends[1], "hello, world", 12, 0));
    int available;
    ioctl(ends[0], FIONREAD, &available);
    check("available", available);
    check("peek", recv(ends[0], text, 5, MSG_PEEK));
    check("read", read(ends[0], text, 5));
    check("rest", recv(ends[0], text, sizeof text, 0));
    printf("%.7s\n", text);
    show_poll("to write", ends[0], POLLIN | POLLOUT | POLLRDHUP);
    check("shutdown", shutdown(ends[1], SHUT_WR));
    show_poll("half closed", ends[0], POLLIN | POLLOUT | POLLRDHUP);
    check("at the end", read(ends[0], text, 10));
    check("write to the half that is closed", send(ends[1], "x", 1, MSG_NOSIGNAL));
    check("write back", send(ends[0], "back", 4, 0));
    check("read back", read(ends[1], text, 10));
    close(ends[1]);
    show_poll("closed", ends[0], POLLIN | POLLOUT | POLLRDHUP);
    check("write to what is closed", send(ends[0], "x", 1, MSG_NOSIGNAL));
    close(ends[0]);
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    check("unread", write(ends[0], "lost", 4));
    close(ends[1]);
    check("reset", read(ends[0], text, 10));
    check("then the end", read(ends[0], text, 10));
    close(ends[0]);
    char *large = calloc(1, 1 << 20);
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    if (fork() == 0) {
        close(ends[0]);
        long sum = 0;
        for (long length; (length = read(ends[1], large, 70000)) > 0;) sum += length;
        write(ends[1], &sum, sizeof sum);
        _exit(0);
    }
    close(ends[1]);
    check("a megabyte to a child", write(ends[0], large, 1 << 20));
    shutdown(ends[0], SHUT_WR);
    long sum = 0;
    check("its answer", read(ends[0], &sum, sizeof sum));
    check("the child read", sum);
    wait(NULL);
    close(ends[0]);
    free(large);

    puts("== messages");
    check("packets", socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends));
    check("one", send(ends[0], "one", 3, 0));
    check("three", send(ends[0], "three", 5, 0));
    check("part of one", recv(ends[1], text, 2, MSG_TRUNC));
    check("three", read(ends[1], text, sizeof text));
    close(ends[0]);
    check("end", read(ends[1], text, sizeof text));
    close(ends[1]);
    check("datagrams", socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends));
    struct iovec pieces[] = {{"ab", 2}, {"cde", 3}};
    check("in pieces", writev(ends[0], pieces, 2));
    check("empty", send(ends[0], "", 0, 0));
    char first[3], second[10];
    struct iovec places[] = {{first, 3}, {second, 10}};
    check("in pieces", readv(ends[1], places, 2));
    printf("%.3s %.2s\n", first, second);
    check("empty", recv(ends[1], text, 10, 0));
    check("none", recv(ends[1], text, 10, 0));
    int count = 0;
    while (send(ends[0], "x", 1, 0) == 1) count++;
    printf("until full: %d, %s\n", count, error_name(errno));
    close(ends[1]);
    check("to nobody", send(ends[0], "x", 1, 0));
    close(ends[0]);
}

static void pass_files(void) {
    puts("== files through sockets");
    int ends[2], pipes[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    if (pipe(pipes)) return;
    char control[CMSG_SPACE(2 * sizeof(int))] = {0}, text[20];
    struct iovec piece = {"with files", 10};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(2 * sizeof(int));
    memcpy(CMSG_DATA(header), pipes, sizeof pipes);
    check("sendmsg", sendmsg(ends[0], &message, 0));
    close(pipes[0]);
    close(pipes[1]);
    memset(control, 0, sizeof control);
    struct iovec place = {text, sizeof text};
    struct msghdr received = {.msg_iov = &place, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    check("recvmsg", recvmsg(ends[1], &received, MSG_CMSG_CLOEXEC));
    header = CMSG_FIRSTHDR(&received);
    printf("control: %d bytes, length %d, flags %x\n", (int)received.msg_controllen, (int)header->cmsg_len,
           received.msg_flags);
    memcpy(pipes, CMSG_DATA(header), sizeof pipes);
    check("closed on exec", fcntl(pipes[0], F_GETFD));
    check("write", write(pipes[1], "through a pipe", 14));
    check("read", read(pipes[0], text, 14));
    printf("%.14s\n", text);
    close(pipes[0]);
    close(pipes[1]);
    close(ends[0]);
    close(ends[1]);
}

static void *unix_client(void *argument) {
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un *address = argument;
    connect(client, (struct sockaddr *)address, sizeof *address);
    char text[20];
    send(client, "ping", 4, 0);
    int length = recv(client, text, sizeof text, 0);
    printf("the client got %.*s\n", length, text);
    close(client);
    return NULL;
}

static void unix_names(void) {
    puts("== names of the UNIX domain");
    struct sockaddr_un address = {AF_UNIX, "socket"};
    unlink("socket");
    int server = opened("socket", socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    show_unix_name("without a name", server, getsockname);
    check("listen without a name", listen(server, 1));
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    check("connect to nobody", connect(client, (struct sockaddr *)&address, sizeof address));
    check("bind", bind(server, (struct sockaddr *)&address, sizeof address));
    check("bind twice", bind(server, (struct sockaddr *)&address, sizeof address));
    int other = socket(AF_UNIX, SOCK_STREAM, 0);
    check("bind another", bind(other, (struct sockaddr *)&address, sizeof address));
    close(other);
    struct stat status;
    stat("socket", &status);
    printf("a socket: %d\n", S_ISSOCK(status.st_mode));
    opened("open", open("socket", O_RDWR));
    check("connect before listen", connect(client, (struct sockaddr *)&address, sizeof address));
    check("listen", listen(server, 1));
    show_poll("nobody waits", server, POLLIN);
    other = socket(AF_UNIX, SOCK_DGRAM, 0);
    check("a datagram socket", connect(other, (struct sockaddr *)&address, sizeof address));
    close(other);
    check("connect", connect(client, (struct sockaddr *)&address, sizeof address));
    check("connect again", connect(client, (struct sockaddr *)&address, sizeof address));
    show_poll("somebody waits", server, POLLIN);
    int more[3];
    for (int i = 0; i < 2; i++) {
        more[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        check("one more", connect(more[i], (struct sockaddr *)&address, sizeof address));
    }
    show_unix_name("the client", client, getsockname);
    show_unix_name("its peer", client, getpeername);
    struct sockaddr_un from;
    socklen_t size = sizeof from;
    int accepted = opened("accept", accept4(server, (struct sockaddr *)&from, &size, SOCK_NONBLOCK));
    check("size of its address", size);
    show_unix_name("accepted", accepted, getsockname);
    show_unix_name("its peer", accepted, getpeername);
    struct ucred credentials;
    size = sizeof credentials;
    getsockopt(accepted, SOL_SOCKET, SO_PEERCRED, &credentials, &size);
    printf("made by us: %d\n", credentials.pid == getpid());
    close(client);
    close(accepted);
    close(more[0]);
    close(more[1]);
    while ((accepted = accept(server, NULL, NULL)) >= 0) {
        char byte;
        check("of one that has gone", read(accepted, &byte, 1));
        close(accepted);
        if (fcntl(server, F_SETFL, O_NONBLOCK)) break;
    }
    printf("no more: %s\n", error_name(errno));
    fcntl(server, F_SETFL, 0);
    pthread_t thread;
    pthread_create(&thread, NULL, unix_client, &address);
    accepted = accept(server, NULL, NULL);
    char text[20];
    int length = recv(accepted, text, sizeof text, 0);
    printf("the server got %.*s\n", length, text);
    send(accepted, "pong", 4, 0);
    pthread_join(thread, NULL);
    close(accepted);
    close(server);
    client = socket(AF_UNIX, SOCK_STREAM, 0);
    check("connect to a name that is left", connect(client, (struct sockaddr *)&address, sizeof address));
    close(client);
    unlink("socket");

    memcpy(address.sun_path, "\0green-threads-test", 19);
    socklen_t named = offsetof(struct sockaddr_un, sun_path) + 19;
    server = socket(AF_UNIX, SOCK_DGRAM, 0);
    check("an abstract name", bind(server, (struct sockaddr *)&address, named));
    show_unix_name("it", server, getsockname);
    client = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct sockaddr_un own = {AF_UNIX, "client"};
    unlink("client");
    check("bind", bind(client, (struct sockaddr *)&own, sizeof own));
    check("sendto", sendto(client, "datagram", 8, 0, (struct sockaddr *)&address, named));
    memset(&from, 0, sizeof from);
    size = sizeof from;
    check("recvfrom", recvfrom(server, text, sizeof text, 0, (struct sockaddr *)&from, &size));
    printf("from %s, %d\n", from.sun_path, (int)size);
    check("answer", sendto(server, "answer", 6, 0, (struct sockaddr *)&from, size));
    check("got", recv(client, text, sizeof text, 0));
    check("without an address", send(client, "x", 1, 0));
    close(server);
    close(client);
    unlink("client");
}

static struct sockaddr_in local(int port) {
    struct sockaddr_in address = {AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}};
    return address;
}

static int port_of(int descriptor) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    getsockname(descriptor, (struct sockaddr *)&address, &size);
    return ntohs(address.sin_port);
}

static void *echo(void *argument) {
    int server = *(int *)argument;
    for (int i = 0; i < 3; i++) {
        int connection = accept(server, NULL, NULL);
        char text[100];
        for (long length; (length = read(connection, text, sizeof text)) > 0;) write(connection, text, length);
        close(connection);
    }
    return NULL;
}

static void internet(void) {
    puts("== streams of the Internet");
    int server = opened("socket", socket(AF_INET, SOCK_STREAM, 0));
    struct sockaddr_in address = local(0), from;
    char text[100];
    check("write without a connection", send(server, "x", 1, MSG_NOSIGNAL));
    check("read without a connection", read(server, text, 1));
    show_poll("without a connection", server, POLLIN | POLLOUT);
    check("bind", bind(server, (struct sockaddr *)&address, sizeof address));
    printf("a port of its own: %d\n", port_of(server) >= 1024);
    address = local(port_of(server));
    int other = socket(AF_INET, SOCK_STREAM, 0);
    check("bind another", bind(other, (struct sockaddr *)&address, sizeof address));
    check("connect to nobody", connect(other, (struct sockaddr *)&address, sizeof address));
    check("listen", listen(server, 5));
    address.sin_addr.s_addr = htonl(0x08080808);
    int stranger = socket(AF_INET, SOCK_STREAM, 0);
    check("bind to another machine's address", bind(stranger, (struct sockaddr *)&address, sizeof address));
    close(stranger);
    address = local(port_of(server));
    int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    check("connect", connect(client, (struct sockaddr *)&address, sizeof address));
    struct pollfd entry = {client, POLLOUT, 0};
    check("poll", poll(&entry, 1, 1000));
    printf("events %x\n", entry.revents);
    int error;
    socklen_t size = sizeof error;
    getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &size);
    check("its error", error);
    size = sizeof from;
    int accepted = opened("accept", accept(server, (struct sockaddr *)&from, &size));
    printf("from %s, the client's port: %d, size %d\n", inet_ntoa(from.sin_addr),
           ntohs(from.sin_port) == port_of(client), (int)size);
    getpeername(client, (struct sockaddr *)&from, &size);
    printf("to %s, the server's port: %d\n", inet_ntoa(from.sin_addr), ntohs(from.sin_port) == port_of(server));
    check("send", send(client, "over the Internet", 17, 0));
    check("all of it", recv(accepted, text, 17, MSG_WAITALL));
    printf("%.17s\n", text);
    check("nothing", recv(accepted, text, 1, MSG_DONTWAIT));
    struct timeval soon = {0, 20000};
    setsockopt(accepted, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
    check("nothing for a while", recv(accepted, text, 1, 0));
    close(client);
    show_poll("closed", accepted, POLLIN | POLLOUT | POLLRDHUP);
    check("end", read(accepted, text, 1));
    check("in vain", send(accepted, "x", 1, MSG_NOSIGNAL));
    usleep(1000);
    check("told", send(accepted, "x", 1, MSG_NOSIGNAL));
    close(accepted);

    client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in nobody = local(port_of(other));
    nobody.sin_port = htons(1);
    check("connect to nobody", connect(client, (struct sockaddr *)&nobody, sizeof nobody));
    entry = (struct pollfd){client, POLLOUT, 0};
    check("poll", poll(&entry, 1, 1000));
    printf("events %x\n", entry.revents);
    getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &size);
    printf("its error: %s\n", error_name(error));
    close(client);
    close(other);

    pthread_t thread;
    pthread_create(&thread, NULL, echo, &server);
    for (int i = 0; i < 3; i++) {
        client = socket(AF_INET, SOCK_STREAM, 0);
        check("connect", connect(client, (struct sockaddr *)&address, sizeof address));
        snprintf(text, sizeof text, "message %d", i);
        send(client, text, strlen(text), 0);
        shutdown(client, SHUT_WR);
        memset(text, 0, sizeof text);
        check("echo", recv(client, text, sizeof text, MSG_WAITALL));
        puts(text);
        close(client);
    }
    pthread_join(thread, NULL);
    close(server);

    puts("== datagrams of the Internet");
    server = opened("socket", socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP));
    address = local(0);
    check("bind", bind(server, (struct sockaddr *)&address, sizeof address));
    address = local(port_of(server));
    client = socket(AF_INET, SOCK_DGRAM, 0);
    check("to nobody in particular", send(client, "x", 1, 0));
    check("sendto", sendto(client, "first", 5, 0, (struct sockaddr *)&address, sizeof address));
    check("sendto", sendto(client, "second", 6, 0, (struct sockaddr *)&address, sizeof address));
    size = sizeof from;
    check("part", recvfrom(server, text, 3, MSG_TRUNC, (struct sockaddr *)&from, &size));
    printf("from %s, the client's port: %d\n", inet_ntoa(from.sin_addr), ntohs(from.sin_port) == port_of(client));
    check("second", recvfrom(server, text, sizeof text, 0, NULL, NULL));
    check("none", recv(server, text, 1, MSG_DONTWAIT));
    check("connect", connect(client, (struct sockaddr *)&address, sizeof address));
    check("send", send(client, "connected", 9, 0));
    check("answer", sendto(server, "answer", 6, 0, (struct sockaddr *)&from, sizeof from));
    check("got", read(client, text, sizeof text));
    check("got", read(server, text, sizeof text));
    static char large[70000];
    check("too large", send(client, large, sizeof large, 0));
    struct mmsghdr several[3];
    struct iovec pieces[3] = {{"1", 1}, {"22", 2}, {"333", 3}};
    memset(several, 0, sizeof several);
    for (int i = 0; i < 3; i++) several[i].msg_hdr = (struct msghdr){.msg_iov = &pieces[i], .msg_iovlen = 1};
    check("sendmmsg", sendmmsg(client, several, 3, 0));
    struct iovec places[3] = {{text, 10}, {text + 10, 10}, {text + 20, 10}};
    for (int i = 0; i < 3; i++) several[i].msg_hdr = (struct msghdr){.msg_iov = &places[i], .msg_iovlen = 1};
    check("recvmmsg", recvmmsg(server, several, 3, MSG_WAITFORONE, NULL));
    printf("%u %u %u %.3s\n", several[0].msg_len, several[1].msg_len, several[2].msg_len, text + 20);
    close(server);
    check("to one that has gone", send(client, "x", 1, 0));
    usleep(1000);
    check("told", send(client, "x", 1, 0));
    close(client);
}

static void options(void) {
    puts("== options");
    int stream = socket(AF_INET, SOCK_STREAM, 0), datagram = socket(AF_UNIX, SOCK_DGRAM, 0), value;
    socklen_t size = sizeof value;
    struct { int level, name; } names[] = {
        {SOL_SOCKET, SO_TYPE},      {SOL_SOCKET, SO_DOMAIN},    {SOL_SOCKET, SO_PROTOCOL}, {SOL_SOCKET, SO_ERROR},
        {SOL_SOCKET, SO_REUSEADDR}, {SOL_SOCKET, SO_KEEPALIVE}, {SOL_SOCKET, SO_ACCEPTCONN}, {SOL_SOCKET, SO_BROADCAST},
        {IPPROTO_TCP, TCP_NODELAY}, {IPPROTO_TCP, TCP_KEEPIDLE}, {IPPROTO_IP, IP_TTL},      {SOL_SOCKET, 999},
    };
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++) {
        for (int k = 0; k < 2; k++) {
            size = sizeof value;
            value = -1;
            int result = getsockopt(k ? datagram : stream, names[i].level, names[i].name, &value, &size);
            printf("option %d %d of %s: %s %d\n", names[i].level, names[i].name, k ? "a datagram" : "a stream",
                   result ? error_name(errno) : "done", value);
        }
    }
    value = 7;
    check("set", setsockopt(stream, SOL_SOCKET, SO_REUSEADDR, &value, sizeof value));
    getsockopt(stream, SOL_SOCKET, SO_REUSEADDR, &value, &size);
    check("it", value);
    value = 10000;
    check("buffer", setsockopt(stream, SOL_SOCKET, SO_RCVBUF, &value, sizeof value));
    getsockopt(stream, SOL_SOCKET, SO_RCVBUF, &value, &size);
    check("it", value);
    check("too short", setsockopt(stream, SOL_SOCKET, SO_REUSEADDR, &value, 2));
    check("unknown", setsockopt(stream, SOL_SOCKET, 999, &value, sizeof value));
    check("nothing of the Internet", setsockopt(datagram, IPPROTO_TCP, TCP_NODELAY, &value, sizeof value));
    struct timeval time = {1, 500000};
    check("time", setsockopt(stream, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time));
    time = (struct timeval){0, 0};
    size = sizeof time;
    getsockopt(stream, SOL_SOCKET, SO_SNDTIMEO, &time, &size);
    printf("it: %ld %ld\n", (long)time.tv_sec, (long)time.tv_usec);
    close(stream);
    close(datagram);
    opened("unknown domain", socket(99, SOCK_STREAM, 0));
    opened("unknown type", socket(AF_UNIX, 99, 0));
    opened("wrong protocol", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
    opened("packets of the Internet", socket(AF_INET, SOCK_SEQPACKET, 0));
    int instance = epoll_create1(0);
    check("no socket", send(instance, "x", 1, 0));
    close(instance);
    check("not open", shutdown(99, SHUT_RD));
}

static void edges(void) {
    puts("== edges");
    int ends[2], instance = epoll_create1(0);
    char text[100];
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends);
    struct epoll_event event = {EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.u32 = 7}}, found[4];
    epoll_ctl(instance, EPOLL_CTL_ADD, ends[0], &event);
#define WAIT(what)                                                                       \
    do {                                                                                 \
        int count = epoll_wait(instance, found, 4, 0);                                   \
        printf("%s: %d, events %x\n", what, count, count > 0 ? found[0].events : 0);     \
    } while (0)
    WAIT("at first");
    WAIT("again");
    write(ends[1], "hello", 5);
    WAIT("written");
    WAIT("again");
    read(ends[0], text, 2);
    WAIT("partly read");
    write(ends[1], "more", 4);
    WAIT("more");
    read(ends[0], text, 100);
    WAIT("all read");
    write(ends[0], "back", 4);
    WAIT("written back");
    read(ends[1], text, 100);
    WAIT("read there");
    event.events = EPOLLIN | EPOLLONESHOT;
    epoll_ctl(instance, EPOLL_CTL_MOD, ends[0], &event);
    write(ends[1], "x", 1);
    WAIT("once");
    write(ends[1], "x", 1);
    WAIT("not twice");
    epoll_ctl(instance, EPOLL_CTL_MOD, ends[0], &event);
    WAIT("once more");
    event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
    epoll_ctl(instance, EPOLL_CTL_MOD, ends[0], &event);
    WAIT("changed");
    shutdown(ends[1], SHUT_WR);
    WAIT("half closed");
    WAIT("again");
    close(ends[1]);
    WAIT("closed");
    close(ends[0]);
    WAIT("gone");
    if (pipe2(ends, O_NONBLOCK)) return;
    event.events = EPOLLIN | EPOLLET;
    epoll_ctl(instance, EPOLL_CTL_ADD, ends[0], &event);
    write(ends[1], "hello", 5);
    WAIT("pipe written");
    read(ends[0], text, 2);
    WAIT("partly read");
    write(ends[1], "hello", 5);
    WAIT("written again");
    close(ends[1]);
    WAIT("closed");
    close(ends[0]);
    close(instance);
}

static int pipe_signals;
static void on_pipe(int signal) { pipe_signals += signal == SIGPIPE; }

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, on_pipe);
    streams();
    pass_files();
    unix_names();
    internet();
    options();
    edges();
    int ends[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    close(ends[1]);
    check("write", write(ends[0], "x", 1));
    printf("signals: %d\n", pipe_signals);
    return 0;
}
