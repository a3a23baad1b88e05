//! A short text form of the tree for the tests: `(+ a (* b 2))`, `int *`, ...

use super::Unit;
use super::ast::*;

pub struct Dump<'a>(pub &'a Unit);

impl Dump<'_> {
    fn list<T>(&self, items: &[T], f: impl Fn(&T) -> String) -> String {
        items.iter().map(f).collect::<Vec<_>>().join(" ")
    }

    pub fn name(&self, name: &Name) -> String {
        let segments: Vec<_> = name.segments.iter().map(|s| self.segment(s)).collect();
        format!("{}{}", if name.global { "::" } else { "" }, segments.join("::"))
    }

    fn segment(&self, segment: &Segment) -> String {
        let base = match &segment.name {
            SegmentName::Ident(s) => self.0.name(*s).to_string(),
            SegmentName::Operator(op) => format!("operator[{op:?}]"),
            SegmentName::Conversion(ty) => format!("operator {}", self.ty(ty)),
            SegmentName::Destructor(s) => format!("~{}", self.0.name(*s)),
            SegmentName::Type(ty) => self.ty(ty),
        };
        match &segment.args {
            Some(args) => {
                format!("{base}<{}>", args.iter().map(|a| self.arg(a)).collect::<Vec<_>>().join(","))
            }
            None => base,
        }
    }

    fn arg(&self, arg: &TemplateArg) -> String {
        match arg {
            TemplateArg::Type(ty) => self.ty(ty),
            TemplateArg::Expr(e) => format!("={}", self.expr(e)),
            TemplateArg::Ambiguous(n) => format!("?{}", self.name(n)),
            TemplateArg::Pack(a) => format!("{}...", self.arg(a)),
        }
    }

    pub fn ty(&self, ty: &TypeSyntax) -> String {
        let text = match &ty.kind {
            TypeKind::Builtin(b) => format!("{b:?}"),
            TypeKind::Named { name, typename } => {
                format!("{}{}", if *typename { "typename " } else { "" }, self.name(name))
            }
            TypeKind::Elaborated { tag, name } => format!("{tag:?} {}", self.name(name)),
            TypeKind::Record(r) => self.record(r),
            TypeKind::Enum(e) => self.enumeration(e),
            TypeKind::Auto => "auto".into(),
            TypeKind::DecltypeAuto => "decltype(auto)".into(),
            TypeKind::Underlying(t) => format!("__underlying_type({})", self.ty(t)),
            TypeKind::Decltype(e) => format!("decltype({})", self.expr(e)),
            TypeKind::Pointer { pointee, restrict } => {
                format!("ptr{}({})", if *restrict { "!" } else { "" }, self.ty(pointee))
            }
            TypeKind::Reference { target, rvalue, .. } => {
                format!("{}({})", if *rvalue { "rref" } else { "ref" }, self.ty(target))
            }
            TypeKind::Array { element, len } => {
                format!("arr[{}]({})", len.as_ref().map_or(String::new(), |e| self.expr(e)), self.ty(element))
            }
            TypeKind::Function(f) => format!("fn({})->{}", self.params(&f.params), self.ty(&f.ret)),
            TypeKind::MemberPointer { class, pointee } => {
                format!("mptr {}({})", self.name(class), self.ty(pointee))
            }
            TypeKind::Pack(t) => format!("pack({})", self.ty(t)),
            TypeKind::Unsupported(u) => format!("unsupported {}", u.what),
        };
        let cv = match (ty.cv.is_const, ty.cv.is_volatile) {
            (false, false) => "",
            (true, false) => "const ",
            (false, true) => "volatile ",
            (true, true) => "const volatile ",
        };
        format!("{cv}{text}")
    }

    fn params(&self, params: &[Param]) -> String {
        let one = |p: &Param| {
            let name = p.name.map_or(String::new(), |n| format!(" {}", self.0.name(n)));
            let default = p.default.as_ref().map_or(String::new(), |d| format!("={}", self.expr(d)));
            format!("{}{name}{default}", self.ty(&p.ty))
        };
        params.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn brace(&self, list: &BraceList) -> String {
        let item = |i: &BraceItem| {
            let designators: String = i
                .designators
                .iter()
                .map(|d| match d {
                    OffsetofStep::Member(m) => format!(".{}", self.0.name(*m)),
                    OffsetofStep::Index(e) => format!("[{}]", self.expr(e)),
                })
                .collect();
            format!("{designators}{}", self.expr(&i.value))
        };
        format!("{{{}}}", self.list(&list.items, item))
    }

    pub fn expr(&self, e: &Expr) -> String {
        let x = |e: &Expr| self.expr(e);
        match &e.kind {
            ExprKind::Int(n) => {
                format!("{}{}{}", n.value, if n.unsigned { "u" } else { "" }, "l".repeat(n.longs.into()))
            }
            ExprKind::Float(f) => {
                format!("{:?}{}", f.value, if f.suffix == FloatSuffix::Float { "f" } else { "" })
            }
            ExprKind::Char { value, .. } => format!("'{value}'"),
            ExprKind::String { bytes, .. } => format!("{:?}", String::from_utf8_lossy(bytes)),
            ExprKind::Bool(b) => b.to_string(),
            ExprKind::NullPtr => "nullptr".into(),
            ExprKind::This => "this".into(),
            ExprKind::Name(n) => self.name(n),
            ExprKind::Paren(e) => format!("[{}]", x(e)),
            ExprKind::Unary { op, operand } => format!("({op:?} {})", x(operand)),
            ExprKind::IncDec { decrement, postfix, operand } => {
                let sign = if *decrement { "--" } else { "++" };
                if *postfix { format!("({}{sign})", x(operand)) } else { format!("({sign}{})", x(operand)) }
            }
            ExprKind::Binary { op, lhs, rhs } => format!("({op:?} {} {})", x(lhs), x(rhs)),
            ExprKind::Assign { op, target, value } => {
                format!("({}= {} {})", op.map_or(String::new(), |o| format!("{o:?}")), x(target), x(value))
            }
            ExprKind::Conditional { cond, then, otherwise } => {
                format!("(? {} {} {})", x(cond), then.as_ref().map_or(String::new(), |t| x(t)), x(otherwise))
            }
            ExprKind::Comma { lhs, rhs } => format!("(, {} {})", x(lhs), x(rhs)),
            ExprKind::Call { callee, args } => format!("{}({})", x(callee), self.list(args, x)),
            ExprKind::KernelLaunch { callee, config, args } => {
                format!("{}<<<{}>>>({})", x(callee), self.list(config, x), self.list(args, x))
            }
            ExprKind::Subscript { base, index } => format!("{}[{}]", x(base), x(index)),
            ExprKind::Member { object, arrow, member } => {
                format!("{}{}{}", x(object), if *arrow { "->" } else { "." }, self.name(member))
            }
            ExprKind::MemberPointer { object, pointer, .. } => format!("(.* {} {})", x(object), x(pointer)),
            ExprKind::Cast { kind, to, operand } => format!("({kind:?} <{}> {})", self.ty(to), x(operand)),
            ExprKind::Functional { to, args } => format!("<{}>({})", self.ty(to), self.list(args, x)),
            ExprKind::BraceInit { to, list } => format!("<{}>{}", self.ty(to), self.brace(list)),
            ExprKind::BraceList(list) => self.brace(list),
            ExprKind::SizeofType(t) => format!("sizeof<{}>", self.ty(t)),
            ExprKind::SizeofExpr(e) => format!("sizeof({})", x(e)),
            ExprKind::SizeofPack(s) => format!("sizeof...({})", self.0.name(*s)),
            ExprKind::AlignofType(t) => format!("alignof<{}>", self.ty(t)),
            ExprKind::AlignofExpr(e) => format!("alignof({})", x(e)),
            ExprKind::Noexcept(e) => format!("noexcept({})", x(e)),
            ExprKind::Offsetof { of, path } => format!("offsetof<{}>{}", self.ty(of), path.len()),
            ExprKind::TypeTrait { name, args } => {
                format!("{}({})", self.0.name(*name), self.list(args, |t| self.ty(t)))
            }
            ExprKind::New { of, .. } => format!("new<{}>", self.ty(of)),
            ExprKind::Delete { operand, .. } => format!("delete({})", x(operand)),
            ExprKind::Lambda(l) => {
                let body = l.function.body.as_ref().map_or(String::new(), |b| self.body(b));
                format!("lambda({}){body}", self.params(&l.function.params))
            }
            ExprKind::PackExpansion(e) => format!("{}...", x(e)),
            ExprKind::PackElement { pattern, index } => format!("{}[{index}]", x(pattern)),
            ExprKind::Fold { op, left, right } => {
                let side = |s: &Option<Box<Expr>>| s.as_ref().map_or("_".into(), |e| x(e));
                let op = match op {
                    FoldOp::Binary(op) => format!("{op:?}"),
                    op => format!("{op:?}"),
                };
                format!("(fold {op} {} {})", side(left), side(right))
            }
            ExprKind::StmtExpr(b) => self.block(b),
            ExprKind::Unsupported(u) => format!("unsupported {}", u.what),
        }
    }

    pub fn body(&self, body: &FnBody) -> String {
        match self.0.body(body) {
            Ok(parsed) => {
                let init = |i: &MemberInit| format!("{}{}", self.name(&i.member), self.init(&i.init));
                let inits = self.list(&parsed.inits, init);
                let gap = if inits.is_empty() { "" } else { ": " };
                format!("{gap}{inits}{}", self.block(&parsed.block))
            }
            Err(error) => format!("<error: {}>", error.message),
        }
    }

    pub fn block(&self, block: &Block) -> String {
        format!("{{{}}}", self.list(&block.stmts, |s| self.stmt(s)))
    }

    fn condition(&self, c: &Condition) -> String {
        match c {
            Condition::Expr(e) => self.expr(e),
            Condition::Decl(d) => self.decl(d),
        }
    }

    fn stmt(&self, s: &Stmt) -> String {
        let opt = |s: &Option<Box<Stmt>>| s.as_ref().map_or(String::new(), |s| self.stmt(s));
        match &s.kind {
            StmtKind::Empty => ";".into(),
            StmtKind::Block(b) => self.block(b),
            StmtKind::Expr(e) => format!("{};", self.expr(e)),
            StmtKind::Decl(d) => self.list(d, |d| self.decl(d)),
            StmtKind::If { constexpr, init, cond, then, otherwise } => {
                let word = if *constexpr { "ifc" } else { "if" };
                let rest = otherwise.as_ref().map_or(String::new(), |o| format!(" else {}", self.stmt(o)));
                format!("{word}({}{}) {}{rest}", opt(init), self.condition(cond), self.stmt(then))
            }
            StmtKind::For { init, cond, step, body } => {
                let cond = cond.as_ref().map_or(String::new(), |c| self.condition(c));
                let step = step.as_ref().map_or(String::new(), |e| self.expr(e));
                format!("for({} {cond}; {step}) {}", opt(init), self.stmt(body))
            }
            StmtKind::RangeFor { var, range, body } => {
                format!("for({} : {}) {}", self.decl(var), self.expr(range), self.stmt(body))
            }
            StmtKind::While { cond, body } => format!("while({}) {}", self.condition(cond), self.stmt(body)),
            StmtKind::Do { body, cond } => format!("do {} while({})", self.stmt(body), self.expr(cond)),
            StmtKind::Switch { init, cond, body } => {
                format!("switch({}{}) {}", opt(init), self.condition(cond), self.stmt(body))
            }
            StmtKind::Case { value, last, stmt } => {
                let last = last.as_ref().map_or(String::new(), |e| format!("...{}", self.expr(e)));
                format!("case {}{last}: {}", self.expr(value), self.stmt(stmt))
            }
            StmtKind::Default(s) => format!("default: {}", self.stmt(s)),
            StmtKind::Break => "break;".into(),
            StmtKind::Continue => "continue;".into(),
            StmtKind::Return(e) => format!("return {};", e.as_ref().map_or(String::new(), |e| self.expr(e))),
            StmtKind::Goto(n) => format!("goto {};", self.0.name(*n)),
            StmtKind::Label { name, stmt } => format!("{}: {}", self.0.name(*name), self.stmt(stmt)),
            StmtKind::Unsupported(u) => format!("unsupported {};", u.what),
        }
    }

    fn init(&self, init: &Initializer) -> String {
        match init {
            Initializer::None => String::new(),
            Initializer::Copy(e) => format!(" = {}", self.expr(e)),
            Initializer::Direct(args) => format!("({})", self.list(args, |e| self.expr(e))),
            Initializer::List(list) => self.brace(list),
        }
    }

    fn specs(&self, s: &Specifiers) -> String {
        let flags = [
            (s.global, "__global__"),
            (s.device, "__device__"),
            (s.host, "__host__"),
            (s.shared, "__shared__"),
            (s.constant, "__constant__"),
            (s.is_static, "static"),
            (s.is_extern, "extern"),
            (s.extern_c, "C"),
            (s.is_inline, "inline"),
            (s.forceinline, "forceinline"),
            (s.noinline, "noinline"),
            (s.is_constexpr, "constexpr"),
            (s.is_explicit, "explicit"),
            (s.is_virtual, "virtual"),
            (s.packed, "packed"),
        ];
        let mut text: String = flags.iter().filter(|f| f.0).map(|f| format!("{} ", f.1)).collect();
        for align in &s.align {
            text += &match align {
                AlignArg::Expr(e) => format!("align({}) ", self.expr(e)),
                AlignArg::Type(t) => format!("align<{}> ", self.ty(t)),
                AlignArg::Max => "align ".into(),
            };
        }
        if !s.launch_bounds.is_empty() {
            text += &format!("bounds({}) ", self.list(&s.launch_bounds, |e| self.expr(e)));
        }
        text
    }

    fn record(&self, r: &Record) -> String {
        let name = r.name.as_ref().map_or(String::new(), |n| format!(" {}", self.name(n)));
        let bases = self.list(&r.bases, |b| format!(" : {}", self.ty(&b.ty)));
        let members = match &r.members {
            Some(list) => format!(" {{{}}}", self.list(list, |d| self.decl(d))),
            None => ";".into(),
        };
        format!("{:?}{name}{bases}{members}", r.tag)
    }

    fn enumeration(&self, e: &EnumDecl) -> String {
        let name = e.name.as_ref().map_or(String::new(), |n| format!(" {}", self.name(n)));
        let item = |i: &Enumerator| {
            let value = i.value.as_ref().map_or(String::new(), |v| format!("={}", self.expr(v)));
            format!("{}{value}", self.0.name(i.name))
        };
        let items = e.items.as_ref().map_or(";".into(), |l| format!(" {{{}}}", self.list(l, item)));
        let under = e.underlying.as_ref().map_or(String::new(), |t| format!(" : {}", self.ty(t)));
        format!("enum{}{name}{under}{items}", if e.scoped { " class" } else { "" })
    }

    pub fn decl(&self, d: &Decl) -> String {
        match &d.kind {
            DeclKind::Function(f) => {
                let body = match (&f.body, f.definition) {
                    (Some(body), _) => self.body(body),
                    (None, Definition::Deleted) => " = delete;".into(),
                    (None, Definition::Defaulted) => " = default;".into(),
                    _ => ";".into(),
                };
                let constant = if f.method.cv.is_const { " const" } else { "" };
                let variadic = if f.variadic { ", ..." } else { "" };
                let (specs, name) = (self.specs(&f.specs), self.name(&f.name));
                let kind =
                    if f.kind == FunctionKind::Constructor { "ctor ".into() } else { self.ty(&f.ret) + " " };
                format!("{specs}{kind}{name}({}{variadic}){constant}{body}", self.params(&f.params))
            }
            DeclKind::Variable(v) => {
                let bits = v.bit_width.as_ref().map_or(String::new(), |e| format!(":{}", self.expr(e)));
                format!(
                    "{}{} {}{bits}{};",
                    self.specs(&v.specs),
                    self.ty(&v.ty),
                    self.name(&v.name),
                    self.init(&v.init)
                )
            }
            DeclKind::Record(r) => self.record(r),
            DeclKind::Enum(e) => self.enumeration(e),
            DeclKind::Alias(a) => format!("alias {} = {};", self.0.name(a.name), self.ty(&a.ty)),
            DeclKind::Namespace { name, decls, .. } => {
                let name = name.map_or("", |n| self.0.name(n));
                format!("namespace {name} {{{}}}", self.list(decls, |d| self.decl(d)))
            }
            DeclKind::NamespaceAlias { name, target } => {
                format!("namespace {} = {};", self.0.name(*name), self.name(target))
            }
            DeclKind::UsingNamespace(n) => format!("using namespace {};", self.name(n)),
            DeclKind::Using(n) => format!("using {};", self.name(n)),
            DeclKind::StaticAssert { cond, .. } => format!("static_assert({});", self.expr(cond)),
            DeclKind::Template(t) => {
                format!(
                    "template<{}> {}",
                    self.list(&t.params, |p| self.template_param(p)),
                    self.decl(&t.decl)
                )
            }
            DeclKind::ExplicitInstantiation(d) => format!("instantiate {}", self.decl(d)),
            DeclKind::Friend(d) => format!("friend {}", self.decl(d)),
            DeclKind::Access(a) => format!("{a:?}:"),
            DeclKind::StructuredBinding { names, whole } => {
                let names = self.list(names, |n| self.0.name(*n).to_string());
                format!("auto [{names}]{};", self.init(&whole.init))
            }
            DeclKind::Unsupported(u) => format!("unsupported {} `{}`;", u.what, u.text),
        }
    }

    fn template_param(&self, p: &TemplateParam) -> String {
        let name = p.name.map_or("_", |n| self.0.name(n));
        let dots = if p.pack { "..." } else { "" };
        match &p.kind {
            TemplateParamKind::Type { default } => {
                format!(
                    "type{dots} {name}{}",
                    default.as_ref().map_or(String::new(), |t| format!("={}", self.ty(t)))
                )
            }
            TemplateParamKind::Value { ty, default } => {
                let default = default.as_ref().map_or(String::new(), |e| format!("={}", self.expr(e)));
                format!("{}{dots} {name}{default}", self.ty(ty))
            }
            TemplateParamKind::Template { .. } => format!("template{dots} {name}"),
        }
    }
}
