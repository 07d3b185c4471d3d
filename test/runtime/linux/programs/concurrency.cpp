// Threads of C++: what is printed does not depend on the order in which they run.
#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <iostream>
#include <latch>
#include <mutex>
#include <numeric>
#include <semaphore>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

template <typename T> class Channel {
  std::mutex mutex;
  std::condition_variable filled, drained;
  std::deque<T> values;
  bool closed = false;

public:
  void send(T value) {
    std::unique_lock lock(mutex);
    drained.wait(lock, [this] { return values.size() < 8; });
    values.push_back(std::move(value));
    filled.notify_one();
  }
  bool receive(T &value) {
    std::unique_lock lock(mutex);
    filled.wait(lock, [this] { return !values.empty() || closed; });
    if (values.empty()) return false;
    value = std::move(values.front());
    values.pop_front();
    drained.notify_one();
    return true;
  }
  void close() {
    std::lock_guard lock(mutex);
    closed = true;
    filled.notify_all();
  }
};

static thread_local struct PerThread {
  int used = 0;
  static inline std::atomic<int> born = 0, gone = 0;
  PerThread() { born++; }
  ~PerThread() { gone += used; }
} per_thread;

struct Pair {
  long one, other;
  bool operator==(const Pair &) const = default;
};

int main() {
  long total = 0;
  {
    Channel<std::string> words;
    Channel<long> lengths;
    std::vector<std::thread> workers;
    std::atomic<int> running = 3;
    for (int i = 0; i < 3; i++)
      workers.emplace_back([&] {
        for (std::string word; words.receive(word); per_thread.used++) lengths.send(static_cast<long>(word.size()));
        if (--running == 0) lengths.close();
      });
    std::thread sender([&] {
      for (int i = 0; i < 300; i++) words.send(std::string(i % 17, 'x'));
      words.close();
    });
    for (long length; lengths.receive(length);) total += length;
    sender.join();
    for (auto &worker : workers) worker.join();
  }
  std::cout << "channels " << total << ' ' << PerThread::gone << '\n';

  std::atomic<long> counter = 0;
  std::atomic<double> real = 0;
  std::atomic<Pair> pair(Pair{0, 0});
  std::atomic_flag flag;
  long plain = 0;
  std::mutex mutex;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; t++)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; i++) {
        counter.fetch_add(t, std::memory_order_relaxed);
        real += 0.5;
        for (Pair seen = pair.load(); !pair.compare_exchange_weak(seen, {seen.one + 1, seen.other - t});) {
        }
        while (flag.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
        plain += i;
        flag.clear(std::memory_order_release);
        std::scoped_lock lock(mutex);
        total++;
      }
    });
  threads.clear();
  std::cout << "atomics " << counter << ' ' << real << ' ' << pair.load().one << ' ' << pair.load().other << ' ' << plain << ' ' << total << '\n';

  std::vector<std::future<long>> sums;
  for (long part = 0; part < 4; part++)
    sums.push_back(std::async(part % 2 ? std::launch::async : std::launch::deferred, [part] {
      std::vector<long> values(1000);
      std::iota(values.begin(), values.end(), part * 1000);
      return std::accumulate(values.begin(), values.end(), 0L);
    }));
  long sum = 0;
  for (auto &future : sums) sum += future.get();
  std::cout << "futures " << sum << '\n';

  auto failing = std::async(std::launch::async, []() -> int { throw std::runtime_error("from another thread"); });
  try {
    failing.get();
  } catch (const std::exception &error) {
    std::cout << "caught " << error.what() << '\n';
  }
  std::promise<int> broken;
  auto never = broken.get_future();
  std::cout << "waited " << (never.wait_for(2ms) == std::future_status::timeout) << '\n';
  { std::promise<int> gone = std::move(broken); }
  try {
    never.get();
  } catch (const std::future_error &error) {
    std::cout << error.what() << '\n';
  }
  std::packaged_task<std::string(int)> task([](int n) { return std::string(n, '*'); });
  auto stars = task.get_future();
  std::thread(std::move(task), 5).detach();
  std::cout << stars.get() << '\n';

  std::barrier barrier(3, [step = 0]() mutable noexcept { std::cout << "step " << ++step << '\n'; });
  std::latch done(3);
  std::counting_semaphore<2> slots(2);
  std::atomic<int> inside = 0, most = 0;
  std::once_flag once;
  int initialised = 0;
  std::shared_mutex shared;
  int version = 0;
  std::vector<std::thread> group;
  for (int i = 0; i < 3; i++)
    group.emplace_back([&, i] {
      for (int step = 0; step < 3; step++) barrier.arrive_and_wait();
      std::call_once(once, [&] { initialised++; });
      slots.acquire();
      int now = ++inside;
      for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
      }
      std::this_thread::sleep_for(1ms);
      inside--;
      slots.release();
      for (int k = 0; k < 20; k++) {
        if (k % 5 == i) {
          std::unique_lock lock(shared);
          version++;
        } else {
          std::shared_lock lock(shared);
          if (version < 0) std::cout << "impossible\n";
        }
      }
      done.count_down();
    });
  done.wait();
  for (auto &thread : group) thread.join();
  std::cout << "group " << initialised << ' ' << (most <= 2) << ' ' << version << '\n';

  std::jthread stopped([](std::stop_token token) {
    std::mutex own;
    std::condition_variable_any condition;
    std::unique_lock lock(own);
    condition.wait(lock, token, [] { return false; });
    std::cout << "asked to stop\n";
  });
  stopped.request_stop();
  stopped.join();
  std::atomic<int> number = 1;
  std::thread waker([&] {
    number = 2;
    number.notify_all();
  });
  number.wait(1);
  waker.join();
  std::timed_mutex timed;
  timed.lock();
  std::thread([&] { std::cout << "timed " << timed.try_lock_for(3ms) << '\n'; }).join();
  timed.unlock();
  std::cout << std::thread().joinable() << ' ' << (std::this_thread::get_id() != std::thread::id()) << std::endl;
  std::thread last([] { throw std::logic_error("nobody catches this"); });
  last.join();
  return 0;
}
