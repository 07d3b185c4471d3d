/* Looks into a folder that cannot be written to, whose path is its first argument. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *error_name(void) {
    switch (errno) {
        case ENOENT: return "ENOENT";
        case EBADF: return "EBADF";
        case EEXIST: return "EEXIST";
        case EXDEV: return "EXDEV";
        case ENOTDIR: return "ENOTDIR";
        case EISDIR: return "EISDIR";
        case EINVAL: return "EINVAL";
        case EROFS: return "EROFS";
        default: return strerror(errno);
    }
}

static const char *type(mode_t mode) {
    return S_ISDIR(mode) ? "folder" : S_ISREG(mode) ? "file" : S_ISLNK(mode) ? "link" : "something else";
}

static void tell(const char *what, long result) {
    printf("%s: %s\n", what, result < 0 ? error_name() : "done");
}

static void list(const char *path, int depth) {
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0) {
        tell(path, -1);
        return;
    }
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (strcmp(name, ".") && strcmp(name, "..")) {
            char inner[4096], target[256];
            struct stat status;
            snprintf(inner, sizeof inner, "%s/%s", path, name);
            if (lstat(inner, &status)) perror(inner);
            printf("%*s%s is a %s (%d)", depth * 2, "", name, type(status.st_mode), entries[i]->d_type);
            if (S_ISREG(status.st_mode)) printf(" of %ld bytes", (long)status.st_size);
            if (S_ISLNK(status.st_mode)) {
                long length = readlink(inner, target, sizeof target);
                printf(" to %.*s", (int)length, target);
                if (stat(inner, &status)) printf(", %s", error_name());
                else printf(", a %s", type(status.st_mode));
            }
            printf("\n");
            if (S_ISDIR(status.st_mode) && entries[i]->d_type == DT_DIR) list(inner, depth + 1);
        }
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv) {
    if (argc < 2 || chdir(argv[1])) {
        perror("chdir");
        return 1;
    }
    char folder[4096];
    printf("working folder: %s\n", strcmp(getcwd(folder, sizeof folder), argv[1]) ? "another" : "the given one");
    list(".", 0);

    char line[100];
    FILE *file = fopen("hello.txt", "r");
    while (file && fgets(line, sizeof line, file)) printf("line: %s", line);
    if (file) fclose(file);
    file = fopen("sub/link-up", "r");
    if (file && fgets(line, sizeof line, file)) printf("by a link: %s", line);
    if (file) fclose(file);

    int descriptor = open("large.bin", O_RDONLY);
    struct stat status;
    fstat(descriptor, &status);
    unsigned char *mapped = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    unsigned long sum = 0, other = 0;
    for (long i = 0; i < status.st_size; i++) sum = sum * 31 + mapped[i];
    unsigned char block[1000], rest[777];
    for (;;) {
        struct iovec pieces[] = {{block, sizeof block}, {rest, sizeof rest}};
        long length = readv(descriptor, pieces, 2);
        if (length <= 0) break;
        for (long i = 0; i < length; i++) other = other * 31 + (i < 1000 ? block[i] : rest[i - 1000]);
    }
    printf("mapped %lx, read %lx, position %ld\n", sum, other, (long)lseek(descriptor, 0, SEEK_CUR));
    printf("at 300000: %ld bytes,", (long)pread(descriptor, block, 5, 300000));
    for (int i = 0; i < 5; i++) printf(" %02x", block[i]);
    printf("; behind the end: %ld\n", (long)pread(descriptor, block, 5, 1 << 30));
    printf("mapped to write, private: %d\n",
           mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0) != MAP_FAILED);

    tell("open to write", open("hello.txt", O_WRONLY));
    tell("open to read and write", open("hello.txt", O_RDWR));
    tell("open to append", open("hello.txt", O_WRONLY | O_APPEND));
    tell("open and truncate", open("hello.txt", O_RDONLY | O_TRUNC));
    tell("create a file", open("new.txt", O_WRONLY | O_CREAT, 0644));
    tell("create what is there", open("hello.txt", O_RDONLY | O_CREAT, 0644));
    tell("create it exclusively", open("hello.txt", O_RDONLY | O_CREAT | O_EXCL, 0644));
    tell("write to what is open to read", write(descriptor, "x", 1));
    tell("truncate", truncate("hello.txt", 0));
    tell("ftruncate", ftruncate(descriptor, 0));
    tell("mkdir", mkdir("new", 0755));
    tell("mkdir of what is there", mkdir("sub", 0755));
    tell("rmdir", rmdir("sub"));
    tell("unlink", unlink("hello.txt"));
    tell("unlink what is not there", unlink("nothing"));
    tell("rename", rename("hello.txt", "other.txt"));
    tell("rename to elsewhere", rename("hello.txt", "/tmp/other.txt"));
    tell("rename from elsewhere", rename("/etc/passwd", "other.txt"));
    tell("link", link("hello.txt", "other.txt"));
    tell("link to elsewhere", link("hello.txt", "/tmp/other.txt"));
    tell("symlink", symlink("hello.txt", "other.txt"));
    tell("chmod", chmod("hello.txt", 0600));
    tell("chown", chown("hello.txt", -1, -1));
    tell("utimensat", utimensat(AT_FDCWD, "hello.txt", NULL, 0));
    tell("access to read", access("hello.txt", R_OK));
    tell("access to write", access("hello.txt", W_OK));
    tell("access to write to the folder", access(".", W_OK));
    tell("access to nothing", access("nothing", R_OK));
    tell("open a folder to write", open("sub", O_WRONLY));
    tell("open a file as a folder", open("hello.txt/x", O_RDONLY));
    struct statfs system;
    tell("statfs", statfs(".", &system));
    printf("read-only: %d\n", (system.f_flags & 1) != 0);
    printf("above the folder: %s\n", chdir("..") ? "nothing" : strcmp(getcwd(folder, sizeof folder), argv[1]) ? "another" : "itself");

    fflush(stdout);
    int child = fork();
    if (child == 0) {
        chdir(argv[1]);
        int inherited = open("sub/deep/file", O_RDONLY);
        long length = read(inherited, line, sizeof line);
        printf("in a child: %.*s", (int)length, line);
        return 0;
    }
    waitpid(child, NULL, 0);
    return 0;
}
