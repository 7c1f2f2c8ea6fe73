#!/usr/bin/env bash
# Runs the fuzzers: bytes that a program makes, against the promises in tests/fuzzing. Ends with a table of what
# each target reached, and with 0 only when nothing was found.
#
#   tests/fuzz.sh MINUTES                every target and every reader of files, the minutes shared out among them
#   tests/fuzz.sh MINUTES TARGET...      these: wire tree fold open sealed edit inspect
#   tests/fuzz.sh MINUTES open:READER    the target open, with files for this reader alone (open:rtf)
#   tests/fuzz.sh MINUTES open:          the same for every reader, one after the other
#
# It begins with the seeds in fuzz/seeds, everything ever found in fuzz/findings, and what earlier runs reached
# (fuzz/corpus, kept on this machine). What it finds is written to fuzz/findings/TARGET, where tests/run.sh replays it.
# Installs cargo-fuzz if it is missing. EXEAT_SANITIZER=none runs faster and sees less; EXEAT_FUZZ_MEMORY (MiB, 2048)
# and EXEAT_FUZZ_SECONDS (10) are the limits of one input.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2

usage() { sed -n '2,16p' "$0" | sed 's/^# \{0,1\}//'; }
case ${1:-} in
-h | --help) usage; exit 0 ;;
'' | *[!0-9]*) usage >&2; exit 2 ;;
esac
minutes=$1
shift
all=(wire tree fold open sealed edit inspect)
readers=(word excel powerpoint xlsb opendocument doc xls ppt ole macros password rtf msg tnef pdf zip zip-methods gzip tar 7z rar packed smime picture html svg calendar csv)
targets=()
[ $# -gt 0 ] || set -- wire tree fold sealed edit inspect open:
for target in "$@"; do
    if [ "$target" = open: ]; then
        for reader in "${readers[@]}"; do targets+=("open:$reader"); done
        continue
    fi
    case " ${all[*]} ${readers[*]/#/open:} " in
    *" $target "*) targets+=("$target") ;;
    *) echo "tests/fuzz.sh: no such target: $target (there are ${all[*]} ${readers[*]/#/open:})" >&2; exit 2 ;;
    esac
done

PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
command -v cargo >/dev/null || { echo "tests/fuzz.sh: Rust (cargo) is missing: install it from https://rustup.rs" >&2; exit 2; }
cargo fuzz --version >/dev/null 2>&1 || cargo install --locked cargo-fuzz || exit 2

# The fuzzer's switches are those of a nightly compiler; this has a stable one take them too.
export RUSTC_BOOTSTRAP=1 ASAN_OPTIONS=detect_odr_violation=0
triple=$(rustc -vV | sed -n 's/^host: //p')
for program in $(printf '%s\n' "${targets[@]%%:*}" | sort -u); do
    nice -n 19 cargo fuzz build --release --sanitizer "${EXEAT_SANITIZER:-address}" --target "$triple" "$program" || exit 2
done

seconds=$((minutes * 60 / ${#targets[@]}))
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
failed=0
: >"$work/table"
for target in "${targets[@]}"; do
    program=${target%%:*} corpus=${target/:/-}
    export EXEAT_FUZZ_READER=
    case $target in open:*) EXEAT_FUZZ_READER=${target#open:} ;; esac
    mkdir -p "fuzz/corpus/$corpus" "fuzz/findings/$program" "$work/$corpus"
    seeds=("fuzz/seeds/$program" "fuzz/findings/$program")
    case $program in
    tree | edit | inspect | sealed) cp tests/mails/*.eml "$work/$corpus/" && seeds+=("$work/$corpus") ;;
    open) seeds+=(fuzz/seeds/readers) ;;
    esac
    echo "== $target: $seconds s"
    begun=$SECONDS runs=0 found=0
    # One process ends with what it finds; the next goes on from there.
    while [ $((SECONDS - begun)) -lt "$seconds" ]; do
        log=$work/$corpus.log
        nice -n 19 "fuzz/target/$triple/release/$program" "fuzz/corpus/$corpus" "${seeds[@]}" \
            -max_total_time=$((seconds - SECONDS + begun)) -max_len=16384 -timeout="${EXEAT_FUZZ_SECONDS:-10}" \
            -rss_limit_mb="${EXEAT_FUZZ_MEMORY:-2048}" -malloc_limit_mb=512 -print_final_stats=1 -verbosity=1 \
            -artifact_prefix="$work/found-" >"$log" 2>&1
        code=$?
        one=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
        runs=$((runs + ${one:-0}))
        covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)
        [ "$code" -eq 0 ] && break
        new=0
        for file in "$work"/found-*; do
            [ -f "$file" ] || continue
            name=$(sha1sum "$file" | cut -c1-12)
            if [ ! -e "fuzz/findings/$program/$name" ]; then
                new=1 found=$((found + 1))
                echo "== $target: found fuzz/findings/$program/$name"
            fi
            mv "$file" "fuzz/findings/$program/$name"
        done
        grep -E 'panicked at|ERROR: |SUMMARY: ' -A 1 "$log" | head -6
        failed=1
        # What fails at once with what is known already gets no further until it is mended.
        [ "$new" -eq 1 ] || { echo "== $target: stopped, since it fails with what is known"; tail -5 "$log"; break; }
        seeds=("${seeds[@]/#fuzz\/findings\/$program/$work\/$corpus}")
    done
    rmdir "fuzz/findings/$program" 2>/dev/null
    printf '%-18s %12s %10s %9s %9s\n' "$target" "$runs" "$((SECONDS - begun)) s" "${covered:-?}" "$found" >>"$work/table"
done

echo
printf '%-18s %12s %10s %9s %9s\n' target executions time coverage findings
cat "$work/table"
exit "$failed"
