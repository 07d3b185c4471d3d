/* Executes the SQL on standard input, one statement after the other, with Debian's static library (libsqlite3-dev). */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

static char *read_all(void) {
  size_t size = 0, room = 1 << 16, got;
  char *text = malloc(room + 1);
  while ((got = fread(text + size, 1, room - size, stdin)) > 0)
    if ((size += got) == room) text = realloc(text, (room *= 2) + 1);
  text[size] = 0;
  return text;
}

int main(int count, char **words) {
  sqlite3 *database;
  /* The first argument names a file; without one the database is in memory. */
  if (sqlite3_open(count > 1 ? words[1] : ":memory:", &database) != SQLITE_OK) return 2;
  char *text = read_all();
  int errors = 0;
  for (const char *rest = text; *rest != 0;) {
    sqlite3_stmt *statement = NULL;
    const char *next = rest;
    int result = sqlite3_prepare_v2(database, rest, -1, &statement, &next);
    while (result == SQLITE_OK && statement != NULL && (result = sqlite3_step(statement)) == SQLITE_ROW) {
      for (int i = 0; i < sqlite3_column_count(statement); i++) {
        if (i > 0) putchar('|');
        if (sqlite3_column_type(statement, i) == SQLITE_BLOB) printf("<%d bytes>", sqlite3_column_bytes(statement, i));
        else if (sqlite3_column_type(statement, i) == SQLITE_FLOAT) printf("%.17g", sqlite3_column_double(statement, i));
        else fputs(sqlite3_column_type(statement, i) == SQLITE_NULL ? "null" : (const char *)sqlite3_column_text(statement, i), stdout);
      }
      putchar('\n');
      result = SQLITE_OK;
    }
    if (result != SQLITE_OK && result != SQLITE_DONE) {
      printf("error: %s\n", sqlite3_errmsg(database));
      errors++;
      if (next == rest) break;
    }
    sqlite3_finalize(statement);
    rest = next;
  }
  printf("%d changes, %d errors\n", sqlite3_total_changes(database), errors);
  free(text);
  return sqlite3_close(database) == SQLITE_OK ? errors : 100;
}
