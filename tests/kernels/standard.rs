//! Kernels that include headers of the C and C++ standard libraries: the same text for the host compiler with its own
//! library, for the CPU device and for NVRTC.

use super::case::Stage::*;
use super::case::*;
use super::rng::Rng;

const RANGES: &str = include_str!("standard/ranges.cu");

fn ranges(rng: &mut Rng) -> Vec<Case> {
    [1usize, 33, 200]
        .iter()
        .map(|&n| {
            let xs: Vec<i64> = rng.i32s(6 * n, -120, 120).into_iter().map(i64::from).collect();
            let want: Vec<i64> = xs
                .chunks(6)
                .flat_map(|x| {
                    let (most, least) = (*x.iter().max().unwrap(), *x.iter().min().unwrap());
                    let mut later: Vec<i64> = vec![x[0], x[1], x[2], x[4], x[4], x[5]];
                    later.reverse();
                    let steps: Vec<i64> = (-4..4).map(|s| s * 25).collect();
                    vec![
                        most,
                        least,
                        x.iter().sum(),
                        x.iter().fold(0, |a, b| a ^ b),
                        most,
                        x.iter().zip(1..).map(|(a, w)| a * w).sum(),
                        x[0].clamp(-50, 50),
                        x[1].max(x[2]),
                        x[5] * 3 - x[0],
                        x[3] - x[4],
                        later[0],
                        later.iter().position(|&v| v == x[1]).unwrap() as i64,
                        steps.iter().filter(|&&s| s < x[0]).count() as i64,
                        steps.iter().filter(|&&s| s <= x[0]).count() as i64,
                        7 + steps.iter().zip(x).map(|(s, v)| s * v).sum::<i64>(),
                        i64::from((x[0], 1) < (x[1], 0)),
                    ]
                })
                .collect();
            let mut c = Case::new(format!("n={n}"));
            let (x, o) = (c.input(&xs), c.output(&want));
            c.launch("ranges", blocks(n, 64), 64, 0, args![x, o, n as i32]);
            c
        })
        .collect()
}

const TRAITS: &str = include_str!("standard/traits.cu");

fn traits(rng: &mut Rng) -> Vec<Case> {
    [1usize, 40, 129]
        .iter()
        .map(|&n| {
            let xs = rng.f32s(n, -90.0, 90.0);
            let want: Vec<f64> = xs
                .iter()
                .flat_map(|&v| {
                    let d = f64::from(v);
                    [
                        f64::from(v.abs() + (v as i32).abs() as f32),
                        f64::from(v.abs().sqrt()),
                        f64::from(v.floor()) + d.ceil(),
                        f64::from((v as i32 / 2) as f32 + v * 0.5),
                        f64::from(v.min(1.0)) + d.max(1.0),
                        3.0,
                        0.0,
                        f64::from(v.trunc() + 2f32.copysign(v)),
                        f64::from(v.to_bits()),
                        std::f64::consts::PI + f64::from(f32::from_bits(1)),
                    ]
                })
                .collect();
            let mut c = Case::new(format!("n={n}"));
            let (x, o) = (c.input(&xs), c.output(&want));
            c.launch("traits", blocks(n, 32), 32, 0, args![x, o, n as i32]);
            c
        })
        .collect()
}

const COMPLEX: &str = include_str!("standard/complex.cu");

fn newton(rng: &mut Rng) -> Vec<Case> {
    let n = 150;
    let (re, im) = (rng.f32s(n, 0.3, 2.0), rng.f32s(n, -0.2, 0.2));
    // Turned by a third of a circle each, so that every root has its starts, away from where they meet.
    let (mut xs, mut ys, mut want) = (Vec::new(), Vec::new(), Vec::new());
    for i in 0..n {
        let angle = [0.0, 2.0, 4.0][i % 3] * std::f32::consts::FRAC_PI_3;
        xs.push(re[i] * angle.cos() - im[i] * angle.sin());
        ys.push(re[i] * angle.sin() + im[i] * angle.cos());
        want.push((i % 3) as i32);
    }
    let mut c = Case::new(format!("n={n}"));
    let (x, y, root) = (c.input(&xs), c.input(&ys), c.output(&want));
    let size = c.output_f32(&vec![1.0f32; n], near(1e-5, 0.0, "the roots lie on the unit circle"));
    c.launch("newton", blocks(n, 32), 32, 0, args![x, y, root, size, n as i32]);
    vec![c]
}

pub fn kernels() -> Vec<Kernel> {
    vec![
        kernel("standard_ranges", S5, RANGES, ranges),
        kernel("standard_traits", S5, TRAITS, traits),
        kernel("standard_complex", S5, COMPLEX, newton),
    ]
}
