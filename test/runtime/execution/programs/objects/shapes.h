/* Functions and tables of which each object that uses them has a copy. */
struct Shape {
  virtual long area() const = 0;
};
template <typename Number> struct Square : Shape {
  Number side;
  explicit Square(Number side) : side(side) {}
  long area() const override { return (long)(side * side); }
};
inline long &counter() {
  static long value;
  return value;
}
template <typename Number> __attribute__((noinline)) Number larger(Number one, Number two) {
  counter()++;
  return one > two ? one : two;
}
