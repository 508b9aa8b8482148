package dev.vivarium;

import static dev.vivarium.internal.capi.CApi.C;

import dev.vivarium.internal.capi.Types;

/** A binary operator of Python, for {@link PyObject#op} and its like. */
public enum Operator {
  /** {@code +}. */
  ADD("+"),
  /** {@code -}. */
  SUBTRACT("-"),
  /** {@code *}. */
  MULTIPLY("*"),
  /** {@literal @}. */
  MATRIX_MULTIPLY("@"),
  /** {@code /}. */
  DIVIDE("/"),
  /** {@code //}. */
  FLOOR_DIVIDE("//"),
  /** {@code %}. */
  REMAINDER("%"),
  /** {@code **}. */
  POWER("**"),
  /** {@code <<}. */
  SHIFT_LEFT("<<"),
  /** {@code >>}. */
  SHIFT_RIGHT(">>"),
  /** {@code &}. */
  AND("&"),
  /** {@code |}. */
  OR("|"),
  /** {@code ^}. */
  XOR("^"),
  /** {@code <}. */
  LESS("<"),
  /** {@code <=}. */
  LESS_OR_EQUAL("<="),
  /** {@code ==}. */
  EQUAL("=="),
  /** {@code !=}. */
  NOT_EQUAL("!="),
  /** {@code >}. */
  GREATER(">"),
  /** {@code >=}. */
  GREATER_OR_EQUAL(">=");

  private final String symbol;

  Operator(String symbol) {
    this.symbol = symbol;
  }

  /** How Python writes it. */
  public String symbol() {
    return symbol;
  }

  /** A new reference, or 0 with an exception raised. */
  long on(long left, long right) {
    return switch (this) {
      case ADD -> C.PyNumber_Add(left, right);
      case SUBTRACT -> C.PyNumber_Subtract(left, right);
      case MULTIPLY -> C.PyNumber_Multiply(left, right);
      case MATRIX_MULTIPLY -> C.PyNumber_MatrixMultiply(left, right);
      case DIVIDE -> C.PyNumber_TrueDivide(left, right);
      case FLOOR_DIVIDE -> C.PyNumber_FloorDivide(left, right);
      case REMAINDER -> C.PyNumber_Remainder(left, right);
      case POWER -> C.PyNumber_Power(left, right, Types.NONE);
      case SHIFT_LEFT -> C.PyNumber_Lshift(left, right);
      case SHIFT_RIGHT -> C.PyNumber_Rshift(left, right);
      case AND -> C.PyNumber_And(left, right);
      case OR -> C.PyNumber_Or(left, right);
      case XOR -> C.PyNumber_Xor(left, right);
      case LESS -> C.PyObject_RichCompare(left, right, 0);
      case LESS_OR_EQUAL -> C.PyObject_RichCompare(left, right, 1);
      case EQUAL -> C.PyObject_RichCompare(left, right, 2);
      case NOT_EQUAL -> C.PyObject_RichCompare(left, right, 3);
      case GREATER -> C.PyObject_RichCompare(left, right, 4);
      case GREATER_OR_EQUAL -> C.PyObject_RichCompare(left, right, 5);
    };
  }

  /** As {@link #on} for {@code left += right}; there is none for comparisons. */
  long inPlaceOn(long left, long right) {
    return switch (this) {
      case ADD -> C.PyNumber_InPlaceAdd(left, right);
      case SUBTRACT -> C.PyNumber_InPlaceSubtract(left, right);
      case MULTIPLY -> C.PyNumber_InPlaceMultiply(left, right);
      case MATRIX_MULTIPLY -> C.PyNumber_InPlaceMatrixMultiply(left, right);
      case DIVIDE -> C.PyNumber_InPlaceTrueDivide(left, right);
      case FLOOR_DIVIDE -> C.PyNumber_InPlaceFloorDivide(left, right);
      case REMAINDER -> C.PyNumber_InPlaceRemainder(left, right);
      case POWER -> C.PyNumber_InPlacePower(left, right, Types.NONE);
      case SHIFT_LEFT -> C.PyNumber_InPlaceLshift(left, right);
      case SHIFT_RIGHT -> C.PyNumber_InPlaceRshift(left, right);
      case AND -> C.PyNumber_InPlaceAnd(left, right);
      case OR -> C.PyNumber_InPlaceOr(left, right);
      case XOR -> C.PyNumber_InPlaceXor(left, right);
      case LESS, LESS_OR_EQUAL, EQUAL, NOT_EQUAL, GREATER, GREATER_OR_EQUAL ->
          throw new IllegalArgumentException("Python has no " + symbol + "=");
    };
  }
}
