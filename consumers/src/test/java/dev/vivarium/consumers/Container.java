package dev.vivarium.consumers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Does what a Dockerfile says in a root that ./verify has prepared, since there is no Docker here:
 * the lines that the guide has, and no others.
 */
final class Container {

  private static final Pattern IN_QUOTES = Pattern.compile("\"([^\"]*)\"");

  private final Path root;
  private final Map<String, String> environment = new LinkedHashMap<>();
  private String user = "0:0";
  private final List<String> command = new ArrayList<>();

  private Container(Path root) {
    this.root = root;
    environment.put("PATH", "/usr/local/bin:/usr/bin:/bin");
  }

  /** Skips the test where no root is prepared. */
  static Container build(Path context, Path root, String dockerfile) throws Exception {
    String prepared = System.getProperty("vivarium.slim");
    assumeThat(Path.of(prepared))
        .as("skipped: " + System.getProperty("vivarium.slim.why"))
        .exists();
    Container container = new Container(root);
    for (String line : dockerfile.strip().split("\n")) {
      String[] words = line.split("\\s+", 2);
      String[] rest = words[1].split("[\\s=]+", 2);
      switch (words[0]) {
        case "FROM" -> {
          assertThat(words[1]).isEqualTo("debian:trixie-slim");
          container.copy(Path.of(prepared), root);
        }
        case "COPY" -> {
          Path target = root.resolve(rest[1].substring(1));
          Files.createDirectories(target.getParent());
          container.copy(context.resolve(rest[0]), target);
        }
        case "ENV" -> container.environment.put(rest[0], rest[1]);
        case "RUN" -> container.enter(true, List.of("sh", "-euc", words[1])).well();
        case "USER" -> container.user = words[1];
        case "CMD" ->
            IN_QUOTES.matcher(words[1]).results().forEach(m -> container.command.add(m.group(1)));
        default -> throw new AssertionError("what is " + line + "?");
      }
    }
    keepSeconds(root.resolve("opt"));
    return container;
  }

  // As the layers of an image do with times
  private static void keepSeconds(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(one -> !Files.isSymbolicLink(one)).toList()) {
        long seconds = Files.getLastModifiedTime(file).to(TimeUnit.SECONDS);
        Files.setLastModifiedTime(file, FileTime.from(seconds, TimeUnit.SECONDS));
      }
    }
  }

  private void copy(Path from, Path to) throws Exception {
    Projects.run(root.getParent(), List.of("cp", "-a", from.toString(), to.toString())).well();
  }

  /** Runs its command, with nothing that can be written to. */
  Projects.Ended run() throws Exception {
    return enter(false, command);
  }

  /** Runs another command so. */
  Projects.Ended run(String... other) throws Exception {
    return enter(false, List.of(other));
  }

  private Projects.Ended enter(boolean writable, List<String> inside) throws Exception {
    String mounts =
        """
        root=$1; shift
        mount --bind "$root" "$root"
        mount --rbind /proc "$root/proc"
        mount --rbind /dev "$root/dev"
        """
            + (writable ? "" : "mount -o remount,ro,bind \"$root\"\n")
            + "exec chroot --userspec=\"$1\" \"$root\" \"${@:2}\"\n";
    List<String> all = new ArrayList<>();
    all.addAll(List.of("unshare", "--mount", "--propagation", "private", "bash", "-euc", mounts));
    all.addAll(List.of("bash", root.toString(), user, "/usr/bin/env", "-i"));
    environment.forEach((name, value) -> all.add(name + "=" + value));
    all.addAll(inside);
    return Projects.run(root.getParent(), all);
  }
}
