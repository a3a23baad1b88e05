//! References of `idioms.cu`.

use super::table::*;

fn block_values(e: &Env, b: &std::ops::Range<usize>) -> Vec<i32> {
    b.clone().map(|g| e.a(g)).collect()
}

fn chain_of_blocks(e: &Env, m: &mut Mem) {
    let mut before = 0;
    for b in 0..e.grid {
        m.q[128 + b] = before * e.t as i32 + 1;
        before += (0..e.t).filter(|t| e.a(b * 7 + t) > 0).count() as i32;
        (m.q[b], m.q[64 + b]) = (1, before);
    }
    m.o[..e.all()].fill(1);
}

fn frontier(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let (size, number) = (e.t, b.start / e.t);
        let mut level = vec![-1; size];
        let (mut now, mut depth) = (vec![0], 0);
        level[0] = 0;
        while !now.is_empty() {
            depth += 1;
            let mut next = Vec::new();
            for from in now {
                for k in 0..3 {
                    let to = (e.a(from * 3 + k + number) + 1000) as usize % size;
                    if level[to] < 0 {
                        level[to] = depth;
                        next.push(to);
                    }
                }
            }
            now = next;
        }
        m.o[b].copy_from_slice(&level);
    }
}

fn sums_of_runs(e: &Env, g: usize) -> (u32, u32) {
    let lanes: Vec<usize> = e.lanes(g).collect();
    let head = |j: usize| e.a(j) & 3 == 0 || e.lane(j) == 0;
    let first = *lanes.iter().rfind(|&&j| j <= g && head(j)).unwrap();
    let end = lanes.iter().copied().find(|&j| j > g && head(j)).unwrap_or(lanes[0] + lanes.len());
    let sum = |end: usize| (first..end).map(|j| e.a(j)).sum::<i32>() as u32;
    (sum(g + 1), sum(end))
}

fn floyd(e: &Env, m: &mut Mem) {
    for b in 0..e.grid {
        let mut d = vec![0; 400];
        for i in 0..400 {
            d[i] = if i / 20 == i % 20 { 0 } else { (e.a(i + b) & 255) + 1 };
        }
        for k in 0..20 {
            for i in 0..400 {
                d[i] = d[i].min(d[i / 20 * 20 + k] + d[k * 20 + i % 20]);
            }
        }
        m.q[b * 400..][..400].copy_from_slice(&d);
    }
}

fn runs_written_short(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let bits: Vec<i32> = b.clone().map(|g| e.a(g) & 1).collect();
        let runs: Vec<&[i32]> = bits.chunk_by(|x, y| x == y).collect();
        for (k, run) in runs.iter().enumerate() {
            m.q[2 * (b.start + k)] = run[0];
            m.q[2 * (b.start + k) + 1] = run.len() as i32;
        }
        m.o[b].fill(runs.len() as i32);
    }
}

fn kept_in_order(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let size = e.t;
        let most = (3 * size).saturating_sub(5).max(1);
        let kept: Vec<i32> = (0..most).map(|i| e.a(i * 3 + b.start / size)).filter(|v| v & 1 == 0).collect();
        kept.iter().take(size).enumerate().for_each(|(k, v)| m.q[b.start + k] = *v);
        m.o[b].fill(kept.len() as i32);
    }
}

fn sorted(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let mut v = block_values(e, &b);
        v.sort_unstable();
        m.o[b].copy_from_slice(&v);
    }
}

fn walsh(e: &Env, g: usize) -> u32 {
    let (first, t) = (e.first(g), e.linear(g));
    (0..e.t)
        .map(|j| if (j & t).count_ones() & 1 == 1 { -e.a(first + j) } else { e.a(first + j) })
        .sum::<i32>() as u32
}

fn sweep_up_and_down(e: &Env, m: &mut Mem) {
    for b in 0..e.grid {
        let mut sum = 0;
        for i in b * 2 * e.t..(b + 1) * 2 * e.t {
            m.o[i] = sum;
            sum += e.a(i);
        }
    }
}

fn classic_reduction(e: &Env, g: usize) -> u32 {
    let most = 4096 - (e.n & 63) as usize;
    let of_block = |i: &usize| i / (2 * e.t) % e.grid == g / e.t;
    (0..most).filter(of_block).map(|i| e.a(i)).sum::<i32>() as u32
}

fn transfers(e: &Env, g: usize) -> u32 {
    let mut money: Vec<i32> = (0..8).map(|k| 1000 * k).collect();
    for j in e.first(g)..e.first(g) + e.t {
        let v = e.a(j);
        money[(v & 7) as usize] -= e.linear(j) as i32;
        money[(v >> 3 & 7) as usize] += e.linear(j) as i32;
    }
    money.iter().fold(0u32, |r, m| r.wrapping_mul(3).wrapping_add(*m as u32))
}

fn members_with_barriers(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let v = block_values(e, &b);
        let size = v.len();
        let next = |s: &[i32], t: usize| s[(t + 1) % size];
        let x: Vec<i32> = (0..size).map(|t| v[t] * 2 - next(&v, t)).collect();
        let y: Vec<i32> = (0..size).map(|t| x[t] + next(&x, t) + x[t]).collect();
        let c: Vec<i32> = (0..size).map(|t| (v[t] ^ next(&v, t)) & 255).collect();
        for t in 0..size {
            m.o[b.start + t] = x[t] + y[t] + y[(t + 5) % size] * 3;
            m.q[b.start + t] = c[t] + c[(v[t] & 1023) as usize % size] * 256;
        }
    }
}

fn rows_by_warps(e: &Env, m: &mut Mem) {
    for r in 0..77 {
        let len = (e.a(r) & 63) as usize;
        let sum: i64 = (0..len).map(|k| i64::from(e.a(r * 5 + k)) * i64::from(e.a(k * 11))).sum();
        (m.q[2 * r], m.q[2 * r + 1]) = (sum as i32, (sum >> 32) as i32);
    }
    m.o[..e.all()].fill(77);
}

fn filtered_image(e: &Env, m: &mut Mem) {
    let (w, h) = (50i32, 40i32);
    let (down, across) = ([1, 4, 6, 4, 1], [1, 2, 0, -2, -1]);
    for y in 0..h {
        for x in 0..w {
            let mut sum = 0;
            for dy in 0..5 {
                for dx in 0..5 {
                    let (u, v) = (x + dx - 2, y + dy - 2);
                    if u >= 0 && v >= 0 && u < w && v < h {
                        sum += e.a((v * w + u) as usize) * down[dy as usize] * across[dx as usize];
                    }
                }
            }
            m.q[(y * w + x) as usize] = sum;
        }
    }
    m.o[..e.all()].fill(16);
}

fn groups_that_copy(e: &Env, g: usize) -> (u32, u32) {
    let b = g / e.t;
    let x = |j: usize| e.a(b * 100 + e.linear(j) * 7 % 500);
    let mut all = 0u32;
    if x(g) & 1 == 1 {
        let here: Vec<usize> = e.lanes(g).filter(|&j| x(j) & 1 == 1).collect();
        if here.iter().all(|&j| x(j) >> 9 == x(g) >> 9) {
            all = ((1u64 << here.len()) - 1) as u32;
            all = all.wrapping_add(7);
        }
        let (base, nth) = (e.lane(g) as i32, (x(g) & 7) - 4);
        let set = |k: &i32| 0xf0f0_f0f0u32 >> k & 1 == 1;
        let found = match nth {
            0 => Some(base).filter(set),
            1.. => (base..32).filter(set).nth(nth as usize - 1),
            _ => (0..=base).rev().filter(set).nth(-nth as usize - 1),
        };
        all = all.wrapping_add(found.unwrap_or(-1) as u32);
    }
    ((x(g) * 8 + e.a(2000 - b * 100 + e.linear(g))) as u32, all)
}

const POWERS: &[[u32; 3]] = &[[64, 1, 1], [8, 4, 2], [128, 1, 1], [16, 16, 1], [512, 1, 1]];

pub fn kernels() -> Vec<Kernel> {
    vec![
        each("chain_of_warps", WHOLE, |e, g| (e.first(g)..=g).map(|j| e.a(j)).sum::<i32>() as u32),
        all("chain_of_blocks", ANY, chain_of_blocks),
        all("filtered", ANY, |e, m| {
            let kept: Vec<i32> = (0..e.all()).map(|g| e.a(g)).filter(|v| *v > -200).collect();
            m.q[0] = kept.len() as i32;
            m.q[1..=kept.len()].fill(1);
            m.q[8191] = kept.iter().sum();
            (0..e.all()).for_each(|g| m.o[g] = e.a(g));
        }),
        all("frontier", ANY, frontier),
        two("sums_of_runs", WHOLE, sums_of_runs),
        all("floyd", ANY, floyd),
        all("runs_written_short", ANY, runs_written_short),
        all("kept_in_order", WHOLE, kept_in_order),
        all("merge_by_places", ANY, sorted),
        each("walsh", ANY, walsh),
        all("sweep_up_and_down", POWERS, sweep_up_and_down).shared(4 * (1024 + 32)),
        each("classic_reduction", POWERS, classic_reduction),
        each("transfers", ANY, transfers),
        all("members_with_barriers", ANY, members_with_barriers),
        all("rows_by_warps", WHOLE, rows_by_warps),
        all("filtered_image", ANY, filtered_image),
        all("radix_sort", WHOLE, sorted),
        two("groups_that_copy", WHOLE, groups_that_copy),
    ]
}
