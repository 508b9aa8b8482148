package dev.vivarium.arrow;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.util.hash.ArrowBufHasher;
import org.apache.arrow.vector.ExtensionTypeVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.ExtensionTypeRegistry;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/** An extension type whose storage is nested; Java has none itself. */
final class Track extends ArrowType.ExtensionType {

  static final Track TYPE = new Track();

  /** The same type for pyarrow. */
  static final String FOR_PYARROW =
      """
      class Track(pyarrow.ExtensionType):
          def __init__(self, storage):
              super().__init__(storage, 'ours.track')
          def __arrow_ext_serialize__(self):
              return b''
          @classmethod
          def __arrow_ext_deserialize__(cls, storage, serialized):
              return cls(storage)
      try:
          pyarrow.register_extension_type(Track(pyarrow.list_(pyarrow.int32())))
      except pyarrow.ArrowKeyError:
          pass  # by another test
      """;

  static {
    ExtensionTypeRegistry.register(TYPE);
  }

  private Track() {}

  @Override
  public ArrowType storageType() {
    return ArrowType.List.INSTANCE;
  }

  @Override
  public String extensionName() {
    return "ours.track";
  }

  @Override
  public boolean extensionEquals(ExtensionType other) {
    return other instanceof Track;
  }

  @Override
  public String serialize() {
    return "";
  }

  @Override
  public ArrowType deserialize(ArrowType storage, String serialized) {
    return TYPE;
  }

  @Override
  public FieldVector getNewVector(String name, FieldType type, BufferAllocator allocator) {
    return new Vector(name, type, allocator);
  }

  /** A vector of tracks. */
  static final class Vector extends ExtensionTypeVector<ListVector> {

    private Vector(String name, FieldType type, BufferAllocator allocator) {
      super(
          new Field(name, type, null),
          allocator,
          new ListVector(name, allocator, FieldType.nullable(ArrowType.List.INSTANCE), null));
    }

    @Override
    public Field getField() {
      return new Field(
          getName(), FieldType.nullable(TYPE), getUnderlyingVector().getField().getChildren());
    }

    @Override
    public Object getObject(int index) {
      return getUnderlyingVector().getObject(index);
    }

    @Override
    public int hashCode(int index) {
      return getUnderlyingVector().hashCode(index);
    }

    @Override
    public int hashCode(int index, ArrowBufHasher hasher) {
      return getUnderlyingVector().hashCode(index, hasher);
    }
  }
}
