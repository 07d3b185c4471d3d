/* What the C library knows about places and conventions: time zones, locales, wide characters, encodings, patterns, options. */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <ftw.h>
#include <getopt.h>
#include <glob.h>
#include <iconv.h>
#include <langinfo.h>
#include <libgen.h>
#include <locale.h>
#include <regex.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

static void times(void) {
  static const char *const zones[] = {"UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0", "<+0530>-5:30", "NZST-12NZDT,M9.5.0,M4.1.0/3"};
  static const time_t moments[] = {0, 951782400, 1711846799, 1711846800, 1729990800, 4102444799, -86400 * 365L * 70};
  for (int z = 0; z < 5; z++) {
    setenv("TZ", zones[z], 1);
    tzset();
    for (int i = 0; i < 7; i++) {
      struct tm parts;
      char text[80];
      localtime_r(&moments[i], &parts);
      strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %Z %z %a %j %U %V", &parts);
      printf("%s %d\n", text, mktime(&parts) == moments[i]);
    }
  }
  struct tm parsed = {0};
  char *rest = strptime("Thu, 29 Feb 2024 23:59:60 tail", "%a, %d %b %Y %H:%M:%S", &parsed);
  parsed.tm_mon += 13, parsed.tm_mday -= 40;
  time_t made = timegm(&parsed);
  printf("[%s] %ld %.24s %d\n", rest, (long)made, asctime(&parsed), parsed.tm_yday);
}

static void locales(void) {
  printf("%s %s [%s] %s\n", setlocale(LC_ALL, NULL), nl_langinfo(CODESET), localeconv()->thousands_sep, nl_langinfo(DAY_3));
  /* That of glibc is a file of the host. */
#ifndef __GLIBC__
  const char *utf8 = setlocale(LC_ALL, "C.UTF-8");
  if (utf8 != NULL) {
    printf("%s\n", utf8);
    wchar_t wide[40];
    size_t length = mbstowcs(wide, "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x8c\xb1", 40);
    printf("%zu %x %x %d %d\n", length, (unsigned)wide[2], (unsigned)wide[8], iswalpha(wide[2]) != 0, wcwidth(wide[6]));
    char back[80];
    printf("%zu %s\n", wcstombs(back, wide, sizeof back), back);
    printf("[%ls] [%6.3ls] [%lc]\n", wide, wide, wide[6]);
    wchar_t formatted[60];
    swprintf(formatted, 60, L"%d %ls %.3f %s", 42, L"wide", 2.5, "narrow");
    printf("%ls %zu %ld %x\n", formatted, wcslen(formatted), wcstol(L"-123x", NULL, 10), (unsigned)towupper(0xe9));
    mbstate_t state = {0};
    printf("%zd %zd\n", (ssize_t)mbrtowc(wide, "\xe2\x82", 2, &state), (ssize_t)mbrtowc(wide, "\xff", 1, &state));
  }
  setlocale(LC_ALL, "C");
#endif
  printf("%d %d\n", strcoll("a", "B") > 0, setlocale(LC_ALL, "xx_YY") == NULL);
}

static void encodings(void) {
  static const struct { const char *to, *from, *text; } cases[] = {
      {"UCS-4BE", "UTF-8", "z\xc3\xbc"}, {"ASCII", "UTF-8", "a\xe2\x82\xac"},
#ifndef __GLIBC__ /* The other ones of glibc are shared libraries of the host. */
      {"UTF-8", "ISO-8859-1", "caf\xe9"}, {"UTF-16LE", "UTF-8", "\xe2\x82\xac 5"}, {"ISO-8859-1", "UTF-8", "\xe2\x82\xac"},
#endif
      {"UTF-8", "ASCII", "plain"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    iconv_t converter = iconv_open(cases[i].to, cases[i].from);
    if (converter == (iconv_t)-1) {
      printf("no %s\n", cases[i].to);
      continue;
    }
    char buffer[40], *out = buffer, *in = (char *)cases[i].text;
    size_t left = strlen(in), room = sizeof buffer;
    errno = 0;
    size_t result = iconv(converter, &in, &left, &out, &room);
    printf("%zd %d left %zu:", (ssize_t)result, errno, left);
    for (char *at = buffer; at < out; at++) printf(" %02x", (unsigned char)*at);
    printf("\n");
    iconv_close(converter);
  }
}

static void patterns(void) {
  regex_t pattern;
  regmatch_t parts[3];
  regcomp(&pattern, "([a-z]+)-([0-9]{2,4})", REG_EXTENDED);
  printf("%d", regexec(&pattern, "look: abc-12345", 3, parts, 0));
  for (int i = 0; i < 3; i++) printf(" %d..%d", (int)parts[i].rm_so, (int)parts[i].rm_eo);
  regfree(&pattern);
  printf(" %d", regcomp(&pattern, "(", REG_EXTENDED));
  printf(" %d %d %d\n", fnmatch("*.[ch]", "x.c", 0), fnmatch("a/*", "a/b/c", FNM_PATHNAME), fnmatch("[!a-c]*", "dog", 0));
}

static int visited;
static int visit(const char *path, const struct stat *state, int type, struct FTW *at) {
  printf("%s%s:%d:%d", visited++ ? " " : "", path + at->base, type, at->level);
  if (type == FTW_F) printf(":%ld", (long)state->st_size);
  return 0;
}
static void trees(void) {
  char folder[] = "/tmp/placesXXXXXX";
  if (mkdtemp(folder) == NULL || chdir(folder) != 0) perror("mkdtemp");
  mkdir("d", 0755), mkdir("d/e", 0700);
  static const char *const names[] = {"a.c", "b.c", "b.h", "d/x.c", "d/e/deep"};
  for (int i = 0; i < 5; i++) {
    FILE *file = fopen(names[i], "w");
    fprintf(file, "%0*d", i * 7, i), fclose(file);
  }
  glob_t found;
  printf("%d", glob("*.c", 0, NULL, &found)), printf(" %zu", found.gl_pathc);
  printf(" %d", glob("[b-z]/x.[ch]", GLOB_APPEND, NULL, &found));
  for (size_t i = 0; i < found.gl_pathc; i++) printf(" %s", found.gl_pathv[i]);
  globfree(&found);
  struct dirent **entries;
  int count = scandir(".", &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) printf(" %s", entries[i]->d_name);
  printf("\n");
  nftw("d/e", visit, 10, FTW_PHYS | FTW_DEPTH);
  for (int i = 0; i < 5; i++) remove(names[i]);
  rmdir("d/e"), rmdir("d");
  char path[] = "/usr/lib/name", *again = strdup(path);
  chdir("/");
  printf("\n%d %s %s\n", rmdir(folder), dirname(path), basename(again));
  free(again);
}

static int compare(const void *a, const void *b) { return strcmp(a, b); }
static void walk(const void *node, VISIT order, int depth) {
  if (order == postorder || order == leaf) printf("%s@%d ", *(char *const *)node, depth);
}
static void searching(void) {
  void *root = NULL;
  static char *const words[] = {"delta", "alpha", "echo", "bravo", "charlie", "alpha"};
  for (int i = 0; i < 6; i++) tsearch(words[i], &root, compare);
  tdelete("bravo", &root, compare);
  twalk(root, walk);
  hcreate(20);
  for (int i = 0; i < 5; i++) hsearch((ENTRY){words[i], words[4 - i]}, ENTER);
  printf("%s %d\n", (char *)hsearch((ENTRY){"echo", NULL}, FIND)->data, hsearch((ENTRY){"none", NULL}, FIND) == NULL);
}

int main(int count, char **words) {
  static const struct option options[] = {{"verbose", no_argument, NULL, 'v'}, {"number", required_argument, NULL, 'n'}, {0}};
  for (int option; (option = getopt_long(count, words, "vn:", options, NULL)) != -1;) printf("-%c %s\n", option, optarg != NULL ? optarg : "");
  for (int i = optind; i < count; i++) printf("word %s\n", words[i]);
  times();
  locales();
  encodings();
  patterns();
  trees();
  searching();
  FILE *stream = fmemopen(NULL, 100, "w+");
  fprintf(stream, "%d:%s", 12, "memory"), rewind(stream);
  int number;
  char word[20], *line = NULL, *text;
  size_t size = 0;
  printf("%d %d %s\n", fscanf(stream, "%d:%19s", &number, word), number, word);
  fclose(stream);
  stream = open_memstream(&text, &size);
  for (int i = 0; i < 1000; i++) fprintf(stream, "%d,", i);
  fclose(stream);
  printf("%zu %.10s\n", size, text + 500);
  free(text);
  size = 0;
  while (getline(&line, &size, stdin) > 0) printf("%zu %s", strlen(line), line);
  free(line);
  struct utsname system;
  printf("\n%d %s %s\n", uname(&system), system.sysname, system.machine);
  return 0;
}
