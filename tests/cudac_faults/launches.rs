//! Odd launches and many threads at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use vmgpu::buffer::Buffer;
use vmgpu::kernel::GpuArg;
use vmgpu::types::{CHECKED_OPTION, CompileOptions, Dim3, LaunchConfig};

use crate::support::{assert_healthy, buffer, compile, cpu, ints};

#[test]
fn odd_shapes_are_refused_or_run() {
    let device = cpu();
    let kernel = compile(&device, "extern \"C\" __global__ void k(int *x) { atomicAdd(x, 1); }", "k", &[]);
    let x = buffer(&device, 16);
    let dim = |x, y, z| Dim3 { x, y, z };
    for (grid, block) in [
        (dim(0, 1, 1), dim(1, 1, 1)),
        (dim(1, 0, 1), dim(1, 1, 1)),
        (dim(1, 1, 1), dim(0, 1, 1)),
        (dim(1, 1, 1), dim(1, 1, 0)),
        (dim(1, 1, 1), dim(1025, 1, 1)),
        (dim(1, 1, 1), dim(32, 32, 2)),
        (dim(1, 1, 1), dim(1, 1, 65)),
        (dim(1, 1, 1), dim(u32::MAX, u32::MAX, u32::MAX)),
        (dim(1, 65536, 1), dim(1, 1, 1)),
        (dim(1, 1, 65536), dim(1, 1, 1)),
        (dim(u32::MAX, u32::MAX, u32::MAX), dim(1, 1, 1)),
        (dim(0x8000_0000, 1, 1), dim(1, 1, 1)),
    ] {
        let config = LaunchConfig { grid, block, shared_memory_size: 0 };
        assert!(kernel.launch(&config, &[GpuArg::Buffer(&x)]).is_err(), "{config:?}");
    }
    assert_eq!(ints(&x)[0], 0, "nothing ran");
    for (grid, block) in [
        (dim(3, 5, 7), dim(2, 3, 4)),
        (dim(1, 65535, 1), dim(1, 1, 1)),
        (dim(1, 1, 1), dim(4, 4, 64)),
        (dim(2, 2, 2), dim(1024, 1, 1)),
    ] {
        x.fill(0, 0, 16).unwrap();
        let config = LaunchConfig { grid, block, shared_memory_size: 0 };
        kernel.launch(&config, &[GpuArg::Buffer(&x)]).unwrap();
        assert_eq!(
            ints(&x)[0] as u64,
            [grid, block].iter().map(|d| d.x as u64 * d.y as u64 * d.z as u64).product::<u64>()
        );
    }
    assert_healthy(&device);
}

#[test]
fn shared_memory_up_to_its_limits() {
    let device = cpu();
    let text =
        "extern \"C\" __global__ void k(int *x, int n) { extern __shared__ int d[]; __shared__ int s[1024];
        int t = threadIdx.x; for (int i = t; i < n; i += blockDim.x) d[i] = i * 3; s[t] = t; __syncthreads();
        x[t] = d[n - 1 - t] + s[blockDim.x - 1 - t]; }";
    for options in [&[][..], &[CHECKED_OPTION][..]] {
        let kernel = compile(&device, text, "k", options);
        let x = buffer(&device, 4096);
        for bytes in [4096u32, 48 << 10, 100 << 10, 220 << 10] {
            let mut config = LaunchConfig::new(2, 1024);
            config.shared_memory_size = bytes;
            let n = bytes as i32 / 4;
            kernel
                .launch(&config, &[GpuArg::Buffer(&x), GpuArg::I32(n)])
                .unwrap_or_else(|e| panic!("{bytes}: {e}"));
            let want: Vec<i32> = (0..1024).map(|t| (n - 1 - t) * 3 + 1023 - t).collect();
            assert_eq!(ints(&x), want, "{bytes}");
        }
        for bytes in [227 << 10, 1 << 20, u32::MAX, u32::MAX - 127] {
            let mut config = LaunchConfig::new(1, 1024);
            config.shared_memory_size = bytes;
            assert!(kernel.launch(&config, &[GpuArg::Buffer(&x), GpuArg::I32(1024)]).is_err(), "{bytes}");
        }
    }
    let huge = "extern \"C\" __global__ void k(int *x) { __shared__ int s[300 * 256]; s[threadIdx.x] = 1; __syncthreads(); x[0] = s[0]; }";
    let x = buffer(&device, 16);
    match device.compile(huge, "k", &CompileOptions::default()) {
        Err(error) => assert!(error.to_string().contains("shared"), "{error}"),
        Ok(kernel) => assert!(kernel.launch(&LaunchConfig::new(1, 1), &[GpuArg::Buffer(&x)]).is_err()),
    }
    assert_healthy(&device);
}

#[test]
fn empty_buffers_and_no_arguments() {
    let device = cpu();
    let empty = Buffer::Device(Arc::new(device.create_buffer(0).unwrap()));
    let kernel = compile(
        &device,
        "extern \"C\" __global__ void k(int *x, int n) { for (int i = 0; i < n; i++) x[i] = 1; }",
        "k",
        &[CHECKED_OPTION],
    );
    kernel.launch(&LaunchConfig::new(2, 32), &[GpuArg::Buffer(&empty), GpuArg::I32(0)]).unwrap();
    assert!(kernel.launch(&LaunchConfig::new(2, 32), &[GpuArg::Buffer(&empty), GpuArg::I32(1)]).is_err());
    assert!(kernel.launch(&LaunchConfig::new(2, 32), &[GpuArg::Buffer(&empty)]).is_err());
    assert!(kernel.launch(&LaunchConfig::new(2, 32), &[]).is_err());
    empty.read(0, &mut []).unwrap();
    empty.write(0, &[]).unwrap();
    let none = compile(&device, "extern \"C\" __global__ void k() { }", "k", &[]);
    none.launch(&LaunchConfig::new(100, 1024), &[]).unwrap();
    assert!(none.launch(&LaunchConfig::new(1, 1), &[GpuArg::I32(1)]).is_err());
    assert_healthy(&device);
}

/// Threads compile, launch, fault and drop kernels while others run the same ones.
#[test]
fn many_threads_at_once() {
    let device = cpu();
    let until = Instant::now() + Duration::from_secs(4);
    let rounds = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8i32 {
            let (device, rounds) = (&device, &rounds);
            scope.spawn(move || {
                let mut round = 0;
                while Instant::now() < until {
                    round += 1;
                    let add = thread * 1000 + round;
                    let text = format!(
                        "__device__ int f(int a) {{ return a < 2 ? 1 : f(a - 1) + {add}; }}\n\
                         extern \"C\" __global__ void k(int *x, int n) {{ __shared__ int s[64]; int t = threadIdx.x; s[t] = t + {add}; __syncthreads();\n\
                         if (n == 13 && t == 7) __trap();\n  x[blockIdx.x * 64 + t] = s[63 - t] + f(n); }}"
                    );
                    let kernel = Arc::new(compile(device, &text, "k", &[]));
                    let x = buffer(device, 4 * 640);
                    let others: Vec<_> = (0..2)
                        .map(|i| {
                            let (kernel, device) = (kernel.clone(), device.clone());
                            std::thread::spawn(move || {
                                let x = buffer(&device, 4 * 640);
                                let n = if i == 0 { 13 } else { 5 };
                                let result = kernel.launch(&LaunchConfig::new(10, 64), &[GpuArg::Buffer(&x), GpuArg::I32(n)]);
                                // Perhaps the last to hold the kernel.
                                drop(kernel);
                                assert_eq!(result.is_err(), i == 0, "{result:?}");
                                if i == 1 {
                                    assert_eq!(ints(&x)[63], add + 4 * add + 1);
                                }
                            })
                        })
                        .collect();
                    kernel.launch(&LaunchConfig::new(10, 64), &[GpuArg::Buffer(&x), GpuArg::I32(3)]).unwrap();
                    drop(kernel);
                    let got = ints(&x);
                    assert!(got.iter().enumerate().all(|(i, &v)| v == 63 - (i as i32 % 64) + add + 2 * add + 1), "{got:?}");
                    others.into_iter().for_each(|o| o.join().unwrap());
                    rounds.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    eprintln!("{} rounds", rounds.load(Ordering::Relaxed));
    assert!(rounds.load(Ordering::Relaxed) > 8);
    assert_healthy(&device);
}
