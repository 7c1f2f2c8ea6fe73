//! The ways a full name can travel: in which place of a message, in which encoding.

use super::letter::*;

/// One way, and the message that carries a text this way; `None` where it cannot carry that text.
pub type Carriage = (&'static str, fn(&str) -> Option<Vec<u8>>);

/// Ways that carry any one-line text.
pub const FOR_TEXT: &[Carriage] = &[
    ("plain", |text| Some(plain(&format!("We spoke of {text} today.\n")))),
    ("plain, bare line ends", |text| {
        Some(String::from_utf8(plain(&format!("We spoke of {text} today.\n"))).unwrap().replace("\r\n", "\n").into())
    }),
    ("text alone", |text| Some(plain(text))),
    ("no type", |text| Some(message("Subject: News\r\n", format!("About {text} today").as_bytes()))),
    ("quoted-printable", |text| {
        let head = "Subject: News\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n";
        Some(message(head, hex(format!("About {text} today").as_bytes()).as_bytes()))
    }),
    ("quoted-printable, broken everywhere", |text| {
        let head = "Subject: News\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n";
        let body: String = text.bytes().map(|byte| hex(&[byte]) + "=\r\n").collect();
        Some(message(head, format!("About {body} today").as_bytes()))
    }),
    ("base64", |text| {
        let head = "Subject: News\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n";
        Some(message(head, base64_lines(format!("About {text} today").as_bytes()).as_bytes()))
    }),
    ("utf-16", |text| {
        let head = "Subject: News\r\nContent-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n";
        Some(message(head, base64_lines(&utf16(&format!("About {text} today"), true)).as_bytes()))
    }),
    ("latin-1", |text| {
        let head =
            "Subject: News\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n";
        Some(message(head, &latin1(&format!("About {text} today"))?))
    }),
    ("format=flowed, quoted", |text| {
        let head = "Subject: News\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n";
        Some(message(head, format!("> > we spoke of {text} \r\n> > today\r\n").as_bytes()))
    }),
    ("quoted reply", |text| Some(plain(&format!("Thanks.\n\nOn Monday R wrote:\n> We spoke of {text} today.\n")))),
    ("HTML", |text| Some(html(&format!("<p>About {text} today</p>")))),
    ("HTML, formatted", |text| Some(html(&format!("<p>About <b>{}</b> today</p>", text.replace(' ', "</b> <b>"))))),
    ("HTML, tags between all letters", |text| {
        let body: String = each(text, |c| format!("<span>{c}</span>"));
        Some(html(&format!("<p>About {body} today</p>")))
    }),
    ("HTML, comments between all letters", |text| {
        let body: String = each(text, |c| format!("{c}<!-- x -->"));
        Some(html(&format!("<p>About {body} today</p>")))
    }),
    ("HTML, entities", |text| {
        let body: String = each(text, |c| format!("&#{};", u32::from(c)));
        Some(html(&format!("<p>About {body} today</p>")))
    }),
    ("HTML, no-break spaces", |text| Some(html(&format!("<p>About {} today</p>", text.replace(' ', "&nbsp;"))))),
    ("HTML, soft hyphens", |text| {
        let body: String = each(text, |c| format!("{c}&shy;"));
        Some(html(&format!("<p>About {body} today</p>")))
    }),
    ("HTML, hidden", |text| Some(html(&format!("<p>x</p><div style=\"display:none\">About {text} today</div>")))),
    ("HTML, alternative text", |text| {
        Some(html(&format!("<p>x</p><img src=x alt=\"Photo of {}\">", text.replace('"', ""))))
    }),
    ("HTML, one cell", |text| Some(html(&format!("<table><tr><td>{text}</td><td>92 %</td></tr></table>")))),
    ("HTML, quoted-printable", |text| {
        let head = "Subject: News\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n";
        Some(message(head, hex(format!("<p>About {text} today").as_bytes()).as_bytes()))
    }),
    ("alternative, HTML only", |text| {
        let body = format!(
            "--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>About {text} today\r\n--b--\r\n"
        );
        Some(message("Subject: News\r\nContent-Type: multipart/alternative; boundary=b\r\n", body.as_bytes()))
    }),
    ("subject, raw", |text| Some(message(&format!("Subject: About {text} today\r\n"), b"x"))),
    ("subject alone", |text| Some(message(&format!("Subject: {text}\r\n"), b"x"))),
    ("subject, folded", |text| {
        Some(message(&format!("Subject: About {} today\r\n", text.replace(' ', "\r\n ")), b"x"))
    }),
    ("subject, B words", |text| {
        let words: Vec<String> =
            text.chars().map(|c| format!("=?utf-8?B?{}?=", base64_of(c.to_string().as_bytes()))).collect();
        Some(message(&format!("Subject: About {}\r\n today\r\n", words.join("\r\n ")), b"x"))
    }),
    ("subject, Q word", |text| {
        Some(message(&format!("Subject: =?UTF-8?Q?About_{}_today?=\r\n", hex(text.as_bytes())), b"x"))
    }),
    ("Thread-Topic", |text| Some(message(&format!("Subject: x\r\nThread-Topic: About {text} today\r\n"), b"x"))),
    ("Comments", |text| Some(message(&format!("Subject: x\r\nComments: About {text} today\r\n"), b"x"))),
    ("own field", |text| Some(message(&format!("Subject: x\r\nX-Case: About {text} today\r\n"), b"x"))),
    ("Keywords, encoded", |text| {
        Some(message(&format!("Subject: x\r\nKeywords: =?utf-8?b?{}?=\r\n", base64_of(text.as_bytes())), b"x"))
    }),
    ("text file", |text| {
        Some(with_file("text/plain; charset=utf-8", "a.txt", format!("About {text} today").as_bytes()))
    }),
    ("text file without charset", |text| {
        Some(with_file("text/plain", "a.txt", format!("About {text} today").as_bytes()))
    }),
    ("text file, utf-16", |text| Some(with_file("text/plain", "a.txt", &utf16(&format!("About {text} today"), false)))),
    ("text file, latin-1", |text| Some(with_file("text/plain", "a.txt", &latin1(&format!("About {text} today"))?))),
    ("text file as octets", |text| {
        Some(with_file(
            "application/octet-stream",
            "a.bin",
            format!("About {text} today, and more of it.\r\n").as_bytes(),
        ))
    }),
    ("CSV, one cell", |text| Some(with_file("text/csv", "a.csv", format!("Name,Mark\r\n\"{text}\",7\r\n").as_bytes()))),
    ("HTML file", |text| Some(with_file("text/html", "a.html", format!("<p>About {text} today").as_bytes()))),
    ("calendar", |text| {
        let whole = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:Meeting about {}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            text.replace(',', "\\,")
        );
        Some(with_file("text/calendar; method=REQUEST; charset=utf-8", "a.ics", whole.as_bytes()))
    }),
    ("calendar, folded", |text| {
        let summary: String = each(&text.replace(',', "\\,"), |c| format!("{c}\r\n "));
        let whole = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDESCRIPTION:About {summary}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        Some(with_part("Content-Type: text/calendar; charset=utf-8\r\n", whole.as_bytes()))
    }),
    ("contact card", |text| {
        let whole = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{}\r\nEND:VCARD\r\n", text.replace(',', "\\,"));
        Some(with_file("text/vcard; charset=utf-8", "a.vcf", whole.as_bytes()))
    }),
    ("Content-Description", |name| {
        let fields = format!(
            "Content-Type: application/pdf\r\nContent-Description: {name}\r\nContent-Disposition: attachment\r\n"
        );
        Some(with_part(&fields, b"%PDF-1.4\r\n"))
    }),
    ("nested message, subject", |text| {
        Some(with_part("Content-Type: message/rfc822\r\n", &message(&format!("Subject: About {text} today\r\n"), b"x")))
    }),
    ("nested message, text", |text| {
        Some(with_part("Content-Type: message/rfc822\r\n", &plain(&format!("About {text} today\n"))))
    }),
    ("nested message in base64", |text| {
        Some(with_file("message/rfc822", "a.eml", &plain(&format!("About {text} today\n"))))
    }),
];

/// Ways that carry a name as the name of a file.
pub const FOR_FILE_NAMES: &[Carriage] = &[
    ("file name", |name| name.is_ascii().then(|| with_file("application/pdf", &format!("{name}.pdf"), b"%PDF-1.4\n"))),
    ("file name, raw", |name| Some(with_file("application/pdf", &format!("{name}.pdf"), b"%PDF-1.4\n"))),
    ("file name, 2231", |name| {
        let fields = format!(
            "Content-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''{}.pdf\r\n",
            percent(name.as_bytes())
        );
        Some(with_part(&fields, b"%PDF-1.4\r\n"))
    }),
    ("file name, 2231 in pieces", |name| {
        let pieces: Vec<String> = name
            .chars()
            .enumerate()
            .map(|(i, c)| {
                format!("filename*{i}*={}{}", if i == 0 { "utf-8''" } else { "" }, percent(c.to_string().as_bytes()))
            })
            .collect();
        let fields = format!(
            "Content-Type: application/pdf\r\nContent-Disposition: attachment;\r\n {}\r\n",
            pieces.join(";\r\n ")
        );
        Some(with_part(&fields, b"%PDF-1.4\r\n"))
    }),
    ("file name, 2047", |name| {
        let fields = format!(
            "Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"=?utf-8?B?{}?=\"\r\n",
            base64_of(format!("{name}.pdf").as_bytes())
        );
        Some(with_part(&fields, b"%PDF-1.4\r\n"))
    }),
    ("name of the type", |name| {
        let fields = format!(
            "Content-Type: application/pdf; name=\"=?utf-8?Q?{}.pdf?=\"\r\nContent-Disposition: attachment\r\n",
            hex(name.as_bytes())
        );
        Some(with_part(&fields, b"%PDF-1.4\r\n"))
    }),
];
