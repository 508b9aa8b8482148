package dev.vivarium.cpython;

import dev.vivarium.PythonStartException;
import dev.vivarium.internal.discovery.CacheFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLockInterruptionException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Gets files of jars into the cache. Everything is written to a folder beside the final one, and
 * that is then renamed: so what has the final name is whole, whoever was killed when. A lock file
 * lets one process do it at a time; where there are no locks, the rename still lets only one win.
 */
final class Unpacking {

  private static final Logger LOG = System.getLogger("dev.vivarium.cpython");

  // A file lock belongs to the whole JVM, so threads need a lock of their own.
  private static final Object THREADS = new Object();

  private static final String UNFINISHED = ".tmp-";
  private static final String DISCARDED = ".old-";
  private static final long LOCK_POLL_MILLIS = 20;

  private final Contents contents;
  private final Path cache;
  private final Path folder;

  Unpacking(Contents contents, Path cache) {
    this.contents = contents;
    this.cache = cache;
    this.folder = cache.resolve(contents.folderName());
  }

  /** Makes sure that the folder is there and looks whole, and returns it. */
  Path ensure() {
    if (Manifest.quickProblem(folder) != null && !isWholeForReading()) {
      locked(this::ensureAlone);
    }
    return folder;
  }

  // In a container's image, say, where its files have other times, and nobody can write them down
  private boolean isWholeForReading() {
    return Files.isDirectory(folder) && !Files.isWritable(cache) && problems().isEmpty();
  }

  /** All that is wrong with the folder. */
  List<String> problems() {
    return Files.isDirectory(folder)
        ? Manifest.problems(folder, contents)
        : List.of(folder + ": missing");
  }

  /** Unpacks anew if anything is wrong, and returns what was. */
  List<String> repair() {
    List<String> problems = problems();
    if (!problems.isEmpty()) {
      locked(this::unpack);
    }
    return problems;
  }

  private void ensureAlone() throws IOException {
    String problem = Manifest.quickProblem(folder);
    if (problem == null) {
      // Another process did it while this one waited.
      return;
    }
    if (Files.isDirectory(folder)) {
      if (Manifest.problems(folder, contents).isEmpty()) {
        // Only the times changed, as when it was copied or brought back from a backup.
        Manifest.writeQuick(folder, contents);
        return;
      }
      LOG.log(Level.WARNING, "{0} is damaged ({1}); unpacking it again", folder, problem);
    }
    unpack();
  }

  private void unpack() throws IOException {
    removeLeftovers();
    requireSpace();
    LOG.log(Level.DEBUG, "unpacking {0} into {1}", contents.what(), folder);
    Path unfinished = beside(UNFINISHED);
    try {
      writeFiles(unfinished);
      Manifest.writeFull(unfinished, contents);
      Manifest.writeQuick(unfinished, contents);
      moveIntoPlace(unfinished);
    } catch (IOException | RuntimeException e) {
      removeTree(unfinished);
      throw e;
    }
    Durable.keep(cache);
  }

  private void moveIntoPlace(Path unfinished) throws IOException {
    Path discarded = null;
    if (Files.exists(folder)) {
      discarded = beside(DISCARDED);
      try {
        Files.move(folder, discarded, StandardCopyOption.ATOMIC_MOVE);
      } catch (AccessDeniedException e) {
        throw new FileSystemException(
            folder.toString(), null, "it is in use; end the programs that run this Python first");
      }
    }
    try {
      Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      // Without a lock another process can have been first, and then its work is as good.
      if (Manifest.quickProblem(folder) != null) {
        throw e;
      }
      removeTree(unfinished);
    }
    if (discarded != null) {
      removeTree(discarded);
    }
  }

  private void writeFiles(Path target) throws IOException {
    byte[] buffer = new byte[1 << 16];
    Set<Path> folders = new HashSet<>();
    Map<Jar, ZipFile> jars = new HashMap<>();
    try {
      for (Contents.Entry entry : contents.files()) {
        Path file = target.resolve(entry.path()).normalize();
        Path parent = file.getParent();
        if (!file.startsWith(target) || parent == null) {
          throw new IOException(
              entry.origin() + " has a file outside of its folder: " + entry.path());
        }
        if (folders.add(parent)) {
          Files.createDirectories(parent);
        }
        try (InputStream in = entry.open(opened(jars, entry.jar()));
            OutputStream out =
                Files.newOutputStream(
                    file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
          copy(in, out, entry, buffer);
        }
        if (Selection.isExecutable(entry.path())) {
          // On Windows this does nothing, and nothing needs it.
          file.toFile().setExecutable(true, false);
        }
      }
    } finally {
      for (ZipFile jar : jars.values()) {
        jar.close();
      }
    }
    for (Contents.Entry entry : contents.files()) {
      Durable.keep(target.resolve(entry.path()));
    }
    folders.forEach(Durable::keep);
  }

  private static @Nullable ZipFile opened(Map<Jar, ZipFile> jars, @Nullable Jar jar)
      throws IOException {
    if (jar == null) {
      return null;
    }
    ZipFile known = jars.get(jar);
    if (known == null) {
      known = jar.open();
      jars.put(jar, known);
    }
    return known;
  }

  private static void copy(InputStream in, OutputStream out, Contents.Entry entry, byte[] buffer)
      throws IOException {
    CRC32 crc = new CRC32();
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      crc.update(buffer, 0, n);
      out.write(buffer, 0, n);
    }
    if (crc.getValue() != entry.crc()) {
      throw new IOException(
          entry.origin()
              + " is damaged: the checksum of "
              + entry.source()
              + " is wrong; delete the jar and let the build fetch it again");
    }
  }

  private void requireSpace() throws IOException {
    long usable = Files.getFileStore(cache).getUsableSpace();
    if (usable < contents.bytes()) {
      throw new FileSystemException(
          cache.toString(), null, "the disk is full: only " + usable + " bytes are free");
    }
  }

  /** Runs work that one process may do at a time, and says what to do where it fails. */
  private void locked(Work work) {
    try {
      Files.createDirectories(cache);
      synchronized (THREADS) {
        Path lockFile = cache.resolve(contents.folderName() + ".lock");
        try (FileChannel channel =
            FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
          // Closing the channel gives the lock back.
          lock(channel);
          work.run();
        }
      }
    } catch (ClosedByInterruptException | FileLockInterruptionException e) {
      throw new PythonStartException(
          "interrupted while "
              + contents.what()
              + " was unpacked into "
              + folder
              + "; start it again",
          e);
    } catch (IOException e) {
      throw new PythonStartException(
          contents.what()
              + " cannot be unpacked into "
              + folder
              + ": "
              + reason(e)
              + ". It needs "
              + contents.bytes()
              + " bytes ("
              + mebibytes(contents.bytes())
              + ") in a folder that can be written; name another one with the environment variable "
              + CacheFolder.VARIABLE,
          e);
    }
  }

  private static void lock(FileChannel channel) throws IOException {
    while (true) {
      try {
        channel.lock();
        return;
      } catch (OverlappingFileLockException e) {
        // The same class, loaded a second time in this JVM, holds it.
        try {
          Thread.sleep(LOCK_POLL_MILLIS);
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          throw new FileLockInterruptionException();
        }
      } catch (ClosedByInterruptException | FileLockInterruptionException e) {
        throw e;
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "this file system has no locks; going on without one", e);
        return;
      }
    }
  }

  /**
   * Removes what killed processes left: under the lock, nobody else is at work on this contents.
   * Memos are written without a lock, but none is missed.
   */
  private void removeLeftovers() throws IOException {
    String own = contents.folderName();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(cache, "{cpython,numpy,jar}-*")) {
      for (Path entry : entries) {
        String name = String.valueOf(entry.getFileName());
        int mark = Math.max(name.indexOf(UNFINISHED), name.indexOf(DISCARDED));
        if (mark > 0
            && (name.startsWith(own)
                || name.startsWith("jar-")
                || isAbandoned(name.substring(0, mark)))) {
          removeTree(entry);
        }
      }
    }
  }

  /** Whether nobody is at work on another contents. */
  private boolean isAbandoned(String folderName) {
    try (FileChannel channel =
        FileChannel.open(
            cache.resolve(folderName + ".lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE)) {
      return channel.tryLock() != null;
    } catch (IOException | OverlappingFileLockException e) {
      return false;
    }
  }

  private Path beside(String mark) {
    return cache.resolve(contents.folderName() + mark + UUID.randomUUID());
  }

  private static void removeTree(Path root) {
    try {
      Files.walkFileTree(
          root,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException e)
                throws IOException {
              Files.delete(dir);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (NoSuchFileException e) {
      // It was never made.
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "{0} cannot be removed: {1}", root, e);
    }
  }

  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> denied.getFile() + " cannot be written";
      case FileAlreadyExistsException exists -> exists.getFile() + " is a file, not a folder";
      case NotDirectoryException notFolder -> notFolder.getFile() + " is a file, not a folder";
      case FileSystemException other when other.getReason() != null ->
          other.getFile() + ": " + other.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }

  private static String mebibytes(long bytes) {
    return (bytes + (1 << 20) - 1) / (1 << 20) + " MiB";
  }

  /** Work on files. */
  private interface Work {
    void run() throws IOException;
  }
}
