//! Where exeat stands in Postfix: before the signer, with tempfail when it is away, and not before the release port.

use super::Line;
use super::network::written;
use crate::config::Config;
use crate::courier::Target;
use crate::milter::{Listen, SocketAddress};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// What Postfix says of itself.
#[derive(Debug, Default)]
struct Postfix {
    /// Parameters of main.cf.
    main: BTreeMap<String, String>,
    /// Parameters a service of master.cf sets for itself, by service (`NAME/TYPE`).
    services: BTreeMap<String, BTreeMap<String, String>>,
}

/// The order of milters, as far as this machine's Postfix can be asked.
pub(super) fn order(config: &Config, folder: Option<&Path>) -> Vec<Line> {
    match ask(folder) {
        Some(postfix) => judge(&postfix, &config.milter.listen, &config.courier.release, config.courier.one_port),
        None => vec![Line::warn(
            "order",
            "there is no postconf here to be asked",
            "on the relay: exeat first in smtpd_milters, the signer behind it, milter_default_action = tempfail, \
             the release service without exeat",
        )],
    }
}

fn ask(folder: Option<&Path>) -> Option<Postfix> {
    let postconf = |arguments: &[&str]| {
        let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("postconf");
        command.env("PATH", path);
        if let Some(folder) = folder {
            command.arg("-c").arg(folder);
        }
        let output = command.args(arguments).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let main = postconf(&["-x", "smtpd_milters", "milter_default_action", "queue_directory"])?;
    let services = postconf(&["-M"])?;
    let own = postconf(&["-x", "-P"])?;
    Some(Postfix::read(&main, &services, &own))
}

impl Postfix {
    /// Reads what `postconf`, `postconf -M` and `postconf -P` print.
    fn read(main: &str, services: &str, own: &str) -> Self {
        let pair = |line: &str| {
            let (name, value) = line.split_once('=')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        };
        let mut postfix = Self { main: main.lines().filter_map(pair).collect(), services: BTreeMap::new() };
        for line in services.lines() {
            let mut words = line.split_whitespace();
            if let (Some(name), Some(kind), Some("smtpd")) = (words.next(), words.next(), words.nth(5)) {
                postfix.services.entry(format!("{name}/{kind}")).or_default();
            }
        }
        for (name, value) in own.lines().filter_map(pair) {
            if let Some((service, parameter)) = name.rsplit_once('/')
                && let Some(set) = postfix.services.get_mut(service)
            {
                set.insert(parameter.to_owned(), value);
            }
        }
        postfix
    }

    fn value(&self, service: &str, parameter: &str) -> &str {
        let own = self.services.get(service).and_then(|set| set.get(parameter));
        own.or_else(|| self.main.get(parameter)).map_or("", String::as_str)
    }

    /// Whether a socket in Postfix's settings is one of ours. A path may be one inside Postfix's chroot.
    fn is_ours(&self, socket: &str, ours: &[Listen]) -> bool {
        let queue = self.main.get("queue_directory").map_or("", String::as_str);
        ours.iter().any(|listen| match &listen.socket {
            SocketAddress::Inet(_) => socket.replace("localhost:", "127.0.0.1:") == written(&listen.socket),
            SocketAddress::Unix(path) => {
                socket.strip_prefix("unix:").or_else(|| socket.strip_prefix("local:")).is_some_and(|given| {
                    path == Path::new(given) || *path == Path::new(queue).join(given.trim_start_matches('/'))
                })
            }
        })
    }

    /// The service whose name is the release port.
    fn release<'a>(&'a self, target: &Target) -> Option<&'a String> {
        let queue = self.main.get("queue_directory").map_or("", String::as_str);
        self.services.keys().find(|service| {
            let Some((name, kind)) = service.rsplit_once('/') else { return false };
            match target {
                Target::Inet(_, port) => {
                    kind == "inet" && name.rsplit_once(':').map_or(name, |(_, port)| port) == port.to_string()
                }
                Target::Unix(path) => {
                    let queue = Path::new(queue);
                    kind.starts_with("unix")
                        && ["private", "public", ""].iter().any(|folder| *path == queue.join(folder).join(name))
                }
            }
        })
    }
}

/// One milter as Postfix's settings write it: a socket, or `{ socket, name = value, ... }`.
fn milters(value: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let mut rest = value.trim_start_matches([',', ' ', '\t']);
    while !rest.is_empty() {
        let (entry, behind) = if let Some(inside) = rest.strip_prefix('{') {
            inside.split_once('}').unwrap_or((inside, ""))
        } else {
            rest.split_once([',', ' ', '\t']).unwrap_or((rest, ""))
        };
        let mut words = entry.split([',', ' ', '\t', '\n']).filter(|word| !word.is_empty());
        let socket = words.next().unwrap_or_default().to_owned();
        let settings = entry.replace(' ', "");
        let action = settings.split(',').find_map(|word| word.strip_prefix("default_action=")).map(ToOwned::to_owned);
        found.push((socket, action));
        rest = behind.trim_start_matches([',', ' ', '\t']);
    }
    found
}

fn judge(postfix: &Postfix, ours: &[Listen], release: &Target, one_port: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut asked = false;
    let released = postfix.release(release);
    for service in postfix.services.keys() {
        let all = milters(postfix.value(service, "smtpd_milters"));
        let Some(place) = all.iter().position(|(socket, _)| postfix.is_ours(socket, ours)) else { continue };
        if released == Some(service) && !one_port {
            continue;
        }
        asked = true;
        let before: Vec<&str> = all.iter().take(place).map(|(socket, _)| socket.as_str()).collect();
        lines.push(if before.is_empty() {
            Line::ok("order", format!("{service}: exeat is first of {} in smtpd_milters", all.len()))
        } else {
            let found = format!("{service}: in smtpd_milters exeat stands behind {}", before.join(", "));
            Line::wrong("order", found, "put exeat first: what a signer signs before exeat changes it is broken")
        });
        let own = all.get(place).and_then(|(_, action)| action.clone());
        let action = own.unwrap_or_else(|| postfix.value(service, "milter_default_action").to_owned());
        lines.extend(default_action(service, &action));
    }
    if !asked {
        let found = "no smtpd service of this Postfix asks exeat";
        let sockets: Vec<String> = ours.iter().map(|listen| written(&listen.socket)).collect();
        lines.push(Line::wrong("order", found, format!("smtpd_milters = {}, then the signer", sockets.join(" or "))));
    }
    lines.push(release_line(postfix, ours, released, one_port));
    lines
}

fn default_action(service: &str, action: &str) -> Option<Line> {
    let to_do = "milter_default_action = tempfail: senders keep their mail and try again";
    match action {
        "tempfail" => Some(Line::ok("order", format!("{service}: mail waits while exeat is away (tempfail)"))),
        "shutdown" => None,
        "accept" => {
            Some(Line::wrong("order", format!("{service}: while exeat is away mail leaves unchecked (accept)"), to_do))
        }
        other => Some(Line::warn("order", format!("{service}: while exeat is away mail meets `{other}`"), to_do)),
    }
}

fn release_line(postfix: &Postfix, ours: &[Listen], service: Option<&String>, one_port: bool) -> Line {
    let Some(service) = service else {
        let to_do = "if the release port is on another machine, look there that its service does not ask exeat";
        return Line::warn("order", "[courier] release is no smtpd service of this Postfix", to_do);
    };
    let asks = milters(postfix.value(service, "smtpd_milters")).iter().any(|(socket, _)| postfix.is_ours(socket, ours));
    match (asks, one_port) {
        (false, false) => Line::ok("order", format!("{service}: released mail does not meet exeat again")),
        (true, true) => Line::ok("order", format!("{service}: released mail comes in with its token (one_port)")),
        (true, false) => Line::wrong(
            "order",
            format!("{service}: released mail meets exeat again and would be held for ever"),
            format!(
                "in master.cf, under {service}: -o smtpd_milters=SIGNER (the signer alone), or [courier] one_port = true"
            ),
        ),
        (false, true) => Line::warn(
            "order",
            format!("{service} does not ask exeat, so nobody takes the token off released mail"),
            "[courier] one_port = false",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::Mark;

    fn ours(sockets: &[&str]) -> Vec<Listen> {
        let listen = |socket: &&str| Listen {
            name: "relay".to_owned(),
            socket: SocketAddress::try_from((*socket).to_owned()).unwrap(),
            mode: 0o660,
        };
        sockets.iter().map(listen).collect()
    }

    const SERVICES: &str = "smtp       inet  n       -       y       -       -       smtpd\n\
                            127.0.0.1:10027 inet n - n - - smtpd -o smtpd_milters=x\n\
                            private-release unix n - n - - smtpd\n\
                            pickup unix n - y 60 1 pickup\n";

    /// Lines with their marks: `o`, `w` (warn), `x` (wrong).
    fn marks(lines: &[Line]) -> String {
        let mark = |line: &Line| match line.mark {
            Mark::Ok => 'o',
            Mark::Warn => 'w',
            Mark::Wrong => 'x',
        };
        lines.iter().map(mark).collect()
    }

    #[test]
    fn the_order_of_milters_is_judged() {
        let inet = "inet:127.0.0.1:8894";
        let table = [
            // main.cf's milters, default action, the release port's own milters, expected.
            ("inet:127.0.0.1:8894, inet:127.0.0.1:8891", "tempfail", "inet:127.0.0.1:8891", "oooo"),
            ("inet:localhost:8894", "tempfail", "", "oooo"),
            ("inet:127.0.0.1:8891 inet:127.0.0.1:8894", "tempfail", "", "xoxo"),
            ("inet:127.0.0.1:8894", "accept", "", "oxox"),
            ("{ inet:127.0.0.1:8894, default_action = tempfail }, inet:x:1", "accept", "", "oooo"),
            ("inet:127.0.0.1:8894", "quarantine", "", "owow"),
            ("inet:127.0.0.1:8891", "tempfail", "", "x"),
        ];
        for (milters, action, release, expected) in table {
            let main = format!(
                "smtpd_milters = {milters}\nmilter_default_action = {action}\nqueue_directory = /var/spool/postfix\n"
            );
            let own = format!("127.0.0.1:10027/inet/smtpd_milters = {release}\n");
            let postfix = Postfix::read(&main, SERVICES, &own);
            let target = Target::read("inet:127.0.0.1:10027").unwrap();
            let lines = judge(&postfix, &ours(&[inet]), &target, false);
            assert_eq!(marks(&lines), format!("{expected}o"), "{milters} {action}: {lines:?}");
        }
    }

    #[test]
    fn a_release_port_that_asks_exeat_is_found() {
        let main = "smtpd_milters = unix:exeat/milter.sock\nmilter_default_action = tempfail\nqueue_directory = /var/spool/postfix\n";
        let socket = ours(&["unix:/var/spool/postfix/exeat/milter.sock"]);
        let postfix = Postfix::read(main, SERVICES, "private-release/unix/smtpd_milters = \n");
        let target = |written| Target::read(written).unwrap();
        let port = target("inet:127.0.0.1:10027");
        assert_eq!(marks(&judge(&postfix, &socket, &port, false)), "oox");
        assert_eq!(marks(&judge(&postfix, &socket, &port, true)), "ooooo");
        let path = target("unix:/var/spool/postfix/private/private-release");
        assert_eq!(marks(&judge(&postfix, &socket, &path, false)), "ooooo");
        assert_eq!(marks(&judge(&postfix, &socket, &path, true)), "oooow");
        assert_eq!(marks(&judge(&postfix, &socket, &target("inet:127.0.0.1:1"), false)), "oooow");
    }
}
