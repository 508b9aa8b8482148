package dev.vivarium.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryHeaderTest {

  @TempDir Path folder;

  private static final Machine LINUX = new Machine(Machine.Os.LINUX, "x86-64");
  private static final Machine MAC = new Machine(Machine.Os.MACOS, "aarch64");
  private static final Machine WINDOWS = new Machine(Machine.Os.WINDOWS, "x86-64");

  @Test
  void readsTheFormatsOfAllSystems() throws IOException {
    Path file = folder.resolve("lib");
    assertThat(LibraryHeader.read(FakeLibrary.elf(file, FakeLibrary.ELF_X86_64, true)))
        .hasToString("LibraryHeader[format=ELF, processors=[x86-64], shared=true]");
    assertThat(LibraryHeader.read(FakeLibrary.elf(file, FakeLibrary.ELF_S390X, false)))
        .hasToString("LibraryHeader[format=ELF, processors=[s390x], shared=false]");
    assertThat(LibraryHeader.read(FakeLibrary.machO(file, 0x0100000c, 6)))
        .hasToString("LibraryHeader[format=MACH_O, processors=[aarch64], shared=true]");
    assertThat(LibraryHeader.read(FakeLibrary.universal(file, 0x01000007, 0x0100000c)))
        .hasToString("LibraryHeader[format=MACH_O, processors=[x86-64, aarch64], shared=true]");
    assertThat(LibraryHeader.read(FakeLibrary.pe(file, 0x8664, true)))
        .hasToString("LibraryHeader[format=PE, processors=[x86-64], shared=true]");
    assertThat(LibraryHeader.read(Files.writeString(file, "!<arch>\nlibpython.o")))
        .hasToString("LibraryHeader[format=ARCHIVE, processors=[], shared=false]");
  }

  @Test
  void takesNothingElseForALibrary() throws IOException {
    Path file = folder.resolve("lib");
    for (byte[] content :
        new byte[][] {
          {},
          {0x7f, 'E', 'L', 'F'},
          {'M', 'Z', 0, 0},
          {(byte) 0xca, (byte) 0xfe, (byte) 0xba, (byte) 0xbe, 0, 0, 0, 69, 0, 0},
          "INPUT(libpython3.14.so.1.0)\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
        }) {
      assertThat(LibraryHeader.read(Files.write(file, content))).isNull();
    }
  }

  @Test
  void aLibraryForAnotherProcessorIsNamedAsSuch() throws IOException {
    Path file =
        FakeLibrary.elf(folder.resolve("libpython3.14.so.1.0"), FakeLibrary.ELF_AARCH64, true);
    assertThat(LibraryCheck.whyNotLoadable(file, LINUX))
        .contains("another processor", "aarch64", "x86-64", "use a Python and a JDK");
    assertThat(LibraryCheck.whyNotLoadable(file, new Machine(Machine.Os.LINUX, "aarch64")))
        .isNull();
    assertThat(LibraryCheck.whyNotLoadable(file, MAC)).contains("an ELF file (Linux)");
  }

  @Test
  void otherSystemsAreJudgedByTheirOwnFormats() throws IOException {
    Path mac = FakeLibrary.universal(folder.resolve("libpython3.14.dylib"), 0x01000007);
    assertThat(LibraryCheck.whyNotLoadable(mac, MAC)).contains("another processor");
    Path dll = FakeLibrary.pe(folder.resolve("python314.dll"), 0x8664, true);
    assertThat(LibraryCheck.whyNotLoadable(dll, WINDOWS)).isNull();
    Path exe = FakeLibrary.pe(folder.resolve("python314x.dll"), 0x8664, false);
    assertThat(LibraryCheck.whyNotLoadable(exe, WINDOWS)).contains("a program, not a library");
  }

  @Test
  void whatCannotBeLoadedIsExplained() throws IOException {
    Path archive = Files.writeString(folder.resolve("libpython3.14.a"), "!<arch>\n");
    assertThat(LibraryCheck.whyNotLoadable(archive, LINUX))
        .contains("static library", "--enable-shared");
    Path text = Files.writeString(folder.resolve("libpython3.14.so"), "GROUP ( x )");
    assertThat(LibraryCheck.whyNotLoadable(text, LINUX)).contains("is not a library");
    Path stub = FakeLibrary.elf(folder.resolve("libpython3.so"), FakeLibrary.ELF_X86_64, true);
    assertThat(LibraryCheck.whyNotLoadable(stub, LINUX)).contains("only forwards");
    Path link = folder.resolve("libpython3.13.so");
    Files.createSymbolicLink(link, folder.resolve("gone.so"));
    assertThat(LibraryCheck.whyNotLoadable(link, LINUX))
        .contains("symbolic link to", "gone.so", "does not exist");
    assertThat(LibraryCheck.whyNotLoadable(folder, LINUX)).contains("is not a file");
  }

  @Test
  void namesTellTheVersion() {
    assertThat(LibraryName.parse(Path.of("/x/libpython3.14t.so.1.0")))
        .isEqualTo(new LibraryName(14, "t"));
    assertThat(LibraryName.parse(Path.of("libpython3.12.dylib")))
        .isEqualTo(new LibraryName(12, ""));
    assertThat(LibraryName.parse(Path.of("python313.dll"))).isEqualTo(new LibraryName(13, ""));
    assertThat(LibraryName.parse(Path.of("python313t_d.dll")))
        .isEqualTo(new LibraryName(13, "t_d"));
    assertThat(LibraryName.parse(Path.of("Python.framework/Versions/3.14/Python")))
        .isEqualTo(new LibraryName(14, ""));
    assertThat(LibraryName.parse(Path.of("libc.so.6"))).isNull();
    assertThat(LibraryName.parse(Path.of("/opt/python3"))).isNull();
  }
}
