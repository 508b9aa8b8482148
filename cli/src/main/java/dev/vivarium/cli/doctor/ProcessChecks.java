package dev.vivarium.cli.doctor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Looks at the JVM, the machine and the environment. Needs no Python. */
final class ProcessChecks {

  private static final int OLDEST_JDK = 25;
  private static final List<String> ENVIRONMENT_PREFIXES = List.of("VIVARIUM_", "PYTHON");
  private static final List<String> ENVIRONMENT_NAMES =
      List.of("VIRTUAL_ENV", "CONDA_PREFIX", "XDG_CACHE_HOME", "JAVA_HOME");

  private ProcessChecks() {}

  static List<Finding> all() {
    List<Finding> findings = new ArrayList<>();
    findings.add(jdk());
    findings.add(nativeAccess());
    findings.add(platform());
    findings.add(locale());
    findings.add(environment());
    return findings;
  }

  private static Finding jdk() {
    String detail =
        Runtime.version()
            + " ("
            + System.getProperty("java.vendor")
            + ") in "
            + Path.of(System.getProperty("java.home"));
    return Runtime.version().feature() >= OLDEST_JDK
        ? Finding.ok("jdk", detail)
        : Finding.fail("jdk", detail, "use JDK 25 or newer, by JAVA_HOME for instance");
  }

  private static Finding nativeAccess() {
    return ProcessChecks.class.getModule().isNativeAccessEnabled()
        ? Finding.ok("native access", "enabled")
        : Finding.warn(
            "native access",
            "not enabled: the JDK warns, and later ones will refuse",
            "start java with --enable-native-access=ALL-UNNAMED");
  }

  private static Finding platform() {
    String os = System.getProperty("os.name");
    String arch = System.getProperty("os.arch");
    String detail =
        os
            + " "
            + System.getProperty("os.version")
            + ", "
            + arch
            + ", "
            + Runtime.getRuntime().availableProcessors()
            + " processors";
    return os.equals("Linux") && arch.equals("amd64")
        ? Finding.ok("platform", detail)
        : Finding.warn(
            "platform", detail, "Vivarium is tested on Linux x86-64; please tell how it goes here");
  }

  private static Finding locale() {
    String encoding = String.valueOf(System.getProperty("sun.jnu.encoding"));
    return encoding.toUpperCase(Locale.ROOT).replace("-", "").equals("UTF8")
        ? Finding.ok("file names", "read as " + encoding)
        : Finding.warn(
            "file names",
            "the JVM reads file names and arguments as " + encoding,
            "set LC_ALL=C.UTF-8 if any are not plain ASCII");
  }

  private static Finding environment() {
    Map<String, String> seen = new TreeMap<>();
    System.getenv()
        .forEach((name, value) -> {
          if (ENVIRONMENT_NAMES.contains(name)
              || ENVIRONMENT_PREFIXES.stream().anyMatch(name::startsWith)) {
            seen.put(name, value);
          }
        });
    String detail = seen.isEmpty() ? "nothing that matters is set" : seen.toString();
    return seen.containsKey("PYTHONHOME")
        ? Finding.warn("environment", detail, "unset PYTHONHOME: it is for one Python alone")
        : Finding.ok("environment", detail);
  }
}
