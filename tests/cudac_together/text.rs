//! The text that a tree stands for.

use std::fmt::Write;

use crate::tree::*;

impl E {
    pub fn text(&self) -> String {
        match self {
            E::Var(v) => format!("x{v}"),
            E::Count(k) => format!("(unsigned)k{k}"),
            E::Linear => "t".into(),
            E::Global => "i".into(),
            E::Lane => "lane".into(),
            E::Length => "n".into(),
            E::Number(c) => format!("{c}u"),
            E::Input(e) => format!("a[({}) & {}]", e.text(), IN - 1),
            E::If(c, a, b) => format!("({} ? {} : {})", c.text(), a.text(), b.text()),
            E::Un(op, a) => {
                let a = a.text();
                match op {
                    Un::Byte => format!("(unsigned)(unsigned char)({a})"),
                    Un::SignedByte => format!("(unsigned)(signed char)({a})"),
                    Un::Short => format!("(unsigned)(short)({a})"),
                    Un::Not => format!("(~({a}))"),
                    Un::Count => format!("(unsigned)__popc({a})"),
                    Un::Zeros => format!("(unsigned)__clz((int)({a}))"),
                    Un::First => format!("(unsigned)__ffs((int)({a}))"),
                }
            }
            E::Bin(op, a, b) => {
                let (a, b) = (a.text(), b.text());
                match op {
                    Bin::Add => format!("({a} + {b})"),
                    Bin::Sub => format!("({a} - {b})"),
                    Bin::Mul => format!("({a} * {b})"),
                    Bin::And => format!("({a} & {b})"),
                    Bin::Or => format!("({a} | {b})"),
                    Bin::Xor => format!("({a} ^ {b})"),
                    Bin::Shl => format!("({a} << ({b} & 31u))"),
                    Bin::Shr => format!("({a} >> ({b} & 31u))"),
                    Bin::Sar => format!("(unsigned)((int)({a}) >> ({b} & 31u))"),
                    Bin::Less => format!("(unsigned)({a} < {b})"),
                    Bin::LessSigned => format!("(unsigned)((int)({a}) < (int)({b}))"),
                    Bin::Equal => format!("(unsigned)(({a} & 7u) == ({b} & 7u))"),
                    Bin::Min => format!("min({a}, {b})"),
                    Bin::MaxSigned => format!("(unsigned)max((int)({a}), (int)({b}))"),
                    Bin::High => format!("(unsigned)((unsigned long long)({a}) * ({b}) >> 32)"),
                    Bin::Wide => format!("(unsigned)((int)({a}) * (long long)(int)({b}) >> 11)"),
                    Bin::Div => format!("(({a} & 0xffffu) / (({b} & 15u) + 1u))"),
                    Bin::Rem => format!("(({a} & 0xffffu) % (({b} & 15u) + 1u))"),
                }
            }
        }
    }
}

impl Uniform {
    fn text(&self) -> (String, String) {
        let none = String::new();
        match self {
            Uniform::Input(c, bits) => (none, format!("a[(blockIdx.x + {c}) & {}] & {bits}u", IN - 1)),
            Uniform::Length(bits) => (none, format!("n & {bits}u")),
            Uniform::Or(e) => (none, format!("__syncthreads_or({} & 1)", e.text())),
            Uniform::And(e) => (none, format!("__syncthreads_and(({} & 7u) != 0)", e.text())),
            Uniform::Count(e, most) => (none, format!("__syncthreads_count({} & 1) > {most}", e.text())),
            Uniform::Told(who, e) => (
                format!("__syncthreads(); if (t == {who}u) told = {}; __syncthreads();", e.text()),
                "told & 1u".into(),
            ),
        }
    }
}

/// Writes statements; `mask` names those that are here.
pub fn write_all(out: &mut String, list: &[S], mask: &str, depth: usize) {
    // Lanes that skip the rest leave the mask for what follows in this list.
    let mut mask = mask.to_owned();
    for s in list {
        s.write(out, &mut mask, depth);
    }
}

impl S {
    fn write(&self, out: &mut String, mask: &mut String, depth: usize) {
        let pad = "  ".repeat(depth + 1);
        let mut line = |text: String| writeln!(out, "{pad}{text}").expect("a string");
        match self {
            S::Set(v, e) => line(format!("x{v} = {};", e.text())),
            S::If(c, yes, no) => {
                line(format!("if ({} & 1u) {{", c.text()));
                write_all(out, yes, mask, depth + 1);
                writeln!(out, "{pad}}} else {{").expect("a string");
                write_all(out, no, mask, depth + 1);
                writeln!(out, "{pad}}}").expect("a string");
            }
            S::For(k, kind, body) => {
                let (head, tail) = match kind {
                    Loop::Ascending(e) => (
                        format!(
                            "unsigned c{k} = {} & 7u; for (unsigned k{k} = 0; k{k} < c{k}; k{k}++) {{",
                            e.text()
                        ),
                        "}".into(),
                    ),
                    Loop::Descending(e) => {
                        (format!("for (int k{k} = (int)({} & 7u); k{k}-- > 0;) {{", e.text()), "}".into())
                    }
                    Loop::Strided(block, step, limit) => {
                        let from = if *block { "t" } else { "i" };
                        (format!("for (int k{k} = {from}; k{k} < {limit}; k{k} += {step}) {{"), "}".into())
                    }
                    Loop::Halving(e) => (
                        format!("unsigned k{k} = {} & 15u; do {{", e.text()),
                        format!("}} while (k{k} >>= 1);"),
                    ),
                    Loop::Byte(e, rounds) => (
                        format!(
                            "for (unsigned char k{k} = (unsigned char)({}), stop{k} = (unsigned char)(k{k} + {}); k{k} != stop{k}; k{k} += 3) {{",
                            e.text(),
                            rounds * 3
                        ),
                        "}".into(),
                    ),
                    Loop::Wrapping(e) => (
                        format!(
                            "for (unsigned c{k} = {} & 7u, k{k} = c{k} - 1; k{k} < c{k}; k{k}--) {{",
                            e.text()
                        ),
                        "}".into(),
                    ),
                };
                line(format!("{{ {head}"));
                write_all(out, body, mask, depth + 1);
                writeln!(out, "{pad}{tail} }}").expect("a string");
            }
            S::Break(e) => line(format!("if ({} & 1u) break;", e.text())),
            S::Continue(e) => line(format!("if ({} & 1u) continue;", e.text())),
            S::LocalSet(at, e, byte) => {
                let name = if *byte { "few" } else { "some" };
                line(format!("{name}[{} & 7u] = {};", at.text(), e.text()));
            }
            S::LocalGet(v, at, byte) => {
                let name = if *byte { "few" } else { "some" };
                line(format!("x{v} = (unsigned){name}[{} & 7u];", at.text()));
            }
            S::OwnSet(own, at, e) => {
                let place = own.place(&at.text());
                line(match own {
                    Own::Pair => format!("{place} = make_uint2({0}, {0} * 3u);", e.text()),
                    Own::Long => format!("{place} = {} * 0x100000003ull;", e.text()),
                    _ => format!("{place} = {};", e.text()),
                });
            }
            S::OwnGet(v, own, at) => {
                let place = own.place(&at.text());
                line(match own {
                    Own::Pair => format!("{{ uint2 w = {place}; x{v} = w.x + w.y * 5u; }}"),
                    Own::Long => format!("x{v} = (unsigned)({place} >> 20);"),
                    _ => format!("x{v} = {place};"),
                });
            }
            S::OwnAtomic(v, op, at, e) => {
                let (place, e) = (format!("&p[i * {OWN} + ({} & 7u)]", at.text()), e.text());
                line(match op {
                    Atomic::Add => format!("x{v} = atomicAdd({place}, {e});"),
                    Atomic::Exchange => format!("x{v} = atomicExch({place}, {e});"),
                    Atomic::Swap => format!("x{v} = atomicCAS({place}, {e} & 3u, {e});"),
                    Atomic::Inc => format!("x{v} = atomicInc({place}, {e});"),
                    Atomic::MaxSigned => format!("x{v} = (unsigned)atomicMax((int *){place}, (int)({e}));"),
                });
            }
            S::Device(v, e) => line(format!("kept[i] = kept[i] * 3u + {}; x{v} = kept[i];", e.text())),
            S::Bin(kind, at, e) => {
                let op = ["Add", "Max", "Xor", "Min"][*kind as usize];
                line(format!("atomic{op}(&bins[{} + ({} & 3u)], {});", kind * 4, at.text(), e.text()));
            }
            S::Slot(e) => line(format!(
                "{{ unsigned s = atomicAdd(&taken, 1u); atomicAdd(&slots[s % size], {}); }}",
                e.text()
            )),
            S::Lock(e) => line(format!("locked({});", e.text())),
            S::Part(m, tile, c, yes, no) => {
                let c = match tile {
                    Some(h) => format!("(__shfl_sync({mask}, {}, 0, {h}) & 1u)", c.text()),
                    None => format!("({} & 1u)", c.text()),
                };
                line(format!("{{ bool go = {c}; unsigned m{m} = __ballot_sync({mask}, go);"));
                writeln!(out, "{pad}if (go) {{").expect("a string");
                write_all(out, yes, &format!("m{m}"), depth + 1);
                writeln!(out, "{pad}}} else {{ m{m} = {mask} & ~m{m};").expect("a string");
                write_all(out, no, &format!("m{m}"), depth + 1);
                writeln!(out, "{pad}}} }}").expect("a string");
            }
            S::Leave(m, k, e, body) => {
                line(format!("{{ unsigned m{m} = {mask}, trips = {} & 3u;", e.text()));
                writeln!(out, "{pad}for (unsigned k{k} = 0; ; k{k}++) {{ bool go = k{k} < trips;")
                    .expect("a string");
                writeln!(out, "{pad}m{m} = __ballot_sync(m{m}, go); if (!go) break;").expect("a string");
                write_all(out, body, &format!("m{m}"), depth + 1);
                writeln!(out, "{pad}}} }}").expect("a string");
            }
            S::Skip(m, e) => {
                line(format!(
                    "bool skip{m} = {} & 1u; unsigned m{m} = __ballot_sync({mask}, !skip{m});",
                    e.text()
                ));
                writeln!(out, "{pad}if (skip{m}) continue;").expect("a string");
                *mask = format!("m{m}");
            }
            S::Warp(v, op, a, b) => {
                let (x, m) = (a.text(), &*mask);
                let guarded = |from: String, value: String| {
                    format!(
                        "{{ unsigned from = {from}, got = {value}; x{v} = {m} >> from & 1u ? got : 7u; }}"
                    )
                };
                line(match op {
                    Warp::Ballot => format!("x{v} = __ballot_sync({m}, {x} & 1u);"),
                    Warp::Any => format!("x{v} = __any_sync({m}, {x} & 2u) != 0;"),
                    Warp::All => format!("x{v} = __all_sync({m}, {x} & 6u) != 0;"),
                    Warp::MatchAny => format!("x{v} = __match_any_sync({m}, {x} & 3u);"),
                    Warp::MatchAll => format!(
                        "{{ int same; x{v} = __match_all_sync({m}, {x} & 1u, &same); x{v} += same != 0; }}"
                    ),
                    Warp::Add => format!("x{v} = __reduce_add_sync({m}, {x});"),
                    Warp::Min => format!("x{v} = __reduce_min_sync({m}, {x});"),
                    Warp::Max => format!("x{v} = (unsigned)__reduce_max_sync({m}, (int)({x}));"),
                    Warp::Or => format!("x{v} = __reduce_or_sync({m}, {x});"),
                    Warp::Lowest => format!("x{v} = __shfl_sync({m}, {x}, __ffs((int){m}) - 1);"),
                    Warp::Highest => format!("x{v} = __shfl_sync({m}, {x}, 31 - __clz((int){m}));"),
                    Warp::Xor(d, w) => guarded(
                        format!("in_part(lane, lane ^ {d}u, (lane ^ {d}u) / {w}u <= lane / {w}u)"),
                        format!("__shfl_xor_sync({m}, {x}, {d}, {w})"),
                    ),
                    Warp::Up(d, w) => guarded(
                        format!("in_part(lane, lane - {d}u, lane % {w}u >= {d}u)"),
                        format!("__shfl_up_sync({m}, {x}, {d}, {w})"),
                    ),
                    Warp::Down(d, w) => guarded(
                        format!("in_part(lane, lane + {d}u, lane % {w}u + {d}u < {w}u)"),
                        format!("__shfl_down_sync({m}, {x}, {d}, {w})"),
                    ),
                    Warp::Index(w) => format!(
                        "{{ unsigned to = {}, from = lane / {w}u * {w}u + to % {w}u, got = __shfl_sync({m}, {x}, (int)to, {w}); x{v} = {m} >> from & 1u ? got : 7u; }}",
                        b.text()
                    ),
                    Warp::Memory(d) => format!(
                        "{{ unsigned from = (lane + {d}u) & 31u; __syncwarp({m}); warps[t] = {x}; __syncwarp({m}); x{v} = {m} >> from & 1u ? warps[t - lane + from] : 7u; __syncwarp({m}); }}"
                    ),
                    Warp::GroupSum => format!(
                        "__syncwarp({m}); x{v} = cg::reduce(cg::coalesced_threads(), {x}, cg::plus<unsigned>());"
                    ),
                    Warp::GroupRank => format!(
                        "__syncwarp({m}); {{ auto g = cg::coalesced_threads(); x{v} = g.thread_rank() * 64u + g.size(); }}"
                    ),
                    Warp::GroupFrom(k) => format!(
                        "__syncwarp({m}); {{ auto g = cg::coalesced_threads(); x{v} = g.shfl({x}, {k} % g.size()); }}"
                    ),
                    Warp::GroupScan => {
                        format!("__syncwarp({m}); x{v} = cg::inclusive_scan(cg::coalesced_threads(), {x});")
                    }
                    Warp::GroupBallot => {
                        format!("__syncwarp({m}); x{v} = cg::coalesced_threads().ballot({x} & 1u);")
                    }
                });
            }
            S::Tile(v, n, op, e) => {
                let (tile, x) = (format!("TILE({n})"), e.text());
                line(format!(
                    "x{v} = {};",
                    match op {
                        Tile::Sum => format!("cg::reduce({tile}, {x}, cg::plus<unsigned>())"),
                        Tile::Most => format!("(unsigned)cg::reduce({tile}, (int)({x}), cg::greater<int>())"),
                        Tile::From(k) => format!("{tile}.shfl({x}, {})", *k as usize % n),
                        Tile::Xor(k) => format!("{tile}.shfl_xor({x}, {})", *k as usize % n),
                        Tile::Up(k) => format!("{tile}.shfl_up({x}, {})", *k as usize % n),
                        Tile::Down(k) => format!("{tile}.shfl_down({x}, {})", *k as usize % n),
                        Tile::Any => format!("{tile}.any({x} & 4u) != 0"),
                        Tile::All => format!("{tile}.all({x} & 12u) != 0"),
                        Tile::Ballot => format!("{tile}.ballot({x} & 1u)"),
                        Tile::Match => format!("{tile}.match_any({x} & 3u)"),
                        Tile::Scan => format!("cg::inclusive_scan({tile}, {x})"),
                        Tile::ScanBefore => format!("cg::exclusive_scan({tile}, {x})"),
                        Tile::Rank => format!("{tile}.thread_rank() + {tile}.meta_group_rank() * 100u"),
                    }
                ));
            }
            S::Call(v, a, b) => line(format!("x{v} = both({mask}, lane, {}, {});", a.text(), b.text())),
            S::Return(m, tile, c) => {
                let c = match tile {
                    Some(h) => format!("__shfl_sync({mask}, {}, 0, {h})", c.text()),
                    None => c.text(),
                };
                line(format!(
                    "bool go{m} = ({c} & 7u) == 1u; unsigned m{m} = __ballot_sync({mask}, !go{m});"
                ));
                writeln!(out, "{pad}if (go{m}) {{ FINISH; return; }}").expect("a string");
                *mask = format!("m{m}");
            }
            S::Exchange(v, room, e, only, by, plus) => {
                let only = only.as_ref().map_or(String::new(), |c| format!("if ({} & 1u) ", c.text()));
                let from = format!("(t * {by}u + {plus}u) % size");
                let through = |name: &str| {
                    format!(
                        "__syncthreads(); {only}{name}[t] = {}; __syncthreads(); x{v} = {name}[{from}];",
                        e.text()
                    )
                };
                line(match room {
                    Room::Words => through("words"),
                    Room::Shorts => through("shorts"),
                    Room::Bytes => through("bytes"),
                    Room::Wide => format!(
                        "__syncthreads(); {only}wide[t] = {} * 0x100000003ull; __syncthreads(); x{v} = (unsigned)(wide[{from}] >> 20);",
                        e.text()
                    ),
                    Room::WordsAsBytes => format!(
                        "__syncthreads(); {only}words[t] = {}; __syncthreads(); x{v} = ((unsigned char *)words)[(t * {by}u + {plus}u) % (size * 4u)];",
                        e.text()
                    ),
                    Room::Either => format!(
                        "__syncthreads(); {only}words[t] = {0}; __syncthreads(); {{ const unsigned *from = {0} & 2u ? words : warps; x{v} = from[{from}]; }} __syncthreads();",
                        e.text()
                    ),
                    Room::Function => format!("x{v} = meet(words, {}, t, size, {by}u, {plus}u);", e.text()),
                });
            }
            S::Choose(c, yes, no) => {
                let (before, c) = c.text();
                line(format!("{before} if ({c}) {{"));
                write_all(out, yes, mask, depth + 1);
                writeln!(out, "{pad}}} else {{").expect("a string");
                write_all(out, no, mask, depth + 1);
                writeln!(out, "{pad}}}").expect("a string");
            }
            S::Rounds(k, most, c, body) => {
                let (before, c) = c.text();
                line(format!(
                    "for (unsigned k{k} = 0; k{k} < {most}u; k{k}++) {{ {before} if (!({c})) break;"
                ));
                write_all(out, body, mask, depth + 1);
                writeln!(out, "{pad}}}").expect("a string");
            }
            S::ReadBins(v, at) => {
                line(format!("__syncthreads(); x{v} = bins[{} & 15u]; __syncthreads();", at.text()));
            }
            S::Mix(v) => line(format!("x0 = x0 * 31u + x{v};")),
            S::Float(v, op) => line(format!(
                "f{v} = {};",
                match op {
                    Float::Sum(a, b) => format!("f{a} * 0.5f + f{b} * 0.5f"),
                    Float::Difference(a, b) => format!("f{a} * 0.5f - f{b} * 0.5f"),
                    Float::Least(a, b) => format!("fminf(f{a}, f{b} + 1.0f)"),
                    Float::Most(a, b) => format!("f{a} > f{b} ? f{a} - 3.0f : f{b}"),
                    Float::Root(a) => format!("sqrtf(fabsf(f{a}))"),
                    Float::Number(e) => format!("(float)(int)({} & 1023u) * 0.125f", e.text()),
                    Float::Input(c) => format!("b[i + {c}]"),
                    Float::Stepped(k, c) => format!("b[t * {k} + {c}]"),
                    Float::Either(e, a, b) => format!("{} & 1u ? f{a} : f{b} * 0.5f", e.text()),
                }
            )),
            S::FromFloat(v, f) => line(format!("x{v} = (unsigned)(int)(f{f} * 64.0f);")),
            S::FloatPut(row, f) => line(format!("g[{row} * total + i] = f{f};")),
            S::FloatGet(f, row) => line(format!("f{f} = h[(int)({row} * total + i) - SHIFT];")),
            S::FloatShare(f, d, c) => line(format!(
                "__syncthreads(); floats[t] = f{f}; __syncthreads(); if (({} & 1u) && t + {d} < size) f{f} = f{f} * 0.5f + floats[t + {d}] * 0.5f;",
                c.text()
            )),
            S::ReadSlots(v) => line(format!(
                "__syncthreads(); {{ unsigned sum = taken * 3u + sum_locked * 5u; for (unsigned k = 0; k < size; k++) sum += slots[k]; x{v} = sum; }} __syncthreads();"
            )),
        }
    }
}

impl Own {
    fn place(self, at: &str) -> String {
        match self {
            Own::Word => format!("p[i * {OWN} + ({at} & 7u)]"),
            Own::Shifted => format!("r[(int)(i * {OWN} + ({at} & 7u)) - SHIFT]"),
            Own::Pair => format!("*(uint2 *)(p + i * {OWN} + ({at} & 3u) * 2u)"),
            Own::Half => format!("((unsigned short *)(p + i * {OWN}))[{at} & 15u]"),
            Own::Byte => format!("((unsigned char *)p)[i * {} + ({at} & 31u)]", OWN * 4),
            Own::Long => format!("((unsigned long long *)p)[i * {} + ({at} & 3u)]", OWN / 2),
        }
    }
}

impl Tree {
    /// Bytes of dynamic shared memory.
    pub fn shared(&self) -> u32 {
        self.block.iter().product::<u32>() * 28 + 128
    }

    pub fn text(&self) -> String {
        let vars: String =
            (0..VARS).map(|v| format!("  unsigned x{v} = a[(i * {} + {v}u) & 255u];\n", v + 1)).collect();
        let finish: String = (1..VARS).map(|v| format!(" + x{v} * {}u", 2 * v + 1)).collect();
        let mut body = String::new();
        write_all(&mut body, &self.body, "m0", 0);
        format!(
            r#"#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cooperative_groups/scan.h>
namespace cg = cooperative_groups;
#define TILE(N) cg::tiled_partition<N>(cg::this_thread_block())
#define SHIFT {shift}
#define FINISH q[i] = x0{finish}
__device__ unsigned kept[4096];
__shared__ unsigned taken, told, sum_locked;
__shared__ int lock;
__device__ unsigned in_part(unsigned own, unsigned other, bool inside) {{ return inside ? other : own; }}
__device__ {noinline}unsigned both(unsigned m, unsigned lane, unsigned x, unsigned y) {{
  unsigned s = __reduce_add_sync(m, x), b = __ballot_sync(m, y & 1u);
  if (y & 1u) s += __shfl_sync(b, x, __ffs((int)b) - 1);
  else s ^= __reduce_max_sync(m & ~b, y);
  return s + __popc(__ballot_sync(m, s & 2u));
}}
__device__ {noinline}unsigned meet(unsigned *s, unsigned v, unsigned t, unsigned size, unsigned by, unsigned plus) {{
  __syncthreads();
  s[t] = v;
  __syncthreads();
  return s[(t * by + plus) % size];
}}
__device__ void locked(unsigned v) {{
  bool done = false;
  while (!done) {{
    if (atomicCAS(&lock, 0, 1) == 0) {{
      volatile unsigned *sum = &sum_locked;
      *sum = *sum + v;
      __threadfence_block();
      atomicExch(&lock, 0);
      done = true;
    }}
  }}
}}
extern "C" __global__ void kernel(unsigned *p, const unsigned *r, unsigned *q, const unsigned *a, unsigned n,
                                  float *g, const float *h, const float *b) {{
  extern __shared__ unsigned long long raw[];
  const unsigned t = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  const unsigned size = blockDim.x * blockDim.y * blockDim.z, i = blockIdx.x * size + t, lane = t & 31u;
  unsigned long long *wide = raw;
  unsigned *words = (unsigned *)(wide + size), *warps = words + size, *slots = warps + size, *bins = slots + size;
  float *floats = (float *)(bins + 16);
  short *shorts = (short *)(floats + size);
  unsigned char *bytes = (unsigned char *)(shorts + size);
  const unsigned total = gridDim.x * size;
  wide[t] = t; words[t] = t * 3u; warps[t] = 5u; slots[t] = 0; shorts[t] = (short)t; bytes[t] = (unsigned char)t; floats[t] = 0.0f;
  for (unsigned k = t; k < 16u; k += size) bins[k] = k < 12u ? 0u : ~0u;
  if (t == 0) {{ taken = 0; told = 1; sum_locked = 0; lock = 0; }}
  unsigned some[8];
  signed char few[8];
  for (int k = 0; k < 8; k++) {{ some[k] = a[(i + k) & 255u]; few[k] = (signed char)k; }}
{vars}  float f0 = b[i], f1 = b[i + 100], f2 = 0.5f;
  const unsigned m0 = __ballot_sync(0xffffffffu, 1);
  __syncthreads();
{body}  FINISH;
}}
"#,
            shift = self.shift,
            noinline = if self.noinline { "__noinline__ " } else { "" },
        )
    }
}
