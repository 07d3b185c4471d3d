// Values of the C++ standard library, all visible at the line that says "here".
#include <string>
#include <vector>
#include <memory>
#include <optional>
#include <map>
#include <cstdio>
namespace shapes {
struct Base { int id = 3; virtual ~Base() {} };
struct Derived : Base { std::string label = "derived thing that is long enough for the heap"; };
enum class Kind { small, large };
}
int work(const std::string &text, std::vector<int> numbers, std::unique_ptr<shapes::Derived> owned, std::optional<double> maybe, shapes::Kind kind) {
  std::vector<std::string> names = {"x", "yy"};
  std::shared_ptr<int> shared = std::make_shared<int>(8);
  std::optional<int> nothing;
  int &reference = numbers[0];
  // here
  printf("%zu %zu %d\n", text.size(), numbers.size() + names.size(), owned->id + *shared + (int)kind + reference + nothing.has_value());
  return 0;
}
int main() { return work("short", {1, 2, 3}, std::make_unique<shapes::Derived>(), 2.5, shapes::Kind::large); }
