package dev.vivarium.internal.thread;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What has to be done even where the heap is full, now or at the next try: the JVM links a lambda,
 * a method reference and a pattern switch when they are first come by, and one that cannot be
 * linked then never can.
 */
final class LinkedLateTest {

  private static final Set<String> WITHOUT =
      Set.of(
          "thread/Attaching",
          "thread/Beginning$Tend",
          "thread/Callbacks",
          "thread/Closing",
          "thread/Creation",
          "thread/Ending",
          "thread/Finalization",
          "thread/GilWaits",
          "thread/IdleThreads",
          "thread/InterpreterState",
          "thread/InterruptWatch",
          "thread/JavaThread",
          "thread/LastMoment",
          "thread/Membership",
          "thread/OwnThread",
          "thread/Reaper",
          "thread/ReaperThread",
          "thread/ThreadStates",
          "thread/WaitTally",
          "events/Events",
          "lifecycle/Gate",
          "lifecycle/Hold",
          "lifecycle/Pass",
          "lifecycle/ThreadStarter");

  // What a record has of its own, and nobody calls there
  private static final Set<String> OF_RECORDS = Set.of("toString", "hashCode", "equals");

  @Test
  @DisplayName("attaching, reaping, making and ending link nothing late")
  void noInvokeDynamic() throws Exception {
    Path classes =
        Path.of(Reaper.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> found = new ArrayList<>();
    int looked = 0;
    for (String name : WITHOUT) {
      Path file = classes.resolve("dev/vivarium/internal").resolve(name + ".class");
      for (Path one : withNested(file)) {
        looked++;
        found.addAll(linkedLate(ClassFile.of().parse(one)));
      }
    }
    assertThat(found).isEmpty();
    assertThat(looked).isGreaterThan(WITHOUT.size());
  }

  private static List<Path> withNested(Path file) throws IOException {
    String nested = file.getFileName().toString().replace(".class", "$");
    try (Stream<Path> all = Files.list(file.getParent())) {
      return all.filter(p -> p.equals(file) || p.getFileName().toString().startsWith(nested))
          .toList();
    }
  }

  private static List<String> linkedLate(ClassModel type) {
    boolean record = type.superclass().orElseThrow().name().equalsString("java/lang/Record");
    List<String> found = new ArrayList<>();
    for (MethodModel method : type.methods()) {
      String name = method.methodName().stringValue();
      boolean links =
          method.code().stream()
              .flatMap(code -> code.elementList().stream())
              .anyMatch(InvokeDynamicInstruction.class::isInstance);
      if (links && !(record && OF_RECORDS.contains(name))) {
        found.add(type.thisClass().asInternalName() + "." + name);
      }
    }
    return found;
  }
}
