use super::*;

fn at(written: &str) -> Timestamp {
    written.parse().unwrap()
}

fn settings() -> Settings {
    let span = |name: &str, from: &str, to: &str| Span { name: name.into(), from: from.into(), to: to.into() };
    Settings {
        terms: vec![span("spring", "2025-01-06", "2025-04-04"), span("summer", "2025-04-22", "2025-07-22")],
        closures: vec![span("moving house", "2025-02-17", "2025-02-21")],
        inset_days: vec!["2025-04-21".into(), "2025-09-01".into()],
        extra_holidays: vec!["2025-03-10".into()],
        kept_open: vec!["2025-05-05".into()],
        ..Settings::default()
    }
}

#[test]
fn the_school_is_open_when_the_calendar_says() {
    let (calendar, problems) = Calendar::read(&settings(), "config.toml");
    assert_eq!(problems, []);
    for (now, open, next, why) in [
        ("2025-01-07T09:00:00Z", true, "2025-01-07T09:00:00Z", "a school day"),
        ("2025-01-07T06:59:59Z", false, "2025-01-07T07:00:00Z", "before opening"),
        ("2025-01-07T07:00:00Z", true, "2025-01-07T07:00:00Z", "at opening"),
        ("2025-01-07T19:00:00Z", false, "2025-01-08T07:00:00Z", "at closing"),
        ("2025-01-10T20:00:00Z", false, "2025-01-13T07:00:00Z", "Friday evening"),
        ("2025-02-14T20:00:00Z", false, "2025-02-24T07:00:00Z", "a closure"),
        ("2025-03-10T12:00:00Z", false, "2025-03-11T07:00:00Z", "a day the school adds"),
        ("2025-05-05T12:00:00Z", true, "2025-05-05T12:00:00Z", "a bank holiday the school keeps open"),
        ("2025-05-26T12:00:00Z", false, "2025-05-27T06:00:00Z", "a bank holiday; British Summer Time"),
        (
            "2025-04-10T12:00:00Z",
            false,
            "2025-04-21T06:00:00Z",
            "between the terms; an inset day on Easter Monday comes first",
        ),
        ("2025-08-01T12:00:00Z", false, "2025-09-01T06:00:00Z", "summer, an inset day out of term"),
    ] {
        assert_eq!(calendar.is_open(at(now)), open, "{why}");
        assert_eq!(calendar.next_opening(at(now)), Some(at(next)), "{why}");
    }
    assert_eq!(calendar.next_opening(at("2025-09-02T12:00:00Z")), None, "no term is listed after this");
}

#[test]
fn the_clock_changes_and_the_hours_stay() {
    let hours =
        |day: &str, hours: &str| Settings { hours: [(day.to_owned(), hours.to_owned())].into(), ..Settings::default() };
    for (day, written, now, open, next, why) in [
        // 2025-03-30 01:00 GMT becomes 02:00 BST; 2025-10-26 02:00 BST becomes 01:00 GMT.
        ("sunday", "01:30-05:00", "2025-03-30T00:59:00Z", false, "2025-03-30T01:30:00Z", "the opening time is skipped"),
        ("sunday", "01:30-05:00", "2025-03-30T01:30:00Z", true, "2025-03-30T01:30:00Z", "02:30 BST stands for 01:30"),
        ("sunday", "00:00-01:30", "2025-03-30T01:15:00Z", true, "2025-03-30T01:15:00Z", "the closing time is skipped"),
        (
            "sunday",
            "01:30-05:00",
            "2025-10-26T00:20:00Z",
            false,
            "2025-10-26T00:30:00Z",
            "the opening time comes twice",
        ),
        ("sunday", "01:30-05:00", "2025-10-26T01:15:00Z", true, "2025-10-26T01:15:00Z", "open between the two"),
        ("sunday", "00:00-24:00", "2025-10-26T23:59:00Z", true, "2025-10-26T23:59:00Z", "a day of 25 hours"),
        ("monday", "07:00-19:00", "2025-03-29T12:00:00Z", false, "2025-03-31T06:00:00Z", "over the spring change"),
        ("monday", "07:00-19:00", "2025-10-25T12:00:00Z", false, "2025-10-27T07:00:00Z", "over the autumn change"),
    ] {
        let (calendar, problems) = Calendar::read(&hours(day, written), "config.toml");
        assert_eq!(problems, [], "{why}");
        assert_eq!(calendar.is_open(at(now)), open, "{why}");
        assert_eq!(calendar.next_opening(at(now)), Some(at(next)), "{why}");
    }
}

#[test]
fn every_mistake_is_told() {
    let written = Settings {
        zone: "Europe/Nowhere".into(),
        hours: [
            ("mon", "07:00-19:00"),
            ("monday", "19:00-07:00"),
            ("tuesday", "7-19"),
            ("friday", "09:00-12:00,11:00-14:00"),
        ]
        .map(|(day, hours)| (day.to_owned(), hours.to_owned()))
        .into(),
        extra_holidays: vec!["1 May".into()],
        closures: vec![Span { name: String::new(), from: "2025-02-21".into(), to: "2025-02-17".into() }],
        ..Settings::default()
    };
    let (_, problems) = Calendar::read(&written, "config.toml");
    let told: Vec<&str> = problems.iter().map(|problem| problem.written.as_str()).collect();
    assert_eq!(
        told,
        [
            "Europe/Nowhere",
            "09:00-12:00,11:00-14:00",
            "mon",
            "19:00-07:00",
            "7-19",
            "1 May",
            "2025-02-21 to 2025-02-17"
        ]
    );
    let (_, problems) = Calendar::read(&Settings { hours: BTreeMap::new(), ..Settings::default() }, "config.toml");
    assert_eq!(problems.len(), 1);
}
