// Types in shapes that C does not have.
#include <cstddef>

namespace geometry {
struct Base {
  virtual ~Base() {}
  int id = 3;
};
struct Mixin {
  long weight = 1;
};
struct Derived : Base, virtual Mixin {
  char letter;
  unsigned low : 3, high : 9;
  static int count;
};
int Derived::count = 4;
template <typename T, int N> struct Box {
  T cells[N][2];
  bool full;
  T *last;
};
enum class Wide : unsigned long long { none, most = 0xffffffffffffffffull };
enum class Narrow : signed char { least = -128, one = 1, most = 127 };
}  // namespace geometry
enum Colour { RED = -1, GREEN, BLUE = 70000 };
struct __attribute__((packed)) Packed {
  char first;
  int second;
  short third : 9;
  short fourth : 7;
};

geometry::Derived derived;
geometry::Box<float, 3> box;
Packed packed;
geometry::Wide wide;
geometry::Narrow narrow;
Colour colour;
int target;
int &reference = target;
const int &constant_reference = target;
int &&moved = 5;
int geometry::Base::*member = &geometry::Base::id;
geometry::Base *base_pointer;
const geometry::Box<float, 3> *box_pointer;
std::nullptr_t nothing;
int (&array_reference)[1] = *reinterpret_cast<int (*)[1]>(&target);
char16_t character;
wchar_t wide_character;
bool flag;
unsigned long long number;
geometry::Base *const *const levels = nullptr;
void (*callback)(int &, geometry::Wide);

int main() { return target + constant_reference + array_reference[0]; }
