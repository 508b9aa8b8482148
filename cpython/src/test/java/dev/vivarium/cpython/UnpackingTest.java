package dev.vivarium.cpython;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vivarium.PythonInstallation;
import dev.vivarium.PythonStartException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnpackingTest {

  @TempDir Path folder;

  private Path jar;
  private Path cache;

  @BeforeEach
  void writeArtifact() throws IOException {
    jar = new FakeArtifact().write(folder.resolve("cpython.jar"));
    cache = folder.resolve("cache");
  }

  private EmbeddedCPython embedded() {
    return new EmbeddedCPython(Jar.of(jar), cache);
  }

  @Test
  void unpacksWhatIsNeededAndNothingElse() throws IOException {
    PythonInstallation found = embedded().provide();

    Path home = cache.resolve(found.library()).getParent();
    assertThat(found.home()).isEqualTo(home).isEqualTo(embedded().folder());
    assertThat(found.library()).isEqualTo(home.resolve(FakeArtifact.LIBRARY)).hasSize(50_000);
    assertThat(found.executable()).isEqualTo(home.resolve(FakeArtifact.PROGRAM)).isExecutable();
    assertThat(found.source()).contains("cpython.jar");
    assertThat(names(home))
        .contains(
            "lib/python3.14/ast.py",
            "lib/python3.14/test/test_os.py",
            "bin/python3",
            "libffi.so.8",
            "lib/python3.14/lib-dynload/libffi.so.8")
        .doesNotContain(
            "libjnipython.so",
            "python3.14",
            "bin/pip3",
            "bin/python3.14-config",
            "include/python3.14/Python.h",
            "lib/pkgconfig/python3.pc",
            "lib/python3.14/test/data.txt");
    assertThat(home.resolve(FakeArtifact.MATH)).isExecutable();
    assertThat(embedded().verify()).isEmpty();
    assertThat(names(cache)).noneMatch(name -> name.contains(".tmp-"));
  }

  @Test
  void theLayoutsOfOtherSystemsAreKnown() throws IOException {
    Bundle windows =
        Bundle.ofJar(
            Jar.of(
                FakeArtifact.empty("windows-x86_64")
                    .with("python.exe", "program")
                    .with("bin/python.exe", "the same, where it does not find its library")
                    .with("bin/pythonw.exe", "program without a console")
                    .with("python314.dll", "library")
                    .with("jnipython.dll", "not needed")
                    .with("lib/os.py", "# os")
                    .with("lib/_ctypes.pyd", "ctypes")
                    .with("lib/libffi-8.dll", "ffi")
                    .with("lib/test/mime.types", "data")
                    .with("libs/python314.lib", "not needed")
                    .write(folder.resolve("windows.jar"))),
            "windows-x86_64");
    assertThat(windows.library()).isEqualTo("python314.dll");
    assertThat(windows.program()).isEqualTo("python.exe");
    assertThat(windows.contents().folderName()).startsWith("cpython-3.14-windows-x86_64-");
    assertThat(windows.contents().files().stream().map(Contents.Entry::path))
        .contains("lib/os.py", "lib/_ctypes.pyd", "lib/libffi-8.dll")
        .doesNotContain("jnipython.dll", "lib/test/mime.types", "libs/python314.lib");

    Bundle mac =
        Bundle.ofJar(
            Jar.of(
                FakeArtifact.empty("macosx-arm64")
                    .with("bin/python3.14", "program")
                    .with("libpython3.14.dylib", "library")
                    .with("libjnipython.dylib", "not needed")
                    .with("lib/python3.14/os.py", "# os")
                    .write(folder.resolve("mac.jar"))),
            "macosx-arm64");
    assertThat(mac.library()).isEqualTo("libpython3.14.dylib");
    assertThat(mac.program()).isEqualTo("bin/python3.14");
    assertThat(mac.contents().files()).hasSize(3);
  }

  @Test
  void onWhatThereIsNotTheMessageNamesTheArtifact() {
    assertThatThrownBy(() -> Bundle.onClassPath("macosx-arm64"))
        .isInstanceOf(PythonStartException.class)
        .hasMessageContaining("only that for linux-x86_64")
        .hasMessageContaining("add the artifact dev.vivarium:vivarium-cpython-macosx-arm64");
    assertThatThrownBy(() -> Bundle.onClassPath("linux-riscv64"))
        .isInstanceOf(PythonStartException.class)
        .hasMessageContaining("none for this platform; name another Python");
  }

  @Test
  void laterStartsWriteNothing() throws IOException {
    Path home = embedded().folder();
    embedded().provide();
    FileTime stamp = Files.getLastModifiedTime(home.resolve(Manifest.QUICK));
    Object library = fileKey(home.resolve(FakeArtifact.LIBRARY));
    embedded().provide();
    assertThat(Files.getLastModifiedTime(home.resolve(Manifest.QUICK))).isEqualTo(stamp);
    assertThat(fileKey(home.resolve(FakeArtifact.LIBRARY))).isEqualTo(library);
  }

  @Test
  void anotherJarAtTheSamePathIsAnotherPython() throws IOException {
    Path first = embedded().folder();
    embedded().provide();
    new FakeArtifact().with("lib/python3.14/os.py", "# another os\n").write(jar);
    PythonInstallation found = embedded().provide();
    assertThat(found.home()).isNotEqualTo(first);
    assertThat(found.home().resolve("lib/python3.14/os.py")).hasContent("# another os\n");
  }

  @Test
  void theSameFilesInAnotherJarAreTheSamePython() throws IOException {
    embedded().provide();
    Path other = Files.copy(jar, folder.resolve("other.jar"));
    assertThat(new EmbeddedCPython(Jar.of(other), cache).provide().home())
        .isEqualTo(embedded().folder());
    assertThat(Stream.of(cache.toFile().list()).filter(name -> name.startsWith("cpython-")))
        .hasSize(2);
  }

  @Test
  void manyThreadsAtOnceUnpackOnce() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<PythonInstallation>> all = new ArrayList<>();
      Callable<PythonInstallation> start = () -> embedded().provide();
      for (int i = 0; i < 8; i++) {
        all.add(threads.submit(start));
      }
      for (Future<PythonInstallation> one : all) {
        assertThat(one.get().library()).hasSize(50_000);
      }
    }
    assertThat(embedded().verify()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        FakeArtifact.LIBRARY,
        FakeArtifact.PROGRAM,
        FakeArtifact.MATH,
        "lib/python3.14/os.py",
        "lib/python3.14/encodings/__init__.py",
        Manifest.QUICK
      })
  void aDamagedCopyIsMadeAgainAtTheNextStart(String path) throws IOException {
    Path file = embedded().provide().home().resolve(path);

    Files.delete(file);
    embedded().provide();
    assertThat(embedded().verify()).as("deleted").isEmpty();

    Files.write(file, new byte[0]);
    embedded().provide();
    assertThat(embedded().verify()).as("empty").isEmpty();

    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(Files.size(file) - 1);
    }
    embedded().provide();
    assertThat(embedded().verify()).as("cut short").isEmpty();

    Files.write(file, new byte[] {'#'}, StandardOpenOption.WRITE);
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000_000_000L));
    embedded().provide();
    assertThat(embedded().verify()).as("altered").isEmpty();
    assertThat(names(cache)).noneMatch(name -> name.contains(".tmp-") || name.contains(".old-"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "vivarium 1 \n", "\n\n\n", "vivarium 1", "end 0\n", "\0\0\0"})
  void aStampOfAnyContentIsOnlyDamage(String text) throws IOException {
    Path stamp = embedded().provide().home().resolve(Manifest.QUICK);
    Files.writeString(stamp, text);
    assertThat(Manifest.quickProblem(stamp.getParent())).isNotNull();
    embedded().provide();
    assertThat(Manifest.quickProblem(stamp.getParent())).isNull();
  }

  @Test
  void aFileInPlaceOfTheFolderIsReplaced() throws IOException {
    Files.createDirectories(cache);
    Files.writeString(embedded().folder(), "what is this?");
    assertThat(embedded().provide().library()).hasSize(50_000);
  }

  @Test
  void otherTimesAloneDoNotUnpackAgain() throws IOException {
    Path library = embedded().provide().library();
    Object before = fileKey(library);
    Files.setLastModifiedTime(library, FileTime.fromMillis(1_000_000_000_000L));
    embedded().provide();
    assertThat(fileKey(library)).isEqualTo(before);
    assertThat(Manifest.quickProblem(embedded().folder())).isNull();
  }

  @Test
  void whatNoStartLooksAtIsFoundByVerifyAndMendedByRepair() throws IOException {
    Path home = embedded().provide().home();
    Files.writeString(home.resolve("lib/python3.14/ast.py"), "# no start looks at thIs one\n");
    Files.delete(home.resolve("lib/python3.14/test/test_os.py"));

    assertThat(embedded().verify())
        .containsExactly(
            "lib/python3.14/ast.py: altered", "lib/python3.14/test/test_os.py: missing");
    assertThat(embedded().repair()).hasSize(2);
    assertThat(embedded().verify()).isEmpty();
    assertThat(embedded().repair()).isEmpty();
  }

  @Test
  void whatKilledProcessesLeftIsRemoved() throws IOException {
    String own = embedded().folder().getFileName().toString();
    Files.createDirectories(cache.resolve(own + ".tmp-1/lib"));
    Files.writeString(cache.resolve(own + ".tmp-1/lib/os.py"), "half");
    Files.createDirectories(cache.resolve(own + ".old-2/lib"));
    Files.createDirectories(cache.resolve("cpython-3.13-abandoned.tmp-3/lib"));
    Files.createDirectories(cache.resolve("cpython-3.13-at-work.tmp-4/lib"));
    Files.writeString(cache.resolve("jar-0123.tmp-5"), "half");
    Files.createDirectories(cache.resolve("somebody-elses.tmp-6"));
    Path lock = cache.resolve("cpython-3.13-at-work.lock");
    try (FileChannel channel =
        FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.lock();
      embedded().provide();
    }
    assertThat(cache.toFile().list())
        .contains(own, "cpython-3.13-at-work.tmp-4", "somebody-elses.tmp-6")
        .doesNotContain(
            own + ".tmp-1", own + ".old-2", "cpython-3.13-abandoned.tmp-3", "jar-0123.tmp-5");
  }

  @Test
  void aMemoOfAnyContentIsOnlySlower() throws IOException {
    embedded().provide();
    Path memo =
        Stream.of(cache.toFile().listFiles())
            .filter(file -> file.getName().startsWith("jar-"))
            .findFirst()
            .orElseThrow()
            .toPath();
    String good = Files.readString(memo);
    for (String bad : List.of("", "vivarium memo 1\n", good.replace("cpython-3.14", "cpython-9"))) {
      Files.writeString(memo, bad);
      assertThat(embedded().provide().library()).hasSize(50_000);
      assertThat(memo).hasContent(good);
    }
  }

  @Test
  void aFileInPlaceOfTheCacheIsExplained() throws IOException {
    Files.writeString(cache, "in the way");
    assertThatThrownBy(() -> embedded().provide())
        .isInstanceOf(PythonStartException.class)
        .hasMessageContaining(cache + " is a file, not a folder")
        .hasMessageContaining("bytes")
        .hasMessageContaining("VIVARIUM_CACHE");
    Path below = folder.resolve("cache/deeper");
    assertThatThrownBy(() -> new EmbeddedCPython(Jar.of(jar), below).provide())
        .isInstanceOf(PythonStartException.class)
        .hasMessageContaining("VIVARIUM_CACHE");
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "mounts a disk")
  void aReadOnlyCacheIsExplainedUnlessItIsWhole() throws IOException {
    try (Tmpfs disk = Tmpfs.mount(cache, "size=4m")) {
      disk.makeReadOnly();
      assertThatThrownBy(() -> embedded().provide())
          .isInstanceOf(PythonStartException.class)
          .hasMessageContaining(cache.toString())
          .hasMessageContaining("Read-only")
          .hasMessageContaining("VIVARIUM_CACHE");
    }
    try (Tmpfs disk = Tmpfs.mount(cache, "size=4m")) {
      embedded().provide();
      disk.makeReadOnly();
      assertThat(embedded().provide().library()).hasSize(50_000);
      Path other = Files.copy(jar, folder.resolve("unheard-of.jar"));
      assertThat(new EmbeddedCPython(Jar.of(other), cache).provide().library()).hasSize(50_000);
    }
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "mounts a disk")
  void inAReadOnlyCacheOtherTimesDoNoHarm() throws IOException {
    try (Tmpfs disk = Tmpfs.mount(cache, "size=4m")) {
      Path library = embedded().provide().library();
      Files.setLastModifiedTime(library, FileTime.fromMillis(1_000_000_000_000L));
      disk.makeReadOnly();
      assertThat(embedded().provide().library()).isEqualTo(library);
    }
    try (Tmpfs disk = Tmpfs.mount(cache, "size=4m")) {
      Path library = embedded().provide().library();
      Files.write(library, new byte[50_000]);
      Files.setLastModifiedTime(library, FileTime.fromMillis(1_000_000_000_000L));
      disk.makeReadOnly();
      assertThatThrownBy(() -> embedded().provide())
          .isInstanceOf(PythonStartException.class)
          .hasMessageContaining("Read-only");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"size=64k", "size=4m,nr_inodes=9"})
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "mounts a disk")
  void aFullDiskIsExplainedAndLeftAsItWas(String options) throws IOException {
    try (Tmpfs disk = Tmpfs.mount(cache, options)) {
      assertThatThrownBy(() -> embedded().provide())
          .isInstanceOf(PythonStartException.class)
          .hasMessageContaining(embedded().folder().toString())
          .hasMessageMatching("(?s).*(disk is full|No space left).*")
          .hasMessageContaining(Bundle.ofJar(Jar.of(jar)).contents().bytes() + " bytes (1 MiB)")
          .hasMessageContaining("VIVARIUM_CACHE");
      assertThat(cache.toFile().list()).allMatch(name -> name.endsWith(".lock"));
      assertThat(disk).isNotNull();
    }
  }

  @Test
  void anInterruptedThreadIsToldSo() {
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> embedded().provide())
          .isInstanceOf(PythonStartException.class)
          .hasMessageContaining("interrupted");
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
    } finally {
      Thread.interrupted();
    }
    assertThat(embedded().provide().library()).hasSize(50_000);
  }

  @Test
  void aDamagedJarIsNamedAndLeavesNothing() throws IOException {
    byte[] bytes = Files.readAllBytes(jar);
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("# no start looks");
    bytes[at] = '!';
    Files.write(jar, bytes);
    assertThatThrownBy(() -> embedded().provide())
        .isInstanceOf(PythonStartException.class)
        .hasMessageContaining("cpython.jar is damaged")
        .hasMessageContaining("lib/python3.14/ast.py")
        .hasMessageContaining("delete the jar");
    assertThat(cache.toFile().list()).allMatch(name -> name.endsWith(".lock"));
  }

  @Test
  void jarsThatAreNoneAreNamed() throws IOException {
    Path missing = folder.resolve("missing.jar");
    Path text = Files.writeString(folder.resolve("text.jar"), "not a jar");
    Path empty = new FakeArtifact().without(FakeArtifact.LIBRARY).write(folder.resolve("e.jar"));
    for (Path bad : List.of(missing, text, empty)) {
      assertThatThrownBy(() -> new EmbeddedCPython(Jar.of(bad), cache).provide())
          .isInstanceOf(PythonStartException.class)
          .hasMessageContaining(bad.toString());
    }
  }

  @Test
  void aFileOutsideOfItsFolderIsRefused() throws IOException {
    new FakeArtifact().with("lib/../../../escaped.txt", "!").write(jar);
    assertThatThrownBy(() -> embedded().provide())
        .isInstanceOf(PythonStartException.class)
        .hasMessageContaining("outside of its folder");
    assertThat(folder.resolve("escaped.txt")).doesNotExist();
  }

  private static Object fileKey(Path file) throws IOException {
    Object key = Files.readAttributes(file, "fileKey,creationTime").get("fileKey");
    return key == null ? Files.readAttributes(file, "creationTime") : key;
  }

  private static List<String> names(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.map(path -> root.relativize(path).toString().replace('\\', '/')).toList();
    }
  }
}
