//! What the operating system tells of processor and memory. Platform module: Linux; elsewhere the plain defaults.

use std::io::Read;

/// "model name" of /proc/cpuinfo, else the architecture.
pub fn processor_name() -> String {
    cpuinfo("model name").unwrap_or_else(|| format!("{} processor", std::env::consts::ARCH))
}

/// Nominal or present clock; 0 if unknown.
pub fn clock_rate_khz() -> u32 {
    let megahertz = cpuinfo("cpu MHz").and_then(|text| text.parse::<f64>().ok());
    megahertz.map_or(0, |mhz| (mhz * 1000.0) as u32)
}

/// First field of /proc/cpuinfo with this name.
fn cpuinfo(field: &str) -> Option<String> {
    let text = beginning("/proc/cpuinfo");
    let line = text.lines().find(|line| line.starts_with(field))?;
    line.split_once(':').map(|(_, value)| value.trim().to_string())
}

/// The first lines of a file that the kernel makes while it is read: the whole of it takes milliseconds where processors
/// are many, and what is asked for stands at the top.
fn beginning(path: &str) -> String {
    let mut buffer = [0; 4096];
    let read = std::fs::File::open(path).and_then(|mut file| file.read(&mut buffer));
    let text = &buffer[..read.unwrap_or(0)];
    // The last line may be cut.
    let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    String::from_utf8_lossy(&text[..end]).into_owned()
}

/// Bytes of the first processor's L2 cache; 0 if unknown.
pub fn l2_cache_size() -> u64 {
    let text = std::fs::read_to_string("/sys/devices/system/cpu/cpu0/cache/index2/size").unwrap_or_default();
    let text = text.trim();
    let (number, unit) = match text.strip_suffix('M') {
        Some(number) => (number, 1 << 20),
        None => (text.trim_end_matches('K'), 1 << 10),
    };
    number.parse::<u64>().map_or(0, |n| n * unit)
}

/// (total, available) MiB of host memory; zeros where it is not told.
pub fn memory_mb() -> (u64, u64) {
    let text = beginning("/proc/meminfo");
    let field = |name: &str| {
        text.lines()
            .find(|line| line.starts_with(name))
            .and_then(|line| line.split_whitespace().nth(1))
            .and_then(|kib| kib.parse::<u64>().ok())
            .map_or(0, |kib| kib / 1024)
    };
    (field("MemTotal:"), field("MemAvailable:"))
}

/// What kernels are compiled for: the architecture and the vector extension in reach, "x86_64-avx2".
pub fn architecture() -> String {
    #[cfg(target_arch = "x86_64")]
    {
        let extension = if is_x86_feature_detected!("avx512f") {
            "-avx512"
        } else if is_x86_feature_detected!("avx2") {
            "-avx2"
        } else {
            ""
        };
        let fma = if is_x86_feature_detected!("fma") { "-fma" } else { "" };
        format!("x86_64{extension}{fma}")
    }
    #[cfg(not(target_arch = "x86_64"))]
    std::env::consts::ARCH.to_string()
}
