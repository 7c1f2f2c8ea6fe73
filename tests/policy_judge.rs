//! The judge over hand-made findings: children first, precedence, scopes, collisions, mixed recipients.
#![allow(clippy::format_collect)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

use exeat::actions::{Action, Fate, Rewrite};
use exeat::checks::View;
use exeat::finding::{Finding, Inspection, Masked};
use exeat::mail::fold::Folded;
use exeat::mail::parts::{Facts, Gap, GapKind, Place, Tree};
use exeat::mail::{Address, Envelope, Path};
use exeat::policy::{Enforcement, Judgement, Policy, judge};
use exeat::school::roster::{Columns, PupilId, Roster};
use exeat::school::staff::{Member, Staff};
use exeat::school::{AddressList, Identity, Lists, School};
use exeat::source::{Direction, Origin, SenderClass};
use jiff::Timestamp;
use std::collections::BTreeSet;

const HEAD: &str = r#"
name = "test"
otherwise = "relay"
unreadable = { broken = "hold", unsupported = "note", limit = "reject", exhausted = "warn" }
protected = "note"
"#;

/// Amina and Jonas are in one form; Jana has Jonas's initials; so has no other pair.
fn school() -> School {
    let csv = "id,forename,surname,contacts\n1,Amina,Okafor,a.home@mail.example\n2,Jonas,Varga,j.home@mail.example\n3,Jana,Velde,\n";
    let (roster, problems) = Roster::read(csv.as_bytes(), &Columns::default(), "roster.csv");
    assert_eq!(problems, []);
    let mut staff = Staff::default();
    staff.add(Member {
        address: Address::read("t@school.example"),
        groups: vec!["teaching".to_owned(), "boarding".to_owned()],
        ..Member::default()
    });
    School {
        roster,
        staff,
        identity: Identity { domains: vec!["school.example".to_owned()], ..Identity::default() },
        lists: Lists {
            authorities: AddressList::read(["duty@council.example", "police.example"]),
            helplines: AddressList::read(["helpline.example"]),
            personal_mail: AddressList::read(["mail.example"]),
            agencies: AddressList::read(["agency.example"]),
            ..Lists::default()
        },
        ..School::default()
    }
}

fn policy(rules: &str) -> Policy {
    // Each rule of a test is its keys; the clause that lists it is written here.
    let mut text = HEAD.to_owned();
    for (index, rule) in rules.split("---").filter(|rule| !rule.trim().is_empty()).enumerate() {
        text += &format!("[[rule]]\nid = \"r{index}\"\nclause = \"1\"\n{rule}\n");
        text += &format!("[[clause]]\nid = \"1\"\nasks = \"a {index}\"\nrules = [\"r{index}\"]\n");
    }
    Policy::read("test.toml", &text).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

struct Case {
    to: Vec<&'static str>,
    findings: Vec<Finding>,
    gaps: Vec<GapKind>,
    class: SenderClass,
    direction: Direction,
    now: &'static str,
}

impl Case {
    fn to(to: &[&'static str]) -> Self {
        Self {
            to: to.to_vec(),
            findings: Vec::new(),
            gaps: Vec::new(),
            class: SenderClass::Staff,
            direction: Direction::Outgoing,
            now: "2026-03-10T21:00:00Z",
        }
    }
    fn finds(mut self, findings: &[Finding]) -> Self {
        self.findings.extend_from_slice(findings);
        self
    }
    fn gap(mut self, kind: GapKind) -> Self {
        self.gaps.push(kind);
        self
    }
    fn judge(&self, policy: &Policy, enforcement: &Enforcement) -> Judgement {
        let school = school();
        let recipients = self.to.iter().map(|to| Path::new(to.as_bytes(), Vec::new())).collect();
        let envelope = Envelope { recipients, ..Envelope::default() };
        let origin = Origin {
            direction: self.direction,
            class: self.class,
            source: None,
            sender: Address::read("t@school.example"),
        };
        let gaps = self.gaps.iter().map(|kind| Gap { kind: *kind, part: 0, reason: String::new() }).collect();
        let facts = Facts::default();
        let inspection = Inspection { origin: origin.clone(), findings: self.findings.clone(), gaps, facts };
        let (tree, folded) = (Tree::default(), Folded::default());
        let now: Timestamp = self.now.parse().unwrap();
        let view = View { envelope: &envelope, origin: &origin, tree: &tree, folded: &folded, school: &school, now };
        judge(policy, enforcement, &view, &inspection)
    }
    /// One word for each recipient: the fate, then `!` for a warning and the changes.
    fn outcome(&self, policy: &Policy) -> String {
        words(&self.judge(policy, &Enforcement::All))
    }
}

fn words(judgement: &Judgement) -> String {
    let one = |verdict: &exeat::policy::Verdict| {
        let fate = match verdict.fate {
            Fate::Relay => "relay",
            Fate::Defer { .. } => "defer",
            Fate::Hold => "hold",
            Fate::Reject => "reject",
        };
        let changes: String = verdict.rewrites.iter().map(|change| format!("+{}", change.name())).collect();
        format!("{fate}{}{changes}", if verdict.warn { "!" } else { "" })
    };
    judgement.verdicts.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn found(check: &'static str, kind: &'static str) -> Finding {
    Finding { place: Some(Place::Body), ..Finding::whole(check, kind, Masked::all()) }
}

fn name(pupil: u32, at: u32) -> Finding {
    Finding {
        pupil: Some(PupilId(pupil)),
        span: Some(at..at + 5),
        value: u64::from(pupil),
        ..found("pupil_names", "full_name")
    }
}

fn measured(check: &'static str, kind: &'static str, measure: u64) -> Finding {
    Finding { measure, ..Finding::whole(check, kind, Masked::all()) }
}

const OUT: &str = "o@out.example";
const IN: &str = "c@school.example";
const DUTY: &str = "duty@council.example";
const POLICE: &str = "sgt@west.police.example";
const HELP: &str = "talk@helpline.example";

#[test]
fn no_check_and_no_gap_keeps_a_childs_protectors_waiting() {
    let every = "check = \"pupil_names\"\nkinds = [\"full_name\"]\nto = [\"any\"]\naction = \"ACTION\"\nEXTRA";
    let extras = [("note", ""), ("warn", ""), ("rewrite", "rewrite = [\"initials\"]"), ("hold", ""), ("reject", "")];
    for (action, extra) in extras {
        let policy = policy(&every.replace("ACTION", action).replace("EXTRA", extra));
        for to in [DUTY, POLICE, HELP] {
            let right = if action == "warn" { "relay!" } else { "relay" };
            let case = Case::to(&[to]).finds(&[name(0, 0)]);
            assert_eq!(case.outcome(&policy), right, "{action}");
            let judgement = case.judge(&policy, &Enforcement::All);
            assert_eq!(judgement.matches.len(), 1, "{action}: it is recorded");
            assert!(judgement.matches[0].action <= Action::Warn, "{action}");
        }
    }
    let quiet = policy("");
    for (gap, ordinary) in [
        (GapKind::Broken, "hold"),
        (GapKind::Limit, "reject"),
        (GapKind::Exhausted, "relay!"),
        (GapKind::Unsupported, "relay"),
        (GapKind::Protected, "relay"),
    ] {
        let protective = if ordinary == "relay!" { "relay!" } else { "relay" };
        let case = Case::to(&[OUT, DUTY, HELP]).gap(gap);
        assert_eq!(case.outcome(&quiet), format!("{ordinary} {protective} {protective}"), "{gap:?}");
    }
}

#[test]
fn weak_encryption_has_a_switch_of_its_own() {
    let outcome = |policy: &Policy, kind| Case::to(&[OUT]).gap(kind).outcome(policy);
    assert_eq!(outcome(&policy(""), GapKind::Weak), "relay", "without a word it is like `unsupported`");
    let switched = Policy::read("test.toml", &format!("{HEAD}weak = \"hold\"\n")).unwrap();
    assert_eq!(outcome(&switched, GapKind::Weak), "hold");
    assert_eq!(outcome(&switched, GapKind::Protected), "relay");
    assert_eq!(outcome(&switched, GapKind::Unsupported), "relay");
}

#[test]
fn their_copy_leaves_unchanged_while_the_others_are_judged() {
    let hold = "check = \"pupil_names\"\nkinds = [\"full_name\"]\naction = \"hold\"";
    let rewrite = "check = \"pupil_names\"\nkinds = [\"full_name\"]\naction = \"rewrite\"\nrewrite = [\"initials\"]";
    let defer = "check = \"hours\"\nkinds = [\"out_of_hours\"]\nto = [\"any\"]\naction = \"defer\"";
    let size = "check = \"attachments\"\nkinds = [\"file_size\"]\nover = \"2 MiB\"\naction = \"reject\"";
    let late = measured("hours", "out_of_hours", 36_000);
    let large = measured("attachments", "file_size", 3 << 20);
    let table = [
        (hold, name(0, 0), "hold relay hold"),
        (rewrite, name(0, 0), "relay+initials relay relay"),
        (defer, late, "defer relay defer"),
        (size, large, "reject relay reject"),
    ];
    for (rule, finding, right) in table {
        assert_eq!(Case::to(&[OUT, DUTY, IN]).finds(&[finding]).outcome(&policy(rule)), right, "{rule}");
    }
    // The only outside recipient is an authority: nothing waits, the colleague's copy included.
    assert_eq!(Case::to(&[DUTY, IN]).finds(&[name(0, 0)]).outcome(&policy(hold)), "relay relay");
}

#[test]
fn a_program_for_a_protector_goes_to_a_person() {
    let rules = "check = \"attachments\"\nkinds = [\"executable\"]\nto = [\"any\"]\naction = \"reject\"\n---\n\
                 check = \"attachments\"\nkinds = [\"script\"]\nto = [\"any\"]\naction = \"reject\"";
    let policy = policy(rules);
    let program = Case::to(&[OUT, DUTY]).finds(&[found("attachments", "executable")]);
    assert_eq!(program.outcome(&policy), "reject hold");
    let script = Case::to(&[OUT, DUTY]).finds(&[found("attachments", "script")]);
    assert_eq!(script.outcome(&policy), "reject relay");
}

#[test]
fn the_strongest_fate_wins_and_changes_add_up() {
    let rule = |kind: &str, action: &str, extra: &str| {
        format!("check = \"personal_data\"\nkinds = [\"{kind}\"]\naction = \"{action}\"\n{extra}\n---\n")
    };
    let rules = rule("upn", "note", "")
        + &rule("uln", "warn", "")
        + &rule("uci", "rewrite", "rewrite = [\"bcc\"]")
        + &rule("nino", "rewrite", "rewrite = [\"disclaimer\"]")
        + "check = \"hours\"\nkinds = [\"out_of_hours\"]\naction = \"defer\"\n---\n"
        + &rule("card", "hold", "")
        + &rule("iban", "reject", "");
    let policy = policy(&rules);
    let late = || measured("hours", "out_of_hours", 36_000);
    let data = |kind| found("personal_data", kind);
    let table = [
        (vec![], "relay"),
        (vec![data("upn")], "relay"),
        (vec![data("uln")], "relay!"),
        (vec![data("uci"), data("nino"), data("uln")], "relay!+bcc+disclaimer"),
        (vec![late(), data("uci")], "defer+bcc"),
        (vec![late(), data("card"), data("uln")], "hold!"),
        (vec![data("iban"), data("card"), late()], "reject"),
    ];
    for (findings, right) in table {
        assert_eq!(Case::to(&[OUT]).finds(&findings).outcome(&policy), right, "{findings:?}");
    }
}

#[test]
fn scope_says_whose_copy_waits() {
    let rule = |scope: &str| {
        format!(
            "check = \"recipients\"\nkinds = [\"own_personal_address\"]\nto = [\"any\"]\naction = \"hold\"\n{scope}"
        )
    };
    let own = Finding { recipient: Some(1), ..Finding::whole("recipients", "own_personal_address", Masked::all()) };
    let case = Case::to(&[OUT, "own@mail.example", IN]).finds(&[own]);
    assert_eq!(case.outcome(&policy(&rule(""))), "relay hold relay", "recipient by default");
    assert_eq!(case.outcome(&policy(&rule("scope = \"message\""))), "hold hold hold");
    let text = "check = \"personal_data\"\nkinds = [\"upn\"]\naction = \"hold\"\n";
    let case = Case::to(&[OUT, IN]).finds(&[found("personal_data", "upn")]);
    assert_eq!(case.outcome(&policy(text)), "hold hold", "message by default");
    assert_eq!(case.outcome(&policy(&format!("{text}scope = \"recipient\""))), "hold relay");
}

#[test]
fn a_pupils_own_contact_may_read_of_that_pupil_alone() {
    let rules = "check = \"pupil_names\"\nkinds = [\"full_name\"]\nto = [\"inside\"]\naction = \"note\"\n---\n\
                 check = \"pupil_names\"\nkinds = [\"full_name\"]\nto = [\"own_contact\"]\naction = \"warn\"\n---\n\
                 check = \"pupil_names\"\nkinds = [\"full_name\"]\nto = [\"outside_not_contact\"]\naction = \"rewrite\"\nrewrite = [\"initials\"]\n---\n\
                 check = \"personal_data\"\nkinds = [\"upn\"]\naction = \"hold\"\nscope = \"recipient\"";
    let policy = policy(rules);
    let (amina, jonas, jana) = ("a.home@mail.example", "j.home@mail.example", "x@mail.example");
    let upn = Finding { pupil: Some(PupilId(0)), ..found("personal_data", "upn") };
    let table: [(&[Finding], &str); 5] = [
        (&[name(0, 0)], "relay! relay+initials relay+initials relay"),
        (&[name(0, 0), name(1, 9)], "relay+initials relay+initials relay+initials relay"),
        (&[name(1, 0)], "relay+initials relay! relay+initials relay"),
        (&[name(0, 0), upn], "hold! hold+initials hold+initials relay"),
        (&[], "relay relay relay relay"),
    ];
    for (findings, right) in table {
        assert_eq!(Case::to(&[amina, jonas, jana, IN]).finds(findings).outcome(&policy), right, "{findings:?}");
    }
}

#[test]
fn initials_that_collide_wait_for_a_person() {
    let rule = |extra: &str| {
        format!(
            "check = \"pupil_names\"\nkinds = [\"full_name\"]\naction = \"rewrite\"\nrewrite = [\"initials\"]\n{extra}"
        )
    };
    let both = Case::to(&[OUT]).finds(&[name(1, 0), name(2, 9)]);
    assert_eq!(both.outcome(&policy(&rule(""))), "hold");
    assert_eq!(both.outcome(&policy(&rule("on_collision = \"reject\""))), "reject");
    let one_place = Case::to(&[OUT]).finds(&[name(1, 0), name(2, 0)]);
    assert_eq!(one_place.outcome(&policy(&rule(""))), "relay+initials", "one name of two pupils");
    let others = Case::to(&[OUT]).finds(&[name(0, 0), name(1, 9)]);
    assert_eq!(others.outcome(&policy(&rule(""))), "relay+initials");
}

#[test]
fn a_copy_is_deferred_only_so_long() {
    let policy = policy("check = \"hours\"\nkinds = [\"out_of_hours\"]\nto = [\"any\"]\naction = \"defer\"");
    let hours = |hours: u64| measured("hours", "out_of_hours", hours * 3_600);
    let (tuesday, friday) = ("2026-03-10T21:00:00Z", "2026-03-13T19:00:00Z");
    let table = [
        (tuesday, 10, "defer"),
        (tuesday, 14, "defer"),
        (tuesday, 15, "relay!"),
        (friday, 60, "defer"),
        (friday, 62, "defer"),
        (friday, 63, "relay!"),
        (tuesday, 0, "relay!"),
        (tuesday, 1_000_000_000_000, "relay!"),
    ];
    for (now, wait, right) in table {
        let case = Case { now, ..Case::to(&[OUT]).finds(&[hours(wait)]) };
        assert_eq!(case.outcome(&policy), right, "{now} {wait}");
    }
    let judgement = Case::to(&[OUT]).finds(&[hours(10), hours(9)]).judge(&policy, &Enforcement::All);
    let latest = "2026-03-11T07:00:00Z".parse().unwrap();
    assert_eq!(judgement.verdicts[0].fate, Fate::Defer { until: latest });
}

#[test]
fn class_direction_and_group_decide_whom_a_rule_is_for() {
    let rule = |extra: &str| {
        policy(&format!("check = \"personal_data\"\nkinds = [\"upn\"]\nto = [\"any\"]\naction = \"hold\"\n{extra}"))
    };
    let (plain, pupils) = (rule(""), rule("classes = [\"pupil\"]"));
    for class in SenderClass::ALL {
        let case = Case { class: *class, ..Case::to(&[OUT]).finds(&[found("personal_data", "upn")]) };
        let staff = matches!(class, SenderClass::Staff | SenderClass::SharedMailbox);
        assert_eq!(case.outcome(&plain), if staff { "hold" } else { "relay" }, "{class:?}");
        assert_eq!(case.outcome(&pupils), if *class == SenderClass::Pupil { "hold" } else { "relay" }, "{class:?}");
    }
    let inside = Case { direction: Direction::Internal, ..Case::to(&[IN]).finds(&[found("personal_data", "upn")]) };
    assert_eq!(inside.outcome(&plain), "relay");
    assert_eq!(inside.outcome(&rule("directions = [\"internal\"]")), "hold");
    for (extra, right) in [
        ("from = [\"teaching\"]", "hold"),
        ("from = [\"office\"]", "relay"),
        ("except = [\"boarding\"]", "relay"),
        ("from = [\"teaching\"]\nexcept = [\"office\"]", "hold"),
        ("to = [\"agencies\"]", "relay"),
    ] {
        let rule = if extra.starts_with("to") {
            policy(&format!("check = \"personal_data\"\nkinds = [\"upn\"]\naction = \"hold\"\n{extra}"))
        } else {
            rule(extra)
        };
        assert_eq!(Case::to(&[OUT]).finds(&[found("personal_data", "upn")]).outcome(&rule), right, "{extra}");
    }
}

#[test]
fn counts_measures_and_confidence_must_be_reached() {
    let names = |extra: &str| format!("check = \"pupil_names\"\nkinds = [\"full_name\"]\naction = \"hold\"\n{extra}");
    let size = "check = \"attachments\"\nkinds = [\"file_size\"]\nover = \"2 MiB\"\naction = \"hold\"".to_owned();
    let low = Finding { confidence: exeat::finding::Confidence::Low, ..name(0, 0) };
    let quoted = Finding { quoted: true, ..name(0, 0) };
    let table = [
        (names("at_least = { pupils = 2 }"), vec![name(0, 0), name(0, 9)], "relay"),
        (names("at_least = { pupils = 2 }"), vec![name(0, 0), name(1, 9)], "hold"),
        (names("at_least = { findings = 3 }"), vec![name(0, 0), name(0, 9)], "relay"),
        (names("at_least = { values = 2, findings = 2 }"), vec![name(0, 0), name(1, 9)], "hold"),
        (names(""), vec![low.clone()], "relay"),
        (names("confidence = \"low\""), vec![low], "hold"),
        (names("quoted = false"), vec![quoted.clone()], "relay"),
        (names(""), vec![quoted], "hold"),
        (names("where = [\"subject\"]"), vec![name(0, 0)], "relay"),
        (names("where = [\"subject\", \"body\"]"), vec![name(0, 0)], "hold"),
        (size.clone(), vec![measured("attachments", "file_size", 2 << 20)], "relay"),
        (size, vec![measured("attachments", "file_size", (2 << 20) + 1)], "hold"),
    ];
    for (rule, findings, right) in table {
        assert_eq!(Case::to(&[OUT]).finds(&findings).outcome(&policy(&rule)), right, "{rule}");
    }
}

#[test]
fn what_is_not_enforced_is_recorded_and_changes_nothing() {
    let rules = "check = \"personal_data\"\nkinds = [\"upn\"]\naction = \"hold\"\n---\n\
                 check = \"personal_data\"\nkinds = [\"upn\"]\naction = \"warn\"";
    let policy = policy(rules);
    let case = Case::to(&[OUT]).finds(&[found("personal_data", "upn")]).gap(GapKind::Limit);
    let only = Enforcement::Only(BTreeSet::from(["r1".to_owned()]));
    for (enforcement, right) in [(Enforcement::All, "reject!"), (only, "relay!"), (Enforcement::Monitor, "relay")] {
        let judgement = case.judge(&policy, &enforcement);
        assert_eq!(words(&judgement), right);
        assert_eq!(judgement.matches.len(), 3);
    }
}

#[test]
fn otherwise_speaks_where_no_rule_does() {
    let text = HEAD.replace("\"relay\"", "\"hold\"")
        + "[[rule]]\nid = \"r\"\nclause = \"1\"\ncheck = \"personal_data\"\nkinds = [\"upn\"]\naction = \"note\"\nto = [\"outside\"]\n\
           [[clause]]\nid = \"1\"\nasks = \"a\"\nrules = [\"r\"]\n";
    let policy = Policy::read("test.toml", &text).unwrap();
    let case = Case::to(&[OUT, IN, DUTY]).finds(&[found("personal_data", "upn")]);
    assert_eq!(case.outcome(&policy), "relay hold relay");
    assert_eq!(Case::to(&[OUT, DUTY]).outcome(&policy), "hold relay");
}

#[test]
fn every_rewrite_is_required_but_the_decorations() {
    let cosmetic: Vec<&str> = Rewrite::ALL.iter().filter(|change| !change.is_required()).map(|c| c.name()).collect();
    assert_eq!(cosmetic, ["disclaimer", "urgent_tag"]);
}

#[test]
fn a_refusal_is_one_line_of_ascii_with_clause_and_advice() {
    let rule = "check = \"attachments\"\nkinds = [\"executable\"]\nto = [\"any\"]\naction = \"reject\"\n\
                say = \"No\\nprogram \u{2014} please.\"\nadvice = \"ADVICE\"";
    let policy = policy(&rule.replace("ADVICE", &"Send its name. ".repeat(60)));
    let judgement = Case::to(&[OUT]).finds(&[found("attachments", "executable")]).judge(&policy, &Enforcement::All);
    let refusal = policy.refusal(&judgement).unwrap();
    assert_eq!((refusal.code, refusal.enhanced.as_str(), refusal.text.len()), (550, "5.7.1", 400));
    assert!(refusal.text.starts_with("No program please. (policy 1, rule r0) Send its name."), "{}", refusal.text);
    let monitored = Case::to(&[OUT]).finds(&[found("attachments", "executable")]).judge(&policy, &Enforcement::Monitor);
    assert_eq!(policy.refusal(&monitored), None);
}
