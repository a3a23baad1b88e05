//! Layout and spelling of types, against the numbers that gcc and nvcc give on x86-64 Linux.

use super::*;

fn field(name: &str, ty: TypeId, bits: Option<u32>) -> FieldInput {
    FieldInput { name: name.into(), ty: ty.into(), bit_width: bits, align: 1 }
}

fn layout(kind: RecordKind, fields: &[FieldInput]) -> (u64, u64, Vec<u64>) {
    let mut table = TypeTable::new();
    let (id, _) = table.new_record("S", kind, Span::NONE);
    table.define_record(id, fields, 1, false).unwrap();
    let def = table.record(id);
    (def.size, def.align, def.fields.iter().map(|f| f.offset).collect())
}

#[test]
fn fixed_numbers_are_what_they_say() {
    let mut table = TypeTable::new();
    assert_eq!(table.intern(Type::Int(IntKind::ULongLong)), TypeId::ULONGLONG);
    assert_eq!(table.intern(Type::Float(FloatKind::Double)), TypeId::DOUBLE);
    assert_eq!(table.intern(Type::NullPtr), TypeId::NULLPTR);
}

#[test]
fn vector_types_have_cudas_sizes_and_alignments() {
    let table = TypeTable::new();
    let expect = [
        ("char3", 3, 1),
        ("uchar4", 4, 4),
        ("short3", 6, 2),
        ("ushort4", 8, 8),
        ("int3", 12, 4),
        ("float2", 8, 8),
        ("float4", 16, 16),
        ("double2", 16, 16),
        ("double3", 24, 8),
        ("double4", 32, 16),
        ("ulonglong2", 16, 16),
        ("dim3", 12, 4),
    ];
    for (name, size, align) in expect {
        let id = table.predefined_record(name).unwrap();
        assert_eq!(table.size_align(id), Ok((size, align)), "{name}");
    }
    assert_eq!(table.vector(TypeId::FLOAT, 4), table.predefined_record("float4"));
    assert_eq!(table.predefined_record("float5"), None);
}

#[test]
fn structs_and_unions_are_padded_as_in_c() {
    let fields = [
        field("a", TypeId::CHAR, None),
        field("b", TypeId::DOUBLE, None),
        field("c", TypeId::SHORT, None),
        field("d", TypeId::CHAR, None),
    ];
    assert_eq!(layout(RecordKind::Struct, &fields), (24, 8, vec![0, 8, 16, 18]));
    assert_eq!(layout(RecordKind::Union, &fields), (8, 8, vec![0, 0, 0, 0]));
    assert_eq!(layout(RecordKind::Struct, &[]), (1, 1, vec![]));
}

#[test]
fn bit_fields_pack_into_units_of_their_type() {
    let mut table = TypeTable::new();
    let (id, _) = table.new_record("B", RecordKind::Struct, Span::NONE);
    let fields = [
        field("a", TypeId::UINT, Some(3)),
        field("b", TypeId::INT, Some(30)),
        field("c", TypeId::UCHAR, Some(2)),
        field("", TypeId::UINT, Some(0)),
        field("d", TypeId::UINT, Some(5)),
        field("e", TypeId::CHAR, None),
    ];
    table.define_record(id, &fields, 1, false).unwrap();
    let def = table.record(id);
    let places: Vec<_> =
        def.fields.iter().map(|f| (f.offset, f.bits.map_or((0, 0), |b| (b.shift, b.width)))).collect();
    // c starts at bit 62, the last two of byte 7; the zero-width field moves d to bit 64.
    let expect = vec![(0, (0, 3)), (4, (0, 30)), (7, (6, 2)), (8, (0, 5)), (9, (0, 0))];
    assert_eq!(places, expect);
    assert_eq!((def.size, def.align), (12, 4));
    let (bad, _) = table.new_record("C", RecordKind::Struct, Span::NONE);
    let fields = [field("a", TypeId::FLOAT, Some(3))];
    assert_eq!(table.define_record(bad, &fields, 1, false), Err(LayoutError::BadBitField));
}

#[test]
fn sizes_are_checked() {
    let mut table = TypeTable::new();
    let inner = table.array_of(TypeId::INT, Some(u64::MAX / 2));
    assert_eq!(table.size_align(inner), Err(LayoutError::TooLarge));
    let outer = table.array_of(inner, Some(u64::MAX / 2));
    assert_eq!(table.size_align(outer), Err(LayoutError::TooLarge));
    assert_eq!(table.size_align(TypeId::VOID), Err(LayoutError::Incomplete));
    let row = table.array_of(TypeId::SHORT, Some(5));
    let grid = table.array_of(row, Some(7));
    assert_eq!(table.size_align(grid), Ok((70, 2)));
}

#[test]
fn types_are_spelled_as_in_c() {
    let mut table = TypeTable::new();
    let const_int = QualType { ty: TypeId::INT, quals: Quals::CONST };
    let p = table.pointer_to(const_int);
    assert_eq!(table.display(p), "const int *");
    let row = table.array_of(TypeId::FLOAT, Some(4));
    let q = table.pointer_to(row);
    assert_eq!(table.display(q), "float (*)[4]");
    let grid = table.array_of(row, Some(3));
    assert_eq!(table.display(grid), "float [3][4]");
    let f = table.intern(Type::Function(FunctionType { ret: TypeId::VOID.into(), params: vec![p.into()] }));
    let fp = table.pointer_to(f);
    assert_eq!(
        table.declare(QualType { ty: fp, quals: Quals::CONST }, "g".into()),
        "void (*const g)(const int *)"
    );
    let r = table.reference_to(p, false);
    assert_eq!(table.display(r), "const int *&");
}
