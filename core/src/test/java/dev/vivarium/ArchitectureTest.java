package dev.vivarium;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noCodeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaParameterizedType;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The walls between the rooms that CONTRIBUTING names. */
@AnalyzeClasses(packages = "dev.vivarium", importOptions = ArchitectureTest.MainClasses.class)
class ArchitectureTest {

  private static final String INTERNAL = "dev.vivarium.internal.";
  private static final String INTERNALS = "dev.vivarium.internal..";
  private static final String JDK = "java..";
  private static final String JSPECIFY = "org.jspecify..";

  /** Public types that inner rooms may name: values and exceptions that know of nothing inside. */
  private static final Set<String> LEAVES =
      Set.of(
          "dev.vivarium.CheckReturnValue",
          "dev.vivarium.Complex",
          "dev.vivarium.ConversionException",
          "dev.vivarium.InterpreterClosedException",
          "dev.vivarium.PythonInstallation",
          "dev.vivarium.PythonProvider",
          "dev.vivarium.PythonStartException",
          "dev.vivarium.KeywordArguments",
          "dev.vivarium.PythonVersion",
          "dev.vivarium.WrongInterpreterException",
          INTERNAL + "lifecycle.VirtualThreads");

  private static final DescribedPredicate<JavaClass> LEAF =
      describe("is a leaf", type -> LEAVES.contains(type.getName()));

  @ArchTest
  static final ArchRule capiKnowsTheJdkAlone =
      classes()
          .that()
          .resideInAPackage(INTERNAL + "capi..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(JDK, JSPECIFY, INTERNAL + "capi..");

  @ArchTest
  static final ArchRule lifecycleIsPlainJava =
      noClasses()
          .that()
          .resideInAPackage(INTERNAL + "lifecycle..")
          .should()
          .dependOnClassesThat(
              resideInAPackage("java.lang.foreign..")
                  .or(
                      DescribedPredicate.not(
                          JavaClass.Predicates.resideInAnyPackage(
                              JDK, JSPECIFY, INTERNAL + "lifecycle.."))));

  @ArchTest
  static final ArchRule threadKnowsWhatLiesBelow =
      onlyKnows("thread", INTERNAL + "capi..", INTERNAL + "lifecycle..", INTERNAL + "events..");

  @ArchTest
  static final ArchRule objectKnowsWhatLiesBelow =
      onlyKnows("object", INTERNAL + "capi..", INTERNAL + "lifecycle..", INTERNAL + "thread..");

  @ArchTest
  static final ArchRule bridgeKnowsWhatLiesBelow =
      onlyKnows("bridge", INTERNAL + "capi..", INTERNAL + "thread..", INTERNAL + "object..");

  // Object: what Python keeps of a buffer is a reference, given back as every other
  @ArchTest
  static final ArchRule memoryKnowsWhatLiesBelow =
      onlyKnows(
          "memory",
          INTERNAL + "capi..",
          INTERNAL + "lifecycle..",
          INTERNAL + "thread..",
          INTERNAL + "object..");

  @ArchTest
  static final ArchRule mirrorKnowsWhatLiesBelow =
      onlyKnows(
          "mirror",
          INTERNAL + "capi..",
          INTERNAL + "thread..",
          INTERNAL + "object..",
          INTERNAL + "bridge..");

  // Discovery: where the cache is
  @ArchTest
  static final ArchRule importsKnowWhatLiesBelow =
      onlyKnows("imports", INTERNAL + "capi..", INTERNAL + "object..", INTERNAL + "discovery..");

  @ArchTest static final ArchRule discoveryKnowsNoRoom = onlyKnows("discovery");

  // Anyone may tell it something, and it asks nobody
  @ArchTest static final ArchRule eventsKnowNoRoom = onlyKnows("events", "jdk.jfr..");

  @ArchTest
  static final ArchRule nobodyElseKnowsTheRecorder =
      noClasses()
          .that()
          .resideOutsideOfPackage(INTERNAL + "events..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jdk.jfr..");

  @ArchTest
  static final ArchRule eventsAreToldByWhatNamesNoRecorder =
      noClasses()
          .that()
          .haveNameMatching(".*\\.internal\\.events\\.(Events|Begun)")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jdk.jfr..");

  // A user like any other, that is inside to let go of what is attached while it waits
  @ArchTest
  static final ArchRule poolIsAUser =
      classes()
          .that()
          .resideInAPackage("dev.vivarium.pool..")
          .should()
          .onlyDependOnClassesThat(
              JavaClass.Predicates.resideInAnyPackage(
                      JDK,
                      JSPECIFY,
                      "dev.vivarium",
                      "dev.vivarium.pool",
                      INTERNAL + "lifecycle..",
                      INTERNAL + "events..")
                  .or(
                      describe(
                          "is ThreadStates",
                          type -> type.getName().equals(INTERNAL + "thread.ThreadStates"))));

  @ArchTest
  static final ArchRule nobodyKnowsThePool =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.vivarium.pool..", "dev.vivarium.management..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.vivarium.pool..");

  @ArchTest
  static final ArchRule nobodyKnowsManagement =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.vivarium.management..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.vivarium.management..", "javax.management..");

  @ArchTest
  static final ArchRule leavesKnowNothingInside =
      classes()
          .that(LEAF)
          .should()
          .onlyDependOnClassesThat(LEAF.or(JavaClass.Predicates.resideInAnyPackage(JDK, JSPECIFY)));

  @ArchTest
  static final ArchRule nothingIsKeyedByInterpreter =
      noFields()
          .that()
          .areStatic()
          .and()
          .areDeclaredInClassesThat()
          .resideInAPackage("dev.vivarium..")
          .should(haveTypeArgument(INTERNAL + "object.Home", INTERNAL + "thread.InterpreterState"));

  @ArchTest
  static final ArchRule threadStatesAreTheThreadRoomsAlone =
      noClasses()
          .that()
          .resideOutsideOfPackages(INTERNAL + "thread..", INTERNAL + "capi..")
          .should()
          .callMethodWhere(
              describe("a thread state is touched", ArchitectureTest::touchesThreadStates));

  // What users of native callbacks and of buffers have in hand already
  private static final Set<String> PASSED_THROUGH =
      Set.of(
          "java.lang.foreign.AddressLayout",
          "java.lang.foreign.Arena",
          "java.lang.foreign.FunctionDescriptor",
          "java.lang.foreign.MemoryLayout",
          "java.lang.foreign.MemorySegment",
          "java.lang.foreign.MemorySegment$Scope",
          "java.lang.foreign.ValueLayout");

  @ArchTest
  static final ArchRule foreignMemoryStaysInside =
      noClasses()
          .that()
          .resideOutsideOfPackage(INTERNALS)
          .should()
          .dependOnClassesThat(
              resideInAPackage("java.lang.foreign..")
                  .and(
                      describe(
                          "is not passed through", c -> !PASSED_THROUGH.contains(c.getName()))));

  @ArchTest
  static final ArchRule roomsFormNoCycle =
      slices().matching("dev.vivarium.internal.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule insidesDoNotShowInSignatures =
      noCodeUnits()
          .that()
          .areDeclaredInClassesThat(
              describe(
                  "users import",
                  owner ->
                      !owner.getPackageName().startsWith("dev.vivarium.internal")
                          && owner.getModifiers().contains(JavaModifier.PUBLIC)))
          .and(
              describe(
                  "are public or protected",
                  unit ->
                      unit.getModifiers().contains(JavaModifier.PUBLIC)
                          || unit.getModifiers().contains(JavaModifier.PROTECTED)))
          .should()
          .haveRawReturnType(resideInAPackage(INTERNALS))
          .orShould()
          .haveRawParameterTypes(
              describe(
                  "with one of the internal rooms",
                  types ->
                      types.stream().anyMatch(type -> type.getPackageName().startsWith(INTERNAL))));

  @ArchTest
  static final ArchRule classesAreFinalOrMeantToBeExtended =
      classes()
          .that()
          .areNotInterfaces()
          .and()
          .areTopLevelClasses()
          .and()
          .doNotHaveSimpleName("package-info")
          .and()
          .doNotHaveSimpleName("Pass") // the thread room's membership is one
          .and()
          .doNotHaveModifier(JavaModifier.ABSTRACT)
          .and(describe("are not sealed", type -> !type.reflect().isSealed()))
          .should()
          .haveModifier(JavaModifier.FINAL);

  @ArchTest
  static final ArchRule namesSayWhatThingsAre =
      noClasses()
          .should()
          .haveSimpleNameEndingWith("Utils")
          .orShould()
          .haveSimpleNameEndingWith("Impl")
          .orShould()
          .haveSimpleNameEndingWith("Manager");

  private static ArchRule onlyKnows(String room, String... below) {
    String[] allowed = new String[below.length + 3];
    System.arraycopy(below, 0, allowed, 3, below.length);
    allowed[0] = JDK;
    allowed[1] = JSPECIFY;
    allowed[2] = INTERNAL + room + "..";
    return classes()
        .that()
        .resideInAPackage(INTERNAL + room + "..")
        .should()
        .onlyDependOnClassesThat(LEAF.or(JavaClass.Predicates.resideInAnyPackage(allowed)));
  }

  /** As {@code Map<Home, …>} has; but for the tables by which an interpreter is found. */
  private static ArchCondition<JavaField> haveTypeArgument(String... keys) {
    return new ArchCondition<>("have a type argument that is an interpreter") {
      @Override
      public void check(JavaField field, ConditionEvents events) {
        boolean keyed =
            field.getType() instanceof JavaParameterizedType type
                && !type.getActualTypeArguments().isEmpty()
                && Arrays.asList(keys).contains(type.getActualTypeArguments().getFirst().getName());
        events.add(new SimpleConditionEvent(field, keyed, field.getFullName()));
      }
    };
  }

  private static boolean touchesThreadStates(JavaAccess<?> call) {
    String function = call.getTarget().getName();
    return call.getTargetOwner().getPackageName().equals(INTERNAL + "capi")
        && (function.startsWith("PyThreadState_")
            || function.startsWith("PyGILState_")
            || (function.startsWith("PyEval_") && !function.equals("PyEval_EvalCode")));
  }

  @Test
  @DisplayName(
      "the module exports dev.vivarium, its pool, its management and nothing else to users")
  void exports() throws IOException, URISyntaxException {
    Path classes =
        Path.of(Python.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path descriptor = classes.resolve("module-info.class");
    try (var in = Files.newInputStream(descriptor)) {
      assertThat(ModuleDescriptor.read(in).exports())
          .filteredOn(export -> !export.targets().equals(Set.of("dev.vivarium.cpython")))
          .extracting(ModuleDescriptor.Exports::source)
          .containsExactlyInAnyOrder(
              "dev.vivarium", "dev.vivarium.management", "dev.vivarium.pool");
    }
  }

  /** What is shipped; ArchUnit's own option only knows tests in {@code target/test-classes}. */
  static final class MainClasses implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return location.contains("/classes/");
    }
  }
}
