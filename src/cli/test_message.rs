//! `exeat test-message`: one message through the real relay, hop by hop.

use super::{ConfigFile, FAILED, FOUND, OK, complain, fail, page};
use crate::config::Config;
use crate::courier::{Connection, Mode, Reply, Target};
use crate::mail::Address;
use crate::store::{Entry, State, Store};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What was typed behind `exeat test-message`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  exeat test-message --to me@school.example
  exeat test-message --to me@mail.example --from me@school.example --via relay.school.example:587
  exeat test-message --to me@mail.example --from me@school.example --text 'The UPN is H801200001001.'

The message goes to a real mailbox. Without --text nothing in it should be found.
Exit code: 0 if exeat saw it and the relay took it, 1 if not, 2 if it could not be tried.")]
pub(super) struct Arguments {
    #[command(flatten)]
    file: ConfigFile,
    /// Who gets the message; yourself, at an address outside for a complete journey
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// Who sends it; by default the address of --to
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// Where senders submit to the relay
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:25")]
    via: String,
    /// What stands in the message
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "This message tests the way out of the school. Nothing is to be done."
    )]
    text: String,
}

/// What exeat had counted before the message and after it.
type Counts = BTreeMap<String, f64>;

pub(super) async fn run(arguments: Arguments) -> u8 {
    let config = match Config::read(&arguments.file.config) {
        Ok((config, _)) => config,
        Err(problems) => {
            complain(&problems);
            return FAILED;
        }
    };
    match send(&arguments, &config).await {
        Ok(code) => code,
        Err(why) => fail(&why),
    }
}

async fn send(arguments: &Arguments, config: &Config) -> Result<u8, String> {
    let from = arguments.from.as_deref().unwrap_or(&arguments.to);
    for address in [from, &arguments.to] {
        let plain = address.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>".contains(&byte));
        if !plain || Address::read(address).is_none_or(|address| address.domain().is_empty()) {
            return Err("--to and --from are plain addresses such as me@school.example".to_owned());
        }
    }
    let before = counts(config).await;
    if let Err(why) = &before {
        say!("exeat    its counters cannot be read ({why}): what it does is told from the relay's answers alone");
    }
    let now = Timestamp::now();
    let id = format!("<test-{}.{}@{}>", now.as_nanosecond(), std::process::id(), config.courier.helo);
    let outcome = submit(arguments, config, from, &message(arguments, config, from, &id, now)).await?;
    let saw = match (before, counts(config).await) {
        (Ok(before), Ok(after)) => print_counts(&before, &after),
        _ => true,
    };
    let waiting = waiting(config, &id).await;
    print_waiting(config, &waiting);
    expect(&outcome, saw, !waiting.is_empty(), arguments);
    Ok(if outcome.is_ok() && saw { OK } else { FOUND })
}

fn message(arguments: &Arguments, config: &Config, from: &str, id: &str, now: Timestamp) -> String {
    let zoned = now.to_zoned(config.calendar.zone().clone());
    let date = zoned.strftime("%a, %d %b %Y %H:%M:%S %z");
    let text = arguments.text.replace("\r\n", "\n").replace('\n', "\r\n");
    format!(
        "From: <{from}>\r\nTo: <{}>\r\nSubject: Test of the mail check\r\nDate: {date}\r\nMessage-ID: {id}\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n",
        arguments.to
    )
}

/// Hands the message to the relay as a sender would, printing each answer; the last one, or the first refusal.
async fn submit(arguments: &Arguments, config: &Config, from: &str, message: &str) -> Result<Reply, String> {
    let target = Target::read(&format!("inet:{}", arguments.via)).ok_or("--via is HOST:PORT, e.g. 127.0.0.1:25")?;
    let mut settings = config.courier.clone();
    settings.release = target;
    settings.tls.mode = Mode::Never;
    settings.reply_timeout = settings.reply_timeout.min(std::time::Duration::from_mins(5));
    let trouble = |trouble| format!("{}: {trouble}", arguments.via);
    let mut connection = Connection::open(&settings).await.map_err(trouble)?;
    say!("connect  {} answers as a mail server", arguments.via);
    let body = if connection.offers.eight_bit { " BODY=8BITMIME" } else { "" };
    for (hop, command, hundred) in [
        ("sender", format!("MAIL FROM:<{from}>{body}"), 2),
        ("to", format!("RCPT TO:<{}>", arguments.to), 2),
        ("content", "DATA".to_owned(), 3),
    ] {
        let reply = connection.say(&command).await.map_err(trouble)?;
        print_reply(hop, &reply);
        if reply.code / 100 != hundred {
            connection.quit().await;
            return Ok(reply);
        }
    }
    let stuffed = message.replace("\r\n.", "\r\n..");
    connection.send(format!("{stuffed}.\r\n").as_bytes()).await.map_err(trouble)?;
    let reply = connection.answer().await.map_err(trouble)?;
    print_reply("relay", &reply);
    if let Some(queue_id) = queue_id(&reply) {
        say!("queue    {queue_id}: the relay's log and exeat's log name the message by it");
    }
    connection.quit().await;
    Ok(reply)
}

fn print_reply(hop: &str, reply: &Reply) {
    say!("{hop:<8} {} {}", reply.code, reply.lines.join(" "));
}

/// Postfix: `2.0.0 Ok: queued as 4fX...`; Sendmail: `2.0.0 54A... Message accepted for delivery`.
fn queue_id(reply: &Reply) -> Option<&str> {
    let text = reply.lines.last()?;
    let id = text.split_once("queued as ").map_or_else(
        || text.strip_suffix(" Message accepted for delivery").and_then(|rest| rest.split(' ').next_back()),
        |(_, id)| id.split(' ').next(),
    )?;
    (reply.is_ok() && !id.is_empty()).then_some(id)
}

async fn counts(config: &Config) -> Result<Counts, String> {
    let (code, text) = page(config.http, "/metrics").await?;
    if code == 200 { Ok(read_counts(&text)) } else { Err(format!("it says {code}")) }
}

/// The series that say what became of messages.
fn read_counts(text: &str) -> Counts {
    let wanted = ["exeat_messages_total{", "exeat_findings_total{", "exeat_gaps_total{", "exeat_tempfails_total{"];
    text.lines()
        .filter(|line| wanted.iter().any(|name| line.starts_with(name)))
        .filter_map(|line| {
            let (series, value) = line.rsplit_once(' ')?;
            Some((series.to_owned(), value.parse().ok()?))
        })
        .collect()
}

/// Prints what has grown; whether exeat has judged any message meanwhile.
fn print_counts(before: &Counts, after: &Counts) -> bool {
    let grown: Vec<&String> = after
        .iter()
        .filter(|(series, count)| before.get(*series).is_none_or(|old| old < count))
        .map(|(s, _)| s)
        .collect();
    for series in &grown {
        let short = series.trim_start_matches("exeat_").replace("_total", "").replace('"', "");
        say!("exeat    counted {short}");
    }
    let messages = grown.iter().filter(|series| !series.starts_with("exeat_findings")).count();
    if messages > 1 {
        say!("exeat    other mail passed meanwhile; its log tells them apart by queue id");
    }
    if messages == 0 {
        say!("exeat    did not see the message");
    }
    messages > 0
}

/// Kept copies of the message.
async fn waiting(config: &Config, id: &str) -> Vec<Entry> {
    let Some(settings) = config.store.as_ref().filter(|settings| settings.path.exists()) else { return Vec::new() };
    let listed = match Store::of(settings) {
        Ok(store) => store.list(&State::ALL, 10_000).await,
        Err(error) => Err(error),
    };
    match listed {
        Ok(entries) => entries.into_iter().filter(|entry| entry.record.message_id.expose() == id).collect(),
        Err(error) => {
            say!("store    what is kept cannot be looked up: {error}");
            Vec::new()
        }
    }
}

fn print_waiting(config: &Config, entries: &[Entry]) {
    let zone = config.calendar.zone();
    for entry in entries {
        let due = entry.due_at.map_or_else(String::new, |due| {
            format!(", until {}", due.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M"))
        });
        say!("store    {} is {}{due}", entry.reference, entry.state.name());
        for reason in &entry.record.reasons {
            say!("store      by rule {} (clause {}): {}", reason.rule, reason.clause, reason.action.name());
        }
    }
}

fn expect(outcome: &Reply, saw: bool, kept: bool, arguments: &Arguments) {
    let (code, to) = (outcome.code, &arguments.to);
    let next = if code / 100 == 4 {
        "Next: a sender's mail program or server would try again. If the words are exeat's, its log says why."
            .to_owned()
    } else if code / 100 == 5 {
        "Next: nothing more comes. If the words are not exeat's, the relay itself refused it.".to_owned()
    } else if !saw {
        "Next: put exeat first in smtpd_milters of this port; `exeat doctor` looks at the order.".to_owned()
    } else if kept {
        "Next: the copy waits in the store; its sender gets a notice within a few minutes if they stand in the \
         staff directory. `exeat held show REFERENCE` says more, `exeat held refuse REFERENCE --reason test` ends it."
            .to_owned()
    } else {
        format!(
            "Next: look into the mailbox of {to} for \"Test of the mail check\", and at its Received and signature fields."
        )
    };
    say!("{next}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queue_ids_are_found() {
        for (code, line, expected) in [
            (250, "2.0.0 Ok: queued as 4fXyZ12", Some("4fXyZ12")),
            (250, "2.0.0 54ABCdef012345 Message accepted for delivery", Some("54ABCdef012345")),
            (250, "2.0.0 fine", None),
            (550, "5.7.1 queued as nonsense", None),
        ] {
            assert_eq!(queue_id(&Reply { code, lines: vec![line.to_owned()] }), expected, "{line}");
        }
    }

    #[test]
    fn counters_that_grew_tell_what_happened() {
        let before = read_counts("# HELP x\nexeat_messages_total{verdict=\"relay\"} 1\nexeat_workers 2\n");
        let after = read_counts(
            "exeat_messages_total{verdict=\"relay\"} 1\nexeat_messages_total{verdict=\"hold\"} 1\nexeat_findings_total{rule=\"a\"} 1\n",
        );
        assert_eq!(before.len(), 1);
        assert!(print_counts(&before, &after));
        assert!(!print_counts(&after, &after));
    }
}
