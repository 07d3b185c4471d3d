#include "shapes.h"

long other(const Shape &shape) {
  Square<double> square(1.5);
  return larger<long>(shape.area(), square.area()) + larger<int>(3, 4);
}
