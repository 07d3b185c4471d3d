/* What a program is given: arguments, options, environment, standard input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int option;
  while ((option = getopt(argc, argv, "vn:")) != -1) {
    if (option == 'v') printf("option v\n");
    else if (option == 'n') printf("option n %s\n", optarg);
    else printf("unknown option\n");
  }
  for (int i = optind; i < argc; i++) printf("argument %s\n", argv[i]);
  printf("COLOR=%s MISSING=%s\n", getenv("COLOR"), getenv("MISSING") ? "set" : "unset");
  setenv("ADDED", "now", 1);
  unsetenv("COLOR");
  printf("ADDED=%s COLOR=%s\n", getenv("ADDED"), getenv("COLOR") ? "set" : "unset");
  printf("page size %ld, secure %lu, random %d, platform %s, entry %d\n", sysconf(_SC_PAGESIZE), getauxval(AT_SECURE),
         getauxval(AT_RANDOM) != 0, (char *)getauxval(AT_PLATFORM), getauxval(AT_ENTRY) != 0);
  char line[100];
  int lines = 0;
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    printf("line %d: %s (%zu)\n", ++lines, line, strlen(line));
  }
  printf("end of input %d\n", feof(stdin) != 0);
  return lines;
}
