package dev.vivarium.pool;

/** That a thread of the user's has room on its stack for a change that must not stop half-way. */
final class StackRoom {

  // Of the smallest frames, more than any such change takes of larger ones
  private static final int FRAMES = 400;

  private StackRoom() {}

  /**
   * Looks for it, and takes nothing.
   *
   * @throws StackOverflowError if there is none
   */
  static void require() {
    if (down(FRAMES) != FRAMES) {
      throw new AssertionError();
    }
  }

  private static int down(int frames) {
    return frames == 0 ? 0 : 1 + down(frames - 1);
  }
}
