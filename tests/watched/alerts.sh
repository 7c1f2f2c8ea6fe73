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

code=0
if command -v amtool >/dev/null 2>&1; then
    amtool check-config deploy/prometheus/alertmanager.yml
    while read -r alert severity receiver; do
        got=$(amtool config routes test --config.file=deploy/prometheus/alertmanager.yml "alertname=$alert" "severity=$severity" 2>/dev/null || true)
        [ "$got" = "$receiver" ] || { echo "$alert goes to $got and not to $receiver" >&2; code=1; }
    done <<'ROUTES'
ExeatWatchdog none heartbeat
ExeatDown critical somebody-looks-now
ExeatHeldTooLong warning somebody-looks
ROUTES
else
    echo "skipped: how alerts leave: amtool is not installed (apt-get install prometheus-alertmanager)"
fi
while read -r alert; do
    grep -q "^### $alert\$" deploy/guides/alerts.md || { echo "deploy/guides/alerts.md does not speak of $alert" >&2; code=1; }
done < <(sed -n 's/^ *- alert: //p' deploy/prometheus/exeat.rules.yml)
exit "$code"
