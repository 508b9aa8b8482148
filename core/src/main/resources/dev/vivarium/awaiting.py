"""An event loop for what Java awaits, run by a thread of Java's while there is something to await.

Given by Java: closing, which tells whether the interpreter waits to end; begin, which has the thread run.
"""

import asyncio
import atexit
import contextvars
import types
import weakref

LOOK_EVERY = 0.1  # seconds
LAST_MOMENT = 1  # second

BINDING = contextvars.ContextVar("vivarium.binding", default=None)

loop = asyncio.new_event_loop()
tasks = set()
call_soon = loop.call_soon_threadsafe
told = weakref.WeakSet()  # to end, as the interpreter closes


def call_soon_threadsafe(*args, **options):
    """Of the loop: also while nothing is awaited, since who calls may wait for it."""
    handle = call_soon(*args, **options)
    begin()
    return handle


loop.call_soon_threadsafe = call_soon_threadsafe


@types.coroutine
def steps(coroutine, binding):
    wanted = thrown = None

    def step():
        nonlocal wanted
        wanted = coroutine.send(None) if thrown is None else coroutine.throw(thrown)

    while True:
        try:
            binding(step)
        except StopIteration as end:
            return end.value
        try:
            yield wanted
            thrown = None
        except BaseException as raised:
            thrown = raised


async def bound(coroutine, binding):
    """A coroutine each of whose steps runs with scoped values of Java's bound."""
    return await steps(coroutine, binding)


def make_task(loop, coroutine, **options):
    """For the tasks too that a coroutine makes, in whose context the binding is."""
    context = options.get("context")
    binding = BINDING.get() if context is None else context.get(BINDING)
    return asyncio.Task(coroutine if binding is None else bound(coroutine, binding), loop=loop, **options)


def submit(awaitable, done, binding):
    """Has it awaited, from any thread; gives a function that cancels that, from any thread.

    It runs in a copy of the caller's context, and within the binding, unless that is None. done is told
    the result, the exception, and whether it was cancelled, and whether to stop is what it says.
    """
    made = []

    async def wait():
        return await awaitable

    def start():
        if binding is not None:
            BINDING.set(binding)
            loop.set_task_factory(make_task)
        try:
            # A coroutine by itself: cancelled before its first step it has still been awaited
            task = loop.create_task(awaitable if asyncio.iscoroutine(awaitable) else wait())
        except Exception as failure:
            if done(None, failure, False) and is_idle():
                loop.stop()
            return
        made.append(task)
        tasks.add(task)
        task.add_done_callback(finish)

    def finish(task):
        tasks.discard(task)
        made.clear()  # Java's cancel() would keep the result
        if task.cancelled():
            last = done(None, None, True)
        else:
            exception = task.exception()
            last = done(task.result() if exception is None else None, exception, False)
        if last and is_idle():
            loop.stop()

    def cancel():
        if not loop.is_closed():
            loop.call_soon_threadsafe(lambda: made and made[0].cancel())

    loop.call_soon_threadsafe(start)
    return cancel


def publish(iterable, again, take, give):
    """An awaitable that gives what an async iterable has, as far as it may take; and a function that
    tells it, from any thread, that there is more to take.

    again: whether it has been asked for before, for what gives its items once.
    """
    asked = asyncio.Event()

    async def publishing():
        iterator = aiter(iterable)
        if again and iterator is iterable:
            raise RuntimeError("an async generator gives its items once, and has been subscribed to before")
        try:
            while True:
                while not take():
                    await asked.wait()
                    asked.clear()
                try:
                    item = await anext(iterator)
                except StopAsyncIteration:
                    return
                give(item)
        finally:
            close = getattr(iterator, "aclose", None)
            if close is not None:
                await close()

    def wake():
        if not loop.is_closed():
            loop.call_soon_threadsafe(asked.set)

    return publishing(), wake


def is_idle():
    """Whether there is nothing left either of what those awaited have started and not awaited."""
    return not tasks and not asyncio.all_tasks(loop)


def stop_if_idle():
    if is_idle():
        loop.stop()


def cancel_all():
    for task in asyncio.all_tasks(loop):
        task.cancel()


def cancel_for_closing():
    """Each once, also one that has been cancelled before: it may wait for something as it cleans up."""
    for task in asyncio.all_tasks(loop) - set(told):
        told.add(task)
        task.cancel()


def look():
    """What would wait for ever must not keep the interpreter from ending."""
    global timer
    if closing():
        cancel_for_closing()
    else:
        told.clear()
    stop_if_idle()
    timer = loop.call_later(LOOK_EVERY, look)


def is_end_of_task(exit):
    """Of one that is awaited, and so its own result."""
    return any(task.done() and not task.cancelled() and task.exception() is exit for task in tasks)


def run():
    global timer
    timer = loop.call_soon(look)  # after what has been submitted
    try:
        while True:
            try:
                return loop.run_forever()
            except SystemExit as exit:
                if not is_end_of_task(exit):
                    # Not of all who share the loop: whoever awaits a task that it has ended gets it too
                    loop.call_exception_handler({"message": "SystemExit on the event loop", "exception": exit})
    except BaseException:  # KeyboardInterrupt, say
        cancel_all()
        begin()  # to clean up
        raise
    finally:
        timer.cancel()


async def clean_up():
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left)
    await loop.shutdown_asyncgens()


@atexit.register
def end():
    """As asyncio.run ends, but not for longer than a moment."""
    if loop.is_running():
        return
    del loop.call_soon_threadsafe
    try:
        loop.run_until_complete(asyncio.wait_for(clean_up(), LAST_MOMENT))
    except TimeoutError:
        pass
    finally:
        loop.close()
