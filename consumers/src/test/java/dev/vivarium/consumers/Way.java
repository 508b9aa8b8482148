package dev.vivarium.consumers;

import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * A test of a way in which a program is shipped. What it came to stands in docs/compatibility.md,
 * into which the run of the module behaviour puts what lies in target/ways then.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(Way.Writer.class)
@interface Way {

  /** The way, in words. */
  String value();

  /** Writes a line of the table. */
  final class Writer implements TestWatcher {

    private static final Path FOLDER = Path.of("target", "ways");

    @Override
    public void testSuccessful(ExtensionContext context) {
      write(context, "passed");
    }

    @Override
    public void testFailed(ExtensionContext context, Throwable cause) {
      write(context, "**failed**");
    }

    @Override
    public void testAborted(ExtensionContext context, Throwable cause) {
      write(context, "not tried: " + cause.getMessage().lines().findFirst().orElse(""));
    }

    @Override
    public void testDisabled(ExtensionContext context, Optional<String> reason) {
      write(context, "not tried: " + reason.orElse(""));
    }

    private static void write(ExtensionContext context, String outcome) {
      String way = context.getRequiredTestMethod().getAnnotation(Way.class).value();
      String name =
          context.getRequiredTestClass().getSimpleName()
              + "."
              + context.getRequiredTestMethod().getName();
      try {
        Files.createDirectories(FOLDER);
        Files.writeString(FOLDER.resolve(name), "| " + way + " | " + outcome + " |\n");
      } catch (IOException e) {
        throw new AssertionError("the table's line cannot be written", e);
      }
    }
  }
}
