package dev.vivarium.testing;

/** The main class of a {@link ChildJvm}. */
final class ChildMain {

  private static final int FAILED = 70;

  private ChildMain() {}

  public static void main(String[] arguments) throws Exception {
    var constructor = Class.forName(arguments[0]).getDeclaredConstructor();
    constructor.setAccessible(true);
    Scenario scenario = (Scenario) constructor.newInstance();
    String[] rest = java.util.Arrays.copyOfRange(arguments, 1, arguments.length);
    try {
      scenario.run(rest);
    } catch (Throwable t) {
      t.printStackTrace();
      System.out.flush();
      // Threads that the failed scenario has left inside Python must not delay the news
      Runtime.getRuntime().halt(FAILED);
    }
  }
}
