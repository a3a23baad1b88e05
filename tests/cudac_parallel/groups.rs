//! References of `groups.cu`.

use super::table::*;

/// `tile_work<N>` of thread `g`.
fn tile_work(e: &Env, g: usize, n: usize) -> u32 {
    let tile = e.tile(g, n);
    let (rank, v) = (e.linear(g) % n, e.u(g));
    let sum = tile.clone().fold(0u32, |s, j| s.wrapping_add(e.u(j)));
    let up = if rank > 0 { e.u(g - 1) } else { 7 };
    let down = if rank + 1 < n { e.u(g + 1) } else { v };
    let bits =
        |f: &dyn Fn(usize) -> bool| tile.clone().enumerate().fold(0u32, |m, (k, j)| m | u32::from(f(j)) << k);
    let any = if tile.clone().any(|j| e.a(j) > 900) { 2 } else { 0 };
    let all = u32::from(tile.clone().all(|j| e.a(j) > -900));
    [
        sum.wrapping_mul(31),
        up,
        down.wrapping_mul(5),
        bits(&|j| e.a(j) & 1 == 1).wrapping_mul(3),
        any,
        all,
        e.u(tile.start + n / 2 % n).wrapping_mul(17),
        (e.linear(g) / n * 1000) as u32,
        bits(&|j| e.a(j) & 3 == e.a(g) & 3).wrapping_mul(7),
    ]
    .iter()
    .fold(0, |s, x| s.wrapping_add(*x))
}

fn sum(e: &Env, mut of: impl Iterator<Item = usize>) -> i32 {
    of.by_ref().map(|j| e.a(j)).sum()
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        two("tiles_of_all_sizes", WHOLE, |e, g| {
            let w = |n| tile_work(e, g, n);
            (
                w(1) ^ w(2).wrapping_mul(3) ^ w(4).wrapping_mul(5),
                w(8) ^ w(16).wrapping_mul(3) ^ w(32).wrapping_mul(5),
            )
        }),
        each("tiles_that_part", WHOLE, |e, g| {
            let (tile, number, rank) = (e.tile(g, 4), e.linear(g) / 4, g % 4);
            let r = if number & 1 == 1 {
                sum(e, tile.clone()) + if number & 2 == 2 { e.a(tile.start + 3) * 2 } else { 0 }
            } else if number % 3 == 0 {
                tile.enumerate().map(|(k, j)| i32::from(e.a(j) > 0) << k).sum::<i32>() + 100
            } else {
                (0..number % 5).map(|k| e.a(tile.start + (rank ^ (1 + k % 3))) + k as i32).sum()
            };
            r as u32
        }),
        two("compact_in_warps", WHOLE, |e, g| {
            if e.a(g) <= 100 {
                return (u32::MAX, 0);
            }
            let here: Vec<usize> = e.lanes(g).filter(|&j| e.a(j) > 100).collect();
            let rank = here.iter().position(|&j| j == g).unwrap();
            let r = here.len() as i32 * 10000 + e.a(here[0]) + e.a(*here.last().unwrap()) * 2;
            (rank as u32, r as u32)
        }),
        two("partitions", WHOLE, |e, g| {
            let two: Vec<usize> = e.lanes(g).filter(|&j| (e.a(j) > 0) == (e.a(g) > 0)).collect();
            let some: Vec<usize> = e.lanes(g).filter(|&j| e.a(j) & 3 == e.a(g) & 3).collect();
            let rank = |of: &[usize]| of.iter().position(|&j| j == g).unwrap();
            let r = two.len() as i32 * 100 + rank(&two) as i32 + sum(e, some.iter().copied()) * 7;
            let x = r + e.a(some[some.len() - 1 - rank(&some)]);
            let parts: Vec<usize> = e.tile(g, 16).filter(|&j| e.a(j) % 3 == e.a(g) % 3).collect();
            let bits = parts.iter().enumerate().fold(0, |m, (k, &j)| m | i32::from(e.a(j) & 4 != 0) << k);
            let y = i32::from(parts.iter().any(|&j| e.a(j) > 500)) * 64
                + i32::from(parts.iter().all(|&j| e.a(j) > -500)) * 32
                + bits * 128
                + rank(&parts) as i32;
            (x as u32, y as u32)
        }),
        two("reductions", WHOLE, |e, g| {
            let (warp, eight) = (|| e.lanes(g).map(|j| e.a(j)), || e.tile(g, 8).map(|j| e.a(j)));
            let best = eight().max_by_key(|v| (v & 255, *v)).unwrap();
            let parts = [
                warp().sum::<i32>() as u32,
                warp().min().unwrap() as u32,
                warp().max().unwrap() as u32,
                eight().fold(-1, |x, y| x & y) as u32,
                eight().fold(0, |x, y| x | y) as u32,
                eight().fold(0, |x, y| x ^ y) as u32,
                eight().sum::<i32>() as u32,
                (warp().max().unwrap() * 2) as u32,
                (eight().min().unwrap() << 20) as u32,
            ];
            (parts.iter().fold(0, |r: u32, x| r.wrapping_mul(3).wrapping_add(*x)), best as u32)
        }),
        two("reductions_in_branches", WHOLE, |e, g| {
            let eight = || e.tile(g, 8).map(|j| e.a(j));
            let first = e.a(e.tile(g, 8).start);
            let r = match first & 3 {
                1 | 3 => eight().sum(),
                2 => eight().max().unwrap(),
                _ => eight().fold(0, |x, y| x ^ y),
            };
            let here = || e.lanes(g).map(|j| e.a(j)).filter(|v| v & 4 != 0);
            let s = if e.a(g) & 4 != 0 { here().sum::<i32>() * 3 + here().min().unwrap() } else { 0 };
            (r as u32, s as u32)
        }),
        two("scans", WHOLE, |e, g| {
            let through = |from: usize| (from..=g).map(|j| e.a(j)).sum::<i32>();
            let (warp, four) = (through(e.warp(g)), through(e.tile(g, 4).start));
            let top = (e.tile(g, 4).start..=g).map(|j| e.a(j)).max().unwrap();
            ((warp * 4 - e.a(g)) as u32, (top * 5 + four - e.a(g)) as u32)
        }),
        two("sums_of_groups", WHOLE, |e, g| {
            let x = if e.linear(g) % 16 == 0 { sum(e, e.tile(g, 16)) } else { -1 };
            let y = if e.linear(g) % 8 == 0 { sum(e, e.tile(g, 8)) + 8 } else { -2 };
            (x as u32, y as u32)
        }),
        two(
            "sum_of_a_block",
            &[[32, 1, 1], [8, 4, 2], [1, 1, 2], [16, 16, 1], [4, 2, 64], [1024, 1, 1]],
            |e, g| {
                let total = sum(e, e.first(g)..e.first(g) + e.t);
                let first = e.linear(g) == 0;
                let y = if first { total * 2 } else { -1 };
                let own = (g / e.t * 3 + e.linear(g) / e.dim[0] % e.dim[1] + e.dim[2] + e.linear(g)) as i32;
                (if first { total } else { -2 } as u32, (y + own) as u32)
            },
        )
        .shared(4096),
        two("tile_of_tile", WHOLE, |e, g| {
            let (t, rank) = (e.tile(g, 4).start, e.linear(g) % 4);
            let x = e.a(t + (e.a(g) & 1) as usize + 1) + rank as i32 * 4000;
            let down = if rank + 2 < 4 { e.a(g + 2) } else { e.a(g) };
            let up = if rank >= 3 { e.a(g - 3) } else { e.a(g) };
            let bits: i32 = (0..4).map(|k| i32::from(e.a(t + k) < 0) << k).sum();
            (x as u32, (down - up + bits) as u32)
        }),
        two("shuffled_kinds", WHOLE, |e, g| {
            let (t, rank) = (e.tile(g, 8).start, e.linear(g) % 8);
            let x = e.a(t + 5) * 7 + e.linear(t + 5) as i32 * 5;
            let down = if rank < 7 { e.a(g + 1) } else { e.a(g) };
            let other = e.a(t + (rank ^ 7));
            let up = if rank >= 2 { e.a(g - 2) } else { e.a(g) };
            let row = e.a(e.linear(t + 3) + (e.a(g) & 7) as usize);
            // Where the five bytes are from, and whose numbers the struct holds.
            let (mut bytes, mut whose) = (g, g);
            if e.a(g) & 1 == 1 {
                let here: Vec<usize> = e.lanes(g).filter(|&j| e.a(j) & 1 == 1).collect();
                let next = here.iter().position(|&j| j == g).unwrap() + 1;
                whose = *here.get(next).unwrap_or(&g);
                bytes = here[0] ^ 1;
            }
            let s = e.a(whose) * 13 + e.linear(whose) as i32 * 17;
            let v = e.a(bytes);
            let c = i32::from(v as i8) * 3 + i32::from((v >> 1) as i8) * 5;
            let c = c + i32::from(e.linear(bytes) as i8) * 7;
            ((x ^ (row * 11 + s + c)) as u32, (down + other * 8 + up * 7) as u32)
        }),
        each("waits_of_tiles", WHOLE, |e, g| {
            let t = e.tile(g, 8).start;
            let mut v: Vec<u32> = (0..8).map(|k| e.u(t + k)).collect();
            for k in 0..e.linear(g) / 8 % 4 {
                let s = v.clone();
                (0..8).for_each(|r| v[r] = v[r].wrapping_add(s[(r + 1) & 7].wrapping_mul(k as u32 + 1)));
            }
            v[g - t]
        }),
        all("grid_strides", WHOLE, |e, m| {
            (0..IN).for_each(|i| m.o[i] = e.a(i) + 1);
            (0..e.all()).for_each(|g| m.q[g] = (g..IN).step_by(e.all()).sum::<usize>() as i32);
        }),
        two("those_who_agree", WHOLE, |e, g| {
            let v = |j: usize| e.a(j) & 7;
            let mut x = e.ballot(g, |j| v(j) == v(g));
            if v(g) < 5 {
                let here: Vec<usize> = e.lanes(g).filter(|&j| v(j) < 5).collect();
                let bits = |f: &dyn Fn(usize) -> bool| {
                    here.iter().enumerate().fold(0u32, |m, (k, &j)| m | u32::from(f(j)) << k)
                };
                let here = bits(&|j| v(j) == v(g)).wrapping_mul(3).wrapping_add(bits(&|j| v(j) & 1 == 1));
                x = x.wrapping_add(here);
            }
            (x, 3)
        }),
        each("slide_among_those_here", WHOLE, |e, g| {
            if e.a(g) & 3 == 1 {
                return 0;
            }
            let here: Vec<usize> = e.lanes(g).filter(|&j| e.a(j) & 3 != 1).collect();
            let rank = here.iter().position(|&j| j == g).unwrap();
            let up = e.a(if rank >= 2 { here[rank - 2] } else { g });
            let down = e.a(if rank + 1 < here.len() { here[rank + 1] } else { g });
            let through = sum(e, here[..=rank].iter().copied());
            (up * 3 + down * 5 + e.a(g) + through * 7 - (through - e.a(g))) as u32
        }),
        each("leave_one_by_one", WHOLE, |e, g| {
            let left = e.a(g) & 7;
            (0..left).map(|k| e.ballot(g, |j| (e.a(j) & 7) > k).count_ones() * (left - k) as u32).sum()
        }),
        each("one_thread_tiles", ANY, |e, g| {
            let v = e.a(g);
            (if v & 1 == 1 { v * 2 + 1 } else { v } * 2 + 1) as u32
        }),
        two("best_of_tiles", WHOLE, |e, g| {
            let best = |n: usize, sign: i32| {
                let t = e.tile(g, n);
                let (k, j) = t.enumerate().max_by_key(|&(k, j)| (sign * e.a(j), n - k)).unwrap();
                (sign * e.a(j) * 32 + k as i32) as u32
            };
            (best(32, 1), best(16, -1))
        }),
    ]
}
