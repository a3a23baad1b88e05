//! The state of one check: tables of everything declared, the work list of function bodies, and the context of the
//! body being checked. Numbers (`ClassId`, `FnId`, ...) index the tables; text nodes are borrowed for `'a`.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::sources::Sources;
use super::tree::{self, FpFlags, FuncId, FunctionDef, GlobalDef, GlobalId, LabelId, LocalDef, LocalId};
use super::types::{QualType, Quals, RecordId, TypeId, TypeTable};
use crate::cudac::diagnostics::{Diagnostic, Diagnostics};
use crate::cudac::parse::ast;
use crate::cudac::parse::made::Made;
use crate::cudac::source::Span;
use crate::cudac::symbol::{FastMap, Symbol};

/// The error is a diagnostic on its way to the statement that will report it. One with an empty message follows
/// from an error already reported and is dropped there.
pub type Res<T> = Result<T, Box<Diagnostic>>;

pub fn fail<T>(span: Span, message: impl Into<String>) -> Res<T> {
    Err(Box::new(Diagnostic::error(span, message)))
}

pub fn unsupported<T>(span: Span, what: &str, text: &str) -> Res<T> {
    Err(Box::new(Diagnostic::unsupported(span, what, text)))
}

/// An error that was reported where it began.
pub fn follow_up<T>() -> Res<T> {
    Err(Box::new(Diagnostic::error(Span::NONE, "")))
}

macro_rules! ids {
    ($($name:ident),*) => {
        $(#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name(pub u32);)*
    };
}
ids!(ScopeId, ClassId, FnId, VarId, SetId, TmplId, EnumIx);

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub enum Entity<'a> {
    Namespace(ScopeId),
    Type(QualType),
    Alias(&'a ast::Alias, ScopeId),
    Class(ClassId),
    Enum(EnumIx),
    Enumerator(EnumIx, u32),
    Var(VarId),
    Functions(SetId),
    Template(TmplId),
    /// A variable of block scope: the context it belongs to and its index there.
    Local(u32, u32),
    /// A non-static data member of the class.
    Field(ClassId),
    /// A template parameter that is a value.
    Value(TypeId, u64),
    /// A parameter pack: its elements are in `Checker::packs`.
    Pack(u32),
    /// Declared with an error that has been reported.
    Poison,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Slot<'a> {
    pub ordinary: Option<Entity<'a>>,
    /// `struct S` beside a function or variable `S`.
    pub tag: Option<Entity<'a>>,
    /// Where each of the two was declared first; 0 if that does not matter.
    pub since: u32,
    pub tag_since: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScopeKind {
    Namespace,
    Class(ClassId),
    /// Template arguments, function parameters, blocks.
    Block,
}

#[derive(Debug)]
pub struct Scope<'a> {
    pub parent: Option<ScopeId>,
    pub kind: ScopeKind,
    pub names: FastMap<Symbol, Slot<'a>>,
    /// `using namespace`, inline and anonymous namespaces.
    pub using: Vec<ScopeId>,
    /// Namespaces: the spelling with `::`.
    pub prefix: Rc<str>,
    /// Which source unit the text of this scope belongs to.
    pub unit: u32,
}

/// A template argument.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum TArg {
    Type(QualType),
    Value(TypeId, u64),
    Template(TmplId),
    /// For a parameter pack: any number of arguments.
    Pack(Rc<[TArg]>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    Not,
    Running,
    Done,
    Failed,
}

#[derive(Debug)]
pub struct ClassInfo<'a> {
    pub ty: TypeId,
    pub record: RecordId,
    pub ast: Option<&'a ast::Record>,
    /// Where the definition stands (template arguments included).
    pub parent: ScopeId,
    pub scope: ScopeId,
    pub name: Rc<str>,
    /// The bare name, for constructors and messages.
    pub symbol: Option<Symbol>,
    pub state: Progress,
    pub registered: bool,
    /// For instances of class templates.
    pub instance: Option<(TmplId, Rc<[TArg]>)>,
    /// Beside `RecordDef::fields`; none for bases.
    pub fields: Vec<Option<&'a ast::Variable>>,
    /// Members that are references: their field holds a pointer to this.
    pub refs: Vec<(u32, QualType)>,
    /// Class and field index; empty bases have no field.
    pub bases: Vec<(ClassId, Option<u32>)>,
    /// How many classes stand above it at most, one above the other.
    pub height: u32,
    pub ctors: Vec<FnId>,
    pub dtor: Option<FnId>,
    pub conversions: Vec<FnId>,
    pub has_virtual: bool,
    /// Members that are private or protected; functions carry their own access.
    pub hidden: FastMap<Symbol, ast::Access>,
    /// Classes and functions that may see everything.
    pub friends: Vec<Symbol>,
    /// Everybody outside may: a friend that is more than a name.
    pub has_friends: bool,
    /// Copying, destroying, default construction need calls.
    pub user_copy: bool,
    pub nontrivial_copy: bool,
    pub nontrivial_assign: bool,
    pub nontrivial_dtor: bool,
    pub nontrivial_default: bool,
    pub is_aggregate: bool,
}

#[derive(Debug)]
pub struct EnumInfo<'a> {
    pub ast: &'a ast::EnumDecl,
    pub ty: TypeId,
    pub scope: ScopeId,
    pub values: Vec<Option<(TypeId, u64)>>,
    pub state: Progress,
}

#[derive(Debug)]
pub struct VarInfo<'a> {
    pub ast: &'a ast::Variable,
    pub scope: ScopeId,
    pub class: Option<ClassId>,
    pub state: Progress,
    pub ty: QualType,
    pub global: Option<GlobalId>,
    /// The bytes of a constant initialiser, for variables that constant expressions may use.
    pub constant: Option<Rc<[u8]>>,
}

/// A parameter and return list with types. References stay references here.
#[derive(Clone, Debug)]
pub struct Sig {
    pub ret: QualType,
    /// `auto`: `ret` is void until the body has been seen.
    pub auto_ret: bool,
    pub params: Vec<QualType>,
    pub required: usize,
    pub variadic: bool,
    /// Non-static methods: qualifiers of `*this`.
    pub this: Option<Quals>,
}

#[derive(Debug)]
pub struct FnInfo<'a> {
    /// Declarations of one function; the definition comes to the front when it is found.
    pub decls: Vec<&'a ast::Function>,
    pub scope: ScopeId,
    pub class: Option<ClassId>,
    pub template: Option<&'a ast::Template>,
    pub sig: Option<Rc<Sig>>,
    pub instances: HashMap<Rc<[TArg]>, FuncId>,
    pub special: Option<Rc<Specials<'a>>>,
    /// From one of the built-in texts.
    pub builtin: bool,
    /// A definition outside of the class was looked for.
    pub searched: bool,
    pub is_static: bool,
    pub access: ast::Access,
}

/// Functions that the language writes itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Implicit {
    DefaultCtor,
    CopyCtor,
    CopyAssign,
    Dtor,
}

#[derive(Debug)]
pub struct FuncInst<'a> {
    pub name: Rc<str>,
    pub entity: Option<FnId>,
    pub implicit: Option<(Implicit, ClassId)>,
    pub class: Option<ClassId>,
    pub ast: Option<&'a ast::Function>,
    pub scope: ScopeId,
    pub sig: Rc<Sig>,
    pub state: Progress,
    pub def: Option<Rc<FunctionDef>>,
    pub depth: u32,
    pub builtin: bool,
    /// Where it was first asked for.
    pub asked: Span,
    pub is_template: bool,
}

#[derive(Debug)]
pub struct TemplateInfo<'a> {
    pub ast: &'a ast::Template,
    pub name: Symbol,
    pub scope: ScopeId,
    pub instances: HashMap<Rc<[TArg]>, Entity<'a>>,
    /// Partial and full specialisations of class and variable templates.
    pub special: Vec<&'a ast::Template>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cat {
    Lvalue,
    Xvalue,
    Prvalue,
}

/// A checked expression.
#[derive(Clone, Debug)]
pub struct Val {
    pub e: tree::Expr,
    pub cat: Cat,
    /// A literal zero, which is a null pointer too.
    pub zero: bool,
}

impl Val {
    pub fn value(e: tree::Expr) -> Val {
        Val { e, cat: Cat::Prvalue, zero: false }
    }

    pub fn lvalue(e: tree::Expr) -> Val {
        Val { e, cat: Cat::Lvalue, zero: false }
    }

    pub fn qual_type(&self) -> QualType {
        QualType { ty: self.e.ty, quals: self.e.quals }
    }
}

/// A named set of functions, perhaps with an object and explicit template arguments.
#[derive(Clone, Debug)]
pub struct FnRef<'a> {
    pub fns: Rc<[FnId]>,
    pub targs: Option<&'a [ast::TemplateArg]>,
    pub name: &'a ast::Name,
    pub span: Span,
}

/// An argument or initialiser before its target type is known.
#[derive(Clone, Debug)]
pub enum Arg<'a> {
    Val(Val),
    List(&'a ast::BraceList),
    Functions(FnRef<'a>),
}

impl Arg<'_> {
    pub fn span(&self) -> Span {
        match self {
            Arg::Val(v) => v.e.span,
            Arg::List(l) => l.span,
            Arg::Functions(f) => f.span,
        }
    }
}

/// A variable that a name of block scope stands for.
#[derive(Clone, Debug)]
pub struct LocalVar {
    pub id: LocalId,
    /// As declared, references included.
    pub ty: QualType,
    pub constant: Option<Rc<[u8]>>,
}

#[derive(Clone, Debug)]
pub struct LabelInfo {
    pub id: LabelId,
    pub placed: bool,
    pub used: Span,
    /// What had been initialised where it stands (`FnCx::initialised`).
    pub inits: u32,
}

/// A variable that a jump may not come past.
#[derive(Clone, Debug)]
pub struct Initialised {
    /// The one before it that is still in scope; numbers count from 1, 0 is none.
    pub outer: u32,
    pub depth: u32,
    pub name: Symbol,
    pub span: Span,
    /// An object of a class.
    pub of_class: bool,
    /// Something runs when it goes out of scope.
    pub destroyed: bool,
}

#[derive(Debug, Default)]
pub struct SwitchCx {
    pub ty: Option<TypeId>,
    pub cases: Vec<tree::SwitchCase>,
    /// The single values among them.
    pub values: HashSet<u64>,
    pub default: Option<LabelId>,
    pub inits: u32,
}

/// What belongs to the function body (or the constant expression) being checked.
#[derive(Debug)]
pub struct FnCx<'a> {
    pub serial: u32,
    pub scope: ScopeId,
    pub func: Option<FuncId>,
    pub name: Rc<str>,
    pub locals: Vec<LocalDef>,
    pub vars: Vec<LocalVar>,
    pub ret: QualType,
    /// The return type is `auto` and no return statement has been seen.
    pub deduce_ret: bool,
    pub ret_seen: bool,
    pub this: Option<(ClassId, Quals)>,
    pub labels: FastMap<Symbol, LabelInfo>,
    pub label_count: u32,
    /// All variables with initialisers so far, the innermost in scope now, and the jumps: where to, where, what was in
    /// scope.
    pub initialised: Vec<Initialised>,
    pub inits: u32,
    pub gotos: Vec<(Symbol, Span, u32)>,
    /// Locals with destructors, innermost last.
    pub cleanups: Vec<(LocalId, ClassId)>,
    /// Depth of `cleanups` at each enclosing loop (true) or switch.
    pub breakables: Vec<(bool, usize)>,
    pub switches: Vec<SwitchCx>,
    /// Temporaries with destructors of the full expression.
    pub temporaries: Vec<(LocalId, ClassId)>,
    pub fp: FpFlags,
    pub depth: u32,
    pub unevaluated: u32,
    /// Scopes of what stands in the parentheses of `for`, `if`, `while` and `switch`.
    pub heads: HashSet<ScopeId>,
    /// In the expansion of a pack: the element.
    pub pack: Option<u32>,
    _text: std::marker::PhantomData<&'a ()>,
}

/// What the compile options ask of the checker.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// `-fmad`: contraction of a * b + c (the default).
    pub fmad: bool,
    /// `--use_fast_math`
    pub fast_math: bool,
    /// `-default-device`: functions and variables without an execution space belong to the device.
    pub default_device: bool,
}

impl Default for CheckOptions {
    fn default() -> Self {
        CheckOptions { fmad: true, fast_math: false, default_device: false }
    }
}

/// Limits, each with its own error.
pub const MAX_DEPTH: u32 = 900;
pub const MAX_INSTANTIATION_DEPTH: u32 = 256;
pub const MAX_FUNCTIONS: usize = 20_000;

/// Explicit specialisations of a function template by their arguments.
pub type Specials<'a> = Vec<(Vec<TArg>, &'a ast::Function)>;

/// A template with arguments.
pub type InstanceKey = (FnId, Rc<[TArg]>);

/// A definition outside of its class: where it stands, and its template if it is one.
pub type Outside<'a> = (ScopeId, &'a ast::Function, Option<&'a ast::Template>);

pub struct Checker<'a> {
    pub src: Sources<'a>,
    pub opts: CheckOptions,
    pub types: TypeTable,
    pub diags: &'a mut Diagnostics,
    pub scopes: Vec<Scope<'a>>,
    pub classes: Vec<ClassInfo<'a>>,
    pub class_of_record: HashMap<RecordId, ClassId>,
    pub class_of_ast: HashMap<(*const ast::Record, ScopeId), ClassId>,
    pub enums: Vec<EnumInfo<'a>>,
    pub enum_of_ast: HashMap<(*const ast::EnumDecl, ScopeId), EnumIx>,
    pub vars: Vec<VarInfo<'a>>,
    pub sets: Vec<Vec<FnId>>,
    /// Sets whose declarations have been merged.
    pub merged: Vec<Option<Rc<[FnId]>>>,
    pub fns: Vec<FnInfo<'a>>,
    pub templates: Vec<TemplateInfo<'a>>,
    /// Function templates with arguments: the scope of the arguments and the types.
    pub envs: HashMap<InstanceKey, (ScopeId, Rc<Sig>)>,
    pub insts: Vec<FuncInst<'a>>,
    pub implicit: HashMap<(Implicit, ClassId), FuncId>,
    pub globals: Vec<GlobalDef>,
    /// Bytes of constant variables: locals by context, and globals.
    pub local_constants: HashMap<(u32, u32), Rc<[u8]>>,
    pub global_constants: HashMap<GlobalId, Rc<[u8]>>,
    pub strings: HashMap<Vec<u8>, GlobalId>,
    /// Definitions outside of their class or namespace, by last name.
    pub outside: HashMap<Symbol, Vec<Outside<'a>>>,
    pub outside_vars: HashMap<Symbol, Vec<(ScopeId, &'a ast::Variable)>>,
    pub outside_ops: Vec<Outside<'a>>,
    /// Explicit specialisations of function templates.
    pub specials: Vec<(ScopeId, &'a ast::Function)>,
    /// Names that have been looked for among the built-in ones.
    pub builtin_names: HashMap<Symbol, Option<Entity<'a>>>,
    pub packs: Vec<Rc<[Entity<'a>]>>,
    /// The end of the expressions that the checker has made.
    pub made: &'a Made,
    pub work: Vec<FuncId>,
    pub cx: FnCx<'a>,
    pub root: ScopeId,
    pub builtin_root: ScopeId,
    pub depth: u32,
    pub serials: u32,
    pub eval_steps: u64,
    pub unique: u32,
    /// Classes of lambda expressions, by expression and function.
    pub closures: HashMap<(*const ast::Lambda, u32), ClassId>,
    /// Variables of functions with lambdas, for constants that these use.
    pub outer_vars: HashMap<u32, Rc<[LocalVar]>>,
    /// What `auto` stands for in the type being read.
    pub auto_type: Option<QualType>,
    /// Where the name stands that is being looked up; what the text declares later is not seen. 0: all is.
    pub use_at: u32,
    /// Where conflicting declarations were reported: a class template's members are entered more than once.
    pub conflicts: HashSet<u32>,
    /// Undefined names that a similar one was looked for.
    pub suggestions: u32,
    /// Unknown names that were reported, by function.
    pub unknown: HashSet<(Option<FuncId>, String)>,
}

impl<'a> FnCx<'a> {
    pub fn new(scope: ScopeId, serial: u32) -> FnCx<'a> {
        FnCx {
            serial,
            scope,
            func: None,
            name: "".into(),
            locals: Vec::new(),
            vars: Vec::new(),
            ret: TypeId::VOID.into(),
            deduce_ret: false,
            ret_seen: false,
            this: None,
            labels: FastMap::default(),
            label_count: 0,
            initialised: Vec::new(),
            inits: 0,
            gotos: Vec::new(),
            cleanups: Vec::new(),
            breakables: Vec::new(),
            switches: Vec::new(),
            temporaries: Vec::new(),
            fp: FpFlags::STRICT,
            depth: 0,
            unevaluated: 0,
            heads: HashSet::new(),
            pack: None,
            _text: std::marker::PhantomData,
        }
    }
}

impl<'a> Checker<'a> {
    pub fn new_scope(&mut self, parent: Option<ScopeId>, kind: ScopeKind) -> ScopeId {
        let id = ScopeId(self.scopes.len() as u32);
        let (prefix, unit) = match parent {
            Some(p) => (self.scope(p).prefix.clone(), self.scope(p).unit),
            None => ("".into(), 0),
        };
        let names = FastMap::default();
        self.scopes.push(Scope { parent, kind, names, using: Vec::new(), prefix, unit });
        id
    }

    pub fn scope(&self, id: ScopeId) -> &Scope<'a> {
        &self.scopes[id.0 as usize]
    }

    pub fn class(&self, id: ClassId) -> &ClassInfo<'a> {
        &self.classes[id.0 as usize]
    }

    pub fn class_mut(&mut self, id: ClassId) -> &mut ClassInfo<'a> {
        &mut self.classes[id.0 as usize]
    }

    pub fn func(&self, id: FnId) -> &FnInfo<'a> {
        &self.fns[id.0 as usize]
    }

    pub fn func_mut(&mut self, id: FnId) -> &mut FnInfo<'a> {
        &mut self.fns[id.0 as usize]
    }

    pub fn inst(&self, id: FuncId) -> &FuncInst<'a> {
        &self.insts[id.0 as usize]
    }

    pub fn name(&self, symbol: Symbol) -> String {
        self.src.name(symbol).to_string()
    }

    #[allow(clippy::boxed_local)]
    pub fn report(&mut self, diagnostic: Box<Diagnostic>) {
        // An unknown name is reported once in a function, not at each use.
        let unknown = diagnostic.message.starts_with("identifier ")
            && diagnostic.message.ends_with(" is undefined")
            && !self.unknown.insert((self.cx.func, diagnostic.message.clone()));
        if !diagnostic.message.is_empty() && !unknown {
            self.diags.push(*diagnostic);
        }
    }

    /// Runs `work` in a context of its own (another function, a constant expression elsewhere).
    pub fn in_context<T>(&mut self, scope: ScopeId, work: impl FnOnce(&mut Self) -> T) -> T {
        self.serials += 1;
        let mut cx = FnCx::new(scope, self.serials);
        cx.depth = self.cx.depth;
        // Constants in what is being expanded.
        cx.pack = self.cx.pack.filter(|_| scope == self.cx.scope);
        cx.fp = FpFlags { contract: self.opts.fmad, fast: self.opts.fast_math };
        let saved = std::mem::replace(&mut self.cx, cx);
        let use_at = std::mem::take(&mut self.use_at);
        let result = work(self);
        self.use_at = use_at;
        self.cx = saved;
        result
    }

    /// Runs `work` with another scope for names but the same function.
    pub fn in_scope<T>(&mut self, scope: ScopeId, work: impl FnOnce(&mut Self) -> T) -> T {
        let saved = std::mem::replace(&mut self.cx.scope, scope);
        let result = work(self);
        self.cx.scope = saved;
        result
    }

    /// Bounds every recursion over the text.
    pub fn nested<T>(&mut self, span: Span, work: impl FnOnce(&mut Self) -> Res<T>) -> Res<T> {
        if self.depth >= MAX_DEPTH {
            return fail(span, "expression or declaration is nested too deeply");
        }
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        result
    }

    pub fn new_local(&mut self, name: &str, ty: QualType, span: Span) -> LocalId {
        let id = LocalId(self.cx.locals.len() as u32);
        let align = self.types.size_align(ty.ty).map_or(1, |(_, a)| a as u32);
        let name = name.into();
        let address_taken = false;
        self.cx.locals.push(LocalDef { name, ty: ty.ty, quals: ty.quals, align, address_taken, span });
        id
    }

    pub fn temporary(&mut self, ty: TypeId, span: Span) -> LocalId {
        self.new_local("", ty.into(), span)
    }

    pub fn local_place(&self, id: LocalId, span: Span) -> tree::Expr {
        let def = &self.cx.locals[id.0 as usize];
        tree::Expr::place(tree::ExprKind::Local(id), QualType { ty: def.ty, quals: def.quals }, span)
    }

    pub fn show(&self, ty: QualType) -> String {
        self.types.display_qual(ty)
    }

    /// The user's spelling, shortened for messages.
    pub fn snippet(&self, span: Span) -> String {
        self.src.snippet(span, 60)
    }
}
