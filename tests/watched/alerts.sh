#!/usr/bin/env bash
# Looks at the alert rules with Prometheus's own promtool: whether they can be read, and for each alert a case in which
# it fires and one in which it does not (rules_test.py). Then whether each has its paragraph in the guide.
#
#   tests/watched/alerts.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v promtool >/dev/null 2>&1; then
    echo "skipped: promtool is not installed (apt-get install prometheus)"
    exit 0
fi
DIR=$(mktemp -d "${TMPDIR:-/tmp}/exeat-alerts.XXXXXX")
trap 'rm -rf "$DIR"' EXIT

promtool check config deploy/prometheus/prometheus.yml
python3 tests/watched/rules_test.py "$PWD/deploy/prometheus/exeat.rules.yml" >"$DIR/cases.yml"
promtool test rules "$DIR/cases.yml"
if command -v amtool >/dev/null 2>&1; then amtool check-config deploy/prometheus/alertmanager.yml; fi

code=0
while read -r alert; do
    grep -q "^### $alert\$" deploy/guides/alerts.md || { echo "deploy/guides/alerts.md does not speak of $alert" >&2; code=1; }
done < <(sed -n 's/^ *- alert: //p' deploy/prometheus/exeat.rules.yml)
exit "$code"
