//! Typed trees built by hand, lowered, interpreted and run as machine code, against the same computed in Rust. The file tests
//! cover the language; these cover the lowering where the checker would hide which node is meant.

use std::sync::atomic::AtomicU32;

use super::*;
use crate::cudac::check::tree::*;
use crate::cudac::check::types::{FieldInput, QualType, Quals, RecordKind, TypeTable};
use crate::cudac::codegen::{self, CompileOptions, Launch, Worker};
use crate::cudac::source::SourceMap;
use crate::cudac::thread_ir::interp::{self, InterpLaunch};
use crate::cudac::thread_ir::{FuncId, verify};

const NO: Span = Span::NONE;

/// A kernel under construction with parameters `(long long *out, long long n)`.
struct Tree {
    types: TypeTable,
    locals: Vec<LocalDef>,
    functions: Vec<FunctionDef>,
}

fn boxed(e: Expr) -> Box<Expr> {
    Box::new(e)
}

fn int(n: i64, ty: TypeId) -> Expr {
    Expr::int(n as u64, ty, NO)
}

fn long(n: i64) -> Expr {
    int(n, TypeId::LONG)
}

fn binary(op: BinaryOp, a: Expr, b: Expr) -> Expr {
    use BinaryOp::*;
    let ty = if matches!(op, Lt | Le | Gt | Ge | Eq | Ne) { TypeId::BOOL } else { a.ty };
    Expr::value(ExprKind::Binary { op, lhs: boxed(a), rhs: boxed(b), fp: FpFlags::STRICT }, ty, NO)
}

fn convert(kind: Conversion, e: Expr, ty: TypeId) -> Expr {
    Expr::value(ExprKind::Convert { kind, operand: boxed(e) }, ty, NO)
}

fn assign(place: Expr, value: Expr) -> Expr {
    let ty = place.ty;
    Expr::value(ExprKind::Assign { place: boxed(place), value: boxed(value) }, ty, NO)
}

fn compound(op: BinaryOp, place: Expr, value: Expr) -> Expr {
    let ty = place.ty;
    let kind = ExprKind::CompoundAssign {
        op,
        place: boxed(place),
        value: boxed(value),
        compute: ty,
        forth: None,
        back: None,
        fp: FpFlags::STRICT,
    };
    Expr::value(kind, ty, NO)
}

fn stmt(kind: StmtKind) -> Stmt {
    Stmt { kind, span: NO }
}

fn run_stmt(e: Expr) -> Stmt {
    stmt(StmtKind::Expr(e))
}

fn block(list: Vec<Stmt>) -> Stmt {
    stmt(StmtKind::Block(list))
}

fn call(function: u32, args: Vec<Expr>, ret: TypeId) -> Expr {
    Expr::value(ExprKind::Call { function: tree::FuncId(function), args }, ret, NO)
}

impl Tree {
    fn new() -> Self {
        let mut types = TypeTable::new();
        let out = types.pointer_to(TypeId::LONG);
        let mut tree = Tree { types, locals: Vec::new(), functions: Vec::new() };
        tree.local(out);
        tree.local(TypeId::LONG);
        tree
    }

    fn local_def(&self, ty: TypeId) -> LocalDef {
        let align = self.types.size_align(ty).unwrap().1 as u32;
        LocalDef { name: "v".into(), ty, quals: Quals::NONE, align, address_taken: false, span: NO }
    }

    fn local(&mut self, ty: TypeId) -> LocalId {
        let def = self.local_def(ty);
        self.locals.push(def);
        LocalId(self.locals.len() as u32 - 1)
    }

    fn place(&self, id: LocalId) -> Expr {
        Expr::place(ExprKind::Local(id), self.locals[id.0 as usize].ty.into(), NO)
    }

    fn get(&self, id: LocalId) -> Expr {
        self.place(id).load()
    }

    fn n(&self) -> Expr {
        self.get(LocalId(1))
    }

    /// `out[i]`
    fn out(&self, i: i64) -> Expr {
        let kind = ExprKind::Index { pointer: boxed(self.get(LocalId(0))), index: boxed(long(i)) };
        Expr::place(kind, TypeId::LONG.into(), NO)
    }

    fn field(&self, base: Expr, field: u32) -> Expr {
        let Type::Record(id) = self.types.get(base.ty) else { panic!("a record") };
        let ty = self.types.record(*id).fields[field as usize].ty;
        Expr::place(ExprKind::Field { base: boxed(base), field }, ty, NO)
    }

    fn record(&mut self, kind: RecordKind, fields: &[(TypeId, Option<u32>)]) -> TypeId {
        let (id, ty) = self.types.new_record("r", kind, NO);
        let input = |(i, (ty, bits)): (usize, &(TypeId, Option<u32>))| FieldInput {
            name: format!("f{i}").into(),
            ty: QualType::from(*ty),
            bit_width: *bits,
            align: 1,
        };
        let inputs: Vec<_> = fields.iter().enumerate().map(input).collect();
        self.types.define_record(id, &inputs, 1, false).unwrap();
        ty
    }

    fn function(&mut self, params: &[TypeId], ret: TypeId, body: impl FnOnce(&Tree) -> Stmt) -> u32 {
        let saved = std::mem::take(&mut self.locals);
        params.iter().for_each(|p| {
            self.local(*p);
        });
        let body = body(self);
        let locals = std::mem::replace(&mut self.locals, saved);
        let name = format!("f{}", self.functions.len());
        self.functions.push(definition(&name, params.len(), ret, locals, body));
        self.functions.len() as u32 - 1
    }

    fn program(mut self, body: Vec<Stmt>) -> Program {
        let mut kernel = definition("k", 2, TypeId::VOID, self.locals.clone(), block(body));
        kernel.is_kernel = true;
        self.functions.push(kernel);
        let param = |name: &str, local: &LocalDef, offset| KernelParam {
            name: name.into(),
            ty: local.ty,
            size: 8,
            align: 8,
            offset,
            is_pointer: offset == 0,
            pointee_const: false,
            pointee_size: 8,
            read_only: false,
        };
        Program {
            kernel: tree::FuncId(self.functions.len() as u32 - 1),
            kernel_params: vec![param("out", &self.locals[0], 0), param("n", &self.locals[1], 8)],
            functions: self.functions,
            globals: Vec::new(),
            types: self.types,
            kernel_params_size: 16,
            max_threads_per_block: None,
            sources: SourceMap::new(),
        }
    }
}

fn definition(name: &str, params: usize, ret: TypeId, locals: Vec<LocalDef>, body: Stmt) -> FunctionDef {
    FunctionDef {
        name: name.into(),
        param_count: params as u32,
        ret,
        locals,
        label_count: 16,
        body,
        is_kernel: false,
        is_recursive: false,
        inline: InlineHint::Auto,
        span: NO,
    }
}

/// Runs a program for one `n` in every way; the first `count` elements of `out`.
fn run(module: &Module, kernel: FuncId, n: i64, count: usize) -> Vec<i64> {
    let one = |how: u32| {
        let mut out = vec![0x5555i64; count];
        let params: Vec<u8> =
            [out.as_mut_ptr() as u64, n as u64].iter().flat_map(|v| v.to_le_bytes()).collect();
        if how == 0 {
            let launch = InterpLaunch {
                grid: [1; 3],
                block: [1; 3],
                dyn_shared: 0,
                params: &params,
                globals: &[],
                step_limit: 1_000_000,
                seed: 0,
                printf: None,
                ranges: None,
            };
            // SAFETY: the kernels here write `count` elements of `out`.
            unsafe { interp::run(module, kernel, &launch) }.unwrap_or_else(|e| panic!("{e:?}\n{module}"));
        } else {
            let options = CompileOptions { optimize: how == 2, ..CompileOptions::default() };
            let code = codegen::compile(module, kernel, &options).unwrap_or_else(|e| panic!("{e}\n{module}"));
            let stop = AtomicU32::new(0);
            let launch = Launch {
                grid: [1; 3],
                block: [1; 3],
                dyn_shared: 0,
                params: params.as_ptr(),
                globals: &[],
                stop: &stop,
                printf: None,
                ranges: &[],
                stack_budget: 64 << 10,
                seed: 0,
            };
            // SAFETY: as above.
            unsafe { code.run_blocks(&launch, &mut Worker::new(), 0..1) }.unwrap();
        }
        out
    };
    let want = one(0);
    for how in [1, 2] {
        assert_eq!(one(how), want, "generated code, optimised: {}\n{module}", how == 2);
    }
    want
}

fn check<const N: usize>(
    program: &Program,
    inputs: impl IntoIterator<Item = i64>,
    want: impl Fn(i64) -> [i64; N],
) {
    let module = lower_program(program).unwrap();
    verify::verify_module(&module).unwrap_or_else(|e| panic!("{e}\n{module}"));
    for n in inputs {
        assert_eq!(run(&module, FuncId(program.kernel.0), n, N), want(n), "n = {n}\n{module}");
    }
}

#[test]
fn loops_switches_and_jumps() {
    let mut t = Tree::new();
    let (s, i) = (t.local(TypeId::LONG), t.local(TypeId::LONG));
    let case = |first: i64, last: i64, target| SwitchCase {
        first: first as u64,
        last: last as u64,
        target: LabelId(target),
    };
    let switch = stmt(StmtKind::Switch {
        value: binary(BinaryOp::Rem, t.get(i), long(40)),
        cases: vec![case(0, 0, 0), case(1, 3, 1), case(5, 30, 2)],
        default: Some(LabelId(3)),
        body: Box::new(block(vec![
            stmt(StmtKind::Label(LabelId(0))),
            run_stmt(compound(BinaryOp::Add, t.place(s), t.get(i))),
            stmt(StmtKind::Break),
            stmt(StmtKind::Label(LabelId(1))),
            run_stmt(compound(BinaryOp::Xor, t.place(s), long(5))),
            stmt(StmtKind::Label(LabelId(2))),
            run_stmt(compound(BinaryOp::Mul, t.place(s), long(3))),
            stmt(StmtKind::Continue),
            stmt(StmtKind::Label(LabelId(3))),
            run_stmt(compound(BinaryOp::Sub, t.place(s), long(7))),
        ])),
    });
    let step = compound(BinaryOp::Add, t.place(i), long(1));
    let leave = stmt(StmtKind::If {
        cond: binary(BinaryOp::Gt, t.get(s), long(1_000_000)),
        then: Box::new(stmt(StmtKind::Goto(LabelId(9)))),
        otherwise: None,
    });
    let body = vec![
        stmt(StmtKind::DeclLocal { local: s, init: Some(long(1)) }),
        stmt(StmtKind::DeclLocal { local: i, init: Some(long(0)) }),
        stmt(StmtKind::Loop {
            cond: Some(binary(BinaryOp::Lt, t.get(i), t.n())),
            step: Some(step),
            body: Box::new(block(vec![switch, leave])),
            test_first: true,
            unroll: None,
        }),
        stmt(StmtKind::Label(LabelId(9))),
        run_stmt(assign(t.out(0), t.get(s))),
        run_stmt(assign(t.out(1), t.get(i))),
    ];
    check(&t.program(body), [0, 1, 2, 4, 5, 9, 33, 60], |n| {
        let (mut s, mut i) = (1i64, 0);
        while i < n {
            match i % 40 {
                0 => s += i,
                k @ (1..=3 | 5..=30) => {
                    if k <= 3 {
                        s ^= 5;
                    }
                    s = s.wrapping_mul(3);
                    i += 1;
                    continue;
                }
                _ => s -= 7,
            }
            if s > 1_000_000 {
                break;
            }
            i += 1;
        }
        [s, i]
    });
}

#[test]
fn bit_fields_keep_their_neighbours() {
    let mut t = Tree::new();
    let fields =
        [(TypeId::UINT, Some(5)), (TypeId::INT, Some(9)), (TypeId::UINT, Some(18)), (TypeId::LONG, Some(40))];
    let ty = t.record(RecordKind::Struct, &fields);
    let r = t.local(ty);
    let narrow = |t: &Tree, ty| convert(Conversion::Int, t.n(), ty);
    let wide = |e: Expr| convert(Conversion::Int, e, TypeId::LONG);
    let mut body =
        vec![stmt(StmtKind::DeclLocal { local: r, init: Some(Expr::value(ExprKind::Zero, ty, NO)) })];
    let field = |t: &Tree, i| t.field(t.place(r), i);
    body.push(run_stmt(assign(field(&t, 2), int(0x2_5555, TypeId::UINT))));
    let result = wide(assign(field(&t, 1), narrow(&t, TypeId::INT)));
    body.push(run_stmt(assign(t.out(0), result)));
    body.push(run_stmt(assign(field(&t, 0), narrow(&t, TypeId::UINT))));
    body.push(run_stmt(assign(field(&t, 3), t.n())));
    let postfix = ExprKind::IncDec { place: boxed(field(&t, 0)), decrement: false, postfix: true };
    body.push(run_stmt(assign(t.out(1), wide(Expr::value(postfix, TypeId::UINT, NO)))));
    for i in 0..4 {
        body.push(run_stmt(assign(t.out(2 + i), wide(field(&t, i as u32).load()))));
    }
    let inputs = [0, 1, -1, 15, 16, 31, 32, 255, 256, -256, 0x1_2345_6789_abcd, i64::MIN, i64::MAX];
    check(&t.program(body), inputs, |n| {
        let middle = i64::from((n as i32) << 23 >> 23);
        [middle, n & 31, n.wrapping_add(1) & 31, middle, 0x2_5555, n << 24 >> 24]
    });
}

#[test]
fn records_go_by_value() {
    let mut t = Tree::new();
    let array = t.types.array_of(TypeId::SHORT, Some(3));
    let ty = t.record(RecordKind::Struct, &[(TypeId::CHAR, None), (TypeId::LONG, None), (array, None)]);
    // f(r) { r.f1 += 5; return r; }
    let f = t.function(&[ty], ty, |t| {
        let r = LocalId(0);
        block(vec![
            run_stmt(compound(BinaryOp::Add, t.field(t.place(r), 1), long(5))),
            stmt(StmtKind::Return(Some(t.get(r)))),
        ])
    });
    let (a, b) = (t.local(ty), t.local(ty));
    let part = |index, value| AggregatePart { index, value };
    let list = Expr::value(ExprKind::Aggregate(vec![part(2, int(9, TypeId::SHORT))]), array, NO);
    let init = Expr::value(ExprKind::Aggregate(vec![part(1, t.n()), part(2, list)]), ty, NO);
    let choose = Expr::value(
        ExprKind::Conditional {
            cond: boxed(binary(BinaryOp::Gt, t.n(), long(0))),
            then: boxed(call(f, vec![t.get(a)], ty)),
            otherwise: boxed(t.get(a)),
        },
        ty,
        NO,
    );
    let short = |t: &Tree, r: LocalId, i| {
        let pointer = t.types.clone().pointer_to(TypeId::SHORT);
        let decay = convert(Conversion::ArrayDecay, t.field(t.place(r), 2), pointer);
        let kind = ExprKind::Index { pointer: boxed(decay), index: boxed(long(i)) };
        convert(Conversion::Int, Expr::place(kind, TypeId::SHORT.into(), NO).load(), TypeId::LONG)
    };
    t.types.pointer_to(TypeId::SHORT);
    let body = vec![
        stmt(StmtKind::DeclLocal { local: a, init: Some(init) }),
        stmt(StmtKind::DeclLocal { local: b, init: Some(choose) }),
        run_stmt(assign(t.out(0), t.field(t.place(a), 1).load())),
        run_stmt(assign(t.out(1), t.field(t.place(b), 1).load())),
        run_stmt(assign(t.out(2), short(&t, b, 2))),
        run_stmt(assign(t.out(3), short(&t, b, 0))),
        // a = b; b = f(f(a))
        run_stmt(assign(t.place(a), t.get(b))),
        run_stmt(assign(t.place(b), call(f, vec![call(f, vec![t.get(a)], ty)], ty))),
        run_stmt(assign(t.out(4), t.field(t.place(a), 1).load())),
        run_stmt(assign(t.out(5), t.field(t.place(b), 1).load())),
    ];
    check(&t.program(body), [-3, 0, 1, 1 << 40], |n| {
        let b = if n > 0 { n + 5 } else { n };
        [n, b, 9, 0, b, b + 10]
    });
}

#[test]
fn function_pointers_and_short_circuits() {
    let mut t = Tree::new();
    let function = |t: &mut Tree, op| {
        t.function(&[TypeId::LONG], TypeId::LONG, |t| {
            stmt(StmtKind::Return(Some(binary(op, t.get(LocalId(0)), long(3)))))
        })
    };
    let (f, g) = (function(&mut t, BinaryOp::Mul), function(&mut t, BinaryOp::Sub));
    let signature = crate::cudac::check::types::FunctionType {
        ret: TypeId::LONG.into(),
        params: vec![TypeId::LONG.into()],
    };
    let fty = t.types.intern(Type::Function(signature));
    let pty = t.types.pointer_to(fty);
    let (p, calls) = (t.local(pty), t.local(TypeId::LONG));
    let address = |f| Expr::value(ExprKind::FunctionAddress(tree::FuncId(f)), pty, NO);
    let pick = Expr::value(
        ExprKind::Conditional {
            cond: boxed(binary(BinaryOp::Lt, t.n(), long(10))),
            then: boxed(address(f)),
            otherwise: boxed(address(g)),
        },
        pty,
        NO,
    );
    let indirect =
        Expr::value(ExprKind::CallIndirect { callee: boxed(t.get(p)), args: vec![t.n()] }, TypeId::LONG, NO);
    let counted = binary(BinaryOp::Gt, compound(BinaryOp::Add, t.place(calls), long(1)), long(0));
    let logical = Expr::value(
        ExprKind::Logical {
            and: true,
            lhs: boxed(binary(BinaryOp::Gt, t.n(), long(5))),
            rhs: boxed(counted),
        },
        TypeId::BOOL,
        NO,
    );
    let body = vec![
        stmt(StmtKind::DeclLocal { local: p, init: Some(pick) }),
        stmt(StmtKind::DeclLocal { local: calls, init: Some(long(0)) }),
        run_stmt(assign(t.out(0), indirect)),
        run_stmt(assign(t.out(1), convert(Conversion::Int, logical, TypeId::LONG))),
        run_stmt(assign(t.out(2), t.get(calls))),
    ];
    check(&t.program(body), [0, 5, 6, 10, 100], |n| {
        [if n < 10 { n * 3 } else { n - 3 }, i64::from(n > 5), i64::from(n > 5)]
    });
}

#[test]
fn conversions_out_of_range() {
    let t = Tree::new();
    let double = |t: &Tree| convert(Conversion::Bitcast, t.n(), TypeId::DOUBLE);
    let via = |t: &Tree, ty| {
        let e = convert(Conversion::FloatToInt, double(t), ty);
        convert(Conversion::Int, e, TypeId::LONG)
    };
    let kinds = [TypeId::INT, TypeId::UINT, TypeId::LONG, TypeId::ULONG, TypeId::SCHAR, TypeId::USHORT];
    let body =
        kinds.iter().enumerate().map(|(i, ty)| run_stmt(assign(t.out(i as i64), via(&t, *ty)))).collect();
    let program = t.program(body);
    let values =
        [0.0, -0.9, 1.5, -1.5, 300.7, -300.7, 3e9, -3e9, 5e9, 1e19, -1e19, 1e30, f64::NAN, f64::INFINITY];
    check(&program, values.map(|x: f64| x.to_bits() as i64), |bits| {
        let x = f64::from_bits(bits as u64);
        if x.is_nan() {
            return [i64::from(i32::MIN), 1 << 31, i64::MIN, i64::MIN, 0, 0];
        }
        [
            i64::from(x as i32),
            i64::from(x as u32),
            x as i64,
            x as u64 as i64,
            i64::from(x as i32 as i8),
            i64::from(x as u32 as u16),
        ]
    });
}

#[test]
fn a_jump_into_a_loop_gives_it_one_entry() {
    let mut t = Tree::new();
    let i = t.local(TypeId::LONG);
    let when = |t: &Tree, limit, label| {
        stmt(StmtKind::If {
            cond: binary(BinaryOp::Lt, t.get(i), limit),
            then: Box::new(stmt(StmtKind::Goto(LabelId(label)))),
            otherwise: None,
        })
    };
    let add = |t: &Tree, n| run_stmt(compound(BinaryOp::Add, t.place(i), long(n)));
    let body = vec![
        stmt(StmtKind::DeclLocal { local: i, init: Some(long(0)) }),
        when(&t, t.n(), 1),
        stmt(StmtKind::Label(LabelId(0))),
        add(&t, 2),
        stmt(StmtKind::Label(LabelId(1))),
        add(&t, 1),
        when(&t, long(50), 0),
        when(&t, long(90), 1),
        run_stmt(assign(t.out(0), t.get(i))),
    ];
    let program = t.program(body);
    let f = &lower_program(&program).unwrap().funcs[program.kernel.0 as usize];
    assert!(super::flow::is_reducible(f), "{f:?}");
    // Blocks stay in reverse post-order, as those who come after expect.
    let order = crate::cudac::thread_ir::cleanup::reverse_postorder(f);
    assert!(order.iter().enumerate().all(|(i, b)| b.index() == i), "{order:?}");
    check(&program, [-3, 0, 1, 7], |n| {
        let (mut i, mut skips) = (0i64, 0 < n);
        loop {
            i += if skips { 1 } else { 3 };
            skips = i >= 50;
            if i >= 90 {
                return [i];
            }
        }
    });
}
