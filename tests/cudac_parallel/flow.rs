//! References of `flow.cu`.

use super::table::*;

/// `meet` for a whole block: everyone gets the next one's value.
fn meet(v: &[i32]) -> Vec<i32> {
    (0..v.len()).map(|t| v[(t + 1) % v.len()]).collect()
}

fn values(e: &Env, b: &std::ops::Range<usize>) -> Vec<i32> {
    b.clone().map(|g| e.a(g)).collect()
}

fn barriers_in_arguments(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let v = values(e, &b);
        let size = v.len();
        let next = meet(&v);
        let mut r: Vec<i32> = (0..size)
            .map(|t| next[t].max(next[t] * 2) + if e.n > 0 { 1 } else { ((t + 1) % size) as i32 })
            .collect();
        if e.n & 1 == 1 {
            r.iter_mut().for_each(|r| *r += 3);
        }
        let later = |k: i32| -> Vec<i32> {
            let of: Vec<i32> = r.iter().map(|r| r + k).collect();
            meet(&of).iter().map(|x| x - k).collect()
        };
        let (x, y) = (later(0), later(1));
        let both: Vec<i32> = (0..size).map(|t| x[t] + y[t] * 3).collect();
        m.o[b].copy_from_slice(&meet(&both));
    }
}

fn condition_from_shared(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let mut v = values(e, &b);
        let size = v.len();
        let (mut limit, mut rounds, mut k) = (e.a(b.start / size) & 7, 0, 0);
        while k < limit {
            let s: Vec<i32> = v.iter().map(|v| v + k).collect();
            (0..size).for_each(|t| v[t] += s[(t + k as usize) % size]);
            limit -= i32::from(k == 2);
            rounds += if k > limit { 101 } else { 1 };
            k += 1;
        }
        m.o[b.clone()].copy_from_slice(&v);
        m.q[b].fill(rounds);
    }
}

fn until_all_agree(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let size = b.len();
        let (mut label, mut rounds): (Vec<i32>, i32) = ((0..size as i32).collect(), 0);
        loop {
            let before = label.clone();
            for t in 0..size {
                let left = before[(t + size - 1) % size];
                if e.a(b.start + t) % 5 != 0 {
                    label[t] = label[t].min(left);
                }
            }
            rounds += 1;
            if label == before {
                break;
            }
        }
        m.o[b.clone()].copy_from_slice(&label);
        m.q[b].fill(rounds);
    }
}

fn counted_rounds(e: &Env, g: usize) -> u32 {
    let block = || (e.first(g)..e.first(g) + e.t).map(|j| e.a(j) & 31);
    let (mut k, mut r) = (0, 0u32);
    loop {
        let c = block().filter(|v| *v > k).count() as u32;
        if c == 0 || k >= 40 {
            return r;
        }
        r = r.wrapping_mul(3).wrapping_add(c);
        r = r.wrapping_add(u32::from(block().all(|v| v > k - 100)));
        k += 1 + (c & 1) as i32;
    }
}

fn barrier_past_returns(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let (v, size) = (values(e, &b), b.len());
        let stay = size - size / 3;
        let mut r: Vec<i32> =
            (0..stay).map(|t| if (t + 1) % size < stay { v[(t + 1) % size] } else { 0 }).collect();
        for k in 0..3 {
            let s = r.clone();
            (0..stay).for_each(|t| r[t] += s[(t * 5 + k) % stay]);
        }
        for t in 0..size {
            let (o, q) = if t < stay { (r[t], stay as i32) } else { (-1, v[t]) };
            (m.o[b.start + t], m.q[b.start + t]) = (o, q);
        }
    }
}

fn sorted(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let mut v = values(e, &b);
        v.sort_unstable();
        m.o[b].copy_from_slice(&v);
    }
}

fn wavefront(e: &Env, g: usize) -> (u32, u32) {
    let (size, w, b) = (e.t, 9, g / e.t);
    let mut d = vec![vec![0usize; w + 1]; size + 1];
    for i in 0..=size {
        for j in 0..=w {
            d[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let same = e.a(i) & 3 == e.a(j * 7 + b) & 3;
                (d[i - 1][j].min(d[i][j - 1]) + 1).min(d[i - 1][j - 1] + usize::from(!same))
            };
        }
    }
    (d[size][w] as u32, 1)
}

fn leave_in_the_middle(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let mut v = values(e, &b);
        let (size, mut k, mut stop) = (v.len(), 0, false);
        loop {
            let s = v.clone();
            if stop {
                break;
            }
            (0..size).for_each(|t| v[t] = s[(t + 3) % size] + k);
            stop = v[0] & 3 == 1;
            k += 1;
            if k > 10 {
                break;
            }
            if k != 4 {
                v.iter_mut().for_each(|v| *v ^= 1);
            }
        }
        m.o[b.clone()].copy_from_slice(&v);
        m.q[b].fill(k);
    }
}

fn jumps_over_barriers(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let mut v = values(e, &b);
        let (size, mut k) = (v.len(), 0);
        loop {
            let next: Vec<i32> = v.iter().map(|v| v.wrapping_add(k)).collect();
            let next = meet(&next);
            (0..size).for_each(|t| v[t] = v[t].wrapping_add(next[t]));
            if k == e.a(b.start / size) & 3 {
                break;
            }
            k += 1;
            if k & 1 == 0 {
                v.iter_mut().for_each(|v| *v -= k);
            }
        }
        m.o[b].copy_from_slice(&v);
    }
}

fn down_by_wrap(e: &Env, g: usize) -> u32 {
    let m = (e.a(g) & 15) as usize;
    let mut sum = 0u32;
    for i in (0..m).rev() {
        sum = sum.wrapping_mul(3).wrapping_add(e.u(g + i));
    }
    for i in (0..m).rev() {
        sum = sum.wrapping_add(e.u(g * 3 + i).wrapping_mul(i as u32));
    }
    let mut c = e.a(g) as u8;
    for _ in 0..10 {
        sum ^= u32::from(c) << 3;
        c = c.wrapping_add(3);
    }
    let mut s = (100 + m) as i8;
    for _ in 0..5 {
        s = s.wrapping_add(9);
        sum = sum.wrapping_add(s as u32);
    }
    let mut h = 65530u16;
    loop {
        sum = sum.wrapping_add(u32::from(h));
        h = h.wrapping_add(1);
        if !(h > 100 || usize::from(h) < m & 7) {
            return sum;
        }
    }
}

fn range_by_wrap(e: &Env, g: usize) -> (u32, u32) {
    let (low, high) = (5u32.wrapping_add((e.n & 3) as u32), (e.all() as u32).wrapping_sub(3));
    let at = (g as u32).wrapping_sub(low);
    let x = if at < high.wrapping_sub(low) { e.u(at as usize & 4095) } else { u32::MAX };
    let j = (g as u32).wrapping_sub(9);
    let y = if j < e.all() as u32 { e.u(j as usize).wrapping_add(1) } else { u32::MAX };
    (x, y)
}

fn signed_before_zero(e: &Env, g: usize) -> (u32, u32) {
    let (i, k) = (g as i64 - 7, g as i64 - 11);
    let mid = |k: i64| e.a((2048 + k) as usize);
    let x = if i >= 0 && i < i64::from(e.n) { e.a(i as usize) } else { i as i32 };
    let (h, c) = ((g * 1000) as i16, (g * 3) as i8);
    let third = if k >= 0 { e.a(k as usize) } else { mid(k) };
    let y = mid(c.into()) + mid((h >> 5).into()) * 3 + third * 5 + mid(-((g & 1023) as i64));
    (x as u32, y as u32)
}

fn odd_strides(e: &Env, g: usize) -> (u32, u32) {
    let m = 3000 + (e.n & 63) as usize;
    let (mut sum, mut times) = (0u32, 0u32);
    for i in (g..m).step_by(e.all() * 3 + 1) {
        sum = sum.wrapping_mul(5).wrapping_add(e.u(i));
        times += 1;
    }
    for k in (g..4096).step_by(e.all() + 5) {
        times += (e.u(k) & 1) << 10;
    }
    let first = sum;
    for k in (0..m - e.linear(g).min(m)).rev().step_by(e.t) {
        sum = sum.wrapping_add(e.u(k).wrapping_mul(3));
    }
    (first, sum.wrapping_add(times))
}

fn tails_of_vectors(e: &Env, m: &mut Mem) {
    let size = e.all() as i32 * 4 - 1 - (e.n & 1);
    let size = if size > 4096 { 4094 } else { size } as usize;
    for i in (0..e.all() * 4).step_by(4) {
        if i + 3 < size {
            let r = [e.a(i + 3), e.a(i + 2) + 1, e.a(i + 1) * 2, e.a(i)];
            m.o[i..i + 4].copy_from_slice(&r);
        } else {
            (i..size).for_each(|k| m.o[k] = e.a(k) * 7);
        }
    }
}

fn hashed_places(e: &Env, g: usize) -> (u32, u32) {
    let i = g as u32;
    let at = |k: u32| e.u(k as usize & 4095);
    let h = i.wrapping_mul(2_654_435_761);
    let x = at(h >> 20).wrapping_add(at(h >> 8).wrapping_mul(3));
    let u = 0xffff_fff0u32.wrapping_add(i & 31);
    let y = at(u.wrapping_add(20))
        .wrapping_add(at(u.wrapping_mul(3).wrapping_add(i) >> 20))
        .wrapping_add(at(0u32.wrapping_sub(i)).wrapping_mul(5));
    (x, y)
}

fn several_ends(e: &Env, g: usize) -> (u32, u32) {
    let mut r = 0;
    for k in 0..50 {
        let w = e.a(g + k * 17);
        if w > 700 {
            return ((r + 1000 + e.a(g)) as u32, k as u32);
        }
        if w < -900 {
            return (r as u32, (k as u32).wrapping_neg());
        }
        let mut next = false;
        for j in 0..4 {
            match (w >> j) & 7 {
                5 => {
                    r += j;
                    next = true;
                    break;
                }
                6 => break,
                _ => r += 1,
            }
        }
        r += if next { 0 } else { 10 };
    }
    ((r + e.a(g)) as u32, 50)
}

fn huge_by_value(e: &Env, g: usize) -> (u32, u32) {
    let made: Vec<u32> = (0..60).map(|k| e.u(g + k)).collect();
    let fold = |w: &[u32], k: usize| {
        let mut w = w.to_vec();
        w[k % 60] = w[k % 60].wrapping_add(5);
        let r = w.iter().fold(0u32, |r, x| r.wrapping_mul(3).wrapping_add(*x));
        r.wrapping_add(g as i16 as u32).wrapping_add((g / 2) as u32)
    };
    let mut h = made.clone();
    h[(e.u(g) % 60) as usize] = 9;
    let last = if e.a(g) & 1 == 1 { &h } else { &made };
    (fold(&h, g), fold(last, 3).wrapping_add(last[g % 60]))
}

fn small_stacks(e: &Env, g: usize) -> (u32, u32) {
    let (mut stack, mut r) = (vec![e.u(g) & 63], 0u32);
    while let Some(x) = stack.pop() {
        r = r.wrapping_mul(3).wrapping_add(x);
        if x > 3 && stack.len() < 10 {
            stack.push(x / 2);
            if x & 1 == 1 {
                stack.push(x / 3);
            }
        }
    }
    let mut back: Vec<i8> = (0..16).map(|k| e.a(g + k) as i8).collect();
    back.sort_unstable();
    let q = i32::from(back[g & 15]) * 256 + i32::from(back[(g + 7) & 15]);
    (r, q as u32)
}

fn clamped_borders(e: &Env, g: usize) -> (u32, u32) {
    let (w, h) = (37i32, 29i32);
    let (x, y) = (g as i32 % 61 - 9, g as i32 / 61 - 3);
    let at = |y: i32, x: i32| e.a((y * w + x) as usize);
    let (cx, cy) = (x.clamp(0, w - 1), y.clamp(0, h - 1));
    let mx = if x < 0 {
        -x - 1
    } else if x >= w {
        2 * w - 1 - x
    } else {
        x
    };
    let mut s = 0;
    for dy in -2..=2 {
        for dx in -2..=2 {
            let (x, y) = (x + dx, y + dy);
            if x >= 0 && x < w && y >= 0 && y < h {
                s += at(y, x) * (dx + 3) * (dy + 3);
            }
        }
    }
    ((at(cy, cx) * 3 + at(cy, mx)) as u32, s as u32)
}

fn life(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let (w, h) = (e.dim[0] as i32, (e.t / e.dim[0]) as i32);
        let mut g: Vec<i32> = b.clone().map(|g| e.a(g) & 1).collect();
        for _ in 0..4 + (e.n & 1) {
            let old = g.clone();
            for y in 0..h {
                for x in 0..w {
                    let mut c = 0;
                    for (dx, dy) in (0..9).map(|k| (k % 3 - 1, k / 3 - 1)).filter(|d| *d != (0, 0)) {
                        c += old[((y + dy + h) % h * w + (x + dx + w) % w) as usize];
                    }
                    let t = (y * w + x) as usize;
                    g[t] = i32::from(c == 3 || c == 2 && old[t] == 1);
                }
            }
        }
        m.q[b.clone()].fill(g.iter().sum());
        m.o[b].copy_from_slice(&g);
    }
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        all("barriers_in_arguments", ANY, barriers_in_arguments),
        all("condition_from_shared", ANY, condition_from_shared),
        all("until_all_agree", SMALL, until_all_agree),
        each("counted_rounds", ANY, counted_rounds),
        all("barrier_past_returns", ANY, barrier_past_returns),
        all("odd_even_sort", SMALL, sorted),
        all("bitonic_with_rest", ANY, sorted),
        two("wavefront", SMALL, wavefront),
        all("leave_in_the_middle", ANY, leave_in_the_middle),
        all("jumps_over_barriers", ANY, jumps_over_barriers),
        each("down_by_wrap", ANY, down_by_wrap),
        two("range_by_wrap", ANY, range_by_wrap),
        two("signed_before_zero", ANY, signed_before_zero),
        two("odd_strides", ANY, odd_strides),
        all("tails_of_vectors", ANY, tails_of_vectors),
        two("hashed_places", ANY, hashed_places),
        two("several_ends", ANY, several_ends),
        two("huge_by_value", ANY, huge_by_value),
        two("small_stacks", ANY, small_stacks),
        two("clamped_borders", ANY, clamped_borders),
        all("life", ANY, life),
    ]
}
