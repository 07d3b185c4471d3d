/* Memory shared between processes and with files, and locks between processes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(const char *what, long result) {
    if (result < 0) printf("%s: %s\n", what, errno == EAGAIN ? "EAGAIN" : errno == EACCES ? "EACCES" : errno == EINVAL ? "EINVAL" : errno == EBADF ? "EBADF" : strerror(errno));
    else printf("%s: %ld\n", what, result);
}

static void end_children(int count) {
    while (count-- > 0) wait(NULL);
}

struct shared {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    sem_t semaphore;
    atomic_int turn, counter;
    long guarded;
    int ready;
    char text[5000];
};

static struct shared *map_shared(void) {
    return mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void anonymous(void) {
    puts("== between processes");
    struct shared *shared = map_shared();
    strcpy(shared->text + 4090, "across pages");
    int *private = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *private = 1;
    if (fork() == 0) {
        printf("the child sees %s\n", shared->text + 4090);
        strcpy(shared->text, "from the child");
        *private = 2;
        _exit(0);
    }
    end_children(1);
    printf("the parent sees %s, and its own %d\n", shared->text, *private);
    /* Turn about, by looking at a word again and again. */
    for (int child = 0; child < 2; child++) {
        if (fork() == 0) {
            for (int round = 0; round < 5; round++) {
                while (atomic_load(&shared->turn) != child) {}
                atomic_fetch_add(&shared->counter, 1 + child * 10);
                atomic_store(&shared->turn, 1 - child);
            }
            _exit(0);
        }
    }
    end_children(2);
    printf("counter %d\n", shared->counter);

    puts("== locks in shared memory");
    pthread_mutexattr_t mutex;
    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->mutex, &mutex);
    pthread_condattr_t condition;
    pthread_condattr_init(&condition);
    pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&shared->condition, &condition);
    sem_init(&shared->semaphore, 1, 0);
    for (int child = 0; child < 3; child++) {
        if (fork() == 0) {
            sem_wait(&shared->semaphore);
            for (int round = 0; round < 2000; round++) {
                pthread_mutex_lock(&shared->mutex);
                shared->guarded++;
                pthread_mutex_unlock(&shared->mutex);
            }
            pthread_mutex_lock(&shared->mutex);
            shared->ready++;
            pthread_cond_signal(&shared->condition);
            pthread_mutex_unlock(&shared->mutex);
            _exit(0);
        }
    }
    for (int child = 0; child < 3; child++) sem_post(&shared->semaphore);
    pthread_mutex_lock(&shared->mutex);
    while (shared->ready < 3) pthread_cond_wait(&shared->condition, &shared->mutex);
    pthread_mutex_unlock(&shared->mutex);
    end_children(3);
    printf("guarded %ld\n", shared->guarded);
    munmap(shared, sizeof *shared);
}

static void files(void) {
    puts("== with a file");
    int file = open("shared-file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    char text[20] = {0};
    check("size", ftruncate(file, 10000));
    char *mapped = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    char *again = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 4096);
    strcpy(mapped, "by memory");
    strcpy(mapped + 5000, "in the middle");
    pread(file, text, 9, 0);
    printf("read %s, mapped again %s\n", text, again + 904);
    pwrite(file, "by a call", 9, 100);
    printf("seen %s\n", mapped + 100);
    check("msync", msync(mapped, 10000, MS_SYNC));
    if (fork() == 0) {
        strcpy(mapped + 200, "by a child");
        _exit(0);
    }
    end_children(1);
    printf("seen %s\n", mapped + 200);
    strcpy(mapped + 300, "before it is unmapped");
    check("munmap", munmap(mapped, 10000));
    pread(file, text, 6, 300);
    printf("read %.6s\n", text);
    char *private = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    strcpy(private, "kept");
    pread(file, text, 9, 0);
    printf("the file has %.9s\n", text);
    close(file);
    file = open("shared-file", O_RDONLY);
    check("to write what is open to read", mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED ? -1 : 0);
    close(file);
    unlink("shared-file");
    file = shm_open("/green-threads-test", O_RDWR | O_CREAT | O_TRUNC, 0600);
    check("shm_open", file >= 0 ? 0 : -1);
    check("size", ftruncate(file, 4096));
    mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (fork() == 0) {
        file = shm_open("/green-threads-test", O_RDWR, 0);
        char *own = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        strcpy(own, "by its name");
        _exit(0);
    }
    end_children(1);
    printf("seen %s\n", mapped);
    mapped = mremap(mapped, 4096, 8192, MREMAP_MAYMOVE);
    printf("moved %s\n", mapped);
    shm_unlink("/green-threads-test");
    sem_unlink("/green-threads-test");
    sem_t *semaphore = sem_open("/green-threads-test", O_CREAT | O_EXCL, 0600, 0);
    if (fork() == 0) {
        sem_t *same = sem_open("/green-threads-test", 0);
        sem_post(same);
        _exit(0);
    }
    check("sem_wait", sem_wait(semaphore));
    end_children(1);
    sem_close(semaphore);
    sem_unlink("/green-threads-test");
}

static void locks(void) {
    puts("== locks on files");
    int file = open("locked-file", O_RDWR | O_CREAT | O_TRUNC, 0600), pipes[2];
    char byte;
    if (pipe(pipes)) return;
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 10};
    check("a range", fcntl(file, F_SETLK, &range));
    check("it again", fcntl(file, F_SETLK, &range));
    fflush(stdout);
    if (fork() == 0) {
        struct flock asked = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 15, .l_len = 1};
        check("ask", fcntl(file, F_GETLK, &asked));
        printf("type %d, from %ld, %ld bytes, the parent's: %d\n", asked.l_type, (long)asked.l_start, (long)asked.l_len,
               asked.l_pid == getppid());
        asked = (struct flock){.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 11};
        check("overlapping", fcntl(file, F_SETLK, &asked));
        asked.l_len = 10;
        check("before it", fcntl(file, F_SETLK, &asked));
        asked.l_start = 20;
        check("behind it", fcntl(file, F_SETLK, &asked));
        write(pipes[1], "x", 1);
        asked = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 12, .l_len = 1};
        check("wait for it", fcntl(file, F_SETLKW, &asked));
        fflush(stdout);
        _exit(0);
    }
    read(pipes[0], &byte, 1);
    range.l_type = F_UNLCK;
    range.l_len = 5;
    int result = fcntl(file, F_SETLK, &range);
    end_children(1);
    check("unlocked a part", result);
    struct flock left = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
    check("all, when the child has gone", fcntl(file, F_SETLK, &left));
    int other = open("locked-file", O_RDWR);
    check("flock", flock(file, LOCK_EX | LOCK_NB));
    check("another description", flock(other, LOCK_EX | LOCK_NB));
    check("shared", flock(other, LOCK_SH | LOCK_NB));
    check("downgrade", flock(file, LOCK_SH));
    check("shared", flock(other, LOCK_SH | LOCK_NB));
    check("upgrade", flock(file, LOCK_EX | LOCK_NB));
    close(other);
    check("upgrade", flock(file, LOCK_EX | LOCK_NB));
    fflush(stdout);
    if (fork() == 0) {
        int own = open("locked-file", O_RDWR);
        write(pipes[1], "x", 1);
        check("wait for it", flock(own, LOCK_EX));
        fflush(stdout);
        _exit(0);
    }
    read(pipes[0], &byte, 1);
    result = flock(file, LOCK_UN);
    end_children(1);
    check("unlocked", result);
    check("nothing open", flock(99, LOCK_EX));
    close(file);
    unlink("locked-file");
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    anonymous();
    files();
    locks();
    return 0;
}
