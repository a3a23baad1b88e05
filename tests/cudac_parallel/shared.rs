//! References of `shared.cu`.

use super::table::*;

fn union_in_turns(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let size = e.t;
        let v: Vec<i32> = b.clone().map(|g| e.a(g)).collect();
        let w: Vec<i32> = (0..size).map(|t| v[(t + 1) % size]).collect();
        let z: Vec<u32> = (0..size).map(|t| u32::from(w[t] as u16) | (t as u32) << 16).collect();
        let mut c = z.clone();
        for t in 0..size {
            let k = v[t] & 3;
            c[t] = c[t] & !(0xff << (8 * k)) | 200 << (8 * k);
        }
        for t in 0..size {
            let x = i32::from(w[(t + 3) % size] as u16) + t as i32;
            m.o[b.start + t] = w[size - 1 - t] + x * 3;
            m.q[b.start + t] = z[(t + 5) % size]
                .wrapping_add(c[(t + 1) % size] & 0xff)
                .wrapping_add(c[t].wrapping_mul(3)) as i32;
        }
    }
}

fn carved_up(e: &Env, g: usize) -> (u32, u32) {
    let (t, first, m) = (e.linear(g), e.first(g), e.t.min(64));
    let mut r = 0;
    if t < m {
        let u = (t * 7 + 3) % m;
        let v = e.a(first + u);
        r = v + e.a(first + m - 1 - t) * 3 + u as i32 * 5 + i32::from((v * 40) as i16) * 7;
        r += i32::from(v as i8) * 11;
    }
    let raw = |k: usize| (k * 3) as u8;
    let k = t & 63;
    let y = 64 * 8 + k * 8 + 4;
    let y = i32::from_le_bytes([raw(y), raw(y + 1), raw(y + 2), raw(y + 3)]);
    let s = i16::from_le_bytes([raw(1024 + 2 * k), raw(1025 + 2 * k)]);
    let c = raw(1152 + 63 - k) as i8;
    (r as u32, y.wrapping_add(i32::from(s) * 3).wrapping_add(i32::from(c)) as u32)
}

fn transpose(e: &Env, g: usize) -> (u32, u32) {
    let (b, w) = (g / e.t, e.dim[0]);
    let mut tile = [[0i32; 33]; 17];
    for (j, row) in tile.iter_mut().enumerate() {
        for (i, v) in row.iter_mut().enumerate() {
            *v = e.a(j * 33 + i + b);
        }
    }
    let sum = (e.linear(g)..33 * 17)
        .step_by(e.t)
        .fold(0u32, |s, i| s.wrapping_mul(3).wrapping_add(tile[i % 17][i / 17] as u32));
    let (i, j) = (g * 3 % 33, g * 5 % 17);
    let turned = i < w && j < e.dim[1] * e.dim[2];
    (sum, if turned { -tile[j][i] } else { tile[j][i] } as u32)
}

fn three_dimensions(e: &Env, g: usize) -> (u32, u32) {
    let at = |z: usize, y: usize, x: usize| {
        let i = (z * 5 + y) * 7 + x;
        i32::from((e.a(i + g / e.t) + i as i32) as i16)
    };
    let v = (e.a(g) & 1023) as usize;
    let (z, y, x) = (v % 3, v / 3 % 5, v / 15 % 7);
    let r = at(z, y, x) + at((z + 1) % 3, 4 - y, 6 - x) * 3;
    (r as u32, (210 + 70 * 3 + (z * 5 + y) * 7 + x) as u32)
}

fn chosen_pointers(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let fill = |sign: i32| -> Vec<i32> {
            let own = b.clone().map(|g| sign * e.a(g));
            own.chain(e.t as i32..16).collect()
        };
        let (s1, s2) = (fill(1), fill(-1));
        let input: Vec<i32> = (0..64).map(|i| e.a(i)).collect();
        for t in 0..e.t {
            let v = e.a(b.start + t);
            let gather = |p: &[i32], k: usize| p[k] + p[k * 3 & 15];
            let p = if t & 1 == 1 { &s1 } else { &s2 };
            let g = if v > 0 { p } else { &input };
            let w = if v & 2 != 0 {
                &input[7..]
            } else if v & 4 != 0 {
                &s2
            } else {
                &s1
            };
            let k = (t as i32 + v) & 15;
            let r = gather(p, t & 15) + gather(g, (v & 15) as usize) * 3 + gather(w, k as usize) * 5;
            let (mut s, mut local, mut own) = (s1[t], [v, t as i32], 1000);
            match v & 3 {
                1 | 3 => s += 13,
                2 => local[(v >> 2 & 1) as usize] += 13,
                _ => own += 13,
            }
            own += s * 3 + local[0] * 5 + local[1] * 7;
            (m.o[b.start + t], m.q[b.start + t]) = (r, own);
        }
    }
}

fn swapped_buffers(e: &Env, g: usize) -> (u32, u32) {
    let sum: i32 = (e.first(g)..=g).map(|j| e.a(j)).sum();
    let rounds = e.t.next_power_of_two().trailing_zeros();
    (sum as u32, 1 - rounds % 2)
}

fn items(e: &Env, g: usize) -> (u32, u32) {
    let (t, first, m) = (e.linear(g), e.first(g), e.t.min(300));
    let low = |k: usize| e.a(first + k) & 31;
    let high = |k: usize| (k as i32 * 37) & 2047;
    let mut r = 0;
    if t < m {
        let k = m - 1 - t;
        r = e.a(first + k) * 3 + low(k) - high(k) + k as i32;
    }
    let k = t % m;
    let later = if k + 1 < m { (high(k) + 2000) & 2047 } else { high(k) };
    (r as u32, (later * 64 + low(k)) as u32)
}

fn rooms_of_functions(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let v: Vec<i32> = b.clone().map(|g| e.a(g)).collect();
        let size = e.t;
        let r: Vec<i32> =
            (0..size).map(|t| v[size - 1 - t] + i32::from((v[(t + 2) % size] * 3) as i16)).collect();
        for t in 0..size {
            let n = (t + 1) % size;
            m.o[b.start + t] = r[t] + v[n] + r[n] * 3;
            m.q[b.start + t] = 1;
        }
    }
}

fn pointers_in_shared(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let size = e.t;
        let mut data: Vec<i32> = b.clone().map(|g| e.a(g)).collect();
        let r: Vec<i32> = (0..size)
            .map(|t| {
                let both = if data[t] & 1 == 0 { data[t % 9] } else { e.a(b.start / size + t % 9) };
                data[(t * 5 + 1) % size] + both * 3
            })
            .collect();
        for t in (0..size).step_by(2) {
            if t & 4 != 0 {
                m.o[4096 + b.start + t] = r[t] * 2;
            } else {
                data[t] = r[t] * 2;
            }
        }
        for t in 0..size {
            m.o[b.start + t] = r[t];
            m.q[b.start + t] = data[t] + 1 - ((t + 1) % size % 2) as i32;
        }
    }
}

fn around_the_middle(e: &Env, g: usize) -> (u32, u32) {
    let (t, size) = (e.linear(g) as i32, e.t as i32);
    let mid = |k: i32| {
        if k < 0 {
            k + 1
        } else if k >= size {
            (k - size) * 2
        } else {
            e.a(e.first(g) + k as usize)
        }
    };
    let sum: i32 = (-3..=3).map(|k| mid(t + k) * (k + 5)).sum();
    let far = e.a(g) & 31;
    (sum as u32, (mid(-far - 1) * 3 + mid(t - far) + mid(size + far)) as u32)
}

fn bytes_and_words(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let size = e.t;
        let mut s: Vec<u8> = (0..size)
            .flat_map(|t| {
                let v = e.a(b.start + t);
                [v as u8, (v >> 2) as u8, t as u8, 3]
            })
            .collect();
        let word = |s: &[u8], t: usize| u32::from_le_bytes(s[t * 4..][..4].try_into().unwrap());
        for t in 0..size {
            let r = word(&s, (t + 1) % size).wrapping_mul(3).wrapping_add(u32::from(s[t * 3 % (size * 4)]));
            m.o[b.start + t] = r as i32;
        }
        for t in 0..size {
            s[t + size * (e.a(b.start + t) & 3) as usize] = 9;
        }
        (0..size).for_each(|t| m.q[b.start + t] = word(&s, t) as i32);
    }
}

fn kept_in_volatile(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let size = e.t;
        let mut s: Vec<i32> = b.clone().map(|g| e.a(g)).collect();
        for k in 0..4 {
            let y = s.clone();
            (0..size).for_each(|t| s[t] = y[(t + 2 * k + 1) % size] + k as i32);
        }
        (0..size).for_each(|t| m.o[b.start + t] = s[t] * 2 + 8);
    }
}

fn rows_by_two_indices(e: &Env, m: &mut Mem) {
    for b in e.blocks() {
        let (rows, columns) = ((e.dim[1] * e.dim[2]).min(32), e.dim[0].min(32));
        let mut s = [[0u32; 33]; 32];
        for y in 0..rows {
            for x in 0..columns {
                s[y][x] = e.u(b.start + y * e.dim[0] + x);
            }
        }
        let place = |t: usize| (t % e.dim[0] & 31, t / e.dim[0] & 31);
        for t in 0..e.t {
            let (x, y) = place(t);
            let mut sum = 0u32;
            (0..columns).for_each(|k| sum = sum.wrapping_add(s[y][k].wrapping_mul(k as u32 + 1)));
            (0..rows).for_each(|k| sum = sum.wrapping_sub(s[k][x % columns].wrapping_mul(k as u32)));
            m.o[b.start + t] = sum as i32;
        }
        let pivot = s[rows - 1][columns - 1];
        for r in 0..rows {
            let f = s[r];
            for y in (0..rows).filter(|&y| y != r) {
                for x in 0..columns {
                    let by = (y as i32 - r as i32) as u32;
                    s[y][x] = s[y][x].wrapping_add(f[x].wrapping_mul(by));
                }
            }
        }
        for t in 0..e.t {
            let (x, y) = place(t);
            m.q[b.start + t] = (s[y % rows][x % columns] ^ pivot) as i32;
        }
    }
}

fn matrix_product(e: &Env, m: &mut Mem) {
    let size = 13 + (e.n & 3) as usize;
    for b in 0..e.grid {
        for r in 0..size {
            for c in 0..8 {
                let sum = (0..size)
                    .fold(0u32, |s, k| s.wrapping_add(e.u(r * size + k).wrapping_mul(e.u(1000 + k * 8 + c))));
                m.q[b * 512 + r * 8 + c] = sum as i32;
            }
        }
    }
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        all("union_in_turns", ANY, union_in_turns),
        two("carved_up", ANY, carved_up).shared(64 * 19),
        two("transpose", ANY, transpose),
        two("three_dimensions", ANY, three_dimensions),
        all("chosen_pointers", ANY, chosen_pointers),
        two("swapped_buffers", ANY, swapped_buffers),
        two("items", ANY, items),
        all("rooms_of_functions", ANY, rooms_of_functions),
        all("pointers_in_shared", ANY, pointers_in_shared),
        two("around_the_middle", ANY, around_the_middle),
        all("bytes_and_words", ANY, bytes_and_words),
        each("halo", ANY, |e, g| {
            let at = |k: i64| if k >= 0 && k < e.all() as i64 { e.a(k as usize) } else { 0 };
            let g = g as i64;
            (at(g - 2) - 4 * at(g - 1) + 6 * at(g) - 4 * at(g + 1) + at(g + 2)) as u32
        }),
        all("kept_in_volatile", ANY, kept_in_volatile),
        all("rows_by_two_indices", ANY, rows_by_two_indices),
        all("matrix_product", ANY, matrix_product),
    ]
}
