//! The five packs that come with the program: they load, every clause has its row, every rule its examples.
#![allow(
    clippy::too_many_lines,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use exeat::actions::{Action, Rewrite};
use exeat::policy::{Policy, coverage};
use exeat::problem::Problem;
use std::sync::LazyLock;

const PACKS: [&str; 5] = ["arts-college", "primary", "boarding", "academy-trust", "grammar"];

/// Rules that every pack has, for no clause of its own.
const GENERAL: [&str; 4] = ["unreadable", "protected", "weak", "otherwise"];

fn text(pack: &str) -> String {
    std::fs::read_to_string(format!("rules/packs/{pack}.toml")).unwrap()
}

/// Each pack is read once: its examples take time.
static READ: LazyLock<Vec<Policy>> = LazyLock::new(|| {
    let read = |pack: &&str| Policy::read(&format!("{pack}.toml"), &text(pack));
    PACKS.iter().map(|pack| read(pack).unwrap_or_else(|problems| panic!("{}", told(&problems)))).collect()
});

fn read(pack: &str) -> &'static Policy {
    READ.iter().find(|policy| policy.name == pack).unwrap()
}

fn told(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_pack_loads_and_its_examples_hold() {
    for pack in PACKS {
        let policy = read(pack);
        assert_eq!(policy.name, pack);
        assert_eq!(policy.source_text, text(pack));
        // A rule without both kinds of example would be a warning.
        assert_eq!(policy.warnings, [], "{pack}");
    }
}

#[test]
fn every_clause_that_speaks_of_mail_has_its_row() {
    let clauses: [(&str, &[&str]); 5] = [
        (
            "arts-college",
            &[
                "4.2, 10.5, 11.1",
                "4.4, 4.5, 4.6, 5.5.1-5.5.5",
                "4.7, 5.5.7",
                "4.8",
                "4.9, 12.18",
                "4.10",
                "4.14",
                "5.5.6",
                "8.1-8.3, 12.1",
                "12.8",
                "12.9",
                "12.9 (attachments)",
                "12.10 (advice, staff only)",
                "12.11",
                "12.16",
                "12.24",
                "12.25, 12.26",
                "4.2, 12.17, 12.20, 12.21",
                "4.13",
                "5.1",
                "5.5.3 / 5.6",
                "12.28",
            ],
        ),
        (
            "primary",
            &[
                "2 Pupil Data",
                "4 Purpose",
                "4 Trust's disclaimer",
                "4 Signature",
                "4 Monitoring",
                "4 Security",
                "4 Security",
                "4 Program files",
                "4 Inappropriate",
                "4 Spam",
                "4 Message size",
                "4 Confidential",
                "2 Share Point",
                "4 Inappropriate",
                "4 Quality / Copyright",
                "2.5",
                "5.1",
                "5.1",
            ],
        ),
        (
            "boarding",
            &[
                "2.1.3.2, 9.2.1",
                "6.2.2, 6.2.3, 9.3.3, 9.3.2",
                "6.2.7",
                "6.2.8",
                "6.2.15, 6.2.16",
                "5.6",
                "6.2.4 / 6.2.6",
                "6.2.5, 9.2.5",
                "8.6.1",
                "8.9.1, Appendix 1.1.1",
                "9.3.5",
                "11.5",
                "8.6.2",
                "8.9.3",
                "9.3.1",
                "9.3.4",
                "12.4, 12.5",
                "12.6",
            ],
        ),
        (
            "academy-trust",
            &[
                "4",
                "4",
                "4 Personal use",
                "4 Intellectual property / Defamation",
                "8.1, 9.2",
                "4.1",
                "5.3 E-mail Usage",
                "5.3 Sensitive",
                "5.3 Errors",
                "5.3 Phone",
                "5.7",
                "whole trust",
            ],
        ),
        ("grammar", &["5", "5", "7.2", "7.2", "7.2", "7.2", "7.3", "12.1", "9"]),
    ];
    for (pack, right) in clauses {
        let ids: Vec<String> = read(pack).clauses.iter().map(|clause| clause.id.clone()).collect();
        assert_eq!(ids, right, "{pack}");
    }
}

/// What each pack ships with, and no rule beside: clause, rule, action with the change it makes.
#[test]
fn rules_ship_with_the_action_their_clause_asks_for() {
    type Row = (&'static str, &'static str, &'static str);
    let table: [(&str, &[Row]); 5] = [
        (
            "arts-college",
            &[
                ("12.9", "names-outside", "rewrite initials"),
                ("12.9", "names-own-contact", "warn"),
                ("12.9", "names-internal", "note"),
                ("12.9", "initial-and-surname", "note"),
                ("12.9", "forename-and-form", "note"),
                ("12.9", "forename-and-year", "note"),
                ("12.9 (attachments)", "clear-copy", "warn"),
                ("12.9 (attachments)", "names-in-attachments", "hold"),
                ("12.8", "personal-data", "hold"),
                ("12.8", "credentials", "hold"),
                ("12.8", "visible-recipients", "rewrite bcc"),
                ("12.10 (advice, staff only)", "out-of-hours", "defer"),
                ("12.10 (advice, staff only)", "urgent-mark", "rewrite urgent_tag"),
                ("4.2, 12.17, 12.20, 12.21", "own-personal-address", "hold"),
                ("4.2, 10.5, 11.1", "pupil-private-address", "hold"),
                ("4.10", "many-recipients", "hold"),
                ("12.16", "private-phone", "warn"),
                ("4.9, 12.18", "media", "warn"),
                ("12.24", "pictures-to-posting", "warn"),
                ("12.25, 12.26", "names-to-posting", "warn"),
                ("12.11", "mistyped-domain", "warn"),
            ],
        ),
        (
            "primary",
            &[
                ("2 Pupil Data", "pupil-data", "hold"),
                ("2 Pupil Data", "names-own-contact", "warn"),
                ("2 Pupil Data", "names-internal", "note"),
                ("2 Pupil Data", "initial-and-surname", "note"),
                ("2 Pupil Data", "forename-and-form", "note"),
                ("2 Pupil Data", "forename-and-year", "note"),
                ("4 Purpose", "own-personal-address", "hold"),
                ("4 Purpose", "pupil-private-address", "hold"),
                ("4 Trust's disclaimer", "disclaimer", "rewrite disclaimer"),
                ("4 Security", "bank-details", "hold"),
                ("4 Security", "credentials", "hold"),
                ("4 Security", "clear-copy", "warn"),
                ("4 Security", "personal-data", "hold"),
                ("4 Program files", "programs", "reject"),
                ("4 Program files", "scripts", "hold"),
                ("4 Program files", "scripts-to-authorities", "warn"),
                ("4 Spam", "many-recipients", "hold"),
                ("4 Message size", "attachment-size", "hold"),
                ("4 Message size", "total-size", "hold"),
                ("4 Inappropriate", "private-phone", "warn"),
                ("4 Inappropriate", "private-email", "warn"),
                ("4 Quality / Copyright", "media", "warn"),
                ("5.1", "subject-empty", "warn"),
                ("5.1", "fewest-recipients", "warn"),
                ("5.1", "visible-recipients", "rewrite bcc"),
            ],
        ),
        (
            "boarding",
            &[
                ("2.1.3.2, 9.2.1", "personal-data", "hold"),
                ("2.1.3.2, 9.2.1", "names-outside", "rewrite initials"),
                ("2.1.3.2, 9.2.1", "names-own-contact", "warn"),
                ("2.1.3.2, 9.2.1", "names-internal", "note"),
                ("2.1.3.2, 9.2.1", "initial-and-surname", "note"),
                ("2.1.3.2, 9.2.1", "forename-and-form", "note"),
                ("2.1.3.2, 9.2.1", "forename-and-year", "note"),
                ("2.1.3.2, 9.2.1", "clear-copy", "warn"),
                ("2.1.3.2, 9.2.1", "names-in-attachments", "hold"),
                ("2.1.3.2, 9.2.1", "pictures-outside", "warn"),
                ("2.1.3.2, 9.2.1", "visible-recipients", "rewrite bcc"),
                ("6.2.7", "many-recipients", "hold"),
                ("6.2.5, 9.2.5", "media", "warn"),
                ("8.9.1, Appendix 1.1.1", "credentials", "hold"),
                ("11.5", "pictures-from-pupils", "hold"),
                ("8.6.2", "own-personal-address", "hold"),
                ("9.3.1", "pupil-private-address", "hold"),
            ],
        ),
        (
            "academy-trust",
            &[
                ("5.3 Sensitive", "personal-data", "hold"),
                ("5.3 Sensitive", "names-outside", "rewrite initials"),
                ("5.3 Sensitive", "names-own-contact", "warn"),
                ("5.3 Sensitive", "names-internal", "note"),
                ("5.3 Sensitive", "initial-and-surname", "note"),
                ("5.3 Sensitive", "forename-and-form", "note"),
                ("5.3 Sensitive", "forename-and-year", "note"),
                ("5.3 Sensitive", "clear-copy", "warn"),
                ("5.3 Sensitive", "names-in-attachments", "hold"),
                ("8.1, 9.2", "credentials", "hold"),
                ("5.3 E-mail Usage", "own-personal-address", "hold"),
                ("5.3 E-mail Usage", "pupil-private-address", "hold"),
                ("5.3 Errors", "wrong-contact", "hold"),
                ("5.3 Errors", "visible-recipients", "rewrite bcc"),
                ("5.3 Phone", "private-phone", "warn"),
                ("5.3 E-mail Usage", "private-email", "warn"),
                ("4 Intellectual property / Defamation", "media", "warn"),
                ("4", "data-to-personal-mail", "hold"),
                ("5.3 Errors", "mistyped-domain", "hold"),
            ],
        ),
        (
            "grammar",
            &[
                ("7.2", "clear-copy", "warn"),
                ("7.2", "attached-names", "hold"),
                ("7.2", "attached-personal-data", "hold"),
                ("5", "personal-data", "hold"),
                ("5", "names-outside", "rewrite initials"),
                ("5", "names-own-contact", "warn"),
                ("5", "names-internal", "note"),
                ("5", "initial-and-surname", "note"),
                ("5", "forename-and-form", "note"),
                ("5", "forename-and-year", "note"),
                ("5", "visible-recipients", "rewrite bcc"),
                ("7.2", "own-personal-address", "hold"),
                ("7.2", "pupil-private-address", "hold"),
                ("7.2", "private-phone", "warn"),
                ("7.2", "private-email", "warn"),
                ("12.1", "credentials", "hold"),
                ("7.2", "wrong-contact", "hold"),
            ],
        ),
    ];
    for (pack, right) in table {
        let of_clauses = read(pack).rules.iter().filter(|rule| !GENERAL.contains(&rule.id.as_str()));
        let shipped: Vec<(&str, &str, String)> = of_clauses
            .map(|rule| {
                let changes = rule.rewrites.iter().map(|change| format!(" {}", change.name()));
                let action = rule.action.name().to_owned() + &changes.collect::<String>();
                (rule.clause.as_str(), rule.id.as_str(), action)
            })
            .collect();
        let right: Vec<_> = right.iter().map(|(clause, id, action)| (*clause, *id, (*action).to_owned())).collect();
        assert_eq!(shipped, right, "{pack}");
    }
    // A safeguarding matter is shown to nobody else (11.5).
    assert_eq!(read("boarding").rule("pictures-from-pupils").unwrap().reviewer, "safeguarding_lead");
    for pack in PACKS {
        let collisions = read(pack).rules.iter().filter(|rule| rule.rewrites.contains(&Rewrite::Initials));
        assert!(collisions.map(|rule| rule.on_collision).all(|action| action == Action::Hold), "{pack}");
    }
}

#[test]
fn the_coverage_table_names_every_clause_and_rule() {
    for pack in PACKS {
        let policy = read(pack);
        let rows = coverage::coverage(policy);
        for clause in &policy.clauses {
            assert!(rows.iter().any(|row| row.clause == clause.id && row.asks == clause.asks), "{pack}: {}", clause.id);
        }
        for rule in policy.rules.iter().filter(|rule| !GENERAL.contains(&rule.id.as_str())) {
            let row = rows.iter().find(|row| row.rule == rule.id).unwrap();
            assert!(row.tests.0 > 0 && row.tests.1 > 0, "{pack}: {}", rule.id);
        }
        let table = coverage::render(policy, Some(false));
        assert!(table.contains("rules for it never see it"), "{pack}");
        assert!(table.lines().count() > rows.len(), "{pack}");
    }
}

/// One change of a pack, the line it is reported at and what is said.
#[test]
fn a_pack_that_is_wrong_is_refused_with_its_line() {
    let pack = text("arts-college");
    let table = [
        ("subject = \"A.O.: timetable\"", "subject = \"Amina Okafor: timetable\"", "names-outside: the rule matches"),
        ("body = \"Amina Okafor worked with Jonas Varga.\"", "body = \"All worked.\"", "the rule does not match"),
        ("kinds = [\"private_phone\"]", "kinds = [\"privat_phone\"]", "finds no such kind"),
        ("check = \"hours\"", "check = \"hour\"", "there is no such check"),
        ("over = 50", "over = \"50 pieces\"", "this is no size"),
        ("max_defer = { overnight = \"14h\"", "max_defer = { overnight = \"14\"", "no length of time"),
        ("otherwise = \"relay\"", "otherwise = \"accept\"", "unknown variant"),
        ("otherwise = \"relay\"", "", "the pack has no otherwise"),
        ("protected = \"note\"", "", "the pack has no protected"),
        ("unreadable = {", "unreadible = {", "unknown field"),
        ("action = \"rewrite\"\nrewrite = [\"initials\"]", "action = \"rewrite\"", "does not say what to rewrite"),
        ("action = \"warn\"", "action = \"warn\"\nrewrite = [\"bcc\"]", "but its action is another"),
        ("on_collision = \"hold\"", "on_collision = \"defer\"", "does not help"),
        ("id = \"media\"\nclause", "id = \"names-outside\"\nclause", "another rule has this name already"),
        ("rules = [\"media\"]", "rules = [\"medias\"]", "names a rule that is not in the pack"),
        ("clause = \"12.16\"", "clause = \"12.61\"", "no clause with this number lists the rule"),
        ("waits_for = \"language: extremism list", "waits = \"language: extremism list", "unknown field"),
        ("surname = \"Okafor\"", "surname = \"\"", "[sample.pupils]"),
        ("at = \"2026-03-10T21:30:00Z\"", "at = \"tonight\"", "2026-03-10"),
        ("action = \"warn\"", "action = \"warn\"\nrelease_by = \"sender\"", "released by reviewers alone"),
        ("to = [\"inside\"]", "to = []", "the list is empty"),
        ("directions = [\"outgoing\", \"internal\"]", "directions = [\"incoming\"]", "relayed untouched"),
        ("[[rule]]\nid = \"media\"", "[[rule]]\nid = \"media", "string"),
    ];
    for (right, wrong, says) in table {
        assert!(pack.contains(right), "{right}");
        let text = pack.replacen(right, wrong, 1);
        let problems = Policy::read("school.toml", &text).err().unwrap_or_else(|| panic!("read in spite of {wrong}"));
        let told = told(&problems);
        if says != "2026-03-10" {
            assert!(told.contains(says), "{wrong}: {told}");
        }
        assert!(problems.iter().all(|problem| problem.file.starts_with("school.toml")), "{told}");
        let line = u32::try_from(pack[..pack.find(right).unwrap()].lines().count()).unwrap();
        // An example is reported where it begins, a key that is gone at its table.
        let near = |problem: &Problem| problem.line.is_some_and(|at| at <= line + 3 && at + 8 >= line || at == 1);
        let in_sample = told.contains("[sample");
        assert!(in_sample || problems.iter().any(near), "{wrong}: line {line}: {told}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = "name = \"x\"\nother = 1\nunreadable = \"rewrite\"\n\n[[rule]]\nid = \"A b\"\ncheck = \"hour\"\naction = \"stop\"\n\
                over = true\n\n[[rule]]\nid = \"b\"\nclause = \"1\"\ncheck = \"hours\"\nkinds = [\"late\", \"out_of_hours\"]\n\
                action = \"note\"\nmax_defer = \"14h\"\n";
    let problems = Policy::read("x.toml", text).unwrap_err();
    let mut lines: Vec<u32> = problems.iter().filter_map(|problem| problem.line).collect();
    lines.dedup();
    assert_eq!(lines, [1, 2, 3, 5, 6, 7, 8, 9, 13, 15, 17], "{}", told(&problems));
    for problem in &problems {
        assert!(!problem.what.is_empty() && problem.file == "x.toml", "{problem}");
    }
}

#[test]
fn nonsense_is_refused_and_never_panics() {
    let deep = format!("a = {}{}", "[".repeat(500), "]".repeat(500));
    for text in ["", "[", "rule = 3", "[[rule]]", "[rule]\nid = 1", "\u{0}", "[[clause]]\nrules = [3]", &deep] {
        let problems = Policy::read("x.toml", text).unwrap_err();
        assert!(!problems.is_empty(), "{text:?}");
    }
}
