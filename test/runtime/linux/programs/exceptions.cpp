// Exceptions of C++ and types at run time: unwinding through many kinds of frames, rethrowing, translation, casts.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <variant>
#include <any>
#include <vector>
#include <sys/wait.h>
#include <unistd.h>

struct Noisy {
  std::string name;
  explicit Noisy(std::string n) : name(std::move(n)) { std::printf("  +%s\n", name.c_str()); }
  Noisy(const Noisy &other) : name(other.name + "'") { std::printf("  =%s\n", name.c_str()); }
  ~Noisy() { std::printf("  -%s (%d in flight)\n", name.c_str(), std::uncaught_exceptions()); }
};

struct Base {
  virtual ~Base() = default;
  virtual const char *kind() const { return "base"; }
};
struct Left : virtual Base {
  int left = 1;
  const char *kind() const override { return "left"; }
};
struct Right : virtual Base {
  int right = 2;
  const char *kind() const override { return "right"; }
};
struct Both : Left, Right {
  int both = 3;
  const char *kind() const override { return "both"; }
};
struct Error : std::runtime_error {
  int code;
  Error(int c) : std::runtime_error("error " + std::to_string(c)), code(c) {}
};
struct Special : Error, Both {
  Special() : Error(77) {}
};

static int deep(int depth, int thrown) {
  Noisy guard("deep" + std::to_string(depth));
  volatile char filler[40 + 24 * (depth % 3)];
  filler[depth % 40] = static_cast<char>(depth);
  if (depth == 0) {
    switch (thrown) {
      case 0: throw 42;
      case 1: throw std::string("text");
      case 2: throw Error(5);
      case 3: throw Special();
      case 4: throw 2.5L;
      case 5: throw static_cast<const Base *>(new Both);
      case 6: (void)std::vector<int>(3).at(7); break;
      case 7: (void)std::string("abc").substr(9); break;
      case 8: (void)dynamic_cast<Both &>(*std::make_unique<Left>()); break;
      case 9: (void)std::get<int>(std::variant<int, double>(1.5)); break;
      case 10: (void)std::any_cast<int>(std::any(1.0f)); break;
      case 11: std::function<void()>()(); break;
      case 12: throw nullptr;
    }
  }
  return deep(depth - 1, thrown) + filler[depth % 40];
}

static void each_kind() {
  for (int thrown = 0; thrown <= 12; thrown++) {
    std::printf("kind %d\n", thrown);
    try {
      deep(2, thrown);
    } catch (int value) {
      std::printf("int %d\n", value);
    } catch (const std::string &text) {
      std::printf("string %s\n", text.c_str());
    } catch (const Both &both) {
      std::printf("both %d %d %d %s %s\n", both.left, both.right, both.both, both.kind(), typeid(both).name());
    } catch (const Error &error) {
      std::printf("Error %d %s\n", error.code, error.what());
    } catch (const Base *base) {
      if (base == nullptr) std::printf("null pointer\n");
      else std::printf("pointer %s %d %d\n", base->kind(), dynamic_cast<const Right *>(base)->right, dynamic_cast<const Both *>(base) != nullptr);
      delete base;
    } catch (const std::exception &error) {
      std::printf("%s: %s\n", typeid(error).name(), error.what());
    } catch (long double value) {
      std::printf("long double %.3Lf\n", value);
    } catch (...) {
      std::printf("something else\n");
    }
  }
}

static int compare(const void *one, const void *other) {
  int a = *static_cast<const int *>(one), b = *static_cast<const int *>(other);
  if (a == 13 || b == 13) throw Error(a + b);
  return a - b;
}

static void through_callbacks() {
  int numbers[] = {9, 4, 13, 7, 1, 8};
  try {
    std::qsort(numbers, 6, sizeof *numbers, compare);
  } catch (const Error &) {
    std::printf("out of qsort\n");
  }
  std::vector<int> values{5, 3, 1, 4};
  try {
    std::sort(values.begin(), values.end(), [guard = Noisy("lambda")](int a, int b) {
      if (a + b == 8) throw std::pair(a, b);
      return a < b;
    });
  } catch (const std::pair<int, int> &pair) {
    std::printf("out of sort: %d\n", pair.first + pair.second);
  }
}

static void nested(int level) {
  try {
    if (level == 0) throw Error(1);
    nested(level - 1);
  } catch (const std::exception &) {
    std::throw_with_nested(std::logic_error("level " + std::to_string(level)));
  }
}
static void print_nested(const std::exception &error, int depth = 0) {
  std::printf("%*s%s\n", depth * 2, "", error.what());
  try {
    std::rethrow_if_nested(error);
  } catch (const std::exception &inner) {
    print_nested(inner, depth + 1);
  }
}

struct Member {
  Noisy one;
  Noisy two;
  Member(bool fails) try : one("one"), two(fails ? throw Error(9) : "two") {
  } catch (const Error &error) {
    std::printf("constructor: %s\n", error.what());
    throw;
  }
};

static void rethrown() {
  try {
    try {
      Noisy a("a");
      try {
        throw Special();
      } catch (Left &left) {
        left.left = 100;
        throw;
      }
    } catch (Both &both) {
      std::printf("left %d\n", both.left);
      try {
        throw std::bad_alloc();
      } catch (const std::bad_alloc &bad) {
        std::printf("inside: %s\n", bad.what());
      }
      throw;
    }
  } catch (std::runtime_error &error) {
    std::printf("at last %s\n", error.what());
  }
  std::exception_ptr kept;
  try {
    throw Noisy("kept");
  } catch (...) {
    kept = std::current_exception();
  }
  for (int i = 0; i < 2; i++) {
    try {
      std::rethrow_exception(kept);
    } catch (const Noisy &noisy) {
      std::printf("again %s\n", noisy.name.c_str());
    }
  }
  kept = nullptr;
  try {
    Member member(true);
  } catch (const Error &) {
    std::printf("no member\n");
  }
  Member fine(false);
  struct InDestructor {
    ~InDestructor() {
      try {
        Noisy n("while unwinding");
        throw 1;
      } catch (int) {
        std::printf("caught inside a destructor\n");
      }
    }
  };
  try {
    InDestructor one;
    throw Error(3);
  } catch (const Error &error) {
    std::printf("and still %d\n", error.code);
  }
}

static void allocation() {
  try {
    volatile std::size_t much = std::size_t(1) << 46;
    char *block = new char[much];
    std::printf("%p\n", static_cast<void *>(block));
  } catch (const std::bad_alloc &) {
    std::printf("too much\n");
  }
  try {
    volatile long negative = -1;
    int *block = new int[negative];
    std::printf("%p\n", static_cast<void *>(block));
  } catch (const std::bad_array_new_length &) {
    std::printf("negative\n");
  }
}

/** Thrown out of a signal handler: unwinds through the frame of the signal (built with -fnon-call-exceptions). */
static void handler(int number) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  throw Error(number);
}
static void out_of_signals() {
  std::signal(SIGFPE, handler);
  std::signal(SIGSEGV, handler);
  for (int round = 0; round < 3; round++) {
    try {
      Noisy guard("signal");
      volatile int zero = 0;
      if (round == 1) *reinterpret_cast<volatile int *>(static_cast<long>(zero)) = 1;
      else std::printf("%d\n", 10 / zero);
    } catch (const Error &error) {
      std::printf("signal %d as an exception\n", error.code);
    }
  }
}

static int in_child(void (*body)()) {
  std::fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    body();
    std::fflush(stdout);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void never() noexcept {
  Noisy guard("noexcept");
  throw Error(8);
}

int main() {
  each_kind();
  through_callbacks();
  try {
    nested(3);
  } catch (const std::exception &error) {
    print_nested(error);
  }
  rethrown();
  allocation();
  out_of_signals();
  std::printf("uncaught: %d\n", in_child([] { throw Error(6); }));
  std::printf("noexcept: %d\n", in_child(never));
  std::printf("own terminate: %d\n", in_child([] {
    std::set_terminate([] {
      std::printf("terminating %d\n", std::current_exception() != nullptr);
      std::fflush(stdout);
      _exit(7);
    });
    throw 1;
  }));
  std::unique_ptr<Base> bases[] = {std::make_unique<Base>(), std::make_unique<Left>(), std::make_unique<Both>()};
  for (auto &base : bases) {
    const Base &object = *base;
    std::printf("%s %s %d %d %d\n", object.kind(), typeid(object).name(), typeid(object) == typeid(Left),
                dynamic_cast<Left *>(base.get()) != nullptr, dynamic_cast<Right *>(base.get()) != nullptr);
  }
  int sum = 0;
  for (int i = 0; i < 500; i++) {
    try {
      if (i % 3 == 0) throw i;
      if (i % 5 == 0) throw std::to_string(i);
      sum++;
    } catch (int value) {
      sum += value;
    } catch (const std::string &text) {
      sum += static_cast<int>(text.size());
    }
  }
  std::printf("%d\n", sum);
  std::fflush(stdout);
  throw Special();
}
