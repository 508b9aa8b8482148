package dev.vivarium.internal.imports;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a class loader has below a folder, in each jar and folder where there is one of that name. A
 * class loader itself cannot list, and to ask it for each name that a module could have is slow: so
 * what is in jars is looked at once. Immutable; folders are looked at each time.
 */
final class Roots {

  /** One jar or folder. Paths have no slash at the end. */
  private interface Root {
    boolean hasFile(String path);

    boolean hasFolder(String path);

    /** Adds the names in a folder that is there, those of folders with a slash at the end. */
    void list(String path, Set<String> names);

    /** Whether it stays as it is. */
    boolean lasts();

    /** The checksum of a file that is there, or null where only its bytes tell. */
    @Nullable Checksum checksum(String path);
  }

  private final List<Root> all = new ArrayList<>();

  /**
   * Those of a class loader.
   *
   * @param folder with a slash at the end
   */
  Roots(ClassLoader loader, String folder) throws IOException {
    for (URL url : Collections.list(loader.getResources(folder))) {
      all.add(root(loader, folder, url));
    }
  }

  private static Root root(ClassLoader loader, String folder, URL url) throws IOException {
    try {
      if (url.getProtocol().equals("file") || url.getProtocol().equals("jrt")) {
        return new Folder(
            Path.of(new URI(url.toString())), folder, url.getProtocol().equals("jrt"));
      }
    } catch (URISyntaxException | IllegalArgumentException | FileSystemNotFoundException e) {
      return new Unknown(loader);
    }
    URLConnection connection = url.openConnection();
    connection.setUseCaches(false); // else the jar stays open, and cannot be replaced on Windows
    return connection instanceof JarURLConnection jar ? new Jar(jar, folder) : new Unknown(loader);
  }

  boolean hasFile(String path) {
    return all.stream().anyMatch(root -> root.hasFile(path));
  }

  boolean hasFolder(String path) {
    return all.stream().anyMatch(root -> root.hasFolder(path));
  }

  /** Whether the first that has a file stays as it is. */
  boolean lasts(String path) {
    for (Root root : all) {
      if (root.hasFile(path)) {
        return root.lasts();
      }
    }
    return false;
  }

  /** The checksum of the first that has a file, or null where only its bytes tell. */
  @Nullable Checksum checksum(String path) {
    for (Root root : all) {
      if (root.hasFile(path)) {
        return root.checksum(path);
      }
    }
    return null;
  }

  /** The names in a folder, as in all of them together. */
  Set<String> list(String path) {
    Set<String> names = new TreeSet<>();
    all.forEach(root -> {
      if (root.hasFolder(path)) {
        root.list(path, names);
      }
    });
    return names;
  }

  /** A jar, in whatever. */
  private static final class Jar implements Root {

    private final Map<String, Set<String>> folders = new HashMap<>();
    private final Map<String, Checksum> files = new HashMap<>();

    Jar(JarURLConnection connection, String folder) throws IOException {
      // Of a jar in a jar, and of classes in one, the names may begin with more
      String entry = connection.getEntryName();
      int more = entry.length() - folder.length();
      try (JarFile jar = connection.getJarFile()) {
        for (JarEntry one : Collections.list(jar.entries())) {
          if (one.getName().startsWith(entry)) {
            String path = one.getName().substring(more);
            add(path);
            if (!one.isDirectory()) {
              files.put(path, new Checksum(one.getCrc(), one.getSize()));
            }
          }
        }
      }
    }

    private void add(String path) {
      int end = path.endsWith("/") ? path.length() - 1 : path.length();
      if (path.endsWith("/")) {
        folders.computeIfAbsent(path.substring(0, end), name -> new TreeSet<>());
      }
      // Not all jars have an entry for each folder
      for (int slash = path.lastIndexOf('/', end - 1); slash > 0; ) {
        boolean known = folders.containsKey(path.substring(0, slash));
        folders
            .computeIfAbsent(path.substring(0, slash), name -> new TreeSet<>())
            .add(path.substring(slash + 1, Math.min(path.length(), end + 1)));
        end = slash;
        slash = known ? 0 : path.lastIndexOf('/', end - 1);
      }
    }

    @Override
    public boolean hasFile(String path) {
      int slash = path.lastIndexOf('/');
      Set<String> names = folders.get(path.substring(0, Math.max(slash, 0)));
      return names != null && names.contains(path.substring(slash + 1));
    }

    @Override
    public boolean hasFolder(String path) {
      return folders.containsKey(path);
    }

    @Override
    public void list(String path, Set<String> names) {
      names.addAll(folders.getOrDefault(path, Set.of()));
    }

    @Override
    public boolean lasts() {
      return true;
    }

    @Override
    public @Nullable Checksum checksum(String path) {
      return files.get(path);
    }
  }

  /** A folder of the file system, or of the JDK's image. */
  private static final class Folder implements Root {

    private final Path root;
    private final String folder;
    private final boolean image;

    Folder(Path root, String folder, boolean image) {
      this.root = root;
      this.folder = folder;
      this.image = image;
    }

    private Path path(String path) {
      return path.length() < folder.length() ? root : root.resolve(path.substring(folder.length()));
    }

    @Override
    public boolean hasFile(String path) {
      return Files.isRegularFile(path(path));
    }

    @Override
    public boolean hasFolder(String path) {
      return Files.isDirectory(path(path));
    }

    @Override
    public void list(String path, Set<String> names) {
      try (Stream<Path> files = Files.list(path(path))) {
        files.forEach(file -> names.add(file.getFileName() + (Files.isDirectory(file) ? "/" : "")));
      } catch (IOException e) {
        // It has gone meanwhile
      }
    }

    @Override
    public boolean lasts() {
      return image;
    }

    @Override
    public @Nullable Checksum checksum(String path) {
      return null;
    }
  }

  /** Something that can be asked by name alone. */
  private static final class Unknown implements Root {

    private final ClassLoader loader;

    Unknown(ClassLoader loader) {
      this.loader = loader;
    }

    @Override
    public boolean hasFile(String path) {
      return loader.getResource(path) != null;
    }

    @Override
    public boolean hasFolder(String path) {
      return loader.getResource(path + "/") != null;
    }

    @Override
    public void list(String path, Set<String> names) {}

    @Override
    public boolean lasts() {
      return false;
    }

    @Override
    public @Nullable Checksum checksum(String path) {
      return null;
    }
  }
}
