package dev.vivarium.cli.map;

/** Where the function is called. */
interface Engine {

  /**
   * Makes it ready, the function loaded.
   *
   * @throws InterruptedException if this thread is interrupted meanwhile; nothing is left then
   * @throws RuntimeException what made that impossible; nothing is left then
   */
  void open() throws InterruptedException;

  /** How many callers it has work for; once it is open. */
  int callers();

  /** One of them, which runs on a thread of its own. */
  Caller caller(Callers callers, int number);

  /** For how many items a caller has room, whose lines wait for others before them. */
  int roomEach();

  /**
   * Ends it, also what is under way.
   *
   * @return whether a thread is still in the Python of this process
   */
  boolean close();

  /** What works here, for the summary. */
  String shown();
}
