/* A C library of somebody else's that calls back later, on threads of its own, and knows nothing of
   Python. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

typedef long (*long_callback)(long);
typedef void *(*object_callback)(void *);

struct call {
  long_callback callback;
  object_callback objects;
  long argument;
  void *object;
  long result;
};

static void *call(void *argument) {
  struct call *c = argument;
  c->result = c->callback(c->argument);
  return NULL;
}

static void *call_objects(void *argument) {
  struct call *c = argument;
  c->object = c->objects(c->object);
  return NULL;
}

/* The callback's result on a new thread of this library's, which nobody has met; -99 without one. */
long callbacks_on_thread(long_callback callback, long argument) {
  struct call c = {.callback = callback, .argument = argument};
  pthread_t thread;
  if (pthread_create(&thread, NULL, call, &c) != 0) {
    return -99;
  }
  pthread_join(thread, NULL);
  return c.result;
}

/* The same for a callback that takes and returns a PyObject *. */
void *callbacks_object_on_thread(object_callback callback, void *object) {
  struct call c = {.objects = callback, .object = object};
  pthread_t thread;
  if (pthread_create(&thread, NULL, call_objects, &c) != 0) {
    return NULL;
  }
  pthread_join(thread, NULL);
  return c.object;
}

/* On the calling thread, as it is. */
long callbacks_here(long_callback callback, long argument) { return callback(argument); }

/* A thread that the library keeps for later, and waits for at the process's end. */
static pthread_t kept;
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t kept_changed = PTHREAD_COND_INITIALIZER;
static int kept_has_called, kept_must_end;

static void *call_and_stay(void *argument) {
  call(argument);
  pthread_mutex_lock(&kept_lock);
  kept_has_called = 1;
  pthread_cond_broadcast(&kept_changed);
  while (!kept_must_end) {
    pthread_cond_wait(&kept_changed, &kept_lock);
  }
  pthread_mutex_unlock(&kept_lock);
  return NULL;
}

static void end_kept(void) {
  pthread_mutex_lock(&kept_lock);
  kept_must_end = 1;
  pthread_cond_broadcast(&kept_changed);
  pthread_mutex_unlock(&kept_lock);
  pthread_join(kept, NULL);
}

/* The callback's result on a thread that stays until C's exit; once in a process. */
long callbacks_on_kept_thread(long_callback callback, long argument) {
  static struct call c;
  c = (struct call){.callback = callback, .argument = argument};
  if (pthread_create(&kept, NULL, call_and_stay, &c) != 0) {
    return -99;
  }
  pthread_mutex_lock(&kept_lock);
  while (!kept_has_called) {
    pthread_cond_wait(&kept_changed, &kept_lock);
  }
  pthread_mutex_unlock(&kept_lock);
  atexit(end_kept);
  return c.result;
}

static void say_exit(void) { fputs("an exit handler of C's has run\n", stderr); }

/* What a library leaves for C's exit. */
void callbacks_register_exit_handler(void) { atexit(say_exit); }

/* Into a stream of C's, which keeps it for the time being. */
void callbacks_say(const char *text) { fputs(text, stdout); }

/* A thread that calls again and again, as a library does with what was registered. */
struct caller {
  long_callback callback;
  long served_result;
  atomic_int stopping;
  atomic_long served;
  atomic_long refused;
  atomic_long wrong;
  pthread_t thread;
};

static void *call_often(void *argument) {
  struct caller *c = argument;
  while (!c->stopping) {
    long result = c->callback(c->served_result);
    if (result == c->served_result) {
      c->served++;
    } else if (result == -1) {
      c->refused++;
    } else {
      c->wrong++;
    }
  }
  return NULL;
}

/* Calls callback(expected) until it is stopped, which should return `expected`, or -1 if refused. */
struct caller *callbacks_start(long_callback callback, long expected) {
  struct caller *c = calloc(1, sizeof *c);
  c->callback = callback;
  c->served_result = expected;
  if (pthread_create(&c->thread, NULL, call_often, c) != 0) {
    free(c);
    return NULL;
  }
  return c;
}

long callbacks_served(struct caller *c) { return c->served; }

long callbacks_refused(struct caller *c) { return c->refused; }

/* Stops it; how many results were neither. */
long callbacks_stop(struct caller *c) {
  c->stopping = 1;
  pthread_join(c->thread, NULL);
  long wrong = c->wrong;
  free(c);
  return wrong;
}
