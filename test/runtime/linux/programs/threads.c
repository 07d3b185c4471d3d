/* Threads of the system: creation, joining, locks, conditions, thread-local storage, signals to a thread. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long total, queue[4];
static int queued, finished;
static atomic_long atomic_total;
static _Thread_local long own;

static void *count(void *argument) {
  for (long i = 0; i < 20000; i++) {
    pthread_mutex_lock(&lock);
    total += (long)argument;
    pthread_mutex_unlock(&lock);
    atomic_fetch_add(&atomic_total, 1);
    own++;
  }
  return (void *)(own * (long)argument);
}

static void *produce(void *argument) {
  for (long i = 1; i <= 500; i++) {
    pthread_mutex_lock(&lock);
    while (queued == 4) pthread_cond_wait(&changed, &lock);
    queue[queued++] = i;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
  }
  pthread_mutex_lock(&lock);
  finished = 1;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  return NULL;
}

static void *consume(void *argument) {
  long sum = 0;
  for (;;) {
    pthread_mutex_lock(&lock);
    while (queued == 0 && !finished) pthread_cond_wait(&changed, &lock);
    if (queued == 0) break;
    sum += queue[--queued];
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
  }
  pthread_mutex_unlock(&lock);
  return (void *)sum;
}

static sem_t semaphore;
static atomic_int go;
static void *spin(void *argument) {
  while (!atomic_load(&go)) {}
  sem_post(&semaphore);
  return NULL;
}

static pthread_t main_thread;
static int ends[2];
static void *talk(void *argument) {
  char byte;
  while (read(ends[0], &byte, 1) == 1 && byte != 'x') total++;
  return "over";
}

static void *first_key_value;
static void forget(void *value) { first_key_value = value; }
static pthread_key_t key;
static void *with_key(void *argument) {
  pthread_setspecific(key, "kept");
  return NULL;
}

static volatile sig_atomic_t handled_in_main;
static void handle(int signal) { handled_in_main = pthread_equal(pthread_self(), main_thread); }

int main(void) {
  pthread_t threads[6];
  void *result;
  long sum = 0;
  for (long i = 0; i < 6; i++) pthread_create(&threads[i], NULL, count, (void *)(i + 1));
  for (int i = 0; i < 6; i++) { pthread_join(threads[i], &result); sum += (long)result; }
  printf("%ld %ld %ld\n", total, sum, (long)atomic_total);

  pthread_create(&threads[0], NULL, produce, NULL);
  for (int i = 1; i < 4; i++) pthread_create(&threads[i], NULL, consume, NULL);
  pthread_join(threads[0], NULL);
  sum = 0;
  for (int i = 1; i < 4; i++) { pthread_join(threads[i], &result); sum += (long)result; }
  printf("consumed %ld\n", sum);

  sem_init(&semaphore, 0, 0);
  for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, spin, NULL);
  usleep(1000);
  atomic_store(&go, 1);
  for (int i = 0; i < 3; i++) sem_wait(&semaphore);
  for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
  printf("all spun\n");

  if (pipe(ends) != 0) return 1;
  total = 0;
  pthread_create(&threads[0], NULL, talk, NULL);
  for (int i = 0; i < 100; i++) if (write(ends[1], "ab", 2) != 2) return 1;
  if (write(ends[1], "x", 1) != 1) return 1;
  pthread_join(threads[0], &result);
  printf("%ld %s\n", total, (char *)result);

  pthread_mutex_lock(&lock);
  struct timespec deadline;
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_nsec += 2000000;
  if (deadline.tv_nsec >= 1000000000) { deadline.tv_sec++; deadline.tv_nsec -= 1000000000; }
  printf("%s\n", strerror(pthread_cond_timedwait(&changed, &lock, &deadline)));
  pthread_mutex_unlock(&lock);

  pthread_key_create(&key, forget);
  pthread_create(&threads[0], NULL, with_key, NULL);
  pthread_join(threads[0], NULL);
  printf("%s\n", (char *)first_key_value);

  main_thread = pthread_self();
  signal(SIGUSR1, handle);
  pthread_kill(main_thread, SIGUSR1);
  printf("in main %d\n", handled_in_main);
  return 5;
}
