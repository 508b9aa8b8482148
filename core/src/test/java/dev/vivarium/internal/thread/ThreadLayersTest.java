package dev.vivarium.internal.thread;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;

/**
 * The thread room reads from below: a class knows those of its own layer and of the ones under it.
 */
@AnalyzeClasses(
    packages = "dev.vivarium.internal.thread",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ThreadLayersTest {

  private static final List<Set<String>> LAYERS =
      List.of(
          // Threads, slots and what the room above is told: no interpreter is known here
          Set.of(
              "CarriedValues",
              "Companion",
              "Forgotten",
              "GilStateSlot",
              "IdleThreads",
              "KeptThreads",
              "OwnThread",
              "PlatformThreads",
              "ReaperThread",
              "ShutdownHooks",
              "WorkerPool"),
          // What is kept of an interpreter, of a thread, of a thread in an interpreter
          Set.of(
              "Attachment",
              "CallMarks",
              "DeathKey",
              "InterpreterState",
              "JavaThread",
              "Left",
              "Membership",
              "Proven",
              "RecursionLimit",
              "StackLimit",
              "WaitTally"),
          // Where interpreters are found
          Set.of("GilWaits", "Interpreters", "Interrupts"),
          // The steps that must be one
          Set.of("Attaching"),
          // Ensure, release, detach, callbacks, made of them
          Set.of("Callbacks", "ThreadStates"),
          // Threads looked after from outside
          Set.of(
              "ExitingThreads",
              "Insiders",
              "InterruptWatch",
              "KeepAlive",
              "LargeStack",
              "MainThread",
              "Reaper"),
          // The end: CPython's part, a closer's, a program's, and the door that each goes through
          Set.of("Finalization", "LastWords"),
          Set.of("Closing"),
          Set.of("Ending"),
          Set.of("HostedEnd"),
          Set.of("Door", "LastMoment"),
          // How interpreters come to be here
          Set.of("Beginning", "Creation"));

  @ArchTest
  static final ArchRule knowsNoLayerAbove =
      classes()
          .should(
              new ArchCondition<JavaClass>("know no class of a layer above their own") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                  for (Dependency known : type.getDirectDependenciesFromSelf()) {
                    JavaClass target = known.getTargetClass();
                    if (target.getPackage().equals(type.getPackage())) {
                      boolean up = layer(target) > layer(type);
                      events.add(new SimpleConditionEvent(type, !up, known.getDescription()));
                    }
                  }
                }
              });

  @ArchTest
  static void everyClassHasALayer(JavaClasses all) {
    assertThat(all)
        .extracting(ThreadLayersTest::topLevelName)
        .filteredOn(name -> !name.equals("package-info"))
        .allSatisfy(name -> assertThat(LAYERS).filteredOn(l -> l.contains(name)).hasSize(1));
    assertThat(all)
        .extracting(ThreadLayersTest::topLevelName)
        .containsAll(LAYERS.stream().flatMap(Set::stream).toList());
  }

  private static int layer(JavaClass type) {
    String name = topLevelName(type);
    for (int i = 0; i < LAYERS.size(); i++) {
      if (LAYERS.get(i).contains(name)) {
        return i;
      }
    }
    return -1;
  }

  private static String topLevelName(JavaClass type) {
    String name = type.getName().substring(type.getPackageName().length() + 1);
    return name.contains("$") ? name.substring(0, name.indexOf('$')) : name;
  }
}
