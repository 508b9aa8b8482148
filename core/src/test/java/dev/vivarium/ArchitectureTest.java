package dev.vivarium;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The walls between the rooms of DESIGN. */
@AnalyzeClasses(packages = "dev.vivarium", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String INTERNAL = "dev.vivarium.internal.";
  private static final String JDK = "java..";
  private static final String JSPECIFY = "org.jspecify..";

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
      onlyKnows("thread", INTERNAL + "capi..", INTERNAL + "lifecycle..");

  @ArchTest
  static final ArchRule objectKnowsWhatLiesBelow =
      onlyKnows("object", INTERNAL + "capi..", INTERNAL + "lifecycle..", INTERNAL + "thread..");

  @ArchTest
  static final ArchRule bridgeKnowsWhatLiesBelow =
      onlyKnows("bridge", INTERNAL + "capi..", INTERNAL + "thread..", INTERNAL + "object..");

  @ArchTest
  static final ArchRule threadStatesAreTheThreadRoomsAlone =
      noClasses()
          .that()
          .resideOutsideOfPackages(INTERNAL + "thread..", INTERNAL + "capi..")
          .should()
          .callMethodWhere(
              describe("a thread state is touched", ArchitectureTest::touchesThreadStates));

  @ArchTest
  static final ArchRule foreignMemoryStaysInside =
      noClasses()
          .that()
          .resideInAPackage("dev.vivarium")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("java.lang.foreign..");

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
        .onlyDependOnClassesThat()
        .resideInAnyPackage(allowed);
  }

  private static boolean touchesThreadStates(JavaAccess<?> call) {
    String function = call.getTarget().getName();
    return call.getTargetOwner().getPackageName().equals(INTERNAL + "capi")
        && (function.startsWith("PyThreadState_")
            || function.startsWith("PyGILState_")
            || (function.startsWith("PyEval_") && !function.equals("PyEval_EvalCode")));
  }

  @Test
  @DisplayName("the module exports dev.vivarium and nothing else")
  void oneExport() throws IOException {
    Path descriptor = Path.of("target/classes/module-info.class");
    try (var in = Files.newInputStream(descriptor)) {
      assertThat(ModuleDescriptor.read(in).exports())
          .extracting(ModuleDescriptor.Exports::source)
          .containsExactly("dev.vivarium");
    }
  }
}
