//! Target description: the host's own features, or a named architecture for cross-compilation tests.

use std::sync::OnceLock;

use cranelift_codegen::isa::{self, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};

/// A Cranelift target and what the emitter has to know of its features.
pub struct Target {
    pub isa: OwnedTargetIsa,
    /// Fused multiply-add in hardware.
    pub fma: bool,
    /// floor, ceil, trunc and rint in hardware.
    pub round: bool,
}

fn flags() -> Result<settings::Flags, String> {
    let mut b = settings::builder();
    let mut set = |k: &str, v: &str| b.set(k, v).map_err(|e| format!("{k}: {e}"));
    set("opt_level", "speed")?;
    set("is_pic", "false")?;
    // Our loops and checks need no probes: frames of generated code are small and bounded.
    set("enable_probestack", "false")?;
    set("unwind_info", "false")?;
    set("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" })?;
    Ok(settings::Flags::new(b))
}

/// The processor this process runs on; detected once.
pub fn host() -> Result<&'static Target, String> {
    static HOST: OnceLock<Result<Target, String>> = OnceLock::new();
    HOST.get_or_init(|| {
        let arch = std::env::consts::ARCH;
        target(&format!("{arch}-unknown-linux-gnu"), true)
    })
    .as_ref()
    .map_err(Clone::clone)
}

/// A target by name (`aarch64-unknown-linux-gnu`) with its baseline features.
pub fn target_for(triple: &str) -> Result<Target, String> {
    target(triple, false)
}

fn target(triple: &str, native: bool) -> Result<Target, String> {
    #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut, reason = "features are set on x86-64 only"))]
    let mut b = isa::lookup_by_name(triple).map_err(|e| format!("{triple}: {e}"))?;
    let x64 = triple.starts_with("x86_64");
    let (mut fma, mut round) = (!x64, !x64);
    #[cfg(target_arch = "x86_64")]
    if native && x64 {
        let features = [
            ("has_sse3", is_x86_feature_detected!("sse3")),
            ("has_ssse3", is_x86_feature_detected!("ssse3")),
            ("has_sse41", is_x86_feature_detected!("sse4.1")),
            ("has_sse42", is_x86_feature_detected!("sse4.2")),
            ("has_popcnt", is_x86_feature_detected!("popcnt")),
            ("has_avx", is_x86_feature_detected!("avx")),
            ("has_avx2", is_x86_feature_detected!("avx2")),
            ("has_fma", is_x86_feature_detected!("fma")),
            ("has_bmi1", is_x86_feature_detected!("bmi1")),
            ("has_bmi2", is_x86_feature_detected!("bmi2")),
            ("has_lzcnt", is_x86_feature_detected!("lzcnt")),
        ];
        for (name, _) in features.iter().filter(|(_, on)| *on) {
            b.enable(name).map_err(|e| format!("{name}: {e}"))?;
        }
        fma = is_x86_feature_detected!("fma") && is_x86_feature_detected!("avx");
        round = is_x86_feature_detected!("sse4.1");
    }
    let _ = native;
    let isa = b.finish(flags()?).map_err(|e| format!("{triple}: {e}"))?;
    if !x64 {
        (fma, round) = (true, true);
    }
    Ok(Target { isa, fma, round })
}
