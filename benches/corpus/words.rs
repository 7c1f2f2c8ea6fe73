//! Words, sentences and paragraphs, as staff write them.

use super::Dice;
use super::people::Person;

/// Frequent first: a word is the likelier the further to the front it stands.
const WORDS: &str = "the to and of a in for is on that with be we you are it this have will at as from by or not our \
your they if all can please there has was any school would been but their what which when who her his she he them \
more about time so also do one some up out pupils like other into just know make work could than then its only over \
new year some these two may first any now day way down should because each those people take too very after week \
parents children lesson lessons class teacher staff office term trip report reports meeting form tutor head room \
morning afternoon lunch break homework coursework exam exams assessment marks grade target progress attendance \
behaviour support learning needs plan review letter email reply message attached copy sign return consent money \
cost pay payment online site ticket coach bus station arrive leave collect hall library sports field music drama \
art science history geography english mathematics computing languages club practice rehearsal concert play match \
team fixture kit uniform shoes coat bag bottle packed water weather forecast risk medical first-aid contact number \
address home family mother father carer brother sister guardian appointment doctor dentist absence late early \
reminder deadline notice change cover duty rota timetable period monday tuesday wednesday thursday friday saturday \
january february march april may june july september october november december autumn spring summer thank thanks \
kind regards dear best wishes many hope know let discuss agreed action points minutes agenda item chair apologies \
present following previous next last attached spreadsheet document folder drive link password account access \
update system laptop printer projector charger server network governors trust inspection policy procedure guidance \
training session course workshop visitor speaker volunteer interview candidate vacancy application reference";

const ENDINGS: [&str; 8] = ["", "", "", "", "s", "ed", "ing", "ly"];

/// Writes with dice.
pub struct Writer<'a> {
    /// The dice.
    pub dice: &'a mut Dice,
    words: Vec<&'static str>,
}

impl<'a> Writer<'a> {
    /// Somebody who writes.
    pub fn new(dice: &'a mut Dice) -> Self {
        Self { dice, words: WORDS.split(' ').collect() }
    }

    fn word(&mut self, out: &mut String) {
        // Twice rolled and multiplied: the front of the list comes up far more often.
        let all = self.words.len() as u64;
        let place = self.dice.below(all) * self.dice.below(all) / all;
        out.push_str(self.words[usize::try_from(place).unwrap()]);
        if place > 40 {
            out.push_str(self.dice.pick(&ENDINGS));
        }
    }

    /// About so many letters without a line break.
    pub fn line(&mut self, letters: usize) -> String {
        let mut line = String::new();
        while line.len() < letters {
            self.word(&mut line);
            line.push(' ');
        }
        line.trim_end().to_owned()
    }

    /// Paragraphs of sentences, wrapped, between two sizes; somewhere in it a name.
    pub fn text(&mut self, from: u64, to: u64, named: Option<&Person>) -> String {
        let size = self.dice.size(from, to);
        let mut text = String::from("Dear all,\r\n\r\n");
        let mut column = 0;
        let mut named = named;
        while text.len() < size {
            let start = text.len();
            for place in 0..5 + self.dice.below(14) {
                if place > 0 {
                    text.push(' ');
                }
                if column > 66 {
                    text.pop();
                    text.push_str("\r\n");
                    column = 0;
                }
                let before = text.len();
                self.word(&mut text);
                column += text.len() - before + 1;
            }
            text.get_mut(start..=start).unwrap().make_ascii_uppercase();
            if text.len() > size / 2
                && let Some(person) = named.take()
            {
                text.push_str(&format!(" with {} {}", person.forename, person.surname));
            }
            self.figure(&mut text);
            text.push_str(if self.dice.below(12) == 0 { ", \u{2019}tis true.\r\n\r\n" } else { ". " });
        }
        text.push_str("\r\n\r\nKind regards\r\nA Teacher\r\n01632 960000\r\n");
        text
    }

    /// Now and then a number, as letters have them.
    fn figure(&mut self, text: &mut String) {
        match self.dice.below(30) {
            0 => text.push_str(&format!(" on {} June", 1 + self.dice.below(29))),
            1 => text.push_str(&format!(" at {}.{:02}", 8 + self.dice.below(8), 5 * self.dice.below(12))),
            2 => text.push_str(&format!(" for \u{a3}{}.50", self.dice.below(90))),
            3 => text.push_str(&format!(" in room {}", 100 + self.dice.below(80))),
            4 => text.push_str(&format!(" (ref {})", 100_000 + self.dice.below(800_000))),
            _ => {}
        }
    }
}

/// The same text as an HTML letter of a mail program: every paragraph in wrappings.
pub fn html(text: &str, dice: &mut Dice) -> String {
    let mut html = String::from(
        "<html xmlns:o=\"urn:schemas-microsoft-com:office:office\"><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\
         <style>\r\n<!-- p.MsoNormal {margin:0cm; font-size:11.0pt; font-family:\"Calibri\",sans-serif;} -->\r\n</style></head>\r\n<body lang=\"EN-GB\"><div class=\"WordSection1\">\r\n",
    );
    for line in text.lines() {
        html.push_str("<p class=\"MsoNormal\"><span style=\"font-size:11.0pt;color:#1F497D\">");
        html.push_str(
            &line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\u{2019}', "&rsquo;"),
        );
        if dice.below(9) == 0 {
            html.push_str("<b>&nbsp;<a href=\"https://www.school.example/news\">more</a></b>");
        }
        html.push_str("<o:p></o:p></span></p>\r\n");
    }
    html.push_str("</div></body></html>\r\n");
    html
}

/// Quoted-printable, lines up to 76 letters.
pub fn quoted_printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 11 / 10);
    for line in text.split("\r\n") {
        let mut column = 0;
        for byte in line.bytes() {
            if column > 72 {
                out.push_str("=\r\n");
                column = 0;
            }
            if byte == b'=' || !(32..127).contains(&byte) {
                out.push_str(&format!("={byte:02X}"));
                column += 3;
            } else {
                out.push(char::from(byte));
                column += 1;
            }
        }
        out.push_str("\r\n");
    }
    out
}
