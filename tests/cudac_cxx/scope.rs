//! The generator's state: what is declared and visible, what the program's text is so far.

use super::rng::Rng;
use super::ty::{Cat, Expr, SCALARS, Ty};

/// Something that can be read, and written if `mutable`.
#[derive(Clone, Debug)]
pub struct Var {
    pub text: String,
    pub ty: Ty,
    pub mutable: bool,
    /// No reference or pointer leads to it, so that an expression may change it if nothing else there reads it.
    pub owned: bool,
    /// Seen in the present full expression.
    pub touched: bool,
    /// Changed in the present full expression: not to be read.
    pub busy: bool,
}

/// An array or a pointer to the first of several elements.
#[derive(Clone, Debug)]
pub struct Array {
    pub text: String,
    pub ty: Ty,
    pub len: usize,
    pub mutable: bool,
    /// `sizeof` and range-for work.
    pub real: bool,
}

#[derive(Clone, Debug)]
pub struct Obj {
    pub text: String,
    pub rec: usize,
    pub mutable: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Param {
    Value(Ty),
    ConstRef(Ty),
    Ref(Ty),
    ConstPtr(Ty, usize),
    Rec(usize),
    ConstRec(usize),
    RefRec(usize),
    RvalueRef(Ty),
}

#[derive(Clone, Debug)]
pub struct Func {
    /// How to name it in a call.
    pub call: String,
    pub params: Vec<Param>,
    /// How many of the last parameters may be left out.
    pub defaults: usize,
    pub ret: Ret,
    pub cost: u64,
    /// Arguments must have exactly the parameters' types, as in deduction and among overloads.
    pub exact: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ret {
    Scalar(Cat),
    Rec(usize),
}

#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub ty: Ty,
    pub bits: Option<u32>,
    pub array: Option<usize>,
}

#[derive(Clone, Debug)]
pub struct Rec {
    pub name: String,
    pub fields: Vec<Field>,
    pub inner: Vec<(String, usize)>,
    /// Parameter types of constructors; none for an aggregate.
    pub ctors: Vec<Vec<Ty>>,
    pub aggregate: bool,
    /// Methods by their name, called on an object.
    pub methods: Vec<(Func, bool)>,
    /// `a op b` by operator, right side and result.
    pub binary: Vec<(&'static str, Rhs, Ret)>,
    pub compound: Vec<(&'static str, Rhs)>,
    pub unary: Vec<(&'static str, Ret)>,
    pub steps: bool,
    pub index: Option<(Ty, usize)>,
    pub call: Option<Vec<Ty>>,
    pub converts: Vec<Ty>,
    /// A method that changes the first field and returns the object.
    pub with: Option<(String, Ty)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rhs {
    Same,
    Scalar(Ty),
    /// The scalar stands on the left.
    Left(Ty),
}

pub struct Gen {
    pub r: Rng,
    pub out: String,
    pub indent: usize,
    next: u32,
    pub vars: Vec<Var>,
    pub arrays: Vec<Array>,
    pub objs: Vec<Obj>,
    pub funcs: Vec<Func>,
    pub recs: Vec<Rec>,
    /// Expressions that can be used anywhere: constants, static members, enumerators.
    pub atoms: Vec<Expr>,
    /// Arrays outside of functions.
    pub globals: Vec<Array>,
    /// The name of the checksum in scope.
    pub sum: String,
    /// How often the present place is run, and what the present function costs so far.
    pub times: u64,
    pub cost: u64,
    /// Nesting of full expressions and of statements.
    pub full_depth: u32,
    pub depth: u32,
    /// Type parameters in scope.
    pub params: Vec<&'static str>,
    pub in_loop: bool,
}

pub struct Mark(usize, usize, usize, usize, usize);

impl Gen {
    pub fn new(seed: u64) -> Self {
        Gen {
            r: Rng::new(seed),
            out: String::new(),
            indent: 0,
            next: 0,
            vars: Vec::new(),
            arrays: Vec::new(),
            objs: Vec::new(),
            funcs: Vec::new(),
            recs: Vec::new(),
            atoms: Vec::new(),
            globals: Vec::new(),
            sum: String::new(),
            times: 1,
            cost: 1,
            full_depth: 0,
            depth: 0,
            params: Vec::new(),
            in_loop: false,
        }
    }

    pub fn line(&mut self, text: impl AsRef<str>) {
        for _ in 0..self.indent {
            self.out.push_str("  ");
        }
        self.out.push_str(text.as_ref());
        self.out.push('\n');
    }

    pub fn open(&mut self, text: impl AsRef<str>) {
        self.line(format!("{} {{", text.as_ref()));
        self.indent += 1;
    }

    pub fn close(&mut self, text: &str) {
        self.indent -= 1;
        self.line(format!("}}{text}"));
    }

    /// Lines written by `f`, taken out of the text.
    pub fn aside(&mut self, f: impl FnOnce(&mut Self)) -> String {
        let before = std::mem::take(&mut self.out);
        f(self);
        std::mem::replace(&mut self.out, before)
    }

    pub fn name(&mut self, stem: &str) -> String {
        self.next += 1;
        format!("{stem}{}", self.next)
    }

    pub fn chance(&mut self, one_in: usize) -> bool {
        self.r.below(one_in) == 0
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.r.below(from.len())].clone()
    }

    pub fn ty(&mut self) -> Ty {
        if !self.params.is_empty() && self.chance(3) {
            let params = self.params.clone();
            return Ty::Param(self.pick(&params));
        }
        match self.r.below(3) {
            0 => self.pick(&[Ty::Int, Ty::UInt, Ty::Float, Ty::Double, Ty::ULLong]),
            _ => self.pick(&SCALARS),
        }
    }

    /// A type that no template parameter hides.
    pub fn plain_ty(&mut self) -> Ty {
        self.pick(&SCALARS)
    }

    pub fn int_ty(&mut self) -> Ty {
        self.pick(&SCALARS[..12])
    }

    /// The type's name, sometimes in an unusual spelling.
    pub fn spell(&mut self, ty: Ty) -> String {
        let others = ty.spellings();
        if !others.is_empty() && self.chance(3) {
            return self.pick(others).to_owned();
        }
        ty.name().to_owned()
    }

    pub fn mark(&self) -> Mark {
        Mark(self.vars.len(), self.arrays.len(), self.objs.len(), self.funcs.len(), self.atoms.len())
    }

    pub fn leave(&mut self, m: Mark) {
        self.vars.truncate(m.0);
        self.arrays.truncate(m.1);
        self.objs.truncate(m.2);
        self.funcs.truncate(m.3);
        self.atoms.truncate(m.4);
    }

    /// Declares a variable by its text.
    pub fn add_var(&mut self, text: impl Into<String>, ty: Ty, mutable: bool, owned: bool) {
        let text = text.into();
        self.vars.push(Var { text, ty, mutable, owned, touched: true, busy: false });
    }

    /// Runs `f` with what a function of its own sees: globals only.
    pub fn isolated<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> (R, u64) {
        let vars = std::mem::take(&mut self.vars);
        let arrays = std::mem::replace(&mut self.arrays, self.globals.clone());
        let objs = std::mem::take(&mut self.objs);
        let funcs = self.funcs.len();
        let atoms = self.atoms.len();
        let sum = std::mem::take(&mut self.sum);
        let (times, cost) = (self.times, self.cost);
        let (full, depth, in_loop) = (self.full_depth, self.depth, self.in_loop);
        (self.times, self.cost, self.full_depth, self.depth, self.in_loop) = (1, 1, 0, 0, false);
        let result = f(self);
        let spent = self.cost;
        self.vars = vars;
        self.arrays = arrays;
        self.objs = objs;
        self.funcs.truncate(funcs);
        self.atoms.truncate(atoms);
        self.sum = sum;
        (self.times, self.cost) = (times, cost);
        (self.full_depth, self.depth, self.in_loop) = (full, depth, in_loop);
        (result, spent)
    }
}
