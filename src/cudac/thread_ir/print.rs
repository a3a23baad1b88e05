//! The readable text form, for tests, bug reports and `VMGPU_DUMP`-like switches. One line an instruction:
//! `v7: i32 = binary.Add v3, v5`.

use std::fmt::{self, Write};

use super::ir::*;
use super::ops::Op;
use super::ty::{FastFlags, Ty};

impl fmt::Display for Module {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, g) in self.globals.iter().enumerate() {
            writeln!(out, "g{i}: {:?} `{}` size {} align {}", g.space, g.name, g.size, g.align)?;
        }
        for (i, s) in self.strings.iter().enumerate() {
            writeln!(out, "str{i}: {:?}", String::from_utf8_lossy(s))?;
        }
        for (i, func) in self.funcs.iter().enumerate() {
            writeln!(out, "fn{i} {func}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Function {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.kind == FunctionKind::Kernel { "kernel" } else { "device" };
        write!(out, "{kind} `{}`(", self.name)?;
        for (i, p) in self.kernel_params.iter().enumerate() {
            let sep = if i == 0 { "" } else { ", " };
            write!(out, "{sep}{}@{}: {} bytes", p.name, p.offset, p.size)?;
        }
        write!(out, ")")?;
        if let Some(t) = self.ret {
            write!(out, " -> {t}")?;
        }
        writeln!(out, " {{")?;
        for (i, s) in self.slots.iter().enumerate() {
            writeln!(out, "  slot{i}: size {} align {} {}", s.size, s.align, s.name)?;
        }
        for b in self.block_ids() {
            let data = self.block(b);
            let params: Vec<String> = data.params.iter().map(|&v| format!("{v}: {}", self.ty(v))).collect();
            writeln!(out, "{b}({}):", params.join(", "))?;
            for inst in &data.insts {
                writeln!(out, "  {}", inst_text(self, inst))?;
            }
            writeln!(out, "  {}", term_text(&data.term))?;
        }
        writeln!(out, "}}")
    }
}

fn list(values: &[Value]) -> String {
    values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")
}

/// One instruction as text.
pub fn inst_text(f: &Function, inst: &Inst) -> String {
    let mut s = String::new();
    if let Some(v) = inst.result {
        let _ = write!(s, "{v}: {} = ", f.ty(v));
    }
    let ty = inst.result.map(|v| f.ty(v));
    let name = match &inst.op {
        Op::Const(bits) => match ty {
            Some(Ty::F32) => format!("const {:?} ; {bits:#x}", f32::from_bits(*bits as u32)),
            Some(Ty::F64) => format!("const {:?} ; {bits:#x}", f64::from_bits(*bits)),
            _ => format!("const {}", *bits as i64),
        },
        Op::Unary(op, _, fl) => format!("unary.{op:?}{}", flags(*fl)),
        Op::Binary(op, _, _, fl) => format!("binary.{op:?}{}", flags(*fl)),
        Op::Fma(..) => "fma".into(),
        Op::ICmp(cc, ..) => format!("icmp.{cc:?}"),
        Op::FCmp(cc, ..) => format!("fcmp.{cc:?}"),
        Op::Select(..) => "select".into(),
        Op::Cast(op, _) => format!("cast.{op:?}"),
        Op::PtrAdd(..) => "ptradd".into(),
        Op::Load(_, m) | Op::Store(_, _, m) => {
            let name = if matches!(inst.op, Op::Load(..)) { "load" } else { "store" };
            let vol = if m.volatile { ".volatile" } else { "" };
            let ro = if m.readonly { ".readonly" } else { "" };
            format!("{name}.{}.a{}{vol}{ro}", m.space.name(), 1u32 << m.align_log2)
        }
        Op::SlotAddr(x) => format!("slotaddr {x}"),
        Op::GlobalAddr(x) => format!("globaladdr {x}"),
        Op::StrAddr(x) => format!("straddr {x}"),
        Op::ParamLoad(o) => format!("param {o}"),
        Op::ParamAddr(o) => format!("paramaddr {o}"),
        Op::MemCpy { align_log2, .. } => format!("memcpy.a{}", 1u32 << align_log2),
        Op::MemSet { align_log2, .. } => format!("memset.a{}", 1u32 << align_log2),
        Op::AtomicRmw { op, space, .. } => format!("atomic.{op:?}.{}", space.name()),
        Op::AtomicCas { space, .. } => format!("cas.{}", space.name()),
        Op::Fence(s) => format!("fence.{s:?}"),
        Op::Sreg(r) => format!("sreg.{r:?}"),
        Op::Barrier(k, _) => format!("barrier.{k:?}"),
        Op::Shfl { kind, mask, .. } => format!("shfl.{kind:?}{}", if mask.is_some() { ".sync" } else { "" }),
        Op::Vote { kind, mask, .. } => format!("vote.{kind:?}{}", if mask.is_some() { ".sync" } else { "" }),
        Op::Match { kind, .. } => format!("match.{kind:?}"),
        Op::Reduce { op, .. } => format!("reduce.{op:?}"),
        Op::SyncWarp(_) => "syncwarp".into(),
        Op::ActiveMask => "activemask".into(),
        Op::Call(g, _) => format!("call {g}"),
        Op::Math(m, _) => format!("math.{m:?}"),
        Op::Printf(x, _) => format!("printf {x}"),
        Op::Largest { signed, .. } => format!("largest{}", if *signed { ".signed" } else { "" }),
        Op::Meet => "meet".into(),
        Op::LiveLoad(k) => format!("liveload {k}"),
        Op::LiveStore(k, _) => format!("livestore {k}"),
    };
    s.push_str(&name);
    let mut args = Vec::new();
    inst.op.for_each_value(|v| args.push(v));
    if !args.is_empty() {
        let _ = write!(s, " {}", list(&args));
    }
    s
}

fn flags(f: FastFlags) -> String {
    let names = [
        (FastFlags::CONTRACT, ".contract"),
        (FastFlags::REASSOC, ".reassoc"),
        (FastFlags::FINITE, ".finite"),
        (FastFlags::NO_SIGNED_ZERO, ".nsz"),
        (FastFlags::APPROX, ".approx"),
        (FastFlags::NO_WRAP, ".nowrap"),
    ];
    names.iter().filter(|(bit, _)| f.has(*bit)).map(|(_, n)| *n).collect()
}

/// A terminator as text.
pub fn term_text(t: &Terminator) -> String {
    let call = |c: &BlockCall| format!("{}({})", c.block, list(&c.args));
    match t {
        Terminator::Jump(c) => format!("jump {}", call(c)),
        Terminator::Brif(v, a, b) => format!("brif {v}, {}, {}", call(a), call(b)),
        Terminator::Switch(v, cases, d) => {
            let cs: Vec<String> = cases.iter().map(|(k, c)| format!("{k}: {}", call(c))).collect();
            format!("switch {v}, [{}], {}", cs.join(", "), call(d))
        }
        Terminator::Return(Some(v)) => format!("return {v}"),
        Terminator::Return(None) => "return".into(),
        Terminator::Trap(k) => format!("trap {k:?}"),
        Terminator::Unreachable => "unreachable".into(),
        Terminator::Exit(p) => format!("exit {p}"),
    }
}
