//! References of `atomics.cu`.

use super::table::*;

/// The place of a key in `table_of_keys`; no two keys share one.
fn place(key: i32) -> usize {
    ((key as u32).wrapping_mul(2_654_435_761) >> 21) as usize
}

fn own_words(e: &Env, g: usize) -> (u32, u32) {
    let v = e.u(g);
    let (mut u, mut r) = (v, 0u32);
    let mut old = |now: u32, u: &mut u32| {
        r = r.wrapping_mul(31).wrapping_add(*u);
        *u = now;
    };
    old(u.wrapping_add(5), &mut u);
    old(u.wrapping_sub(9), &mut u);
    old(u.min(77), &mut u);
    old((u as i32).max(-3) as u32, &mut u);
    old(if u >= 50 { 0 } else { u + 1 }, &mut u);
    old(if u >= 2 { 0 } else { u + 1 }, &mut u);
    old(if u == 0 || u > 40 { 40 } else { u - 1 }, &mut u);
    old(if u == 0 || u > 3 { 3 } else { u - 1 }, &mut u);
    old(u ^ 0xf0f0, &mut u);
    old(u | v & 7, &mut u);
    old(u & 0xff7f, &mut u);
    old(u.wrapping_mul(3).wrapping_add(1), &mut u);
    old(if u == 4 { 5 } else { u }, &mut u);
    old(u.wrapping_add(100), &mut u);
    (r, u)
}

fn own_wide_words(e: &Env, g: usize) -> (u32, u64) {
    let v = i64::from(e.a(g)) << 31;
    let (mut u, mut r) = (v as u64, 0u64);
    let mut old = |now: u64, u: &mut u64| {
        r = r.wrapping_mul(31).wrapping_add(*u);
        *u = now;
    };
    old(u.wrapping_add(5 << 30), &mut u);
    old((u as i64).min(-77) as u64, &mut u);
    old((u as i64).max(v - 1) as u64, &mut u);
    old(u.max(1 << 33), &mut u);
    old(u.min(!0 >> 2), &mut u);
    old(u ^ 0xf0_f0f0_f0f0, &mut u);
    old(u | v as u64 & 7, &mut u);
    old(u & !0x8001, &mut u);
    old(u.wrapping_mul(3).wrapping_add(1), &mut u);
    old(u.wrapping_add(100), &mut u);
    ((r >> 32) as u32 ^ r as u32, u)
}

fn shared_counters(e: &Env, g: usize) -> (u32, u32) {
    let block: Vec<i32> = (e.first(g)..e.first(g) + e.t).map(|j| e.a(j)).collect();
    let mut r = 0u32;
    for k in 0..16 {
        r = r.wrapping_mul(3).wrapping_add(block.iter().filter(|&&v| v & 15 == k).count() as u32);
    }
    let part = (e.a(g) & 3) as usize;
    let sum: i32 = block.iter().skip(part).step_by(4).sum();
    let big: i32 = block.iter().map(|v| v & 1023).sum();
    let low = block.iter().min().unwrap();
    let high = block.iter().filter(|v| **v & 1 == 1).copied().max().unwrap_or(-(1 << 30));
    (r.wrapping_add(sum as u32), big.wrapping_add(low * 3).wrapping_add(high.wrapping_mul(5)) as u32)
}

fn unite(e: &Env, m: &mut Mem) {
    let mut label: Vec<usize> = (0..e.t).collect();
    loop {
        let before = label.clone();
        for t in 0..e.t {
            let other = (e.a(t) + 1000) as usize % e.t;
            let least = label[t].min(label[other]);
            (label[t], label[other]) = (least, least);
        }
        if label == before {
            break;
        }
    }
    (0..e.t).for_each(|t| m.o[t] = label[t] as i32);
}

/// The lists of `lists` have the right members; how they are linked is open.
fn follow_lists(e: &Env, m: &mut Mem) {
    for k in 0..8 {
        let (mut at, mut members) = (m.q[k], Vec::new());
        while at > 0 && members.len() < OUT {
            members.push(at);
            at = m.q[63 + at as usize];
        }
        members.sort_unstable();
        let want: Vec<i32> =
            (0..e.all() as i32).filter(|&i| e.a(i as usize) & 7 == k as i32).map(|i| i + 1).collect();
        m.q[k] = i32::from(members == want);
    }
    m.q[64..64 + e.all()].fill(0);
}

fn over_launches(e: &Env, m: &mut Mem) {
    const WEIGHTS: [i32; 8] = [3, 1, 4, 1, 5, 9, 2, 6];
    // The number of the launch is what `q` tells; the state is computed from the beginning.
    let launch = if m.q[4096] == 0 && m.q[8191] == 0 { 1 } else { 2 + m.q[4096] / 100 };
    let (mut state, mut total) = (vec![0i32; e.t], 5i32);
    for (t, v) in [7, 8, 9].into_iter().enumerate().filter(|(t, _)| *t < e.t) {
        state[t] = v;
    }
    for _ in 0..launch {
        for t in 0..e.t {
            let w = WEIGHTS[(t as i32 + e.a(t)) as usize & 7];
            state[t] = state[t].wrapping_mul(3).wrapping_add(w + if t > 0 { 0 } else { total });
        }
        total = total * 2 + 1;
    }
    m.o[..e.t].copy_from_slice(&state);
    m.q[4096] = (launch - 1) * 100;
    // Only here, so that the second launch is not taken for the first.
    m.q[8191] = 1;
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        all("slots", ANY, |e, m| {
            let taken: Vec<i32> = (0..e.all()).map(|g| e.a(g)).filter(|v| *v > 0).collect();
            m.q[0] = taken.len() as i32;
            m.q[1..=taken.len()].fill(1);
            taken.iter().for_each(|v| m.q[4096 + (v & 15) as usize] += v);
            (0..e.all()).for_each(|g| m.o[g] = if e.a(g) > 0 { 1 } else { -1 });
        }),
        all("lock_of_blocks", ANY, |e, m| {
            m.q[1] = (0..e.grid).flat_map(|b| b..b + 5).map(|i| e.a(i)).sum();
            m.o[..e.all()].fill(1);
        }),
        two("lock_of_threads", ANY, |e, g| {
            let sum: i32 = (e.first(g)..e.first(g) + e.t).map(|j| e.a(j)).sum();
            (e.t as u32, sum as u32)
        }),
        all("last_block", ANY, |e, m| {
            m.q[0] += (0..e.all()).map(|g| e.a(g)).sum::<i32>();
            m.q[1] += 1;
            (0..e.all()).for_each(|g| m.o[g] = e.a(e.first(g) + e.t - 1 - e.linear(g)));
        })
        .times(3),
        all("table_of_keys", ANY, |e, m| {
            for g in 0..e.all() {
                let key = (e.a(g) & 255) + 1;
                m.q[4096 + place(key)] = key;
                m.q[key as usize] += 1;
                m.o[g] = 1;
            }
        }),
        all("float_by_cas", ANY, |e, m| {
            let sum: i32 = (0..e.all()).map(|g| e.a(g)).sum();
            m.q[0] = (sum as f32 * 0.5).to_bits() as i32;
            let d = (f64::from(sum) * 0.125).to_bits();
            // A sum that is zero again is no negative one.
            (m.q[2], m.q[3]) = (d as i32, (d >> 32) as i32);
            m.q[4] = (0..e.all()).map(|g| e.a(g)).max().unwrap().max(0);
            m.o[..e.all()].fill(5);
        }),
        two("own_words", ANY, own_words),
        all("own_wide_words", ANY, |e, m| {
            for g in 0..e.all() {
                let (r, u) = own_wide_words(e, g);
                m.o[g] = r as i32;
                (m.q[2 * g], m.q[2 * g + 1]) = (u as i32, (u >> 32) as i32);
            }
        }),
        all("queue_of_work", ANY, |e, m| {
            (m.q[0], m.q[1]) = (500 + e.all() as i32, 500);
            (0..500).for_each(|k| m.q[100 + k] = e.a(k) * 2 + 1);
            m.o[..e.all()].fill(1);
        }),
        two("shared_counters", ANY, shared_counters),
        all("lists", ANY, |e, m| {
            m.o[..e.all()].fill(0);
            m.q[..8].fill(1);
        })
        .settle(follow_lists),
        all("unite", ANY, unite),
        all("over_launches", ANY, over_launches).times(3).settle(|_, m| m.q[8191] = 1),
        all("tickets", ANY, |e, m| {
            (m.q[0], m.q[1]) = (e.grid as i32, e.grid as i32);
            (0..e.grid).for_each(|b| m.q[16 + b] = 1 + 3 * b as i32);
            m.o[..e.all()].fill(2);
        }),
        all("first_come_first", ANY, |e, m| {
            for g in 0..e.all() {
                let key = (e.a(g) & 31) as usize;
                (m.q[key], m.q[64 + key]) = (1, 1);
                m.q[129] += m.q[128] >> key & 1;
                m.q[128] |= 1 << key;
                m.o[g] = 0;
            }
        }),
    ]
}
