package dev.vivarium.internal.mirror;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleReader;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which Java packages there are. Java itself has no list of them: they are those of the modules, of
 * the folders and jars that a class loader looks into, and of the classes that it has loaded.
 */
final class Packages {

  private static final String CLASS = ".class";

  /** Those that modules export, and all that lie above them. */
  private static final Set<String> OF_MODULES = ofModules();

  private Packages() {}

  private static Set<String> ofModules() {
    Set<String> names = new HashSet<>();
    for (Module module : ModuleLayer.boot().modules()) {
      ModuleDescriptor descriptor = module.getDescriptor();
      for (String name : module.getPackages()) {
        if (descriptor == null || module.isExported(name)) {
          addWithThoseAbove(names, name);
        }
      }
    }
    return Set.copyOf(names);
  }

  private static void addWithThoseAbove(Set<String> names, String name) {
    for (int end = name.length(); end > 0; end = name.lastIndexOf('.', end - 1)) {
      names.add(name.substring(0, end));
    }
  }

  /** Whether there is a package of that name, or one below it. */
  static boolean exists(ClassLoader loader, String name) {
    return isName(name)
        && (OF_MODULES.contains(name)
            || loader.getResource(name.replace('.', '/') + "/") != null
            || isLoaded(loader, name));
  }

  // Jars without entries for folders have no such resource; a class of theirs that is loaded tells
  private static boolean isLoaded(ClassLoader loader, String name) {
    for (ClassLoader l = loader; l != null; l = l.getParent()) {
      for (Package known : l.getDefinedPackages()) {
        if (known.getName().equals(name) || known.getName().startsWith(name + ".")) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isName(String name) {
    return !name.isEmpty()
        && name.chars().allMatch(c -> c == '.' || Character.isJavaIdentifierPart(c))
        && !name.startsWith(".")
        && !name.endsWith(".")
        && !name.contains("..");
  }

  /** The class of that full name, a nested one after a point or a dollar; or null. */
  static @Nullable Class<?> find(ClassLoader loader, String name) {
    String binary = name;
    while (isName(name)) {
      try {
        return Class.forName(binary, false, loader);
      } catch (ClassNotFoundException e) {
        int point = binary.lastIndexOf('.');
        if (point < 0) {
          return null;
        }
        binary = binary.substring(0, point) + "$" + binary.substring(point + 1);
      } catch (LinkageError e) {
        return null; // another name on a file system that knows no case, say
      }
    }
    return null;
  }

  /**
   * The simple names of a package's public classes and of packages in it, as far as they can be
   * found out and may be seen.
   */
  static List<String> contents(ClassLoader loader, Access access, String name) {
    Set<String> names = new TreeSet<>();
    try {
      inModules(name, names);
      for (URL folder : Collections.list(loader.getResources(name.replace('.', '/') + "/"))) {
        inFolder(folder, names);
      }
    } catch (IOException | URISyntaxException e) {
      // Those found so far are what can be told
    }
    names.removeIf(simple -> {
      Class<?> found = find(loader, name + "." + simple);
      return found == null || !access.sees(found);
    });
    OF_MODULES.stream()
        .filter(one -> one.startsWith(name + ".") && one.indexOf('.', name.length() + 1) < 0)
        .filter(access::seesPackage)
        .forEach(one -> names.add(one.substring(name.length() + 1)));
    return List.copyOf(names);
  }

  private static void inModules(String name, Set<String> names) throws IOException {
    for (Module module : ModuleLayer.boot().modules()) {
      if (!module.getPackages().contains(name)) {
        continue;
      }
      var reference = ModuleLayer.boot().configuration().findModule(module.getName()).orElse(null);
      if (reference != null) {
        try (ModuleReader reader = reference.reference().open();
            Stream<String> files = reader.list()) {
          files.forEach(file -> add(names, name.replace('.', '/') + "/", file));
        }
      }
    }
  }

  private static void inFolder(URL folder, Set<String> names)
      throws IOException, URISyntaxException {
    if (folder.getProtocol().equals("file")) {
      try (Stream<Path> files = Files.list(Path.of(new URI(folder.toString())))) {
        files.forEach(file -> add(names, "", file.getFileName().toString()));
      }
    } else if (folder.openConnection() instanceof JarURLConnection jar) {
      String prefix = jar.getEntryName();
      jar.getJarFile().stream().forEach(entry -> add(names, prefix, entry.getName()));
    }
  }

  private static void add(Set<String> names, String prefix, String file) {
    if (file.startsWith(prefix) && file.endsWith(CLASS)) {
      String simple = file.substring(prefix.length(), file.length() - CLASS.length());
      if (simple.indexOf('/') < 0 && simple.indexOf('$') < 0 && !simple.endsWith("-info")) {
        names.add(simple);
      }
    }
  }
}
