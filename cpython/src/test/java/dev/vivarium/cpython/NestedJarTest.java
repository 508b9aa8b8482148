package dev.vivarium.cpython;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.PythonStartException;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.loader.launch.LaunchedClassLoader;
import org.springframework.boot.loader.net.protocol.Handlers;
import org.springframework.boot.loader.net.protocol.jar.JarUrl;

/** The artifact's jar inside of an executable one of Spring Boot's, opened by its own loader. */
@DisplayName("a CPython's jar inside of another jar")
class NestedJarTest {

  private static final String INNER = "BOOT-INF/lib/cpython-9-fake.jar";

  @TempDir Path folder;

  private Path outer;
  private Path cache;
  private LaunchedClassLoader loader;

  @BeforeEach
  void write() throws IOException {
    Handlers.register();
    cache = folder.resolve("cache");
    // What URLs write otherwise, and what their own separators look like
    outer = Files.createDirectories(folder.resolve("a b%20!")).resolve("my app!.jar");
    wrap(new FakeArtifact().write(folder.resolve("inner.jar")));
    loader = new LaunchedClassLoader(false, new URL[] {JarUrl.create(outer.toFile(), INNER)}, null);
  }

  @AfterEach
  void close() throws IOException {
    loader.close();
  }

  private void wrap(Path inner) throws IOException {
    byte[] content = Files.readAllBytes(inner);
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(INNER);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(outer))) {
      out.putNextEntry(entry);
      out.write(content);
    }
  }

  private Jar found() {
    return Artifact.jarOf(loader.getResource(FakeArtifact.PREFIX), "cpython");
  }

  @Test
  @DisplayName("has the name of the inner one, and the file of the outer one")
  void named() throws IOException {
    Jar jar = found();
    assertThat(jar.name()).isEqualTo("cpython-9-fake.jar");
    assertThat(jar.file()).isEqualTo(outer);
    try (ZipFile zip = jar.open();
        ZipFile again = jar.open()) {
      zip.close();
      assertThat(again.getEntry(FakeArtifact.PREFIX + FakeArtifact.PROGRAM)).isNotNull();
    }
  }

  @Test
  @DisplayName("in no jar at all is refused, with what to do")
  void inNone() throws IOException {
    URL url = URI.create("file:/unpacked/org/bytedeco/").toURL();
    assertThatThrownBy(() -> Artifact.jarOf(url, "cpython"))
        .isInstanceOf(PythonStartException.class)
        .hasMessageContaining("in no jar file, but at " + url)
        .hasMessageContaining("name another Python");
  }

  @Test
  @DisplayName("is unpacked into the folder that the same jar has as a file")
  void unpacked() {
    EmbeddedCPython nested = new EmbeddedCPython(found(), cache);
    assertThat(nested.provide().library()).hasSize(50_000);
    assertThat(nested.provide().executable()).isExecutable();
    assertThat(nested.provide().source()).isEqualTo("the embedded CPython of cpython-9-fake.jar");
    assertThat(nested.verify()).isEmpty();
    assertThat(nested.folder())
        .isEqualTo(new EmbeddedCPython(Jar.of(folder.resolve("inner.jar")), cache).folder());
  }

  @Test
  @DisplayName("is remembered, and not opened again before the outer one changes")
  void remembered() throws IOException {
    new EmbeddedCPython(found(), cache).provide();
    Jar again = found();
    Memo memo = Memo.ofJar(cache, again);
    assertThat(memo).isNotNull();
    assertThat(memo.folder()).isEqualTo(new EmbeddedCPython(again, cache).folder());
    FileTime time = Files.getLastModifiedTime(outer);
    Files.setLastModifiedTime(outer, FileTime.fromMillis(time.toMillis() + 2000));
    assertThat(Memo.ofJar(cache, again)).isNull();
  }
}
