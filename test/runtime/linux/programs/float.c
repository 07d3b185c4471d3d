// Numbers with a fraction: printed and read by the C library, computed by SSE and by the x87 FPU.
#define _GNU_SOURCE
#include <fenv.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void control(unsigned short word) { __asm__ volatile("fldcw %0" : : "m"(word)); }

static void print_numbers(void) {
  double numbers[] = {0.1, 1.0 / 3, 1e300, 5e-324, 123456789.125, -0.0, INFINITY, NAN, 2.5, 3.5};
  for (int i = 0; i < 10; i++) {
    double x = numbers[i];
    printf("%f %e %g %a %.20g\n", x, x, x, x, x);
  }
  printf("%Lf %La %.30Lg\n", 1.0L / 3, 1.0L / 3, 0x1.fffffffffffffffep+16383L);
}

static void compute(void) {
  for (int i = 1; i < 12; i++) {
    double x = i * 0.37;
    long double y = i * 0.37L;
    printf("%.17g %.17g %.17g %.17g\n", sin(x), exp(x), log(x), pow(x, 1.7));
    printf("%.20Lg %.20Lg %.20Lg\n", sqrtl(y), fmodl(1000.0L, y), remainderl(1000.0L, y));
    printf("%.20Lg %lld %.20Lg\n", rintl(y * 10), llrintl(y * 10), ldexpl(y, -16440));
  }
}

static void round_differently(void) {
  static const int modes[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
  for (int i = 0; i < 4; i++) {
    volatile long double one = 1, three = 3;
    volatile double ten = 10;
    fesetround(modes[i]);
    printf("%.20Lg %.17g %g\n", one / three, ten / 3, rint(2.5));
    feclearexcept(FE_ALL_EXCEPT);
    three = one / three;
    printf("inexact: %d\n", fetestexcept(FE_INEXACT) != 0);
  }
  fesetround(FE_TONEAREST);
  // Precision of 24, 53 and 64 bits.
  static const unsigned short words[] = {0x7f, 0x27f, 0x37f};
  for (int i = 0; i < 3; i++) {
    volatile long double one = 1, seven = 7;
    control(words[i]);
    volatile long double quotient = one / seven;
    control(0x37f);
    printf("%.20Lg\n", quotient);
  }
}

static void stack_of_registers(void) {
  unsigned short status;
  long double top;
  __asm__ volatile("fninit; fld1; fldpi; fldl2e; fldln2; fldz; fld1; fld1; fld1; fld1; fnstsw %0; fstpt %1; fninit"
                   : "=m"(status), "=m"(top));
  printf("too many: %04x %Lf\n", status, top);
  __asm__ volatile("fninit; faddp; fnstsw %0; fstpt %1; fninit" : "=m"(status), "=m"(top));
  printf("too few: %04x %Lf\n", status, top);
}

static void print_state(const char *where) {
  unsigned short control;
  unsigned mxcsr;
  double low;
  __asm__ volatile("fnstcw %0; stmxcsr %1; movsd %%xmm7, %2" : "=m"(control), "=m"(mxcsr), "=m"(low));
  printf("%s: %04x %04x %g\n", where, control, mxcsr & ~0x3f, low);
}

static void on_signal(int signal) {
  print_state("in the handler");
  fesetround(FE_DOWNWARD);
}

/** A handler begins with a fresh state, and leaves the interrupted one as it was. */
static void interrupt(void) {
  double seven = 7;
  signal(SIGUSR1, on_signal);
  fesetround(FE_UPWARD);
  __asm__ volatile("movsd %0, %%xmm7; fldpi" : : "m"(seven) : "xmm7");
  long result;
  // kill(getpid(), SIGUSR1), so that nothing in between touches the registers.
  __asm__ volatile("syscall" : "=a"(result) : "0"(39L) : "rcx", "r11", "memory");
  __asm__ volatile("syscall" : "=a"(result) : "0"(62L), "D"(result), "S"((long)SIGUSR1) : "rcx", "r11", "memory");
  double pi, low;
  __asm__ volatile("fstpl %0; movsd %%xmm7, %1" : "=m"(pi), "=m"(low));
  fesetround(FE_TONEAREST);
  printf("behind it: %.17g %g\n", pi, low);
}

static void on_exception(int signal, siginfo_t *info, void *context) {
  printf("signal %d, code %d\n", signal, info->si_code);
  fflush(stdout);
  exit(3);
}

int main(void) {
  print_numbers();
  compute();
  round_differently();
  stack_of_registers();
  interrupt();
  float single;
  double real;
  int read = sscanf("1.5 2.25e3", "%f %lf", &single, &real);
  printf("%d %g %g %.21Lg\n", read, single, real, strtold("3.14159265358979323846264338327950288", NULL));
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_exception;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGFPE, &action, NULL);
  // A division by zero that is not masked is reported by the next x87 instruction.
  control(0x37b);
  __asm__ volatile("fldz; fld1; fdivp; fwait");
  return 0;
}
