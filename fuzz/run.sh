#!/bin/sh
# Builds and runs a libFuzzer target with the stable compiler: fuzz/run.sh TARGET [SECONDS] [libFuzzer options]
set -eu
cd "$(dirname "$0")"
target=$1
seconds=${2:-600}
shift; [ $# -gt 0 ] && shift
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Zsanitizer=address"
host=$(rustc -vV | sed -n 's/^host: //p')
cargo build --release --target "$host" --bin "$target"
mkdir -p "corpus/$target"
if [ "$target" = fuzz_front_end ]; then
    for f in ../tests/cudac/*.cu; do cp -n "$f" "corpus/$target/" || true; done
fi
exec "target/$host/release/$target" "corpus/$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 "$@"
