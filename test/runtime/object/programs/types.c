/* Types in all shapes that C has. */
#include <stdint.h>

enum colour { RED, GREEN = 5, BLUE };
typedef struct point {
  int x, y;
} point_t;
struct bits {
  unsigned low : 3;
  int sign : 5;
  unsigned long wide : 40;
  unsigned char tail : 1;
  short plain;
} bits;
struct nested {
  char letter;
  struct {
    int first;
    double second;
  } inner;
  union {
    float number;
    uint32_t image;
  };
  point_t points[2][3];
} nested;

int integer;
unsigned char byte;
signed char signed_byte;
const volatile long *pointer_to_qualified;
char *const constant_pointer = 0;
int array[7];
short matrix[2][3][4];
int (*function_pointer)(point_t *, const char *, double, enum colour);
void (*handlers[4])(void);
int (*array_pointer)[5];
point_t *point_pointer;
struct point structure;
enum colour colour;
void *anything;
_Bool flag;
float small;
double large;
long double largest;
_Complex double complex_number;
int (*variadic)(const char *, ...);
uint64_t typed;
char **strings;
struct opaque *opaque;
typedef int (*callback_t)(int);
callback_t callback;

int main(void) { return integer; }
