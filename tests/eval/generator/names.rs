//! The ways in which a name is written, and the places in which it stands.

use super::carry::{Letter, base64_lines, each, encoded, lines, percent};
use super::dice::Dice;
use super::files;
use super::school::Pupil;
use unicode_normalization::UnicodeNormalization as _;

/// A class of ways to write a name; `None` where this pupil's name cannot be written so.
pub type Surface = (&'static str, fn(&Pupil, &mut Dice) -> Option<String>);

fn when(holds: bool, text: impl FnOnce() -> String) -> Option<String> {
    holds.then(text)
}

fn halves(surname: &str) -> Option<(&str, &str)> {
    surname.split_once('-').filter(|(one, _)| one.len() > 3 && !one.contains(' '))
}

pub const SURFACES: &[Surface] = &[
    ("name.plain", |p, _| Some(p.full())),
    ("name.surname_comma", |p, _| Some(format!("{}, {}", p.surname, p.forename))),
    ("name.surname_comma_upper", |p, _| Some(format!("{}, {}", p.surname.to_uppercase(), p.forename))),
    ("name.surname_upper_first", |p, _| Some(format!("{} {}", p.surname.to_uppercase(), p.forename))),
    ("name.surname_first", |p, _| Some(format!("{} {}", p.surname, p.forename))),
    ("name.upper", |p, _| Some(p.full().to_uppercase())),
    ("name.lower", |p, _| Some(p.full().to_lowercase())),
    ("name.mixed_case", |p, _| {
        let swap = |(place, c): (usize, char)| {
            if place % 2 == 0 { c.to_lowercase().to_string() } else { c.to_uppercase().to_string() }
        };
        Some(p.full().chars().enumerate().map(swap).collect())
    }),
    ("name.middle_known", |p, _| when(!p.middle.is_empty(), || format!("{} {} {}", p.forename, p.middle, p.surname))),
    ("name.middle_unknown", |p, d| Some(format!("{} {} {}", p.forename, d.pick(&["Beatrix", "Quentin"]), p.surname))),
    ("name.middle_two", |p, _| Some(format!("{} Quentina Belle {}", p.forename, p.surname))),
    ("name.middle_initial", |p, d| Some(format!("{} {}. {}", p.forename, d.letter_of("ABCDEF"), p.surname))),
    ("name.preferred", |p, _| when(!p.preferred.is_empty(), || format!("{} {}", p.preferred, p.surname))),
    ("name.former", |p, _| when(!p.former.is_empty(), || format!("{} {}", p.forename, p.former))),
    ("name.hyphen_first_half", |p, _| halves(&p.surname).map(|(one, _)| format!("{} {one}", p.forename))),
    ("name.hyphen_second_half", |p, _| halves(&p.surname).map(|(_, two)| format!("{} {two}", p.forename))),
    ("name.hyphen_whole", |p, _| when(p.surname.contains('-'), || p.full())),
    ("name.hyphen_as_space", |p, _| when(p.surname.contains('-'), || p.full().replace('-', " "))),
    ("name.hyphen_joined", |p, _| {
        halves(&p.surname).map(|(one, two)| format!("{} {one}{}", p.forename, two.to_lowercase()))
    }),
    ("name.hyphen_forename", |p, _| when(p.forename.contains('-'), || p.full())),
    ("name.particle", |p, _| when(p.surname.contains(' '), || p.full())),
    ("name.particle_comma", |p, _| when(p.surname.contains(' '), || format!("{}, {}", p.surname, p.forename))),
    ("name.apostrophe", |p, _| when(p.surname.contains('\''), || p.full())),
    ("name.apostrophe_curly", |p, _| when(p.surname.contains('\''), || p.full().replace('\'', "\u{2019}"))),
    ("name.apostrophe_other", |p, d| {
        when(p.surname.contains('\''), || p.full().replace('\'', d.pick(&["\u{2bc}", "`", "\u{b4}", "\u{2018}"])))
    }),
    ("name.apostrophe_none", |p, _| when(p.surname.contains('\''), || p.full().replace('\'', ""))),
    ("name.dash_variant", |p, d| {
        when(p.full().contains('-'), || {
            p.full().replace('-', d.pick(&["\u{2010}", "\u{2011}", "\u{2013}", "\u{2212}"]))
        })
    }),
    ("name.accents", |p, _| when(!p.full().is_ascii(), || p.full())),
    ("name.accents_dropped", |p, _| {
        let plain: String = p.full().nfd().filter(|c| !('\u{300}'..'\u{370}').contains(c)).collect();
        when(!p.full().is_ascii() && plain.is_ascii(), || plain)
    }),
    ("name.nfd", |p, _| when(!p.full().is_ascii(), || p.full().nfd().collect())),
    ("name.nfkd_ligature", |p, _| when(p.full().contains("fi"), || p.full().replace("fi", "\u{fb01}"))),
    ("name.full_width", |p, _| {
        let wide = |c: char| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xfee0).unwrap() } else { c };
        Some(p.full().chars().map(wide).collect())
    }),
    ("name.no_break_space", |p, _| Some(p.full().replace(' ', "\u{a0}"))),
    ("name.zero_width", |p, _| Some(each(&p.full(), |c| format!("{c}\u{200b}")))),
    ("name.soft_hyphen", |p, _| Some(each(&p.full(), |c| if c == 'e' { "e\u{ad}".into() } else { c.to_string() }))),
    ("name.lookalike", |p, _| {
        let text = each(&p.full(), |c| match c {
            'a' => "\u{430}".into(),
            'e' => "\u{435}".into(),
            'o' => "\u{43e}".into(),
            'i' => "\u{456}".into(),
            c => c.to_string(),
        });
        when(p.full().is_ascii() && text != p.full(), || text)
    }),
    ("name.two_spaces", |p, _| Some(p.full().replace(' ', "  "))),
    ("name.possessive", |p, _| Some(format!("{}'s", p.full()))),
    ("name.possessive_curly", |p, _| Some(format!("{}\u{2019}s", p.full()))),
    ("name.brackets", |p, _| Some(format!("({}),", p.full()))),
    ("name.quotes", |p, _| Some(format!("\u{201c}{}\u{201d}", p.full()))),
    ("name.title", |p, d| Some(format!("{} {}", d.pick(&["Miss", "Master", "Mr", "Ms"]), p.full()))),
    ("name.form_behind", |p, _| Some(format!("{} ({})", p.full(), p.form))),
    ("name.nickname_between", |p, _| Some(format!("{} \"Ziggy\" {}", p.forename, p.surname))),
    ("name.dot", |p, _| {
        when(p.full().is_ascii() && !p.surname.contains(' '), || format!("{}.{}", p.forename, p.surname).to_lowercase())
    }),
    ("name.diminutive_and_form", |p, _| short_form(p).map(|name| format!("{name} ({})", p.form))),
    ("name.initial_and_form", |p, _| initial(p, |i| format!("{i}. {} ({})", p.surname, p.form))),
    ("name.possessive_hurried", |p, _| {
        let plain = p.full().chars().all(|c| c.is_ascii_alphabetic() || c == ' ');
        when(plain && !p.surname.contains(' ') && !p.surname.ends_with('s'), || format!("{}s bag", p.full()))
    }),
    ("name.spelled_out", |p, _| {
        let text = each(&p.full(), |c| match c {
            '\u{fc}' => "ue".into(),
            '\u{f8}' => "oe".into(),
            '\u{e4}' => "ae".into(),
            c => c.to_string(),
        });
        when(text != p.full(), || text)
    }),
    ("name.mac", |p, _| when(p.surname.starts_with("Mac"), || p.full().replace("Mac", "Mc"))),
    ("name.slash", |p, _| Some(format!("{}/{}", p.surname, p.forename))),
];

fn short_form(p: &Pupil) -> Option<String> {
    let short =
        [("Thomas", "Tom"), ("Elizabeth", "Beth"), ("Benjamin", "Ben"), ("Christopher", "Chris"), ("Daniel", "Dan")];
    let short = short.iter().find(|(long, _)| *long == p.forename);
    short.map(|(_, short)| format!("{short} {}", p.surname))
}

/// The initial, where surname and initial are nobody else's: the surname is one of those that come once.
fn initial(p: &Pupil, write: impl FnOnce(char) -> String) -> Option<String> {
    let plain = p.surname.chars().all(|c| c.is_ascii_alphabetic()) && p.surname != "MacDonald";
    when(plain, || write(p.forename.chars().next().unwrap()))
}

/// Weaker classes, found with low confidence; those with what makes them surer stand among the others.
pub const WEAK: &[Surface] = &[
    ("weak.diminutive", |p, _| short_form(p)),
    ("weak.initial_surname", |p, _| initial(p, |i| format!("{i}. {}", p.surname))),
    ("weak.initial_no_stop", |p, _| initial(p, |i| format!("{i} {}", p.surname))),
    ("weak.surname_initial", |p, _| initial(p, |i| format!("{}, {i}.", p.surname))),
    ("weak.surname_initial_bare", |p, _| {
        // `A` and `I` are words as well.
        initial(p, |i| format!("{} {i}", p.surname.to_uppercase())).filter(|name| !name.ends_with(['A', 'I']))
    }),
    ("weak.forename_in_form", |p, _| Some(format!("{} in {}", p.forename, p.form))),
    ("weak.forename_form_brackets", |p, _| Some(format!("{} ({})", p.forename, p.form))),
    ("weak.forename_from_form", |p, _| Some(format!("{} from {}", p.forename, p.form))),
    ("weak.form_forename", |p, _| Some(format!("{} {}", p.form, p.forename))),
];

/// A class of places in which a name stands, and the letter with it there.
pub type Standing = (&'static str, fn(&Pupil, &mut Letter, &mut Dice));

fn joined(p: &Pupil) -> String {
    p.full().split_whitespace().collect()
}

fn sentence(p: &Pupil) -> String {
    format!("Here is the note about {} for the file.", p.full())
}

pub const STANDINGS: &[Standing] = &[
    ("wrap.line", |p, l, _| {
        l.say(&format!("We have now spoken with the family of {}\n{} and agreed a plan.", p.forename, p.surname))
    }),
    ("wrap.surname_first", |p, l, _| {
        l.say(&format!("The next on the list is {},\n{}, who was away.", p.surname, p.forename))
    }),
    ("wrap.flowed", |p, l, _| l.flowed(&format!("We spoke again with {} \n{} on Monday.\n", p.forename, p.surname))),
    ("wrap.flowed_quoted", |p, l, _| {
        l.flowed(&format!("Thank you.\n\n>> We spoke with {} \n>> {} on Monday.\n", p.forename, p.surname))
    }),
    ("wrap.quoted", |p, l, _| {
        l.say(&format!("On Monday the office wrote:\n> Please see that {}\n> has the form by Friday.", p.full()))
    }),
    ("wrap.quoted_wrapped", |p, l, _| {
        l.say(&format!(
            "On Monday the office wrote:\n> > Please see that {}\n> > {} has the form.",
            p.forename, p.surname
        ))
    }),
    ("wrap.outlook_block", |p, l, _| {
        l.say(&format!("-----Original Message-----\nFrom: office@school.example\nSent: 02 March 2026 09:12\nTo: Ruth Marlow\nSubject: {}\n\nSee above.", p.full()));
    }),
    ("wrap.tabs", |p, l, _| l.say(&format!("{}\t{}\t{}", p.surname, p.forename, p.form))),
    ("wrap.label_plural", |p, l, _| l.say(&format!("Forename(s): {}    Surname: {}", p.forename, p.surname))),
    ("wrap.label_above", |p, l, _| {
        l.is_plain = true;
        l.say(&format!("Legal forename\n{}\nLegal surname\n{}", p.forename, p.surname))
    }),
    ("wrap.label_child", |p, l, _| l.say(&format!("Name of child: {}\nFamily name: {}", p.forename, p.surname))),
    ("wrap.text_table", |p, l, _| l.say(&format!("{} | {} | {}", p.surname, p.form, p.forename))),
    ("wrap.label_lines", |p, l, _| {
        l.say(&format!("Surname: {}\nFirst name: {}\nForm: {}", p.surname, p.forename, p.form))
    }),
    ("wrap.labels_on_a_line", |p, l, _| l.say(&format!("Forename: {}, Surname: {}", p.forename, p.surname))),
    ("wrap.pasted_csv", |p, l, _| l.say(&format!("{},{},{}", p.surname, p.forename, p.form))),
    ("html.tags_inside", |p, l, _| {
        l.html(&format!("<p>About {} today</p>", each(&p.full(), |c| format!("<span>{c}</span>"))))
    }),
    ("html.bold_halves", |p, l, _| l.html(&format!("<p>About <b>{}</b> <i>{}</i></p>", p.forename, p.surname))),
    ("html.cells", |p, l, _| {
        l.html(&format!("<table><tr><td>{}</td><td>{}</td><td>92 %</td></tr></table>", p.forename, p.surname))
    }),
    ("html.label_rows", |p, l, _| {
        l.html(&format!(
            "<table><tr><td>Forename</td><td>{}</td></tr><tr><td>Surname</td><td>{}</td></tr></table>",
            p.forename, p.surname
        ));
    }),
    ("html.cell_of_lines", |p, l, _| {
        l.html(&format!("<table><tr><td>{}<br>{}</td><td>92 %</td></tr></table>", p.surname, p.forename))
    }),
    ("html.form_between", |p, l, _| {
        l.html(&format!("<table><tr><td>{}</td><td>{}</td><td>{}</td></tr></table>", p.surname, p.form, p.forename))
    }),
    ("html.columns", |p, l, _| {
        l.html(&format!("<table><tr><th>Surname</th><th>No.</th><th>Forename</th></tr><tr><td>{}</td><td>14</td><td>{}</td></tr></table>", p.surname, p.forename));
    }),
    ("html.entities", |p, l, _| {
        l.html(&format!("<p>About {} today</p>", each(&p.full(), |c| format!("&#{};", u32::from(c)))))
    }),
    ("html.no_break", |p, l, _| l.html(&format!("<p>About {} today</p>", p.full().replace(' ', "&nbsp;")))),
    ("html.soft_hyphens", |p, l, _| {
        l.html(&format!("<p>About {} today</p>", each(&p.full(), |c| format!("{c}&shy;"))))
    }),
    ("html.line_break", |p, l, _| l.html(&format!("<p>About {}<br>{} today</p>", p.forename, p.surname))),
    ("html.source_newline", |p, l, _| l.html(&format!("<p>About {}\n   {} today</p>", p.forename, p.surname))),
    ("html.comment_inside", |p, l, _| l.html(&format!("<p>About {}<!-- x --> {} today</p>", p.forename, p.surname))),
    ("html.hidden", |p, l, _| l.html(&format!("<p>See below.</p><div style=\"display:none\">{}</div>", sentence(p)))),
    ("html.white_on_white", |p, l, _| {
        l.html(&format!("<p>x</p><span style=\"color:#fff;font-size:1px\">{}</span>", sentence(p)))
    }),
    ("html.title_attribute", |p, l, _| {
        l.html(&format!("<p><a href=\"https://files.example\" title=\"{}\">file</a></p>", p.full()))
    }),
    ("html.alt", |p, l, _| l.html(&format!("<p><img src=\"x.png\" alt=\"Photo of {}\"></p>", p.full()))),
    ("subject.plain", |p, l, _| l.subject = format!("Meeting about {}", p.full())),
    ("subject.base64", |p, l, _| l.subject = encoded('B', &format!("Meeting about {}", p.full()))),
    ("subject.quoted", |p, l, _| l.subject = encoded('Q', &format!("Meeting about {}", p.full()))),
    ("subject.split", |p, l, _| {
        let words: Vec<String> = p.full().chars().map(|c| encoded('B', &c.to_string())).collect();
        l.subject = format!("Meeting: {}", words.join("\r\n "));
    }),
    ("subject.folded", |p, l, _| l.subject = format!("Meeting about {}", p.full().replace(' ', "\r\n "))),
    ("header.display_name", |p, l, _| {
        l.fields.push(format!("Cc: {} <someone@partner.example>", encoded('Q', &p.full())))
    }),
    ("header.thread_topic", |p, l, _| l.fields.push(format!("Thread-Topic: {}", encoded('B', &p.full())))),
    ("header.own_field", |p, l, _| l.fields.push(format!("X-Case: {}", p.full()))),
    ("filename.plain", |p, l, _| {
        l.named_file(&format!("filename=\"{}\"", encoded('B', &format!("Report {}.pdf", p.full()))))
    }),
    ("filename.joined", |p, l, _| {
        l.named_file(&format!("filename=\"{}\"", encoded('B', &format!("{}-report.pdf", joined(p)))))
    }),
    ("filename.underscore", |p, l, _| {
        let name = format!("{}_{}_2026.pdf", p.surname, p.forename).to_lowercase();
        l.named_file(&format!("filename*=utf-8''{}", percent(&name)));
    }),
    ("filename.rfc2231", |p, l, _| {
        l.named_file(&format!("filename*=utf-8''{}", percent(&format!("{} report.pdf", p.full()))))
    }),
    ("filename.rfc2231_parts", |p, l, _| {
        let parts: Vec<String> = p
            .full()
            .chars()
            .enumerate()
            .map(|(place, c)| {
                format!("filename*{place}*={}{}", if place == 0 { "utf-8''" } else { "" }, percent(&c.to_string()))
            })
            .collect();
        l.named_file(&parts.join(";\r\n "));
    }),
    ("filename.in_zip", |p, l, _| {
        l.attach("files.zip", "application/zip", &files::zip(&[(&format!("{}.txt", p.full()), b"x")]))
    }),
    ("link.joined", |p, l, _| {
        let name = p.full().to_lowercase().replace([' ', '\''], "-");
        l.say(&format!("See https://drive.partner.example/f/{name}-report?x=1 for it."));
    }),
    ("att.text", |p, l, _| l.attach("note.txt", "text/plain; charset=utf-8", sentence(p).as_bytes())),
    ("att.text_utf16", |p, l, _| {
        let units = std::iter::once(0xFEFF).chain(sentence(p).encode_utf16().collect::<Vec<_>>());
        l.attach("note.txt", "text/plain", &units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    }),
    ("att.csv_columns", |p, l, _| {
        l.attach(
            "list.csv",
            "text/csv",
            lines(&format!("Forename,Surname,Form\n{},{},{}\n", p.forename, p.surname, p.form)).as_bytes(),
        )
    }),
    ("att.csv_surname_first", |p, l, _| {
        l.attach(
            "list.csv",
            "text/csv",
            lines(&format!("Surname;Adno;Forename\n{};1234;{}\n", p.surname, p.forename)).as_bytes(),
        )
    }),
    ("att.csv_one_field", |p, l, _| {
        l.attach(
            "list.csv",
            "text/csv",
            lines(&format!("\u{feff}Name,Mark\n\"{}, {}\",7\n", p.surname, p.forename)).as_bytes(),
        )
    }),
    ("att.html", |p, l, _| {
        l.attach("page.html", "text/html; charset=utf-8", format!("<p>{}</p>", sentence(p)).as_bytes())
    }),
    ("att.message", |p, l, _| {
        l.attach(
            "old.eml",
            "message/rfc822",
            lines(&format!(
                "From: <office@school.example>\nSubject: old\nContent-Type: text/plain; charset=utf-8\n\n{}\n",
                sentence(p)
            ))
            .as_bytes(),
        )
    }),
    ("att.calendar", |p, l, _| {
        l.attach(
            "meeting.ics",
            "text/calendar; charset=utf-8",
            lines(&format!(
                "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nSUMMARY:Review {}\nEND:VEVENT\nEND:VCALENDAR\n",
                p.full()
            ))
            .as_bytes(),
        )
    }),
    ("att.contact", |p, l, _| {
        l.attach(
            "card.vcf",
            "text/vcard; charset=utf-8",
            lines(&format!("BEGIN:VCARD\nVERSION:3.0\nFN:{}\nEND:VCARD\n", p.full())).as_bytes(),
        )
    }),
    ("att.docx", |p, l, _| l.office("letter.docx", &files::docx(&files::paragraph(&sentence(p)), &[]))),
    ("att.docx_split_runs", |p, l, _| {
        let runs = each(&p.full(), |c| format!("<w:r><w:t xml:space=\"preserve\">{c}</w:t></w:r>"));
        l.office("letter.docx", &files::docx(&format!("<w:p>{runs}</w:p>"), &[]));
    }),
    ("att.docx_table", |p, l, _| {
        l.office("list.docx", &files::docx(&files::word_row(&[&p.surname, &p.forename]), &[]))
    }),
    ("att.docx_header", |p, l, _| {
        l.office("letter.docx", &files::docx("<w:p/>", &[("word/header1.xml", files::word("hdr", &p.full()))]))
    }),
    ("att.docx_footer", |p, l, _| {
        l.office("letter.docx", &files::docx("<w:p/>", &[("word/footer1.xml", files::word("ftr", &p.full()))]))
    }),
    ("att.docx_comment", |p, l, _| {
        l.office("letter.docx", &files::docx("<w:p/>", &[("word/comments.xml", files::word("comments", &sentence(p)))]))
    }),
    ("att.docx_inserted", |p, l, _| {
        l.office(
            "letter.docx",
            &files::docx(&format!("<w:p><w:ins w:id=\"1\"><w:r><w:t>{}</w:t></w:r></w:ins></w:p>", p.full()), &[]),
        )
    }),
    ("att.docx_deleted", |p, l, _| {
        l.office(
            "letter.docx",
            &files::docx(
                &format!("<w:p><w:del w:id=\"1\"><w:r><w:delText>{}</w:delText></w:r></w:del></w:p>", p.full()),
                &[],
            ),
        )
    }),
    ("att.docx_properties", |p, l, _| {
        l.office(
            "letter.docx",
            &files::docx("<w:p/>", &[("docProps/core.xml", files::properties(&format!("Report on {}", p.full())))]),
        )
    }),
    ("att.xlsx_columns", |p, l, _| {
        l.office(
            "list.xlsx",
            &files::xlsx(&[(
                "Marks",
                "visible",
                &files::rows(&[&["Forename", "Surname"], &[&p.forename, &p.surname]]),
            )]),
        )
    }),
    ("att.xlsx_surname_first", |p, l, _| {
        l.office(
            "list.xlsx",
            &files::xlsx(&[(
                "Marks",
                "visible",
                &files::rows(&[&["Surname", "No.", "Forename"], &[&p.surname, "7", &p.forename]]),
            )]),
        )
    }),
    ("att.xlsx_one_cell", |p, l, _| {
        l.office(
            "list.xlsx",
            &files::xlsx(&[("Marks", "visible", &files::rows(&[&["Name", "Mark"], &[&p.full(), "7"]]))]),
        )
    }),
    ("att.xlsx_hidden_sheet", |p, l, _| {
        l.office(
            "list.xlsx",
            &files::xlsx(&[
                ("Summary", "visible", &files::rows(&[&["All well"]])),
                ("Data", "hidden", &files::rows(&[&[&p.full()]])),
            ]),
        )
    }),
    ("att.xlsx_hidden_column", |p, l, _| {
        l.office(
            "list.xlsx",
            &files::xlsx(&[(
                "Marks",
                "visible",
                &format!(
                    "<cols><col min=\"2\" max=\"2\" hidden=\"1\"/></cols>{}",
                    files::rows(&[&["Mark", "Name"], &["7", &p.full()]])
                ),
            )]),
        )
    }),
    ("att.pptx", |p, l, _| l.office("talk.pptx", &files::pptx(&sentence(p)))),
    ("att.ods", |p, l, _| l.office("list.ods", &files::ods(&[&p.surname, "7", &p.forename]))),
    ("att.pdf_text", |p, l, _| l.attach("letter.pdf", "application/pdf", &files::pdf(&sentence(p), ""))),
    ("att.pdf_title", |p, l, _| l.attach("letter.pdf", "application/pdf", &files::pdf("See above.", &p.full()))),
    ("att.odt", |p, l, _| l.office("letter.odt", &files::odt(&sentence(p)))),
    ("att.zip_text", |p, l, _| {
        l.attach("files.zip", "application/zip", &files::zip(&[("note.txt", sentence(p).as_bytes())]))
    }),
    ("att.zip_docx", |p, l, _| {
        l.attach(
            "files.zip",
            "application/zip",
            &files::zip(&[("a.docx", &files::docx(&files::paragraph(&sentence(p)), &[]))]),
        )
    }),
    ("att.gzip", |p, l, _| l.attach("note.txt.gz", "application/gzip", &files::gzip(sentence(p).as_bytes()))),
    ("part.second_text", |p, l, _| {
        l.part(
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n",
            &base64_lines(sentence(p).as_bytes()),
        )
    }),
];
