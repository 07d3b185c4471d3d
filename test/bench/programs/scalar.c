/* Five bodies that attract each other, `size` thousand steps: doubles, one at a time, with square roots and divisions.
   The result is the bits of the energy: it differs when a single rounding does. */
#include "support.h"

enum { bodies = 5 };
struct body {
  double x, y, z, vx, vy, vz, mass;
};

static double root(double x) {
  __asm__("sqrtsd %0, %0" : "+x"(x));
  return x;
}

static void begin_with(struct body *all) {
  uint64_t state = 0x853c49e6748fea9b;
  for (int i = 0; i < bodies; i++) {
    double *field = &all[i].x;
    for (int k = 0; k < 6; k++) field[k] = (double)(next_random(&state) >> 40) / (1 << 22) * (k < 3 ? 8 : 0.5);
    all[i].mass = i == 0 ? 40 : 0.01 * (i + 1);
  }
}

static void step(struct body *all, double time) {
  for (int i = 0; i < bodies; i++) {
    for (int j = i + 1; j < bodies; j++) {
      double dx = all[i].x - all[j].x, dy = all[i].y - all[j].y, dz = all[i].z - all[j].z;
      double square = dx * dx + dy * dy + dz * dz + 0.01;
      double magnitude = time / (square * root(square));
      double mi = all[i].mass * magnitude, mj = all[j].mass * magnitude;
      all[i].vx -= dx * mj, all[i].vy -= dy * mj, all[i].vz -= dz * mj;
      all[j].vx += dx * mi, all[j].vy += dy * mi, all[j].vz += dz * mi;
    }
  }
  for (int i = 0; i < bodies; i++) {
    all[i].x += time * all[i].vx, all[i].y += time * all[i].vy, all[i].z += time * all[i].vz;
  }
}

static double energy(const struct body *all) {
  double sum = 0;
  for (int i = 0; i < bodies; i++) {
    sum += 0.5 * all[i].mass * (all[i].vx * all[i].vx + all[i].vy * all[i].vy + all[i].vz * all[i].vz);
    for (int j = i + 1; j < bodies; j++) {
      double dx = all[i].x - all[j].x, dy = all[i].y - all[j].y, dz = all[i].z - all[j].z;
      sum -= all[i].mass * all[j].mass / root(dx * dx + dy * dy + dz * dz);
    }
  }
  return sum;
}

uint64_t work(uint64_t size) {
  static struct body all[bodies];
  union {
    double number;
    uint64_t bits;
  } result;
  begin_with(all);
  for (uint64_t count = 0; count < size * 1000; count++) step(all, 0.001);
  result.number = energy(all);
  return result.bits;
}
