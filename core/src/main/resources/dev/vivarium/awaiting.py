"""An event loop for what Java awaits, run by a thread of Java's while there is something to await.

Given by Java: closing, which tells whether the interpreter waits to end.
"""

import asyncio
import atexit

LOOK_EVERY = 0.1  # seconds

loop = asyncio.new_event_loop()
tasks = set()
atexit.register(loop.close)


def submit(awaitable, done):
    """Has it awaited, from any thread; gives a function that cancels that, from any thread.

    done is told the result, the exception, and whether it was cancelled, and whether to stop is what
    it says.
    """
    made = []

    async def wait():
        return await awaitable

    def start():
        task = loop.create_task(wait())
        made.append(task)
        tasks.add(task)
        task.add_done_callback(finish)

    def finish(task):
        tasks.discard(task)
        if task.cancelled():
            last = done(None, None, True)
        else:
            exception = task.exception()
            last = done(None if exception else task.result(), exception, False)
        if last:
            loop.stop()

    def cancel():
        loop.call_soon_threadsafe(lambda: made[0].cancel())

    loop.call_soon_threadsafe(start)
    return cancel


def nudge():
    """Has run() return to see whether there is anything left."""
    loop.call_soon_threadsafe(loop.stop)


def cancel_all():
    for task in list(tasks):
        if not task.cancelling():
            task.cancel()


def look():
    """What would wait for ever must not keep the interpreter from ending."""
    global timer
    if closing():
        cancel_all()
    timer = loop.call_later(LOOK_EVERY, look)


def run():
    look()
    try:
        loop.run_forever()
    except BaseException:  # KeyboardInterrupt, say
        cancel_all()
        raise
    finally:
        timer.cancel()
