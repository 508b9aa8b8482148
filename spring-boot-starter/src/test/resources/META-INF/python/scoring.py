import time


def score(text):
    return len(text.split())


def slow(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.001)
    return seconds


def spin():
    while True:
        pass
