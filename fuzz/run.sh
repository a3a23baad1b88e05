#!/bin/sh
# Builds and runs a libFuzzer target with the stable compiler: fuzz/run.sh TARGET [SECONDS] [libFuzzer options]
# The first inputs are the texts of all tests. Findings are left in fuzz/findings/TARGET.
set -eu
cd "$(dirname "$0")"
target=$1
seconds=${2:-600}
shift
[ $# -gt 0 ] && shift
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Zsanitizer=address"
# Threads of the compiler come and go: their stacks need not be remembered.
export ASAN_OPTIONS="detect_stack_use_after_return=0:malloc_context_size=3:allocator_may_return_null=1:${ASAN_OPTIONS:-}"
host=$(rustc -vV | sed -n 's/^host: //p')
cargo build --release --target "$host" --bin "$target"
mkdir -p "corpus/$target" "findings/$target"
case $target in
# Each byte is a decision: short inputs make short kernels.
fuzz_differential) set -- -len_control=0 -max_len=1000 "$@" ;;
*)
    export VMGPU_FUZZ_SEEDS="seeds/$target"
    set -- "seeds/$target" -max_len=20000 -mutate_depth=1 "$@"
    mkdir -p "seeds/$target"
    ;;
esac
exec "target/$host/release/$target" "corpus/$target" "$@" -artifact_prefix="findings/$target/" \
    -max_total_time="$seconds" -timeout=30 -rss_limit_mb=4096 -print_final_stats=1
