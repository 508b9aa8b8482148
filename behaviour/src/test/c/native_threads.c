/* Threads of somebody else's: they attach to the JVM and detach from it as they like, use Python
   through Java and by PyGILState_*, live on, and end in several ways. What a thread does is a
   script, a letter a step. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

typedef struct _ts PyThreadState;
typedef struct _is PyInterpreterState;

extern int PyGILState_Ensure(void);
extern void PyGILState_Release(int state);
extern PyThreadState *PyGILState_GetThisThreadState(void);
extern PyInterpreterState *PyInterpreterState_Main(void);
extern PyInterpreterState *PyThreadState_GetInterpreter(PyThreadState *state);
extern PyThreadState *PyInterpreterState_ThreadHead(PyInterpreterState *interpreter);
extern PyThreadState *PyThreadState_Next(PyThreadState *state);
extern int PyRun_SimpleString(const char *code);

/* What is wanted of jni.h. */
typedef const struct invoke_interface *java_vm;
struct invoke_interface {
  void *reserved[3];
  int (*destroy)(java_vm *);
  int (*attach)(java_vm *, void **env, void *arguments);
  int (*detach)(java_vm *);
  int (*get_env)(java_vm *, void **env, int version);
  int (*attach_as_daemon)(java_vm *, void **env, void *arguments);
};

typedef void (*callback)(int64_t index);

enum { KEYS = 10, ROUNDS = 4 };

/* What is at one of the keys of a thread. */
struct ending {
  struct errand *errand;
  pthread_key_t key;
  int rounds; /* how often its destructor has run */
};

struct errand {
  const char *script;
  const char *at_end; /* what the thread's destructors do, or NULL */
  int64_t index;
  callback call;
  struct ending endings[KEYS];
};

static atomic_int failures;
static atomic_int gate; /* how many may pass */
static pthread_key_t keys[KEYS];

int natives_failures(void) { return failures; }

void natives_open_gate(void) { gate++; }

static java_vm *vm(void) {
  static java_vm *found;
  if (found == NULL) {
    void *library = dlopen("libjvm.so", RTLD_NOW | RTLD_NOLOAD);
    int (*created)(java_vm **, int, int *) = dlsym(library, "JNI_GetCreatedJavaVMs");
    int count = 0;
    created(&found, 1, &count);
  }
  return found;
}

static int is_in_main(PyThreadState *state) {
  PyThreadState *s = PyInterpreterState_ThreadHead(PyInterpreterState_Main());
  while (s != NULL && s != state) {
    s = PyThreadState_Next(s);
  }
  return s != NULL;
}

/* Python code by PyGILState_*, in a thread state that lives, of main. */
static void by_gilstate(void) {
  int state = PyGILState_Ensure();
  PyThreadState *here = PyGILState_GetThisThreadState();
  failures += !is_in_main(here);
  failures += PyThreadState_GetInterpreter(here) != PyInterpreterState_Main();
  failures += PyRun_SimpleString("assert sum(i * i for i in range(10)) == 285") != 0;
  PyGILState_Release(state);
}

static void spawn(void) {
  char *arguments[] = {"true", NULL};
  char *environment[] = {NULL};
  pid_t child;
  int status;
  if (posix_spawnp(&child, "true", NULL, NULL, arguments, environment) != 0) {
    failures++;
    return;
  }
  while (waitpid(child, &status, 0) == -1) {
  }
  failures += status != 0;
}

static void sleep_ms(int64_t milliseconds) {
  struct timespec time = {milliseconds / 1000, (milliseconds % 1000) * 1000000};
  nanosleep(&time, NULL);
}

static void run(struct errand *errand, const char *script) {
  void *env;
  for (const char *step = script; *step != 0; step++) {
    switch (*step) {
      case 'a': /* attach to the JVM */
        failures += (*vm())->attach_as_daemon(vm(), &env, NULL) != 0;
        break;
      case 'd': /* detach from it */
        failures += (*vm())->detach(vm()) != 0;
        break;
      case 'c': /* call Java, by a pointer that attaches to the JVM where that is not done */
        errand->call(errand->index);
        break;
      case 'p':
        by_gilstate();
        break;
      case 's':
        spawn();
        break;
      case 'w': /* until the gate is open */
        while (gate == 0) {
          sleep_ms(1);
        }
        break;
      case 'z':
        sleep_ms(1500);
        break;
      case 'x':
        pthread_exit(NULL);
      default:
        failures++;
    }
  }
}

/* A destructor, in each round of them that the system makes. */
static void at_end(void *ending) {
  struct ending *what = ending;
  if (++what->rounds < ROUNDS) {
    pthread_setspecific(what->key, what);
  }
  run(what->errand, what->errand->at_end);
}

void natives_make_keys(void) {
  for (int i = 0; i < KEYS; i++) {
    failures += pthread_key_create(&keys[i], at_end) != 0;
  }
}

static void remember(struct errand *errand) {
  if (errand->at_end != NULL) {
    for (int i = 0; i < KEYS; i++) {
      errand->endings[i] = (struct ending){errand, keys[i], 0};
      pthread_setspecific(keys[i], &errand->endings[i]);
    }
  }
}

static void *begin(void *errand) {
  struct errand *what = errand;
  remember(what);
  run(what, what->script);
  return NULL;
}

/* Starts so many threads; the memory behind all pointers stays. */
void *natives_start(int count, const char *script, const char *at_end, callback call) {
  pthread_t *threads = malloc(sizeof(pthread_t) * (count + 1));
  for (int i = 0; i < count; i++) {
    struct errand *errand = malloc(sizeof *errand);
    *errand = (struct errand){script, at_end, i, call, {{NULL}}};
    failures += pthread_create(&threads[i], NULL, begin, errand) != 0;
  }
  return threads;
}

void natives_join(void *started, int count) {
  pthread_t *threads = started;
  for (int i = 0; i < count; i++) {
    pthread_join(threads[i], NULL);
  }
  free(threads);
}

/* When the calling thread, whoever's, ends. */
void natives_at_end(const char *at_end, callback call) {
  struct errand *errand = malloc(sizeof *errand);
  *errand = (struct errand){"", at_end, -1, call, {{NULL}}};
  remember(errand);
}
