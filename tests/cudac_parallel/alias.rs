//! References of `alias.cu`.

use super::table::*;

pub fn kernels() -> Vec<Kernel> {
    vec![
        all("pairs_seen_through_both", ANY, |e, m| {
            for g in 0..e.all() {
                m.o[2 * g] = 3 * e.a(g) - m.o[2 * g + 1];
                m.o[2 * g + 1] = 3 * e.a(g);
            }
        })
        .args("o o+4 a"),
        each("reads_between_writes", ANY, |e, g| {
            let (mut x, mut sum) = (e.u(g), 0u32);
            for k in 0..5 {
                sum = sum.wrapping_mul(3).wrapping_add(x);
                x = sum ^ k;
            }
            sum.wrapping_add(x)
        })
        .args("o o a"),
        each("other_type", ANY, |e, g| (f32::from_bits(0x3f80_0000 + (e.u(g) & 63) * 0x800) + 2.0).to_bits())
            .args("o o a"),
        all("vectors_over_scalars", ANY, |e, m| {
            for g in 0..e.all() {
                let v: Vec<i32> = (0..4).map(|k| e.a(g + k)).collect();
                let mut w = v.clone();
                w[(v[0] & 3) as usize] = v[3] - v[1];
                let x = w[0] + w[1] * 3 + w[2] * 5 + w[3] * 7;
                m.o[g * 4..][..4].copy_from_slice(&[x, w[1], w[2] ^ w[3], w[3]]);
            }
        })
        .args("o o a"),
        all("copy_forward", SMALL, |e, m| {
            (0..e.all() * 16).for_each(|i| m.o[i] = e.a(i / 16) + (i % 16) as i32);
        })
        .args("o o+4 a"),
        all("copy_backward", SMALL, |e, m| {
            (0..e.all() * 16).for_each(|i| m.o[i] = e.a(i / 16 + (i % 16).saturating_sub(1)));
        })
        .args("o o+4 a"),
        all("steps_in_one_buffer", ANY, |e, m| {
            let size = e.t;
            (0..size).for_each(|t| m.o[t] = e.a(t));
            for k in 0..(e.n & 3) as usize + 2 {
                for t in 0..size {
                    let before = if k > 0 { m.o[k * size + t] } else { 1 };
                    m.o[(k + 1) * size + t] = m.o[k * size + (t + 1) % size] + before;
                }
            }
        })
        .args("o o+4B a n"),
        all("limit_seen_through_both", ANY, |e, m| {
            for g in 0..e.all() {
                let (mut limit, mut sum, mut rounds) = (10 + (e.a(g) & 7), 0, 0);
                while rounds < limit {
                    rounds += 1;
                    limit -= rounds & 1;
                    sum += rounds;
                }
                m.o[g * 4..][..4].copy_from_slice(&[rounds, sum, limit, sum]);
            }
        })
        .args("o o+8 a"),
        all("flag_of_all", ANY, |e, m| {
            for b in 0..e.grid {
                let base = b * (e.t + 1);
                let k = e.a(b) & 7;
                m.o[base..][..e.t].fill(k * (k + 1) / 2);
                m.o[base + e.t] = 0;
            }
        })
        .args("o o a"),
        all("bytes_further", ANY, |e, m| {
            for g in 0..e.all() {
                let mut x: Vec<u8> = (0..8).map(|k| e.a(g + k) as u8).collect();
                for k in 0..7 {
                    x[k] ^= x[k + 1];
                }
                let w = u16::from_le_bytes([x[2], x[3]]).wrapping_add(3).to_le_bytes();
                (x[2], x[3]) = (w[0], w[1]);
                x[0] = x[3].wrapping_sub(x[2]);
                for k in 0..2 {
                    m.o[g * 2 + k] = i32::from_le_bytes(x[k * 4..][..4].try_into().unwrap());
                }
            }
        })
        .args("o o+1 a"),
        all("cells", ANY, |e, m| {
            for g in 0..e.all() {
                let mut flags = [1u8, 2];
                flags[(e.a(g) & 1) as usize] = 77;
                let kind = (e.a(g) + i32::from(flags[0]) * 3 + i32::from(flags[1])) as i16;
                let [a, b] = kind.to_le_bytes();
                m.o[g * 2] = i32::from_le_bytes([a, b, flags[0], flags[1]]);
                m.o[g * 2 + 1] = (0.5 + f32::from(kind)).to_bits() as i32;
            }
        })
        .args("o o a"),
        all("uniform_element", ANY, |e, m| {
            let (mut x, mut sum) = (3i32, 0i32);
            for _ in 0..4 {
                sum += x;
                x = sum * 2;
            }
            (m.o[4], m.o[5]) = (sum, x);
            (10..e.all()).for_each(|g| m.o[g] = e.a(g));
        })
        .args("o o a"),
        all("same_place_given_twice", ANY, |e, m| {
            for g in 0..e.all() {
                let v = e.a(g);
                let mut x = [v, v + 5];
                x.swap(0, (v & 1) as usize);
                x[0] *= 4;
                let from = (v >> 1 & 1) as usize;
                x[1] += x[from];
                x[1] += x[from];
                m.o[g * 2..][..2].copy_from_slice(&x);
            }
        })
        .args("o o a"),
        each("read_twice", ANY, |e, g| e.u(g).wrapping_mul(4).wrapping_add(e.u(g + 1))).args("o a a"),
        all("halves_apart", ANY, |e, m| {
            let mut put = |at: usize, v: i16| {
                let mut b = m.o[at / 2].to_le_bytes();
                b[at % 2 * 2..][..2].copy_from_slice(&v.to_le_bytes());
                m.o[at / 2] = i32::from_le_bytes(b);
            };
            for g in 0..e.all() {
                let y = e.a(g);
                put(4 * e.all() + g, y as i16);
                let mut x = [0i16; 2];
                for k in (0..4).rev() {
                    let other = if k > 1 { 0 } else { i32::from(x[1]) };
                    x[k & 1] = (y * k as i32 + other) as i16;
                }
                put(2 * g, x[0]);
                put(2 * g + 1, x[1]);
            }
        })
        .args("o o+8T a"),
        all("halves_of_words", ANY, |e, m| {
            for g in 0..e.all() {
                let v = e.a(g);
                let halves = |x: i64| [x as i32, (x >> 32) as i32];
                let word = |h: [i32; 2]| i64::from(h[0] as u32) | i64::from(h[1]) << 32;
                let mut h = halves(i64::from(v) << 20);
                h[1] ^= v;
                let x = word(h) + 3;
                let mut h = halves(x);
                h[0] = h[0].wrapping_sub(h[1]);
                let x = word(h).wrapping_mul(3).wrapping_add(i64::from(h[0]));
                m.o[g * 2..][..2].copy_from_slice(&halves(x));
            }
        })
        .args("o o a"),
    ]
}
