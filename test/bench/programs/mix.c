/* What small control programs do, `size` rounds of it: a linked list searched, reversed and sorted, products of integer
   matrices, a state machine that reads numbers, and a checksum (CRC-16) over what the others found. */
#include "support.h"

static uint16_t crc(uint16_t sum, uint32_t value) {
  for (int bit = 0; bit < 32; bit++, value >>= 1) {
    int carry = (sum ^ value) & 1;
    sum >>= 1;
    if (carry) sum ^= 0xa001;
  }
  return sum;
}

/* The list. */
struct node {
  struct node *next;
  int16_t key, value;
};
enum { nodes = 200 };
static struct node pool[nodes];

static struct node *make_list(uint64_t *random) {
  for (int i = 0; i < nodes; i++) {
    pool[i].next = i + 1 < nodes ? &pool[i + 1] : 0;
    pool[i].key = (int16_t)(next_random(random) & 0x3fff);
    pool[i].value = (int16_t)i;
  }
  return pool;
}

static struct node *find(struct node *list, int16_t key) {
  while (list && list->key != key) list = list->next;
  return list;
}

static struct node *reverse(struct node *list) {
  struct node *done = 0;
  while (list) {
    struct node *next = list->next;
    list->next = done;
    done = list;
    list = next;
  }
  return done;
}

typedef int (*comparison)(const struct node *, const struct node *);
static int by_key(const struct node *a, const struct node *b) { return a->key - b->key; }
static int by_value(const struct node *a, const struct node *b) { return a->value - b->value; }

static struct node *merge(struct node *a, struct node *b, comparison compare) {
  struct node head, *last = &head;
  while (a && b) {
    struct node **smaller = compare(a, b) <= 0 ? &a : &b;
    last->next = *smaller;
    last = *smaller;
    *smaller = last->next;
  }
  last->next = a ? a : b;
  return head.next;
}

static struct node *sort(struct node *list, comparison compare) {
  if (!list || !list->next) return list;
  struct node *slow = list;
  for (struct node *fast = list->next; fast && fast->next; fast = fast->next->next) slow = slow->next;
  struct node *half = slow->next;
  slow->next = 0;
  return merge(sort(list, compare), sort(half, compare), compare);
}

static uint16_t lists(uint64_t *random, uint16_t sum) {
  struct node *list = sort(make_list(random), by_key);
  for (int i = 0; i < 12; i++) {
    struct node *found = find(list, (int16_t)(next_random(random) & 0x3fff));
    sum = crc(sum, found ? found->value : 0xffff);
  }
  list = reverse(list);
  for (struct node *at = list; at; at = at->next->next ? at->next->next : 0) {
    sum = crc(sum, at->key);
    if (!at->next) break;
  }
  list = sort(list, by_value);
  return crc(sum, list->key);
}

/* The matrices. */
enum { order = 10 };
static int16_t a[order][order], b[order][order];
static int32_t c[order][order];

static uint16_t matrices(uint64_t *random, uint16_t sum) {
  for (int i = 0; i < order; i++)
    for (int j = 0; j < order; j++) {
      a[i][j] = (int16_t)(next_random(random) & 0xff);
      b[i][j] = (int16_t)(next_random(random) & 0xff) - 100;
    }
  for (int i = 0; i < order; i++)
    for (int j = 0; j < order; j++) {
      int32_t total = 0;
      for (int k = 0; k < order; k++) total += (int32_t)a[i][k] * b[k][j];
      c[i][j] = total;
    }
  for (int i = 0; i < order; i++)
    for (int j = 0; j < order; j++) {
      int32_t total = 0;
      for (int k = 0; k < order; k++) total += ((c[i][k] >> 2) & 15) * ((a[k][j] >> 5) & 0x7f);
      sum = crc(sum, (uint32_t)total);
    }
  return sum;
}

/* The state machine: numbers with signs, points and exponents, separated by commas. */
enum state { start, sign, integer, point, fraction, exponent, exponent_sign, power, invalid, states };
enum { text_length = 300 };
static char text[text_length + 1];

static enum state advance(enum state now, char c) {
  int digit = c >= '0' && c <= '9';
  switch (now) {
    case start: return digit ? integer : c == '+' || c == '-' ? sign : c == '.' ? point : invalid;
    case sign: return digit ? integer : c == '.' ? point : invalid;
    case integer: return digit ? integer : c == '.' ? fraction : c == 'e' ? exponent : invalid;
    case point:
    case fraction: return digit ? fraction : c == 'e' && now == fraction ? exponent : invalid;
    case exponent: return digit ? power : c == '+' || c == '-' ? exponent_sign : invalid;
    case exponent_sign:
    case power: return digit ? power : invalid;
    default: return invalid;
  }
}

static uint16_t machine(uint64_t *random, uint16_t sum) {
  uint32_t ended[states] = {0};
  for (int i = 0; i < text_length; i++) text[i] = "0123456789.,+-e,5371,.0e"[next_random(random) % 24];
  text[text_length] = ',';
  enum state now = start;
  for (int i = 0; i <= text_length; i++) {
    if (text[i] == ',') {
      ended[now]++;
      now = start;
    } else {
      now = advance(now, text[i]);
    }
  }
  for (int i = 0; i < states; i++) sum = crc(sum, ended[i]);
  return sum;
}

uint64_t work(uint64_t size) {
  uint64_t random = 0x9e3779b97f4a7c15;
  uint16_t sum = 0xffff;
  for (uint64_t round = 0; round < size; round++) {
    sum = lists(&random, sum);
    sum = matrices(&random, sum);
    sum = machine(&random, sum);
  }
  return ((uint64_t)sum << 48) | (random & 0xffffffffffff);
}
