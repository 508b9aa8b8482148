/*
 * The C side of each figure: what the same work costs a C program that uses CPython's API well.
 *
 * Every function is called from Java after Python has started, with no thread state attached, and
 * works on a thread of its own that Python has not met before. It repeats its work for about the
 * given number of milliseconds and returns the nanoseconds that one operation took, or -1 if
 * Python reported an error.
 */
#include <Python.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 1000

typedef struct run {
    double (*body)(struct run *);
    double milliseconds;
    int (*upcall)(int, int);
    double nanoseconds;
} run;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

static void *run_body(void *argument)
{
    run *r = argument;
    r->nanoseconds = r->body(r);
    return NULL;
}

static double on_own_thread(double (*body)(run *), double milliseconds)
{
    run r = {body, milliseconds, NULL, -1};
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_body, &r) != 0)
        return -1;
    pthread_join(thread, NULL);
    return r.nanoseconds;
}

/* Repeats STATEMENT, which may use `i`, until `end`, and leaves the time of one in `each`. */
#define REPEAT_UNTIL(end, each, batch, STATEMENT)   \
    do {                                            \
        double start = now(), t;                    \
        long done = 0;                              \
        do {                                        \
            for (long k = 0; k < (batch); k++) {    \
                long i = (done + k) & 0xfffff;      \
                (void)i;                            \
                STATEMENT;                          \
            }                                       \
            done += (batch);                        \
            t = now();                              \
        } while (t < (end));                        \
        (each) = (t - start) / done;                \
    } while (0)

/* The same for about so long as the run is to take. */
#define REPEAT(r, each, batch, STATEMENT)                         \
    do {                                                          \
        double until = now() + (r)->milliseconds * 1e6;           \
        REPEAT_UNTIL(until, each, batch, STATEMENT);              \
    } while (0)

/* A new reference to the function f of __main__ in the attached interpreter. */
static PyObject *function_f(void)
{
    PyObject *f = NULL;
    PyObject *module = PyImport_AddModule("__main__"); /* borrowed */
    if (module != NULL)
        f = PyObject_GetAttrString(module, "f");
    if (f == NULL)
        PyErr_Clear();
    return f;
}

/* f(a, b) with both conversions, as plain C writes it. -1 is an error, as no sum here is negative. */
static inline long call_f(PyObject *f, long a, long b)
{
    PyObject *space[3];
    PyObject **arguments = space + 1;
    arguments[0] = PyLong_FromLong(a);
    arguments[1] = PyLong_FromLong(b);
    PyObject *sum = PyObject_Vectorcall(f, arguments, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    Py_DECREF(arguments[0]);
    Py_DECREF(arguments[1]);
    if (sum == NULL) {
        PyErr_Clear();
        return -1;
    }
    long result = PyLong_AsLong(sum);
    Py_DECREF(sum);
    return result;
}

static PyThreadState *attach_new_main_state(void)
{
    PyThreadState *state = PyThreadState_New(PyInterpreterState_Main());
    if (state != NULL)
        PyEval_RestoreThread(state);
    return state;
}

static void delete_attached_state(PyThreadState *state)
{
    PyThreadState_Clear(state);
    PyThreadState_DeleteCurrent();
}

/* Attaches `state`, calls f and detaches, again and again. Starts and ends attached. */
static double calls_with_kept_state(run *r, PyThreadState *state)
{
    double each = -1;
    long sum = 0;
    PyObject *f = function_f();
    if (f == NULL)
        return -1;
    PyEval_SaveThread();
    REPEAT(r, each, BATCH, {
        PyEval_RestoreThread(state);
        sum |= call_f(f, i, 7);
        PyEval_SaveThread();
    });
    PyEval_RestoreThread(state);
    Py_DECREF(f);
    return sum < 0 ? -1 : each;
}

static double call_main_body(run *r)
{
    PyThreadState *state = attach_new_main_state();
    double each = calls_with_kept_state(r, state);
    delete_attached_state(state);
    return each;
}

/* Attach with a kept state, f(a, b), detach: main interpreter. */
double call_main(double milliseconds)
{
    return on_own_thread(call_main_body, milliseconds);
}

static double call_gilstate_body(run *r)
{
    double each = -1;
    long sum = 0;
    PyGILState_STATE outer = PyGILState_Ensure();
    PyObject *f = function_f();
    PyGILState_Release(outer);
    if (f == NULL)
        return -1;
    REPEAT(r, each, 100, {
        PyGILState_STATE state = PyGILState_Ensure();
        sum |= call_f(f, i, 7);
        PyGILState_Release(state);
    });
    outer = PyGILState_Ensure();
    Py_DECREF(f);
    PyGILState_Release(outer);
    return sum < 0 ? -1 : each;
}

/* PyGILState_Ensure on a thread that has no state, f(a, b), PyGILState_Release. */
double call_gilstate(double milliseconds)
{
    return on_own_thread(call_gilstate_body, milliseconds);
}

static double call_attached_body(run *r)
{
    double each = -1;
    long sum = 0;
    PyThreadState *state = attach_new_main_state();
    PyObject *f = function_f();
    if (f != NULL) {
        REPEAT(r, each, BATCH, sum |= call_f(f, i, 7));
        Py_DECREF(f);
    }
    delete_attached_state(state);
    return sum < 0 ? -1 : each;
}

/* f(a, b) on a thread that stays attached. */
double call_attached(double milliseconds)
{
    return on_own_thread(call_attached_body, milliseconds);
}

/* Calls g of __main__, which raises, and reads the exception's type and text. */
static double call_raising_body(run *r)
{
    double each = -1;
    long bytes = 0;
    PyThreadState *state = attach_new_main_state();
    PyObject *module = PyImport_AddModule("__main__"); /* borrowed */
    PyObject *g = module == NULL ? NULL : PyObject_GetAttrString(module, "g");
    if (g != NULL) {
        REPEAT(r, each, 100, {
            PyObject *none = PyObject_CallNoArgs(g);
            PyObject *raised = none == NULL ? PyErr_GetRaisedException() : NULL;
            PyObject *text = raised == NULL ? NULL : PyObject_Str(raised);
            Py_ssize_t length = 0;
            if (text != NULL && PyUnicode_AsUTF8AndSize(text, &length) != NULL)
                bytes += length + (long)strlen(Py_TYPE(raised)->tp_name);
            Py_XDECREF(text);
            Py_XDECREF(raised);
        });
        Py_DECREF(g);
    }
    PyErr_Clear();
    delete_attached_state(state);
    return bytes == 0 ? -1 : each;
}

/* A Python exception caught on a thread that stays attached. */
double call_raising(double milliseconds)
{
    return on_own_thread(call_raising_body, milliseconds);
}

/* A new interpreter with a GIL of its own; its first thread state is attached afterwards. */
static PyThreadState *new_interpreter(void)
{
    PyInterpreterConfig config = {
        .use_main_obmalloc = 0,
        .allow_fork = 0,
        .allow_exec = 0,
        .allow_threads = 1,
        .allow_daemon_threads = 0,
        .check_multi_interp_extensions = 1,
        .gil = PyInterpreterConfig_OWN_GIL,
    };
    PyThreadState *state = NULL;
    PyStatus status = Py_NewInterpreterFromConfig(&state, &config);
    return PyStatus_Exception(status) ? NULL : state;
}

static double call_sub_body(run *r)
{
    double each = -1;
    PyThreadState *main = attach_new_main_state();
    PyThreadState *sub = new_interpreter();
    if (sub != NULL) {
        if (PyRun_SimpleString("def f(a, b):\n    return a + b\n") == 0)
            each = calls_with_kept_state(r, sub);
        Py_EndInterpreter(sub);
        PyThreadState_Swap(main);
    }
    delete_attached_state(main);
    return each;
}

/* Attach with a kept state, f(a, b), detach: an interpreter with a GIL of its own. */
double call_sub(double milliseconds)
{
    return on_own_thread(call_sub_body, milliseconds);
}

static double ensure_nested_body(run *r)
{
    double each = -1;
    PyGILState_STATE outer = PyGILState_Ensure();
    REPEAT(r, each, BATCH, {
        PyGILState_STATE inner = PyGILState_Ensure();
        PyGILState_Release(inner);
    });
    PyGILState_Release(outer);
    return each;
}

/* PyGILState_Ensure and PyGILState_Release on a thread that is attached already. */
double ensure_nested(double milliseconds)
{
    return on_own_thread(ensure_nested_body, milliseconds);
}

/*
 * Calls a function pointer that leads into Java. On the calling thread: a thread that the JVM
 * does not know would pay for being made known to it.
 */
double upcall(double milliseconds, int (*target)(int, int))
{
    run r = {NULL, milliseconds, target, -1};
    int (*volatile called)(int, int) = target;
    long sum = 0;
    double each = -1;
    REPEAT(&r, each, BATCH, sum += called((int)i, 7));
    return sum == 0 ? -1 : each;
}

static PyObject *constant(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    return PyLong_FromLong(7);
}

/* The object that `constant` returns: a small int, which no version of CPython ever frees. */
void *constant_result(void)
{
    PyGILState_STATE state = PyGILState_Ensure();
    void *result = PyLong_FromLong(7);
    PyGILState_Release(state);
    return result;
}

static PyMethodDef definitions[] = {
    {"c_constant", NULL, METH_FASTCALL, NULL},
    {"upcall_constant", NULL, METH_FASTCALL, NULL},
};

/*
 * Puts two functions into __main__ of the main interpreter that take what they are given and
 * return a constant: `c_constant`, which is C, and `upcall_constant`, whose C function is
 * `target`, a pointer that leads straight into Java. 0, or -1.
 */
int define_constants(PyCFunction target)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *module = PyImport_AddModule("__main__"); /* borrowed */
    int result = module == NULL ? -1 : 0;
    definitions[0].ml_meth = (PyCFunction)(void (*)(void))constant;
    definitions[1].ml_meth = target;
    for (int i = 0; result == 0 && i < 2; i++) {
        PyObject *function = PyCFunction_New(&definitions[i], NULL);
        result = function == NULL ? -1 : PyObject_SetAttrString(module, definitions[i].ml_name, function);
        Py_XDECREF(function);
    }
    if (result < 0)
        PyErr_Clear();
    PyGILState_Release(state);
    return result;
}

static PyObject *raising(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    PyErr_SetString(PyExc_RuntimeError, "raised");
    return NULL;
}

static PyMethodDef raising_definition = {
    "c_raise", (PyCFunction)(void (*)(void))raising, METH_FASTCALL, NULL};

static PyGetSetDef bare_attributes[] = {{"value", NULL, NULL, NULL, NULL}, {NULL, NULL, NULL, NULL, NULL}};
static PyType_Slot bare_slots[] = {{Py_tp_getset, bare_attributes}, {0, NULL}};
static PyType_Spec bare_spec = {"__main__.Bare", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT, bare_slots};

/*
 * Puts into __main__ of the main interpreter `c_raise`, a function in C that raises RuntimeError, and
 * `bare`, an object whose attribute `value` is read by `target`, a pointer that leads straight into
 * Java. 0, or -1.
 */
int define_members(getter target)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *module = PyImport_AddModule("__main__"); /* borrowed */
    bare_attributes[0].get = target;
    PyObject *function = PyCFunction_New(&raising_definition, NULL);
    PyObject *type = PyType_FromSpec(&bare_spec);
    PyObject *object = type == NULL ? NULL : PyObject_CallNoArgs(type);
    int result = -1;
    if (module != NULL && function != NULL && object != NULL)
        result = PyObject_SetAttrString(module, "c_raise", function)
            | PyObject_SetAttrString(module, "bare", object);
    Py_XDECREF(function);
    Py_XDECREF(object);
    Py_XDECREF(type);
    if (result < 0)
        PyErr_Clear();
    PyGILState_Release(state);
    return result;
}

static double interpreter_cycle_body(run *r)
{
    double each = -1;
    int failed = 0;
    PyThreadState *main = attach_new_main_state();
    REPEAT(r, each, 1, {
        PyThreadState *sub = new_interpreter();
        if (sub == NULL) {
            failed = 1;
            break;
        }
        Py_EndInterpreter(sub);
        PyThreadState_Swap(main);
    });
    delete_attached_state(main);
    return failed ? -1 : each;
}

/* An interpreter with a GIL of its own made and ended. */
double interpreter_cycle(double milliseconds)
{
    return on_own_thread(interpreter_cycle_body, milliseconds);
}

/* From the start until it counts: as in Throughput.java, which says why. */
#define LEAD 10e6

/* One of the threads of spin_on and call_on. */
typedef struct worker {
    struct workers *all;
    double rate; /* operations a nanosecond */
    int failed;
} worker;

typedef struct workers {
    const char *source;
    double milliseconds;
    pthread_barrier_t barrier;
    double from, to;
    worker each[2];
} workers;

/* Waits until all are here, and lays down when their work counts. */
static void agree_on_span(workers *all)
{
    if (pthread_barrier_wait(&all->barrier) == PTHREAD_BARRIER_SERIAL_THREAD) {
        all->from = now() + LEAD;
        all->to = all->from + all->milliseconds * 1e6;
    }
    pthread_barrier_wait(&all->barrier);
}

/* Repeats STATEMENT, which may use `i`, before the span and in it. */
#define REPEAT_IN_SPAN(w, batch, STATEMENT)                       \
    do {                                                          \
        double each;                                              \
        agree_on_span((w)->all);                                  \
        REPEAT_UNTIL((w)->all->from, each, batch, STATEMENT);     \
        REPEAT_UNTIL((w)->all->to, each, batch, STATEMENT);       \
        (w)->rate = 1 / each;                                     \
    } while (0)

/* Attaches in an interpreter of its own, calls its spin and detaches, again and again. */
static void *spin(void *argument)
{
    worker *w = argument;
    PyThreadState *main = attach_new_main_state();
    PyThreadState *sub = new_interpreter();
    PyObject *function = NULL;
    if (sub != NULL && PyRun_SimpleString(w->all->source) == 0)
        function = PyObject_GetAttrString(PyImport_AddModule("__main__"), "spin");
    PyThreadState *own = PyEval_SaveThread();
    REPEAT_IN_SPAN(w, 1, {
        PyEval_RestoreThread(own);
        PyObject *result = function == NULL ? NULL : PyObject_CallNoArgs(function);
        w->failed |= result == NULL;
        Py_XDECREF(result);
        PyEval_SaveThread();
    });
    PyEval_RestoreThread(own);
    PyErr_Clear();
    Py_XDECREF(function);
    if (sub != NULL) {
        Py_EndInterpreter(sub);
        PyThreadState_Swap(main);
    }
    delete_attached_state(main);
    return NULL;
}

/* Attaches a kept state, calls its own f and detaches, again and again, in the main interpreter. */
static void *call_often(void *argument)
{
    worker *w = argument;
    long sum = 0;
    PyThreadState *state = attach_new_main_state();
    PyObject *f = PyRun_SimpleString(w->all->source) == 0 ? function_f() : NULL;
    PyEval_SaveThread();
    REPEAT_IN_SPAN(w, 50, {
        PyEval_RestoreThread(state);
        sum |= f == NULL ? -1 : call_f(f, i, 7);
        PyEval_SaveThread();
    });
    PyEval_RestoreThread(state);
    Py_XDECREF(f);
    delete_attached_state(state);
    w->failed = sum < 0;
    return NULL;
}

static double together(int threads, double milliseconds, const char *source, void *(*body)(void *))
{
    workers all = {.source = source, .milliseconds = milliseconds};
    pthread_t thread[2];
    double rate = 0;
    int failed = 0;
    pthread_barrier_init(&all.barrier, NULL, (unsigned)threads);
    for (int i = 0; i < threads; i++) {
        all.each[i].all = &all;
        if (pthread_create(&thread[i], NULL, body, &all.each[i]) != 0)
            abort();
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(thread[i], NULL);
        failed |= all.each[i].failed;
        rate += all.each[i].rate;
    }
    pthread_barrier_destroy(&all.barrier);
    return failed ? -1 : 1 / rate;
}

/*
 * Nanoseconds from one call of spin() to the next where `threads` threads (1 or 2) make them at the
 * same time, each in an interpreter with a GIL of its own. `source` defines the function.
 */
double spin_on(int threads, double milliseconds, const char *source)
{
    return together(threads, milliseconds, source, spin);
}

/*
 * Nanoseconds from one call to the next where `threads` threads (1 or 2) make them at the same time
 * in the main interpreter, each of an f of its own that `source` defines.
 */
double call_on(int threads, double milliseconds, const char *source)
{
    return together(threads, milliseconds, source, call_often);
}

#define DOUBLES 1000000

static double memcpy_body(run *r, int fresh)
{
    double each = -1;
    size_t bytes = DOUBLES * sizeof(double);
    char *from = malloc(bytes), *kept = malloc(bytes);
    if (from != NULL && kept != NULL) {
        memset(from, 1, bytes);
        memset(kept, 2, bytes);
        REPEAT(r, each, 1, {
            char *to = fresh ? malloc(bytes) : kept;
            if (to == NULL)
                break;
            memcpy(to, from, bytes);
            *(volatile char *)to; /* so that the copy is made */
            if (fresh)
                free(to);
        });
    }
    free(from);
    free(kept);
    return each;
}

static double memcpy_doubles_body(run *r)
{
    return memcpy_body(r, 0);
}

/* memcpy of a million doubles, into memory that has been used before. */
double memcpy_doubles(double milliseconds)
{
    return on_own_thread(memcpy_doubles_body, milliseconds);
}

static double memcpy_fresh_body(run *r)
{
    return memcpy_body(r, 1);
}

/* The same into new memory, which is freed again. */
double memcpy_fresh(double milliseconds)
{
    return on_own_thread(memcpy_fresh_body, milliseconds);
}

/* What the conversions call Java with, an item at a time: the item's place, and an int or a kind. */
typedef int (*item_upcall)(int, int);

/* An item on its way, where Java finds it or puts it: see Conversions.java. Used under the GIL. */
struct {
    int64_t key_size, text_size, number;
    double real;
    char key[64], text[64];
} item;

enum { AN_INT, A_REAL, A_TEXT, A_DICT };

/*
 * Converts an object of __main__ again and again, on the calling thread, as `upcall` does and for the
 * same reason. The conversion returns a sum of what Java returned, or -1.
 */
static double conversions(
    double milliseconds, item_upcall target, const char *name, long (*convert)(PyObject *, item_upcall))
{
    run r = {NULL, milliseconds, target, -1};
    double each = -1;
    long failed = 0;
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *module = PyImport_AddModule("__main__"); /* borrowed */
    PyObject *object = module == NULL ? NULL : PyObject_GetAttrString(module, name);
    if (object != NULL) {
        REPEAT(&r, each, 10, failed |= convert(object, target));
        Py_DECREF(object);
    }
    if (PyErr_Occurred())
        failed = -1;
    PyErr_Clear();
    PyGILState_Release(state);
    return failed < 0 ? -1 : each;
}

/* The UTF-8 of a short str, copied into `to`. */
static int copied(PyObject *text, char to[64])
{
    Py_ssize_t size;
    const char *utf8 = PyUnicode_AsUTF8AndSize(text, &size);
    if (utf8 == NULL || size > 64)
        return -1;
    memcpy(to, utf8, size);
    return (int)size;
}

static long read_list(PyObject *list, item_upcall target)
{
    long sum = 0;
    Py_ssize_t length = PyList_Size(list);
    for (Py_ssize_t i = 0; i < length; i++)
        sum += target((int)i, (int)PyLong_AsLong(PyList_GetItem(list, i)));
    return sum;
}

/* An upcall for the dict, and one for each pair, whose key and value are in C memory then. */
static long read_dict(PyObject *dict, item_upcall target)
{
    long sum = 0;
    Py_ssize_t position = 0;
    PyObject *key, *value;
    target(0, A_DICT);
    for (int i = 0; PyDict_Next(dict, &position, &key, &value); i++) {
        item.key_size = copied(key, item.key);
        if (PyLong_CheckExact(value)) {
            item.number = PyLong_AsLong(value);
            sum += target(i, AN_INT);
        } else if (PyFloat_CheckExact(value)) {
            item.real = PyFloat_AsDouble(value);
            sum += target(i, A_REAL);
        } else {
            item.text_size = copied(value, item.text);
            sum += target(i, A_TEXT);
        }
    }
    return sum;
}

static long read_dicts(PyObject *list, item_upcall target)
{
    long sum = 0;
    Py_ssize_t length = PyList_Size(list);
    for (Py_ssize_t i = 0; i < length; i++)
        sum += read_dict(PyList_GetItem(list, i), target);
    return sum;
}

/* A list as long as that, of ints that Java gives one by one. */
static long make_list(PyObject *like, item_upcall target)
{
    Py_ssize_t length = PyList_Size(like);
    PyObject *list = PyList_New(length);
    if (list == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < length; i++)
        PyList_SetItem(list, i, PyLong_FromLong(target((int)i, AN_INT)));
    Py_DECREF(list);
    return 0;
}

/* A dict as large as that, of texts and ints that Java gives one by one. */
static long make_dict(PyObject *like, item_upcall target)
{
    Py_ssize_t length = PyDict_Size(like);
    PyObject *dict = PyDict_New();
    if (dict == NULL)
        return -1;
    int failed = 0;
    for (Py_ssize_t i = 0; i < length; i++) {
        PyObject *value = PyLong_FromLong(target((int)i, AN_INT));
        PyObject *key = PyUnicode_DecodeLatin1(item.key, item.key_size, NULL);
        failed |= key == NULL || value == NULL ? -1 : PyDict_SetItem(dict, key, value);
        Py_XDECREF(key);
        Py_XDECREF(value);
    }
    Py_DECREF(dict);
    return failed;
}

/* Each reads or makes what is of that name in __main__, with an upcall for each item. */
double list_to_java(double milliseconds, item_upcall target)
{
    return conversions(milliseconds, target, "numbers", read_list);
}

double list_to_python(double milliseconds, item_upcall target)
{
    return conversions(milliseconds, target, "numbers", make_list);
}

double dict_to_java(double milliseconds, item_upcall target)
{
    return conversions(milliseconds, target, "table", read_dict);
}

double dict_to_python(double milliseconds, item_upcall target)
{
    return conversions(milliseconds, target, "table", make_dict);
}

double dicts_to_java(double milliseconds, item_upcall target)
{
    return conversions(milliseconds, target, "rows", read_dicts);
}

static item_upcall text_upcall;

/* A text on its way, in Latin-1 or else in UTF-16, as Java's strings have theirs. Used under the GIL. */
Py_UCS2 text_memory[1 << 16];

/*
 * A str's text to C memory; an upcall, which makes a Java string of it and puts that string's text
 * there; a new str of what lies there.
 */
static PyObject *text_there_and_back(PyObject *self, PyObject *text)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    int units = 0;
    int order = -1; /* little-endian, as all that this runs on is */
    int kind = PyUnicode_KIND(text);
    if (length > (1 << 15))
        return PyErr_Format(PyExc_ValueError, "too long");
    if (kind == PyUnicode_1BYTE_KIND) {
        memcpy(text_memory, PyUnicode_DATA(text), length);
        text_upcall((int)length, 1);
        return PyUnicode_DecodeLatin1((char *)text_memory, length, NULL);
    }
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, PyUnicode_DATA(text), i);
        if (c > 0xFFFF) {
            text_memory[units++] = (Py_UCS2)(0xD7C0 + (c >> 10));
            c = 0xDC00 + (c & 0x3FF);
        }
        text_memory[units++] = (Py_UCS2)c;
    }
    text_upcall(units, 2);
    return PyUnicode_DecodeUTF16((char *)text_memory, 2 * units, NULL, &order);
}

static PyMethodDef text_definition = {"c_text", text_there_and_back, METH_O, NULL};

/* Puts `c_text` into __main__ of the main interpreter, which makes an upcall a text. 0, or -1. */
int define_texts(item_upcall target)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *module = PyImport_AddModule("__main__"); /* borrowed */
    PyObject *function = PyCFunction_New(&text_definition, NULL);
    int result =
        module == NULL || function == NULL ? -1 : PyObject_SetAttrString(module, "c_text", function);
    text_upcall = target;
    Py_XDECREF(function);
    if (result < 0)
        PyErr_Clear();
    PyGILState_Release(state);
    return result;
}
