package dev.vivarium.cpython;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * A jar that files are unpacked from: a file, or one inside of another jar, which the class loader
 * that has found it can open. Immutable; equal to itself alone.
 */
final class Jar {

  // What executable jars of Spring Boot's call it: jar:nested:/a.jar/!BOOT-INF/lib/b.jar!/entry
  private static final Pattern NESTED = Pattern.compile("jar:nested:(/.+)/!(.+?)!/.*");

  private static final String END = "!/";

  private final Path file;
  private final @Nullable URL url; // of something in it; null if the jar is the file

  private Jar(Path file, @Nullable URL url) {
    this.file = file;
    this.url = url;
  }

  /** A file. */
  static Jar of(Path file) {
    return new Jar(file, null);
  }

  /**
   * The one that a resource of a class loader's lies in; null if it lies in none, or in one of
   * which nothing tells whether it stays the same.
   *
   * @throws IllegalArgumentException if its file has a name that is none
   */
  static @Nullable Jar of(URL url) {
    String text = url.toString();
    int end = text.indexOf(END);
    if (text.startsWith("jar:file:") && end == text.lastIndexOf(END)) {
      return of(Path.of(URI.create(text.substring("jar:".length(), end))));
    }
    Matcher nested = NESTED.matcher(text);
    return nested.matches() ? new Jar(Path.of(URI.create("file:" + nested.group(1))), url) : null;
  }

  /** Opens it, for who closes it. */
  ZipFile open() throws IOException {
    if (url == null) {
      return new ZipFile(file.toFile());
    }
    URLConnection connection = url.openConnection();
    connection.setUseCaches(false); // else it is another's to close
    if (connection instanceof JarURLConnection jar) {
      return jar.getJarFile();
    }
    throw new IOException(url + " is opened by " + connection.getClass() + ", as no jar");
  }

  /** The file: itself, or the jar that has it inside. */
  Path file() {
    return file;
  }

  /** The last part of its name. */
  String name() {
    String path = toString();
    return path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  }

  /** What tells it from other jars, whatever is in them. */
  String id() {
    return url == null ? file.toAbsolutePath().toString() : inside(url);
  }

  /** What changes when it does: size and time of its file. */
  String stamp() throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    return attributes.size() + " " + attributes.lastModifiedTime().to(TimeUnit.SECONDS);
  }

  private static String inside(URL url) {
    String text = url.toString();
    return text.substring(0, text.lastIndexOf(END));
  }

  /** Where it is, for messages. */
  @Override
  public String toString() {
    return url == null ? file.toString() : inside(url);
  }
}
