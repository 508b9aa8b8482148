package dev.vivarium.host;

import dev.vivarium.Python;
import dev.vivarium.PythonOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * In place of Vivarium's own entry: attaches more than once, where the program's Python refuses.
 */
final class HalfAttached {

  private HalfAttached() {}

  @SuppressWarnings("unused") // through JNI
  static void attach(String module, long exitTimeoutMillis, String javaPackages)
      throws IOException {
    Path empty = Files.createTempDirectory("environment");
    Path requirements = Files.createFile(empty.resolve("requirements.txt"));
    fails(() -> Python.attachToHost(PythonOptions.builder().environment(empty).build()));
    PythonOptions added = PythonOptions.builder().addPath(empty).build();
    fails(() -> Python.attachToHost(added));
    fails(Python::attachToHost);
    fails(Python::shared);
    fails(Python::start);
    Files.delete(requirements);
    Files.delete(empty);
    say("runs: " + Python.running().isPresent());
  }

  private static void fails(Callable<Python> attaching) {
    try {
      say("attached: " + attaching.call().main().eval("6 * 7"));
    } catch (Exception e) {
      say(e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  private static void say(String text) {
    System.out.println(text);
    System.out.flush();
  }
}
