struct inside {
  int first, second;
};
static struct inside only = {1, 2};
struct inside *open_inside(void) { return &only; }
