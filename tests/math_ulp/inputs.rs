//! Argument sets: the little language of `cases.rs`, and the edge values that every function meets.

/// One generator of one argument.
#[derive(Clone, Copy, Debug)]
pub struct Generator {
    pub mode: i32,
    pub low: f64,
    pub high: f64,
}

/// The sets of a case (one generator per argument), and whether edge values are to be added.
pub fn parse(text: &str) -> (Vec<Vec<Generator>>, bool) {
    let (text, edges) = match text.strip_prefix("noedge ") {
        Some(rest) => (rest, false),
        None => (text, true),
    };
    let sets = text.split(';').map(|set| set.split('|').map(generator).collect()).collect();
    (sets, edges)
}

fn generator(text: &str) -> Generator {
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = |i: usize| words.get(i).map_or(0.0, |w| w.parse().expect("a number"));
    let mode = match words[0] {
        "all" => 0,
        "uni" => 1,
        "log" => 2,
        "int" => 4,
        other => panic!("no generator `{other}`"),
    };
    Generator { mode, low: number(1), high: number(2) }
}

/// Values where functions go wrong, as doubles; rounded to float for single precision.
pub fn edges(single: bool) -> Vec<f64> {
    let mut v = vec![0.0, f64::INFINITY, f64::NAN, 1.0, 0.5, 2.0, 3.0, 4.0, 1e9, 1e6, 105_615.0];
    if single {
        v.extend([f32::MAX, f32::MIN_POSITIVE, f32::from_bits(1), f32::from_bits(0x7f_ffff)].map(f64::from));
        v.extend([
            88.722_84, 88.8, 87.336_55, 103.972_08, 104.0, 89.415_99, 127.999_99, 128.0, 149.0, 150.0, 126.0,
        ]);
        v.extend([38.531_84, 44.853_47, 45.2, 16_777_216.0, 8_388_607.5, 8_388_609.0, 2_147_483_648.0, 1e30]);
        for n in [1u32, 2, 3, 5, 11, 710, 12_345, 636_000, 1 << 20, 1 << 24] {
            let near = (f64::from(n) * std::f64::consts::FRAC_PI_2) as f32;
            v.extend([near.next_down(), near, near.next_up()].map(f64::from));
        }
        for around in [1.0f32, 0.5, 2.0, 0.25, 0.75, 1.5] {
            v.extend([around.next_down(), around.next_up()].map(f64::from));
        }
        v.extend((-45..=38).map(|e| f64::from(10f32.powi(e))));
    } else {
        v.extend([f64::MAX, f64::MIN_POSITIVE, f64::from_bits(1), f64::from_bits(0xf_ffff_ffff_ffff)]);
        v.extend([
            709.782_712_893_384,
            709.79,
            708.396_418_532_264_1,
            745.133_219_101_941_2,
            745.2,
            710.475_860_073_944,
        ]);
        v.extend([
            1_023.999_999_999_999_9,
            1024.0,
            1074.0,
            1075.0,
            1022.0,
            308.254_715_559_916_7,
            323.306_215_343_115_8,
        ]);
        v.extend([
            9_007_199_254_740_992.0,
            4_503_599_627_370_495.5,
            4_503_599_627_370_497.0,
            2_147_483_648.0,
            1e22,
        ]);
        for n in [1u32, 2, 3, 5, 11, 710, 12_345, 636_000, 1 << 20, 600_000_000] {
            let near = f64::from(n) * std::f64::consts::FRAC_PI_2;
            v.extend([near.next_down(), near, near.next_up()]);
        }
        for around in [1.0f64, 0.5, 2.0, 0.25, 0.75, 1.5] {
            v.extend([around.next_down(), around.next_up()]);
        }
        v.extend((-323..=308).step_by(7).map(|e| 10f64.powi(e)));
    }
    let negative: Vec<f64> = v.iter().map(|x| -x).collect();
    v.extend(negative);
    v
}
