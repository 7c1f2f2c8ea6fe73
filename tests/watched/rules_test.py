"""Writes promtool's tests of the alert rules from a table: for each alert, series with which it fires and series with
which it stays silent. An alert without both is an error.

usage: rules_test.py RULES.yml > rules.test.yml"""

import re
import sys

# Series as promtool writes them: `0x30` is 30 minutes of 0, `0+1x30` counts up, `_x5` is nothing for 5 minutes.
DOWN, UP = 'up{job="exeat"}', 'exeat_build_info{instance="a"}'
OPEN = 'exeat_school_open{instance="a"}'
HELD, READY = ('exeat_held_oldest_seconds{instance="a",state="%s"}' % state for state in ("held", "ready"))
RELEASED, RETRIED = ('exeat_releases_total{instance="a",result="%s"}' % result for result in ("sent", "retry"))
TOLD, NOT_TOLD = ('exeat_notices_total{instance="a",result="%s"}' % result for result in ("sent", "retry"))
TEMPFAILS = 'exeat_tempfails_total{instance="a",reason="%s"}'
DEATHS, WORKERS = 'exeat_worker_deaths_total{instance="a",cause="%s"}', 'exeat_workers{instance="a"}'
SLOW = 'exeat_stage_seconds_bucket{instance="a",stage="total",le="%s"}'


def one(name):
    return 'exeat_%s{instance="a"}' % name


# alert: [(what it is about, fires, at which time, series)]
CASES = {
    "ExeatDown": [
        ("it does not answer", True, "10m", {DOWN: "1x3 0x20"}),
        ("nobody asks it", True, "10m", {UP: "1x20"}),
        ("one scrape was lost", False, "10m", {DOWN: "1x3 0x0 1x20"}),
        ("it answers", False, "10m", {DOWN: "1x20"}),
    ],
    "ExeatWorkersDying": [
        ("ten deaths in ten minutes", True, "15m", {DEATHS % "crashed": "0+1x20", WORKERS: "2x20"}),
        ("of two causes", True, "15m", {DEATHS % "crashed": "0x5 4x15", DEATHS % "killed": "0x5 4x15", WORKERS: "2x20"}),
        ("none is alive", True, "10m", {WORKERS: "2x2 0x20"}),
        ("two files crashed a worker each", False, "15m", {DEATHS % "crashed": "0x5 2x15", WORKERS: "2x20"}),
        ("long ago", False, "60m", {DEATHS % "crashed": "0x2 40x80", WORKERS: "2x80"}),
    ],
    "ExeatPoison": [
        ("one", True, "10m", {one("poison_total"): "0x5 1x20"}),
        ("none", False, "10m", {one("poison_total"): "0x20"}),
        ("yesterday", False, "600m", {one("poison_total"): "0x5 1x700"}),
    ],
    "ExeatTroubles": [
        ("five in five minutes", True, "10m", {one("troubles_total"): "0+1x20"}),
        ("one", False, "10m", {one("troubles_total"): "0x5 1x20"}),
    ],
    "ExeatMemoryFull": [
        ("used up", True, "20m", {one("memory_used_bytes"): "99x30", one("memory_limit_bytes"): "100x30"}),
        ("for a moment", False, "20m", {one("memory_used_bytes"): "10x15 99x2 10x20", one("memory_limit_bytes"): "100x40"}),
    ],
    "ExeatBypass": [
        ("on", True, "5m", {one("bypass_until_seconds"): "0x2 3600x10"}),
        ("off", False, "5m", {one("bypass_until_seconds"): "0x20"}),
        ("over", False, "15m", {one("bypass_until_seconds"): "3600x5 0x20"}),
    ],
    "ExeatWatchdog": [("always", True, "1m", {UP: "1x5"})],
    "ExeatTempfailing": [
        ("the store is full", True, "20m", {TEMPFAILS % "store": "0+2x40"}),
        ("one", False, "20m", {TEMPFAILS % "store": "0x5 1x40"}),
        ("larger than allowed", False, "20m", {TEMPFAILS % "over_limit": "0+2x40"}),
        ("relayed all the same", False, "20m", {TEMPFAILS % "monitored": "0+2x40"}),
    ],
    "ExeatRelayedUnread": [
        ("one", True, "10m", {TEMPFAILS % "monitored": "0x5 1x40"}),
        ("another reason", False, "10m", {TEMPFAILS % "store": "0x5 1x40"}),
    ],
    "ExeatNoMail": [
        ("open, and nothing comes", True, "180m", {OPEN: "1x200", one("last_message_timestamp_seconds"): "600x200"}),
        ("closed", False, "180m", {OPEN: "0x200", one("last_message_timestamp_seconds"): "600x200"}),
        ("open since an hour", False, "180m", {OPEN: "0x120 1x80", one("last_message_timestamp_seconds"): "600x200"}),
        ("mail comes", False, "180m", {OPEN: "1x200", one("last_message_timestamp_seconds"): "0+60x200"}),
    ],
    "ExeatSlow": [
        ("half a minute each", True, "40m", {SLOW % "10": "0x60", SLOW % "60": "0+5x60", SLOW % "+Inf": "0+5x60"}),
        ("quick", False, "40m", {SLOW % "10": "0+5x60", SLOW % "60": "0+5x60", SLOW % "+Inf": "0+5x60"}),
        ("nothing to do", False, "40m", {SLOW % "10": "5x60", SLOW % "60": "5x60", SLOW % "+Inf": "5x60"}),
    ],
    "ExeatHeldTooLong": [
        ("a day", True, "40m", {HELD: "86000+60x60", OPEN: "1x60"}),
        ("a day, and nobody is there", False, "40m", {HELD: "86000+60x60", OPEN: "0x60"}),
        ("three hours", False, "40m", {HELD: "10000+60x60", OPEN: "1x60"}),
        ("released mail", False, "40m", {READY: "90000+60x60", OPEN: "1x60"}),
    ],
    "ExeatCopyFailed": [
        ("one", True, "5m", {'exeat_held{instance="a",state="failed"}': "0x3 1x10"}),
        ("held", False, "5m", {'exeat_held{instance="a",state="held"}': "9x10", 'exeat_held{instance="a",state="failed"}': "0x10"}),
    ],
    "ExeatStoreNearlyFull": [
        ("nine tenths", True, "15m", {one("store_used_bytes"): "90x20", one("store_limit_bytes"): "100x20"}),
        ("half", False, "15m", {one("store_used_bytes"): "50x20", one("store_limit_bytes"): "100x20"}),
    ],
    "ExeatDiskNearlyFull": [
        ("a twentieth is free", True, "15m", {one("disk_free_bytes"): "5x20", one("disk_size_bytes"): "100x20"}),
        ("half is free", False, "15m", {one("disk_free_bytes"): "50x20", one("disk_size_bytes"): "100x20"}),
    ],
    "ExeatCourierFailing": [
        ("the port is closed", True, "30m", {RETRIED: "0+1x40", RELEASED: "4x40"}),
        ("notices do not leave", True, "30m", {NOT_TOLD: "0+1x40", TOLD: "4x40"}),
        ("released mail waits", True, "15m", {READY: "2000+60x40"}),
        ("one was greylisted, others go out", False, "30m", {RETRIED: "0x20 1x20", RELEASED: "0+1x40"}),
        ("nothing to send", False, "30m", {RETRIED: "0x40", RELEASED: "0x40", NOT_TOLD: "0x40", TOLD: "0x40", READY: "0x40"}),
        ("held mail waits", False, "30m", {HELD: "9000+60x40", READY: "0x40"}),
    ],
    "ExeatNoticesFailed": [
        ("one", True, "10m", {'exeat_notices_total{instance="a",result="failed"}': "0x5 1x20"}),
        ("tried again", False, "10m", {NOT_TOLD: "0x5 1x20"}),
    ],
    "ExeatReloadFailed": [
        ("bad", True, "5m", {one("reload_ok"): "1x2 0x10"}),
        ("good", False, "5m", {one("reload_ok"): "1x10"}),
        ("mended within the minute", False, "5m", {one("reload_ok"): "1x2 0x0 1x10"}),
    ],
    "ExeatLastGoodPolicy": [
        ("in use", True, "5m", {one("last_good_policy"): "1x10"}),
        ("not in use", False, "5m", {one("last_good_policy"): "0x10"}),
    ],
    "ExeatRosterStale": [
        # Time begins at 0 here: a file of four days ago has a negative time.
        ("four days", True, "20m", {one("roster_changed_timestamp_seconds"): "-345600x30"}),
        ("last night", False, "20m", {one("roster_changed_timestamp_seconds"): "-30000x30"}),
    ],
    "ExeatRosterShrunk": [
        ("half", True, "30m", {one("roster_pupils"): "800x10 400x30"}),
        ("some left", False, "30m", {one("roster_pupils"): "800x10 780x30"}),
    ],
}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        alerts = re.findall(r"- alert: (\w+)", file.read())
    problems = [f"{alert} is tested and does not exist" for alert in CASES if alert not in alerts]
    for alert in alerts:
        kinds = {fires for _, fires, _, _ in CASES.get(alert, [])}
        if kinds != {True, False} and alert != "ExeatWatchdog":
            problems.append(f"{alert} needs a case in which it fires and one in which it does not")
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 1
    out = [f"rule_files: ['{sys.argv[1]}']", "evaluation_interval: 1m", "tests:"]
    for alert, cases in CASES.items():
        for about, fires, at, series in cases:
            out += [f"  - name: '{alert}: {about}'", "    interval: 1m", "    input_series:"]
            for name, values in series.items():
                out += [f"      - series: '{name}'", f"        values: '{values}'"]
            out += [
                "    promql_expr_test:",
                f"      - expr: count(ALERTS{{alertname=\"{alert}\",alertstate=\"firing\"}}) or vector(0)",
                f"        eval_time: {at}",
                f"        exp_samples: [{{labels: '{{}}', value: {int(fires)}}}]",
            ]
    print("\n".join(out))
    return 0


sys.exit(main())
