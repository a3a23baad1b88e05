//! References of `warps.cu`.

use super::table::*;

const M: u32 = 31;

fn mix(parts: &[u32], start: u32) -> u32 {
    parts.iter().fold(start, |r, x| r.wrapping_mul(M).wrapping_add(*x))
}

/// Lanes of a mask, as threads.
fn threads(e: &Env, g: usize, mask: u32) -> Vec<usize> {
    e.lanes(g).filter(|&j| mask >> e.lane(j) & 1 == 1).collect()
}

fn lowest(e: &Env, g: usize, mask: u32) -> usize {
    e.warp(g) + mask.trailing_zeros() as usize
}

fn highest(e: &Env, g: usize, mask: u32) -> usize {
    e.warp(g) + 31 - mask.leading_zeros() as usize
}

fn nested_parts(e: &Env, g: usize) -> (u32, u32) {
    let part = |j: usize| -> u32 {
        let v = e.a(j);
        let odd = e.ballot(j, |k| e.a(k) & 1 == 1);
        if v & 1 == 0 {
            return e.ballot(j, |k| e.a(k) & 1 == 0 && e.a(k) & 6 == v & 6);
        }
        let pos = e.ballot(j, |k| e.a(k) & 1 == 1 && e.a(k) > 0);
        let mut r = e.u(lowest(e, j, odd));
        if v > 0 {
            r = r.wrapping_add(e.u(highest(e, j, pos)).wrapping_mul(3));
            if threads(e, j, pos).iter().any(|&k| e.a(k) > 800) {
                r = r.wrapping_add(5);
            }
            let low = pos & 0x1fff;
            if e.lane(j) < 13 {
                let sum = threads(e, j, low).iter().fold(0u32, |s, &k| s.wrapping_add(e.u(k)));
                r = r.wrapping_add(low.count_ones()).wrapping_add(sum);
            } else {
                r ^= threads(e, j, pos & !low).iter().map(|&k| e.a(k)).max().unwrap() as u32;
            }
        } else {
            let all = threads(e, j, odd & !pos).iter().all(|&k| e.a(k) < -10);
            r = r.wrapping_add(if all { 11 } else { 17 });
        }
        r
    };
    let odd = e.ballot(g, |k| e.a(k) & 1 == 1);
    let mut r = part(g);
    if e.a(g) & 1 == 1 {
        let x = threads(e, g, odd).iter().fold(0, |s, &k| s ^ e.u(k));
        r = r.wrapping_add(x.wrapping_mul(2));
    }
    (r, odd)
}

/// `sum` of `leave_with_mask`.
fn leaving(e: &Env, g: usize) -> u32 {
    let mut left: Vec<i32> = e.lanes(g).map(|j| e.a(j) & 15).collect();
    let me = e.lane(g);
    let mut sum = 0u32;
    while left[me] > 0 {
        let here: Vec<usize> = (0..left.len()).filter(|&k| left[k] > 0).collect();
        sum = sum.wrapping_mul(3).wrapping_add(here.len() as u32).wrapping_add(left[here[0]] as u32);
        here.iter().for_each(|&k| left[k] -= 1 + (left[k] & 1));
    }
    sum
}

fn any_leads(e: &Env, g: usize) -> (u32, u32) {
    let mut s: Vec<(i32, i32, i32)> = e.lanes(g).map(|j| (0, 4096, e.a(j))).collect();
    let (me, mut steps) = (e.lane(g), 0);
    while s.iter().any(|x| x.0 < x.1) {
        for x in s.iter_mut().filter(|x| x.0 < x.1) {
            let mid = (x.0 + x.1) / 2;
            if mid * 2 - 4000 < x.2 { x.0 = mid + 1 } else { x.1 = mid }
        }
        steps += u32::from(s[me].0 < s[me].1);
    }
    (s[me].0 as u32, steps)
}

fn by_key(e: &Env, g: usize) -> (u32, u32) {
    let v = |j: usize| e.a(j) & 7;
    let mut keys: Vec<i32> = Vec::new();
    for j in e.lanes(g) {
        if !keys.contains(&v(j)) {
            keys.push(v(j));
        }
    }
    let turn = keys.iter().position(|&k| k == v(g)).unwrap() as u32 + 1;
    (e.ballot(g, |j| v(j) == v(g)), turn)
}

fn reduce_by_syncwarp(e: &Env, g: usize) -> u32 {
    let mut s: Vec<u32> = e.lanes(g).map(|j| e.u(j)).collect();
    for d in [16, 8, 4, 2, 1] {
        let y = s.clone();
        (0..32).for_each(|k| s[k] = s[k].wrapping_add(if k < d { y[k + d] } else { 0 }));
    }
    let at = |lane: usize| s[0].wrapping_add(lane as u32);
    at(e.lane(g) ^ 1).wrapping_mul(3).wrapping_add(at((e.lane(g) + 5) & 31))
}

fn rows_of_eight(e: &Env, g: usize) -> (u32, u32) {
    let row = g >> 3;
    let len = (e.a(row) & 63) as usize;
    let mut s: Vec<i32> = (0..8)
        .map(|sub| (sub..len).step_by(8).map(|i| e.a(row * 5 + i)).fold(0i32, |x, y| x.wrapping_add(y)))
        .collect();
    for _ in 0..(row & 3) + 1 {
        let y = s.clone();
        (0..8).for_each(|k| s[k] = y[k].wrapping_add(y[k ^ 4]));
        let y = s.clone();
        (0..8).for_each(|k| s[k] = y[k] ^ y[(k + 1).min(7)]);
        let bits = (0..8).fold(0, |m, k| m | (s[k] & 1) << k);
        (0..8).for_each(|k| s[k] = s[k].wrapping_add(bits));
    }
    (s[g & 7] as u32, len as u32 * 8)
}

fn reduce_operations(e: &Env, g: usize) -> u32 {
    let third = |j: &usize| e.a(*j) % 3 == 0;
    let (with, without): (Vec<usize>, Vec<usize>) = e.lanes(g).partition(third);
    let sum = |of: &[usize]| of.iter().fold(0u32, |s, &j| s.wrapping_add(e.u(j)));
    let parts: Vec<u32> = if third(&g) {
        let (s, u) = (|| with.iter().map(|&j| e.a(j)), || with.iter().map(|&j| e.u(j)));
        vec![
            sum(&with),
            s().min().unwrap() as u32,
            s().max().unwrap() as u32,
            u().min().unwrap(),
            u().max().unwrap(),
        ]
    } else {
        let u = || without.iter().map(|&j| e.u(j));
        vec![u().fold(!0, |x, y| x & y), u().fold(0, |x, y| x | y), u().fold(0, |x, y| x ^ y), sum(&without)]
    };
    mix(&parts, 1)
}

fn shuffle_corners(e: &Env, g: usize) -> u32 {
    let (w, lane) = (e.warp(g), e.lane(g));
    let at = |k: usize| e.u(w + k);
    let v = e.a(g);
    mix(
        &[
            at((lane + 40) & 31),
            at(31),
            at(lane / 8 * 8 + lane * 3 % 8),
            at(lane / 2 * 2 + (v & 1) as usize),
            at(lane),
            at(if lane % 4 >= 5 { lane - 5 } else { lane }),
            at(if lane + 31 < 32 { lane + 31 } else { lane }),
            at(if lane % 16 + 3 < 16 { lane + 3 } else { lane }),
            // A lane of a later part of the warp is out of range, one of an earlier part is not.
            at(if (lane ^ 9) / 8 <= lane / 8 { lane ^ 9 } else { lane }),
            at(lane ^ 31),
            at(lane),
        ],
        7,
    )
}

fn distances_past_the_warp(e: &Env, g: usize) -> (u32, u32) {
    // The hardware takes the five lowest bits of a distance.
    let lane = e.lane(g);
    let up = |d: usize, width: usize| e.u(if lane % width >= d { g - d } else { g });
    let down = e.u(if lane + 3 < 32 { g + 3 } else { g });
    (
        up(8, 32).wrapping_mul(3).wrapping_add(e.u(g).wrapping_mul(5)),
        down.wrapping_mul(3).wrapping_add(up(1, 8).wrapping_mul(5)),
    )
}

fn votes_in_conditions(e: &Env, g: usize) -> u32 {
    let (w, lane) = (e.warp(g), e.lane(g));
    let mut r = 0;
    if lane < 16 && e.a(w + 3) > 0 {
        r += 1;
    }
    if lane >= 20 || (w..w + 20).any(|j| e.a(j) > 900) {
        r += 2;
    }
    let positive = e.ballot(g, |j| e.a(j) > 0);
    r += if lane < 8 { (positive & 0xff).count_ones() * 4 } else { (positive >> 8).count_ones() * 256 };
    let mut k = 0;
    while k < 12 && e.lanes(g).any(|j| e.a(j) >> k & 1 == 1) {
        r += k << 20;
        k += 1;
    }
    r
}

fn function_from_both_sides(e: &Env, g: usize) -> u32 {
    let mut r: Vec<u32> = e.lanes(g).map(|j| e.u(j)).collect();
    let by = |r: &mut Vec<u32>, to: &dyn Fn(usize) -> bool, d: usize, count: u32| -> Vec<u32> {
        (0..32).map(|k| if to(k) { r[k ^ d].wrapping_add(count) } else { 0 }).collect()
    };
    let x = by(&mut r, &|k| k & 8 != 0, 1, 16);
    let y = by(&mut r, &|k| k & 8 == 0, 2, 16);
    (0..32).for_each(|k| r[k] = x[k].wrapping_add(y[k]));
    let x = by(&mut r, &|_| true, 16, 32);
    (0..32).for_each(|k| r[k] = r[k].wrapping_add(x[k]));
    let x = by(&mut r, &|k| k & 1 == 1, 2, 16);
    let mut inner = by(&mut r, &|k| k & 1 == 0, 4, 16);
    let y = by(&mut inner, &|k| k & 1 == 0, 8, 16);
    (0..32).for_each(|k| r[k] = if k & 1 == 1 { r[k].wrapping_sub(x[k]) } else { r[k].wrapping_add(y[k]) });
    r[e.lane(g)]
}

fn cases_with_masks(e: &Env, g: usize) -> u32 {
    let one = |g: usize| -> i32 {
        let (w, lane) = (e.warp(g), e.lane(g));
        let mine = || (w + lane % 4..w + 32).step_by(4);
        match lane & 3 {
            0 => mine().map(|j| e.a(j)).sum(),
            1 => mine().filter(|&j| e.a(j) > 0).count() as i32 * 3 + 1,
            3 => e.a(if lane >= 4 { g - 4 } else { g }),
            _ => {
                let down = |j: usize| if e.lane(j) + 8 < 32 { e.a(j + 8) } else { e.a(j) };
                down(g) + if mine().all(|j| down(j) > e.a(j)) { 5 } else { 9 }
            }
        }
    };
    (one(g) + one(e.warp(g) + (e.lane(g) ^ 3))) as u32
}

fn after_returns(e: &Env, g: usize) -> u32 {
    if e.a(g) <= -300 {
        return u32::MAX;
    }
    let stay: Vec<usize> = e.lanes(g).filter(|&j| e.a(j) > -300).collect();
    let rank = stay.iter().position(|&j| j == g).unwrap();
    let next = if rank + 1 < stay.len() { stay[rank + 1] } else { g };
    let r = e.a(next) + (0..stay.len() as i32).sum::<i32>();
    if e.a(g) & 1 == 1 {
        return r as u32;
    }
    let even: Vec<usize> = stay.iter().copied().filter(|&j| e.a(j) & 1 == 0).collect();
    (r * 2 + even.len() as i32 + e.a(even[0])) as u32
}

fn strided_with_ballot(e: &Env, g: usize) -> u32 {
    let (b, lane) = (g / e.t, e.lane(g));
    let len = 20 + (e.a(b) & 127) as usize;
    let at = |i: usize| e.a(i * 7 + b);
    (lane..len)
        .step_by(32)
        .map(|i| {
            let there = (len - (i - lane)).min(32) as i32;
            at(i - lane) + (at(i) & 3) * there
        })
        .sum::<i32>() as u32
}

fn skips_in_loops(e: &Env, g: usize) -> u32 {
    let mut r: Vec<i32> = vec![0; 32];
    for k in 0..6 {
        let m = e.ballot(g, |j| e.a(j) >> k & 1 == 1);
        let here: Vec<usize> = (0..32).filter(|l| m >> l & 1 == 1).collect();
        for &l in &here {
            r[l] += here.len() as i32 + (e.a(highest(e, g, m)) & 15);
        }
        if m & 0x10 == 0 && !here.is_empty() {
            let least = here.iter().map(|&l| r[l]).min().unwrap();
            here.iter().for_each(|&l| r[l] ^= least);
        }
    }
    r[e.lane(g)] as u32
}

fn two_loops_deep(e: &Env, g: usize) -> u32 {
    let mut r = 0;
    let v = e.a(g);
    for i in 0..(v & 3) + 1 {
        let outer = |k: usize| i < (e.a(k) & 3) + 1;
        for j in 0..(v >> 2) & 3 {
            let inner = e.ballot(g, |k| outer(k) && j < (e.a(k) >> 2) & 3);
            r += inner.count_ones() as i32 * (i + 1) + j + e.a(lowest(e, g, inner));
        }
        r += e.ballot(g, outer).count_ones() as i32;
    }
    r as u32
}

fn kinds_of_values(e: &Env, g: usize) -> (u32, u32) {
    let (w, lane) = (e.warp(g), e.lane(g));
    let down = e.a(if lane + 2 < 32 { g + 2 } else { g });
    let up = e.a(if lane > 0 { g - 1 } else { g });
    let x = e.a(w + (lane ^ 3)) + up * 3 + down * 5;
    let seven = e.u(w + lane / 16 * 16 + 7);
    let high = e.u(w + (lane ^ 16)).wrapping_mul(0x10001) >> 16;
    let y = (seven as i32) + high as i32 * 7 + e.a(w + 30) - 3;
    let same = |mask: i32| e.ballot(g, |j| e.a(j) & mask == e.a(g) & mask);
    (
        (x as u32).wrapping_add(same(1).wrapping_mul(3)).wrapping_add(same(2)),
        // Either nothing, or a full mask and one.
        y as u32,
    )
}

fn late_comers(e: &Env, g: usize) -> u32 {
    let mut r: Vec<i32> = e
        .lanes(g)
        .map(|j| {
            let (v, lane) = (e.a(j), e.lane(j) as i32);
            if lane < 10 {
                v + v * (lane * (lane - 1) / 2)
            } else if v & 1 == 1 {
                v - 5
            } else {
                v
            }
        })
        .collect();
    let y = r.clone();
    (0..32).for_each(|k| r[k] = y[k].wrapping_add(if k + 10 < 32 { y[k + 10] } else { y[k] }));
    for (k, j) in e.lanes(g).enumerate() {
        let mut left = e.a(j) & 31;
        while e.a(j) > 0 && left > 0 {
            r[k] += left;
            left >>= 1;
        }
    }
    let bits = (0..32).fold(0u32, |m, k| m | ((r[k] & 1) as u32) << k);
    (r[e.lane(g)] as u32).wrapping_add(bits)
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        two("nested_parts", WHOLE, nested_parts),
        two("leave_with_mask", WHOLE, |e, g| {
            (leaving(e, g), e.lanes(g).fold(0, |s, j| s.wrapping_add(leaving(e, j))))
        }),
        two("any_leads", WHOLE, any_leads),
        two("by_key", WHOLE, by_key),
        two("aggregated", WHOLE, |e, g| {
            let v = |j: usize| e.a(j) & 7;
            let count = (e.first(g)..e.first(g) + e.t).filter(|&j| v(j) == v(g)).count() as u32;
            (count * 1000 + 1, (e.warp(g)..g).filter(|&j| v(j) == v(g)).count() as u32)
        }),
        two("block_scan", WHOLE, |e, g| {
            let before: i32 = (e.first(g)..g).map(|j| e.a(j)).sum();
            ((before + e.a(g)) as u32, before as u32)
        }),
        each("reduce_by_syncwarp", WHOLE, reduce_by_syncwarp),
        each("sort_in_warp", WHOLE, |e, g| {
            let mut v: Vec<i32> = e.lanes(g).map(|j| e.a(j)).collect();
            v.sort_unstable();
            v[e.lane(g)] as u32
        }),
        two("rows_of_eight", WHOLE, rows_of_eight),
        each("reduce_operations", WHOLE, reduce_operations),
        each("shuffle_corners", WHOLE, shuffle_corners),
        each("votes_in_conditions", WHOLE, votes_in_conditions),
        each("function_from_both_sides", WHOLE, function_from_both_sides),
        each("cases_with_masks", WHOLE, cases_with_masks),
        each("after_returns", WHOLE, after_returns),
        each("one_after_another", WHOLE, |e, g| {
            e.lanes(g).fold(1u32, |s, j| s.wrapping_mul(3).wrapping_add(e.u(j) & 15))
        }),
        each("split_by_bits", WHOLE, |e, g| {
            let mut v: Vec<u32> = e.lanes(g).map(|j| e.u(j) & 15).collect();
            v.sort_unstable();
            v[e.lane(g)]
        }),
        each("strided_with_ballot", WHOLE, strided_with_ballot),
        each("skips_in_loops", WHOLE, skips_in_loops),
        each("two_loops_deep", WHOLE, two_loops_deep),
        two("kinds_of_values", WHOLE, kinds_of_values),
        each("ballot_as_number", WHOLE, |e, g| e.ballot(g, |j| e.a(j) >> (e.lane(g) & 15) & 1 == 1)),
        each("late_comers", WHOLE, late_comers),
        two("distances_past_the_warp", WHOLE, distances_past_the_warp),
    ]
}
