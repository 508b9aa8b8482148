"""What the service has Python do: scores a text. Change it while the service runs, and POST /reload."""

VERSION = 1
GOOD = {"good", "fast", "safe", "simple"}
BAD = {"bad", "slow", "crash", "hang"}


def score(text):
    words = text.lower().split()
    points = sum((word in GOOD) - (word in BAD) for word in words)
    return {"version": VERSION, "words": len(words), "points": points}


def spin(text):
    """Never comes back: what the deadline is for."""
    while True:
        pass
