// The standard library of C++: streams, containers, algorithms, text, numbers, files.
#include <algorithm>
#include <bitset>
#include <charconv>
#include <chrono>
#include <complex>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <limits>
#include <list>
#include <locale>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <queue>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <valarray>
#include <vector>

static void formatting() {
  std::cout << 42 << ' ' << std::hex << std::showbase << 255 << ' ' << std::oct << 8 << std::dec << ' ' << true << ' '
            << std::boolalpha << false << '\n';
  for (double value : {0.0, 1.0 / 3, -2.5e-10, 6.02214076e23, 1e100, 123456789.0, std::numeric_limits<double>::infinity(),
                       std::numeric_limits<double>::denorm_min()}) {
    std::cout << value << " | " << std::fixed << std::setprecision(3) << std::setw(14) << value << " | " << std::scientific
              << value << " | " << std::hexfloat << value << std::defaultfloat << std::setprecision(17) << " | " << value
              << std::setprecision(6) << '\n';
  }
  std::cout << std::setfill('*') << std::left << std::setw(8) << "left" << std::right << std::setw(8) << "right"
            << std::internal << std::setw(8) << -17 << std::setfill(' ') << '\n';
  std::cout << std::quoted("a \"quoted\" text") << ' ' << std::complex<double>(1.5, -2) * std::complex<double>(0, 1) << ' '
            << std::bitset<12>(0xabc) << '\n';
  std::cout << std::setprecision(20) << 1.0L / 3 << ' ' << std::sqrt(std::complex<long double>(-2, 1)) << std::setprecision(6) << '\n';
  std::istringstream input("17 0x1f 3.25 word  rest of it\n-5 nan");
  int a;
  std::string word, rest;
  double d;
  input >> a >> std::hex;
  int b;
  input >> b >> std::dec >> d >> word;
  std::getline(input, rest);
  std::cout << a << ' ' << b << ' ' << d << ' ' << word << " [" << rest << "]\n";
  unsigned u;
  input >> u;
  int wrong;
  std::cout << u << ' ' << static_cast<bool>(input >> wrong) << ' ' << input.rdstate() << '\n';
  std::string line;
  int lines = 0;
  while (std::getline(std::cin, line)) std::cout << ++lines << ": " << line << '\n';
  std::cerr << "to standard error\n";
}

static void containers() {
  std::map<std::string, int> counts;
  std::istringstream text("the cat and the dog and the bird saw the cat");
  for (std::string word; text >> word;) counts[word]++;
  for (const auto &[word, count] : counts) std::cout << word << '=' << count << ' ';
  std::cout << '\n';
  std::unordered_map<std::string, std::vector<int>> index;
  for (int i = 0; i < 3000; i++) index["key" + std::to_string(i * 7919 % 257)].push_back(i);
  long sum = 0;
  for (const auto &[key, values] : index) sum += key.size() * std::accumulate(values.begin(), values.end(), 0L);
  std::cout << index.size() << ' ' << sum << ' ' << index.bucket_count() << '\n';
  for (int i = 0; i < 200; i++) index.erase("key" + std::to_string(i));
  std::vector<std::string> keys;
  for (const auto &entry : index) keys.push_back(entry.first);
  std::cout << keys.size() << ' ' << keys.front() << ' ' << keys.back() << '\n';
  std::set<int> set;
  std::multimap<int, char> multi;
  for (int i = 0; i < 500; i++) set.insert(i * i % 211), multi.emplace(i % 5, 'a' + i % 26);
  std::cout << set.size() << ' ' << *set.lower_bound(100) << ' ' << multi.count(3) << '\n';
  std::deque<int> deque(10);
  std::iota(deque.begin(), deque.end(), 1);
  for (int i = 0; i < 300; i++) deque.push_front(deque.back()), deque.pop_back();
  std::list<int> list(deque.begin(), deque.end());
  list.sort(std::greater<>());
  list.splice(list.begin(), list, std::prev(list.end()));
  std::copy(list.begin(), list.end(), std::ostream_iterator<int>(std::cout, ","));
  std::priority_queue<std::pair<int, std::string>> queue;
  for (const char *name : {"one", "three", "fifteen", "four"}) queue.emplace(std::string_view(name).size(), name);
  for (; !queue.empty(); queue.pop()) std::cout << ' ' << queue.top().second;
  std::cout << '\n';
  std::valarray<double> array{1, 4, 9, 16};
  std::cout << std::sqrt(array).sum() << ' ' << (array * 2.0 + 1.0).max() << '\n';
  std::optional<std::tuple<int, std::string>> maybe;
  std::cout << maybe.has_value();
  maybe.emplace(3, "three");
  std::cout << ' ' << std::get<1>(*maybe) << '\n';
  auto shared = std::make_shared<std::string>("shared");
  std::weak_ptr<std::string> weak = shared;
  std::cout << shared.use_count() << ' ' << weak.expired();
  shared.reset();
  std::cout << ' ' << weak.expired() << '\n';
}

static void algorithms() {
  std::mt19937 random(12345);
  std::vector<unsigned> values(4000);
  for (auto &value : values) value = random() % 100000;
  auto sorted = values, heap = values, stable = values;
  std::sort(sorted.begin(), sorted.end());
  std::make_heap(heap.begin(), heap.end());
  std::sort_heap(heap.begin(), heap.end());
  std::stable_sort(stable.begin(), stable.end(), [](unsigned a, unsigned b) { return a % 100 < b % 100; });
  std::nth_element(values.begin(), values.begin() + 2000, values.end());
  std::cout << (sorted == heap) << ' ' << sorted[17] << ' ' << stable[17] << ' ' << stable[3999] << ' ' << values[2000] << '\n';
  std::vector<int> order{1, 2, 3, 4};
  int permutations = 0;
  do permutations += order[0] * order[3];
  while (std::next_permutation(order.begin(), order.end()));
  std::cout << permutations << ' ' << std::gcd(1071, 462) << ' ' << std::binary_search(sorted.begin(), sorted.end(), 5u) << '\n';
  std::mt19937_64 wide(1);
  std::normal_distribution<double> normal(10, 3);
  std::poisson_distribution<int> poisson(4.5);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (int i = 0; i < 4; i++) std::cout << normal(wide) << ' ' << poisson(wide) << ' ' << uniform(wide) << ' ';
  std::cout << '\n';
}

static void text() {
  std::string text = "2024-02-29 meets 1999-12-31, not 20-1-1";
  std::regex date(R"((\d{4})-(\d{2})-(\d{2}))");
  for (std::sregex_iterator at(text.begin(), text.end(), date), end; at != end; ++at)
    std::cout << (*at)[3] << '.' << (*at)[2] << '.' << (*at)[1] << " at " << at->position() << "; ";
  std::cout << std::regex_replace(text, date, "<$2/$3>") << '\n';
  std::smatch match;
  std::string mail = "someone@example.org";
  std::cout << std::regex_match(mail, match, std::regex("([a-z]+)@((?:[a-z]+\\.)+[a-z]+)", std::regex::icase)) << ' ' << match[2] << '\n';
  try {
    std::regex broken("(unclosed");
  } catch (const std::regex_error &error) {
    std::cout << error.code() << ' ' << error.what() << '\n';
  }
  char buffer[64];
  for (double value : {0.1, 1e23, 5e-324, 1.7976931348623157e308, 299792458.0}) {
    auto [end, failure] = std::to_chars(buffer, buffer + sizeof buffer, value);
    double back = 0;
    std::from_chars(buffer, end, back);
    std::cout << std::string_view(buffer, end - buffer) << ' ' << (back == value && failure == std::errc()) << ' ';
  }
  std::cout << std::stod("1e-5") + std::stof("0.5") << ' ' << std::stoll("-9223372036854775808") << '\n';
  std::string big;
  for (int i = 0; i < 2000; i++) big += std::to_string(i), big.insert(big.size() / 2, 1, 'x');
  big.erase(100, 1000);
  std::cout << big.size() << ' ' << big.find("1234") << ' ' << big.rfind("99") << ' ' << std::hash<std::string>()(big) << '\n';
  std::wstring wide = L"wide text";
  std::wcout.flush();
  std::cout << wide.size() << ' ' << std::string(wide.begin(), wide.end()) << '\n';
}

static void files() {
  namespace fs = std::filesystem;
  fs::path folder = fs::temp_directory_path() / "green-threads-library";
  fs::remove_all(folder);
  fs::create_directories(folder / "one" / "two");
  for (int i = 0; i < 5; i++) std::ofstream(folder / "one" / ("file" + std::to_string(i))) << std::string(i * 1000, 'a' + i) << '\n';
  std::vector<std::string> names;
  for (const auto &entry : fs::recursive_directory_iterator(folder))
    names.push_back(entry.path().lexically_relative(folder).string() + ':' + (entry.is_directory() ? "folder" : std::to_string(entry.file_size())));
  std::sort(names.begin(), names.end());
  for (const auto &name : names) std::cout << name << ' ';
  std::cout << '\n';
  fs::rename(folder / "one" / "file3", folder / "moved");
  fs::copy_file(folder / "moved", folder / "copied");
  fs::create_symlink("moved", folder / "link");
  fs::resize_file(folder / "copied", 10);
  std::fstream file(folder / "copied", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4);
  file << "HERE";
  file.seekg(0);
  std::string content;
  std::getline(file, content);
  std::cout << content << ' ' << fs::file_size(folder / "link") << ' ' << fs::read_symlink(folder / "link").string() << ' '
            << fs::equivalent(folder / "link", folder / "moved") << ' ' << fs::canonical(folder / "one" / ".." / "link").filename() << '\n';
  std::error_code failure;
  fs::remove(folder / "one", failure);
  std::cout << failure.message() << ' ' << std::ifstream(folder / "nowhere").is_open() << ' ' << fs::remove_all(folder) << '\n';
}

int main(int count, char **arguments) {
  std::ios::sync_with_stdio(count > 100);
  std::cout << std::vector<std::string>(arguments + 1, arguments + count).back() << '\n';
  formatting();
  containers();
  algorithms();
  text();
  files();
  auto begin = std::chrono::steady_clock::now();
  std::cout << (std::chrono::steady_clock::now() >= begin) << ' ' << std::locale().name() << '\n';
  return std::cout.good() ? 3 : 4;
}
