// One thread: the coroutines of C++20 have no stacks.
#include <coroutine>
#include "truth.h"
struct Generator {
  struct promise_type {
    int value = 0;
    Generator get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(int next) { value = next; return {}; }
    void return_void() {}
    void unhandled_exception() { throw; }
  };
  std::coroutine_handle<promise_type> handle;
  ~Generator() { handle.destroy(); }
  Generator(std::coroutine_handle<promise_type> h) : handle(h) {}
  Generator(const Generator &) = delete;
};
static Generator numbers(int n) {
  for (int i = 0; i < n; i++) co_yield i;
}
int main() {
  int sum = 0;
  Generator one = numbers(10), two = numbers(5);
  while (!one.handle.done()) {
    one.handle.resume();
    if (!two.handle.done()) two.handle.resume();
    sum += one.handle.promise().value * two.handle.promise().value;
  }
  printf("sum %d\n", sum);
  return truth("none");
}
