//! The lists that come with the program are kept as their page says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

use exeat::mail::Address;
use exeat::school::Lists;
use exeat::school::lists::{CLOUD_RANGES, HELPLINES, PERSONAL_MAIL, dated, entries};
use exeat::source::settings::Range;
use std::collections::BTreeSet;

/// Entries with the section they stand in: a comment line begins a new one.
fn sections(text: &str) -> Vec<Vec<&str>> {
    let mut all = vec![Vec::new()];
    for line in text.lines().map(str::trim) {
        if line.starts_with('#') {
            all.push(Vec::new());
        } else if !line.is_empty() {
            all.last_mut().unwrap().push(line);
        }
    }
    all.into_iter().filter(|section| !section.is_empty()).collect()
}

#[test]
fn lists_of_domains_are_sorted_and_hold_each_domain_once() {
    for (name, list, least) in [("personal-mail", PERSONAL_MAIL, 500), ("helplines", HELPLINES, 10)] {
        let mut seen = BTreeSet::new();
        for section in sections(list) {
            assert!(section.is_sorted(), "{name}: the section that begins with {} is not sorted", section[0]);
            for domain in section {
                assert!(seen.insert(domain), "{name}: {domain} stands twice");
                assert_eq!(domain, domain.to_lowercase(), "{name}");
                // A registered domain or one below it; never a whole public suffix.
                let suffix = psl::suffix(domain.as_bytes()).unwrap();
                assert!(suffix.is_known(), "{name}: {domain} ends in no public suffix");
                assert!(psl::domain_str(domain).is_some(), "{name}: {domain} is a public suffix itself");
            }
        }
        assert!(seen.len() >= least, "{name}: {}", seen.len());
        for domain in &seen {
            let above = domain.match_indices('.').map(|(at, _)| &domain[at + 1..]);
            assert!(above.into_iter().all(|above| !seen.contains(above)), "{name}: {domain} is covered already");
        }
    }
}

#[test]
fn no_helpline_or_authority_counts_as_personal_mail() {
    let lists = Lists::built_in();
    let covered = |domain: &str| lists.personal_mail.covers(&Address::read(&format!("a@{domain}")).unwrap());
    for (_, domain) in entries(HELPLINES) {
        assert!(!covered(domain), "{domain}");
        let others = entries(PERSONAL_MAIL).filter(|(_, other)| other.ends_with(&format!(".{domain}")));
        assert_eq!(others.count(), 0, "{domain}");
    }
    for domain in ["police.uk", "gov.uk", "nhs.uk", "nhs.net", "sch.uk", "ac.uk", "cjsm.net", "parliament.uk"] {
        assert!(!covered(domain), "{domain}");
        let below = entries(PERSONAL_MAIL).any(|(_, entry)| entry.ends_with(&format!(".{domain}")));
        assert!(!below, "{domain}");
    }
}

#[test]
fn the_mailboxes_of_common_providers_are_known() {
    let lists = Lists::built_in();
    for domain in [
        "btinternet.com",
        "sky.com",
        "talktalk.net",
        "virginmedia.com",
        "ntlworld.com",
        "blueyonder.co.uk",
        "gmail.com",
        "hotmail.co.uk",
        "icloud.com",
        "proton.me",
        "mailinator.com",
        "sub.yopmail.com",
        "privaterelay.appleid.com",
    ] {
        assert!(lists.personal_mail.covers(&Address::read(&format!("a@{domain}")).unwrap()), "{domain}");
    }
}

#[test]
fn lists_that_age_bear_a_date() {
    for list in [PERSONAL_MAIL, HELPLINES] {
        let day: jiff::civil::Date = dated(list).unwrap().parse().unwrap();
        assert!(day >= jiff::civil::date(2026, 11, 22));
    }
    assert!(HELPLINES.contains("confirmed by a person"));
    assert_eq!(dated("# Words\nx\n# Dated: 2026-11-22.\n"), None);
}

#[test]
fn ranges_of_cloud_services_are_ranges() {
    for (line, entry) in entries(CLOUD_RANGES) {
        let (service, range) = entry.split_once(' ').unwrap();
        assert!(["microsoft365", "google"].contains(&service), "line {line}");
        assert!(Range::read(range).is_some(), "line {line}: {range}");
    }
}
