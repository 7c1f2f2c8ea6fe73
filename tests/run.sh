#!/usr/bin/env bash
# Runs everything that says whether exeat is right: format, lints, documents, shell scripts, and all tests,
# those against a real Postfix included. Ends with the test runner's own closing lines, and with 0 only when
# all of it is right.
#
#   tests/run.sh           everything
#   tests/run.sh NAME...   after the same checks, only the tests whose names have NAME in them
#
# With EXEAT_FIGURES=yes the tests that print figures run as well: what a message costs in the workers, and the memory
# that EXEAT_CONNECTIONS (200) connections take, each EXEAT_MEGABYTES (1) into a message.
#
# As root, apt installs what is missing. An ordinary user is told what is missing; without Rust nothing runs,
# without one of the others the tests that need it say "skipped".
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2

case ${1:-} in -h | --help) sed -n '2,13p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;; esac
PATH=$PATH:/usr/sbin:/sbin
[ -d "${CARGO_HOME:-${HOME:-/nonexistent}/.cargo}/bin" ] && PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
there() { command -v "$1" >/dev/null 2>&1; }

packages=()
while read -r program package; do
    there "$program" || packages+=("$package")
done <<'LIST'
cc build-essential
postfix postfix
fakeroot fakeroot
miltertest miltertest
opendkim opendkim
opendkim-genkey opendkim-tools
openssl openssl
curl curl
shellcheck shellcheck
prometheus prometheus
promtool prometheus
amtool prometheus-alertmanager
jq jq
python3 python3
tesseract tesseract-ocr
LIST
python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)
if [ "${#packages[@]}" -gt 0 ]; then
    if [ "$(id -u)" -eq 0 ] && there apt-get; then
        echo "== installing ${packages[*]}"
        export DEBIAN_FRONTEND=noninteractive
        if there debconf-set-selections; then
            echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
        fi
        install() { apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }
        # One by one after a failure, so that a package that some release lacks takes no other with it.
        install "${packages[@]}" || { apt-get update -qq && install "${packages[@]}"; } ||
            for package in "${packages[@]}"; do
                install "$package" || echo "tests/run.sh: $package cannot be installed; tests that need it are skipped" >&2
            done
        # What a package starts of its own accord is not what the tests use.
        case " ${packages[*]} " in
        *" prometheus"*) ! there systemctl || systemctl disable --quiet --now prometheus prometheus-alertmanager 2>/dev/null || true ;;
        esac
    else
        echo "tests/run.sh: missing, and the tests that need them are skipped: ${packages[*]}" >&2
        echo "tests/run.sh: an administrator installs them with: apt-get install ${packages[*]}" >&2
    fi
fi
there cargo || { echo "tests/run.sh: Rust (cargo) is missing: install it from https://rustup.rs" >&2; exit 1; }

failed=()
step() {
    local name=$1 begun=$SECONDS
    shift
    echo "== $name"
    "$@" || { failed+=("$name"); echo "== $name FAILED" >&2; }
    echo "== $name: $((SECONDS - begun)) s"
}
scripts() { find deploy tests .ci -type f \( -name '*.sh' -o -path '.ci/run' \) -print0 | xargs -0 shellcheck --severity=warning; }

if cargo fmt --version >/dev/null 2>&1; then step "format" cargo fmt --check; fi
if there shellcheck; then step "shell scripts" scripts; fi
if cargo clippy --version >/dev/null 2>&1; then
    step "lints" cargo clippy --locked --all-targets -- -D warnings
fi
step "alert rules" tests/watched/alerts.sh
step "dashboard" tests/watched/grafana.sh
step "documents" env RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps
step "examples in the documents" cargo test --locked --doc
# Some minutes, and for root alone: .ci/run asks for it.
if [ -n "${EXEAT_PACKAGE:-}" ]; then step "the Debian package" tests/package.sh --debug; fi
if [ -n "${EXEAT_FIGURES:-}" ]; then
    step "figures of the workers" cargo test --locked --test room -- --ignored --exact --nocapture figures
    step "figures of memory" cargo test --locked --test milter -- --ignored --exact --nocapture memory::measure
fi

echo "== tests"
[ "${#failed[@]}" -eq 0 ] || printf '== FAILED before the tests: %s\n' "${failed[@]}" >&2
code=0
if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked --no-fail-fast "$@" || code=$?
else
    cargo test --locked --no-fail-fast -- "$@" || code=$?
fi
[ "${#failed[@]}" -eq 0 ] || exit 1
exit "$code"
