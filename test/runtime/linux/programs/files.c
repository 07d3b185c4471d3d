/* Files, folders, links and descriptors under /tmp. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void check(const char *what, long result) {
  if (result < 0) printf("%s: %s\n", what, strerror(errno));
  else printf("%s: %ld\n", what, result);
}

static int by_text(const void *one, const void *other) { return strcmp(*(char *const *)one, *(char *const *)other); }

static void list(const char *path) {
  char *names[32];
  int count = 0;
  DIR *folder = opendir(path);
  if (!folder) { check("opendir", -1); return; }
  for (struct dirent *entry; (entry = readdir(folder));) {
    char text[300];
    sprintf(text, "%s/%d", entry->d_name, entry->d_type);
    names[count++] = strdup(text);
  }
  closedir(folder);
  qsort(names, count, sizeof *names, by_text);
  printf("in the folder:");
  for (int i = 0; i < count; i++) { printf(" %s", names[i]); free(names[i]); }
  printf("\n");
}

int main(void) {
  char base[] = "/tmp/green-threads-XXXXXX", text[200];
  umask(022);
  check("mkdtemp", mkdtemp(base) ? 0 : -1);
  check("chdir", chdir(base));
  check("getcwd", getcwd(text, sizeof text) && strcmp(text, base) == 0 ? 0 : -1);
  int file = open("one.txt", O_RDWR | O_CREAT | O_EXCL, 0666);
  check("open", file);
  check("open again", open("one.txt", O_RDWR | O_CREAT | O_EXCL, 0666));
  check("write", write(file, "hello, world\n", 13));
  check("lseek", lseek(file, -6, SEEK_END));
  check("read", read(file, text, 100));
  check("seek back", lseek(file, -100, SEEK_CUR));
  check("pwrite", pwrite(file, "HELL", 4, 0));
  check("pread", pread(file, text, 5, 0));
  printf("%.5s\n", text);
  struct iovec pieces[2] = {{"abc", 3}, {"defg", 4}};
  check("writev", writev(file, pieces, 2));
  check("hole", lseek(file, 10000, SEEK_SET));
  check("behind the hole", write(file, "x", 1));
  struct stat status;
  check("fstat", fstat(file, &status));
  printf("size %ld mode %o links %ld blocks %d\n", (long)status.st_size, status.st_mode, (long)status.st_nlink, status.st_blksize == 4096);
  check("ftruncate", ftruncate(file, 20));
  check("size", lseek(file, 0, SEEK_END));
  int copy = dup(file);
  check("dup", copy);
  check("shared position", lseek(copy, 0, SEEK_CUR));
  check("dup2", dup2(file, 20));
  check("dup2 of nothing", dup2(99, 21));
  check("flags", fcntl(20, F_GETFL) & (O_ACCMODE | O_APPEND));
  check("close on exec", fcntl(20, F_GETFD));
  check("fcntl", fcntl(20, F_DUPFD_CLOEXEC, 30));
  check("its flag", fcntl(30, F_GETFD));
  close(copy); close(20); close(30); close(file);
  check("closed", write(file, "x", 1));
  check("append", file = open("one.txt", O_WRONLY | O_APPEND));
  check("write", write(file, "end", 3));
  check("read what is for writing", read(file, text, 1));
  close(file);
  check("stat", stat("one.txt", &status));
  printf("size %ld\n", (long)status.st_size);
  check("mkdir", mkdir("folder", 0777));
  check("mkdir again", mkdir("folder", 0777));
  check("mkdir in nothing", mkdir("nothing/folder", 0777));
  check("rename", rename("one.txt", "folder/two.txt"));
  check("symlink", symlink("folder/two.txt", "link"));
  check("readlink", readlink("link", text, sizeof text));
  check("lstat", lstat("link", &status));
  printf("link %d size %ld\n", S_ISLNK(status.st_mode), (long)status.st_size);
  check("stat through it", stat("link", &status));
  check("hard link", link("folder/two.txt", "hard"));
  check("stat", stat("hard", &status));
  printf("links %ld\n", (long)status.st_nlink);
  check("loop", symlink("loop", "loop"));
  check("open a loop", open("loop", O_RDONLY));
  list(".");
  check("access", access("hard", R_OK | W_OK));
  check("access to run", access("hard", X_OK));
  check("chmod", chmod("hard", 0700));
  check("access to run", access("hard", X_OK));
  check("no such file", open("folder/none", O_RDONLY));
  check("not a folder", open("hard/none", O_RDONLY));
  check("write to a folder", open("folder", O_WRONLY));
  check("rmdir", rmdir("folder"));
  check("unlink a folder", unlink("folder"));
  check("unlink", unlink("folder/two.txt"));
  check("rename over", rename("hard", "link"));
  check("rmdir", rmdir("folder"));
  check("rename into itself", (mkdir("a", 0777), rename("a", "a/b")));
  check("rmdir", rmdir("a"));
  check("dangling", (symlink("nowhere", "dangling"), stat("dangling", &status)));
  check("unlink", unlink("dangling"));
  check("unlink", unlink("loop"));
  FILE *stream = fopen("lines", "w+");
  for (int i = 0; i < 2000; i++) fprintf(stream, "line %d\n", i);
  fseek(stream, 0, SEEK_SET);
  int number, sum = 0;
  while (fscanf(stream, "line %d\n", &number) == 1) sum += number;
  printf("sum %d at %ld\n", sum, ftell(stream));
  unlink("lines");
  rewind(stream);
  printf("%s", fgets(text, sizeof text, stream));
  fclose(stream);
  list(".");
  check("unlink", unlink("link"));
  check("chdir", chdir(".."));
  check("rmdir", rmdir(base));
  check("null", file = open("/dev/null", O_RDWR));
  check("write", write(file, "gone", 4));
  check("read", read(file, text, 10));
  close(file);
  check("zero", file = open("/dev/zero", O_RDONLY));
  memset(text, 1, sizeof text);
  check("read", read(file, text, 10));
  printf("%d %d\n", text[9], text[10]);
  check("itself", readlink("/proc/self/exe", text, sizeof text) > 0 ? 0 : -1);
  check("root", chdir("/.."));
  check("getcwd", getcwd(text, sizeof text) ? 0 : -1);
  printf("%s\n", text);
  return 0;
}
