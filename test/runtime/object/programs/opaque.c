struct inside;
struct inside *handle;
struct inside *open_inside(void);
int main(void) {
  handle = open_inside();
  return 0;
}
