/* A C library of somebody else's: it knows PyGILState_* and Py_BEGIN_ALLOW_THREADS, and nothing of
   Vivarium. All it calls is in every CPython's stable ABI, so it needs no Python.h and is compiled
   once for all of them; the symbols come from the libpython that is loaded. */

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

typedef struct _ts PyThreadState;
typedef struct _is PyInterpreterState;

extern int PyGILState_Ensure(void);
extern void PyGILState_Release(int state);
extern PyThreadState *PyGILState_GetThisThreadState(void);
extern PyThreadState *PyEval_SaveThread(void);
extern void PyEval_RestoreThread(PyThreadState *state);
extern PyInterpreterState *PyThreadState_GetInterpreter(PyThreadState *state);
extern int64_t PyInterpreterState_GetID(PyInterpreterState *interpreter);
extern PyThreadState *PyInterpreterState_ThreadHead(PyInterpreterState *interpreter);
extern PyThreadState *PyThreadState_Next(PyThreadState *state);

/* The one is 3.12's, the other 3.13's and later. */
extern PyThreadState *_PyThreadState_UncheckedGet(void) __attribute__((weak));
extern PyThreadState *PyThreadState_GetUnchecked(void) __attribute__((weak));

typedef void (*client_body)(void *);

/* What a thread looks like at one moment. */
struct seen {
  PyThreadState *attached; /* NULL: none */
  PyThreadState *slot; /* what PyGILState_GetThisThreadState() says */
  PyInterpreterState *interpreter; /* of the attached one */
  int64_t id; /* of that interpreter, or -1 */
};

static PyThreadState *attached(void) {
  return PyThreadState_GetUnchecked != NULL ? PyThreadState_GetUnchecked()
                                            : _PyThreadState_UncheckedGet();
}

void client_look(struct seen *seen) {
  seen->attached = attached();
  seen->slot = PyGILState_GetThisThreadState();
  seen->interpreter = NULL;
  seen->id = -1;
  if (seen->attached != NULL) {
    seen->interpreter = PyThreadState_GetInterpreter(seen->attached);
    seen->id = PyInterpreterState_GetID(seen->interpreter);
  }
}

/* The body inside PyGILState_Ensure and _Release, nested so many times (at most 64). Fills in four:
   before, entered, body done, released. */
void client_in_gilstate(int depth, client_body body, void *argument, struct seen *seen) {
  int states[64];
  client_look(&seen[0]);
  for (int i = 0; i < depth; i++) {
    states[i] = PyGILState_Ensure();
  }
  client_look(&seen[1]);
  if (body != NULL) {
    body(argument);
  }
  client_look(&seen[2]);
  for (int i = depth - 1; i >= 0; i--) {
    PyGILState_Release(states[i]);
  }
  client_look(&seen[3]);
}

/* The body between Py_BEGIN_ALLOW_THREADS and Py_END_ALLOW_THREADS. Fills in four: before,
   detached, body done, attached again. */
void client_allowing_threads(client_body body, void *argument, struct seen *seen) {
  client_look(&seen[0]);
  PyThreadState *save = PyEval_SaveThread();
  client_look(&seen[1]);
  body(argument);
  client_look(&seen[2]);
  PyEval_RestoreThread(save);
  client_look(&seen[3]);
}

/* The body on this thread, as it is. */
void client_call(client_body body, void *argument) { body(argument); }

struct errand {
  client_body body;
  void *argument;
};

static void *run(void *errand) {
  struct errand *what = errand;
  what->body(what->argument);
  return NULL;
}

/* The body on a pthread that has never met Python; waits for it, detached where it was attached.
   Returns 0, or an error number of pthread_create's. */
int client_on_pthread(client_body body, void *argument) {
  struct errand errand = {body, argument};
  pthread_t thread;
  int error = pthread_create(&thread, NULL, run, &errand);
  if (error != 0) {
    return error;
  }
  PyThreadState *save = attached() != NULL ? PyEval_SaveThread() : NULL;
  error = pthread_join(thread, NULL);
  if (save != NULL) {
    PyEval_RestoreThread(save);
  }
  return error;
}

/* Enters and leaves by PyGILState_* so many times; the id of the first interpreter that was not
   main's 0, or 0. */
int64_t client_gilstate_rounds(int rounds) {
  for (int i = 0; i < rounds; i++) {
    int state = PyGILState_Ensure();
    int64_t id = PyInterpreterState_GetID(PyThreadState_GetInterpreter(attached()));
    PyGILState_Release(state);
    if (id != 0) {
      return id;
    }
  }
  return 0;
}

/* The thread states of the attached interpreter. */
int64_t client_count_thread_states(void) {
  int64_t count = 0;
  PyInterpreterState *interpreter = PyThreadState_GetInterpreter(attached());
  for (PyThreadState *s = PyInterpreterState_ThreadHead(interpreter); s != NULL;
       s = PyThreadState_Next(s)) {
    count++;
  }
  return count;
}

/* What a C extension does around a long computation: sleeps with the GIL released. */
void client_sleep_released(int64_t milliseconds) {
  struct timespec time = {milliseconds / 1000, (milliseconds % 1000) * 1000000};
  PyThreadState *save = PyEval_SaveThread();
  while (nanosleep(&time, &time) != 0) {
  }
  PyEval_RestoreThread(save);
}
