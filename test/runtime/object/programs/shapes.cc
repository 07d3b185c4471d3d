#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace geometry {
struct Base {
  virtual ~Base() {}
  virtual double area() const = 0;
  int id = 3;
};
struct Tagged : virtual Base {
  unsigned low : 3, high : 5;
  static int count;
};
int Tagged::count = 4;
template <typename T, int N> struct Grid : Tagged {
  T cells[N][2];
  double area() const override {
    double sum = 0;
    for (int i = 0; i < N; i++) sum += cells[i][0] * cells[i][1];
    return sum;
  }
  enum class Kind : short { small = -1, large = 300 };
  Kind kind = Kind::large;
};
inline int add(int one, int two) { return one + two; }
inline int sum(const std::vector<int> &values) {
  int total = 0;
  for (int value : values) total = add(total, value);
  return total;
}
}  // namespace geometry

namespace {
int hidden(int geometry::Base::*member, const geometry::Base &base) { return base.*member; }
}  // namespace

int main() {
  geometry::Grid<float, 3> grid;
  for (auto &row : grid.cells) row[0] = row[1] = 2;
  std::vector<int> values{1, 2, 3};
  auto twice = [&](int factor) {
    struct Local {
      int run(int value) { return value * 2; }
    } local;
    return local.run(factor) + geometry::sum(values);
  };
  std::string text = "text";
  std::unique_ptr<int> owned(new int(twice(4)));
  geometry::Base &base = grid;
  auto &&moved = std::move(text);
  try {
    if (values.size() == 7) throw 5;
  } catch (int caught) {
    printf("%d\n", caught);
  }
  printf("%f %d %d %s\n", base.area(), *owned, hidden(&geometry::Base::id, base), moved.c_str());
}
