package dev.vivarium;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The public signatures as the repository keeps them, so that a change of them is seen in review.
 * Run with {@code -Dvivarium.test.signatures=write}, this writes the file anew.
 */
class SignaturesTest {

  private static final Path KEPT = Path.of("src/test/resources/signatures.txt");

  @Test
  @DisplayName("the public signatures are those of signatures.txt")
  void signatures() throws Exception {
    List<String> now = new ArrayList<>();
    for (Class<?> type : publicTypes()) {
      describe(type, now);
    }
    if ("write".equals(System.getProperty("vivarium.test.signatures"))) {
      Files.write(KEPT, now);
    }
    List<String> kept = Files.readAllLines(KEPT);
    assertThat(now.equals(kept))
        .as(
            "%s%nnot %s%nTo accept the change: ./verify -pl core -Dtest=SignaturesTest"
                + " -Dvivarium.test.signatures=write",
            without(now, kept), without(kept, now))
        .isTrue();
  }

  private static List<String> without(List<String> lines, List<String> others) {
    List<String> rest = new ArrayList<>(lines);
    others.forEach(rest::remove); // each once
    return rest;
  }

  private static List<Class<?>> publicTypes()
      throws IOException, URISyntaxException, ClassNotFoundException {
    Path classes =
        Path.of(Python.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> names = new ArrayList<>();
    for (String exported :
        List.of("dev.vivarium", "dev.vivarium.management", "dev.vivarium.pool")) {
      try (Stream<Path> files = Files.list(classes.resolve(exported.replace('.', '/')))) {
        files
            .map(file -> file.getFileName().toString())
            .filter(name -> name.endsWith(".class") && !name.startsWith("package-info"))
            .map(name -> exported + "." + name.replace(".class", ""))
            .sorted()
            .forEach(names::add);
      }
    }
    List<Class<?>> types = new ArrayList<>();
    for (String name : names) {
      Class<?> type = Class.forName(name, false, SignaturesTest.class.getClassLoader());
      if (isShown(type)) {
        types.add(type);
      }
    }
    return types;
  }

  private static boolean isShown(Class<?> type) {
    for (Class<?> outer = type; outer != null; outer = outer.getEnclosingClass()) {
      if (!Modifier.isPublic(outer.getModifiers())) {
        return false;
      }
    }
    return !type.isAnonymousClass();
  }

  private static void describe(Class<?> type, List<String> into) {
    into.add(type.toGenericString() + extended(type));
    TreeSet<String> members = new TreeSet<>();
    for (Field field : type.getDeclaredFields()) {
      if (isShown(field.getModifiers(), field.isSynthetic())) {
        members.add(
            modifiers(field.getModifiers(), Modifier.fieldModifiers())
                + field.getGenericType().getTypeName()
                + " "
                + field.getName());
      }
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (isShown(constructor.getModifiers(), constructor.isSynthetic())) {
        members.add(
            modifiers(constructor.getModifiers(), Modifier.constructorModifiers())
                + "new"
                + parameters(constructor));
      }
    }
    for (Method method : type.getDeclaredMethods()) {
      if (isShown(method.getModifiers(), method.isSynthetic())) {
        members.add(
            (method.isDefault() ? "default " : "")
                + modifiers(method.getModifiers(), Modifier.methodModifiers())
                + typeParameters(method)
                + method.getGenericReturnType().getTypeName()
                + " "
                + method.getName()
                + parameters(method));
      }
    }
    members.forEach(member -> into.add("  " + member));
  }

  private static boolean isShown(int modifiers, boolean synthetic) {
    return !synthetic && (Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers));
  }

  private static String extended(Class<?> type) {
    List<Type> above = new ArrayList<>(Arrays.asList(type.getGenericInterfaces()));
    if (type.getGenericSuperclass() != null && type.getSuperclass() != Object.class) {
      above.addFirst(type.getGenericSuperclass());
    }
    return above.isEmpty()
        ? ""
        : above.stream().map(Type::getTypeName).collect(Collectors.joining(", ", " : ", ""));
  }

  private static String modifiers(int all, int kind) {
    String text = Modifier.toString(all & kind & ~Modifier.PUBLIC & ~Modifier.ABSTRACT);
    return text.isEmpty() ? "" : text + " ";
  }

  private static String typeParameters(Executable member) {
    return member.getTypeParameters().length == 0
        ? ""
        : Arrays.stream(member.getTypeParameters())
            .map(parameter ->
                parameter.getName()
                    + Arrays.stream(parameter.getBounds())
                        .map(Type::getTypeName)
                        .filter(bound -> !bound.equals("java.lang.Object"))
                        .collect(Collectors.joining(" & ", " extends ", ""))
                        .replaceFirst(" extends $", ""))
            .collect(Collectors.joining(", ", "<", "> "));
  }

  private static String parameters(Executable member) {
    String parameters =
        Arrays.stream(member.getGenericParameterTypes())
            .map(Type::getTypeName)
            .collect(Collectors.joining(", ", "(", ")"));
    String thrown =
        Arrays.stream(member.getGenericExceptionTypes())
            .map(Type::getTypeName)
            .collect(Collectors.joining(", "));
    return parameters + (thrown.isEmpty() ? "" : " throws " + thrown);
  }
}
