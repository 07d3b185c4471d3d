/* The green-thread library as C and C++ see it. */
#ifdef __cplusplus
extern "C" {
#endif
void gt_init(long threads, long stack_size);
long gt_spawn(void (*function)(void));
long gt_spawn_arg(void (*function)(void *), void *data);
int gt_yield(void);
void gt_run(void);
void print_string(const char *text);
void print_integer(long number);
void print_newline(void);
#ifdef __cplusplus
}
#endif
