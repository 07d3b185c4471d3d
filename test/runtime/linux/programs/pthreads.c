/* The whole of POSIX threads: mutex kinds, conditions, cancellation, keys, barriers, locks, semaphores, signals to threads. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct timespec after(long nanoseconds) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  now.tv_nsec += nanoseconds;
  now.tv_sec += now.tv_nsec / 1000000000;
  now.tv_nsec %= 1000000000;
  return now;
}

static pthread_t begin(void *(*body)(void *), void *argument) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, body, argument) != 0) abort();
  return thread;
}
static intptr_t end(pthread_t thread) {
  void *result;
  pthread_join(thread, &result);
  return (intptr_t)result;
}

static void *lock_again(void *mutex) {
  struct timespec soon = after(2000000);
  int tried = pthread_mutex_trylock(mutex), timed = pthread_mutex_timedlock(mutex, &soon), unlocked = pthread_mutex_unlock(mutex);
  return (void *)(intptr_t)(tried * 1000000 + timed * 1000 + unlocked);
}
static void mutexes(void) {
  static const int kinds[] = {PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK};
  for (int i = 0; i < 2; i++) {
    pthread_mutexattr_t attributes;
    pthread_mutex_t mutex;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, kinds[i]);
    pthread_mutex_init(&mutex, &attributes);
    int first = pthread_mutex_lock(&mutex), second = pthread_mutex_lock(&mutex);
    printf("kind %d: %d %d, elsewhere %ld", i, first, second, (long)end(begin(lock_again, &mutex)));
    int three[] = {pthread_mutex_unlock(&mutex), pthread_mutex_unlock(&mutex), pthread_mutex_unlock(&mutex)};
    printf(", unlocked %d %d %d\n", three[0], three[1], three[2]);
    pthread_mutex_destroy(&mutex);
  }
}

static pthread_mutex_t robust;
static void *die_with_lock(void *unused) { return pthread_mutex_lock(&robust), unused; }
static void robustness(void) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&robust, &attributes);
  end(begin(die_with_lock, NULL));
  int locked = pthread_mutex_lock(&robust);
  printf("robust %d", locked == EOWNERDEAD);
  if (locked == EOWNERDEAD) printf(" %d", pthread_mutex_consistent(&robust));
  int unlocked = pthread_mutex_unlock(&robust);
  printf(" %d %d\n", unlocked, pthread_mutex_lock(&robust));
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn, trace[30];
static void *take_turns(void *number) {
  int me = (int)(intptr_t)number;
  for (int round = 0; round < 5; round++) {
    pthread_mutex_lock(&gate);
    while (turn % 4 != me) pthread_cond_wait(&changed, &gate);
    trace[turn++] = me;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&gate);
  }
  return number;
}
static void conditions(void) {
  pthread_t threads[4];
  for (intptr_t i = 0; i < 4; i++) threads[i] = begin(take_turns, (void *)i);
  long sum = 0;
  for (int i = 0; i < 4; i++) sum += end(threads[i]);
  for (int i = 0; i < turn; i++) printf("%d", trace[i]);
  pthread_mutex_lock(&gate);
  struct timespec soon = after(3000000);
  printf(" %ld timed out %d\n", sum, pthread_cond_timedwait(&changed, &gate, &soon) == ETIMEDOUT);
  pthread_mutex_unlock(&gate);
}

static int cleaned[8], cleanups;
static void clean(void *number) { cleaned[cleanups++] = (int)(intptr_t)number; }
static sem_t reached, never;
static void *wait_forever(void *kind) {
  pthread_cleanup_push(clean, (void *)((intptr_t)kind * 10 + 1));
  pthread_cleanup_push(clean, (void *)((intptr_t)kind * 10 + 2));
  sem_post(&reached);
  switch ((intptr_t)kind) {
    case 0: sem_wait(&never); break;
    case 1:
      pthread_mutex_lock(&gate);
      pthread_cleanup_push((void (*)(void *))pthread_mutex_unlock, &gate);
      for (;;) pthread_cond_wait(&changed, &gate);
      pthread_cleanup_pop(1);
    case 2:
      pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
      for (volatile unsigned i = 0;; i++) {
      }
    case 3: {
      int old;
      pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
      struct timespec pause = {0, 2000000};
      nanosleep(&pause, NULL);
      pthread_setcancelstate(old, NULL);
      pthread_testcancel();
    }
  }
  pthread_cleanup_pop(0);
  pthread_cleanup_pop(0);
  return NULL;
}
static void cancellation(void) {
  sem_init(&reached, 0, 0), sem_init(&never, 0, 0);
  for (intptr_t kind = 0; kind < 4; kind++) {
    pthread_t thread = begin(wait_forever, (void *)kind);
    sem_wait(&reached);
    int asked = pthread_cancel(thread);
    printf("cancelled %ld: %d %d\n", (long)kind, asked, (void *)end(thread) == PTHREAD_CANCELED);
  }
  for (int i = 0; i < cleanups; i++) printf("%d ", cleaned[i]);
  printf("%d\n", pthread_mutex_trylock(&gate));
  pthread_mutex_unlock(&gate);
}

static pthread_key_t keys[2];
static int destroyed;
static void destroy(void *value) {
  destroyed += (int)(intptr_t)value;
  if ((intptr_t)value > 1) pthread_setspecific(keys[0], (void *)((intptr_t)value / 2));
}
static _Thread_local struct { long a; char text[40]; } local = {41, "initial"};
static void *use_locals(void *number) {
  pthread_setspecific(keys[0], (void *)((intptr_t)number * 4));
  pthread_setspecific(keys[1], (void *)1);
  local.a += (intptr_t)number;
  strcat(local.text, "+");
  return (void *)(local.a + (intptr_t)strlen(local.text) + (intptr_t)pthread_getspecific(keys[0]));
}
static void *leave(void *value) { pthread_exit((char *)value + 1); }
static void locals(void) {
  pthread_key_create(&keys[0], destroy), pthread_key_create(&keys[1], NULL);
  long sum = 0;
  for (intptr_t i = 0; i < 3; i++) sum += end(begin(use_locals, (void *)i));
  printf("locals %ld %d %ld %s, exit %ld\n", sum, destroyed, local.a, local.text, (long)end(begin(leave, (void *)6)));
}

static pthread_barrier_t barrier;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int readers, writes, spun, serial, initialised;
static void initialise(void) { initialised++; }
static void *work(void *number) {
  for (int round = 0; round < 4; round++) {
    if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) serial++;
    pthread_once(&once, initialise);
    if (round % 4 == (intptr_t)number) {
      pthread_rwlock_wrlock(&lock);
      writes += 10;
      pthread_rwlock_unlock(&lock);
    } else {
      pthread_rwlock_rdlock(&lock);
      __atomic_add_fetch(&readers, 1, __ATOMIC_SEQ_CST);
      pthread_rwlock_unlock(&lock);
    }
    pthread_spin_lock(&spin);
    spun += round;
    pthread_spin_unlock(&spin);
    sched_yield();
  }
  return NULL;
}
static void groups(void) {
  pthread_barrier_init(&barrier, NULL, 4);
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
  pthread_t threads[4];
  for (intptr_t i = 0; i < 4; i++) threads[i] = begin(work, (void *)i);
  for (int i = 0; i < 4; i++) end(threads[i]);
  printf("group: %d serial, %d read, %d written, %d spun, %d once\n", serial, readers, writes, spun, initialised);
}

static volatile int handled, waited;
static pthread_t receiver;
static void on_signal(int number) {
  if (pthread_equal(pthread_self(), receiver)) handled = number;
}
static void *receive(void *unused) {
  sigset_t set;
  sigemptyset(&set), sigaddset(&set, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  sem_post(&reached);
  while (sem_wait(&never) != 0 && errno == EINTR) {
  }
  int number = 0;
  sigwait(&set, &number);
  waited = number;
  return unused;
}
static void *with_attributes(void *unused) {
  pthread_attr_t attributes;
  size_t size = 0, guard = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    void *address;
    pthread_attr_getstack(&attributes, &address, &size), pthread_attr_getguardsize(&attributes, &guard);
    pthread_attr_destroy(&attributes);
  }
  volatile char large[100000];
  memset((char *)large, 1, sizeof large);
  return (void *)(intptr_t)((size >= 200000) + 2 * (guard > 0) + 4 * large[99999]);
}
static void rest(void) {
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, NULL);
  receiver = begin(receive, NULL);
  sem_wait(&reached);
  pthread_kill(receiver, SIGUSR1), pthread_kill(receiver, SIGUSR2);
  sem_post(&never);
  end(receiver);
  printf("signals %d %d\n", handled == SIGUSR1, waited == SIGUSR2);
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 * 1024), pthread_attr_setguardsize(&attributes, 8192);
  pthread_create(&thread, &attributes, with_attributes, NULL);
  printf("attributes %ld\n", (long)end(thread));
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_create(&thread, &attributes, leave, NULL);
  sem_t *semaphore = &reached;
  int value;
  struct timespec soon = after(1000000);
  printf("semaphore %d %d", sem_trywait(semaphore), errno == EAGAIN);
  printf(" %d %d", sem_timedwait(semaphore, &soon), errno == ETIMEDOUT);
  sem_post(semaphore), sem_post(semaphore), sem_getvalue(semaphore, &value);
  printf(" %d\n", value);
  clockid_t clock;
  struct timespec used;
  printf("clock %d %d\n", pthread_getcpuclockid(pthread_self(), &clock), clock_gettime(clock, &used));
}

static void *last(void *main_thread) {
  pthread_join(*(pthread_t *)main_thread, NULL);
  printf("the last thread ends the process\n");
  return NULL;
}

int main(void) {
  mutexes();
  robustness();
  conditions();
  cancellation();
  locals();
  groups();
  rest();
  static pthread_t main_thread;
  main_thread = pthread_self();
  begin(last, &main_thread);
  pthread_exit(NULL);
}
