/* C code that keeps whoever calls it until it is told to let go: with Python's lock or without it,
   as the caller has it. */

#include <stdatomic.h>
#include <time.h>

static atomic_int begun, inside, let_go;

static void until(atomic_int *flag) {
  const struct timespec moment = {.tv_sec = 0, .tv_nsec = 1000000};
  while (!atomic_load(flag)) {
    nanosleep(&moment, NULL);
  }
}

/* Waits for hog_begin. */
void hog_await(void) { until(&begun); }

void hog_begin(void) { atomic_store(&begun, 1); }

/* Stays until hog_let_go. */
void hog_stay(void) {
  atomic_fetch_add(&inside, 1);
  until(&let_go);
  atomic_fetch_sub(&inside, 1);
}

/* How many threads are in hog_stay. */
int hog_inside(void) { return atomic_load(&inside); }

void hog_let_go(void) { atomic_store(&let_go, 1); }
