//! One message to the next hop: envelope, content byte for byte, and what came of it for each recipient.

use super::body::{Body, Dots};
use super::envelope;
use super::settings::Settings;
use super::smtp::{Connection, Trouble, TroubleKind};
use super::token::{self, BodyDigest};
use crate::mail::{Address, Path};
use crate::store::StoreKey;
use jiff::{Timestamp, tz::TimeZone};

/// Room for our own field on top in the announced size.
const OWN_FIELDS: u64 = 1024;

/// A message to hand in.
pub struct Submission<'a> {
    /// Its reference.
    pub reference: &'a str,
    /// Envelope sender.
    pub sender: &'a Path,
    /// Recipients, with their numbers in the envelope.
    pub recipients: Vec<(usize, &'a Path)>,
    /// Recipients want to hear nothing of it but by mail (a notice): said only where the next hop understands.
    pub quiet: bool,
    /// Put a Received field on top.
    pub received: bool,
    /// Mark it with this key, for a milter on the same port.
    pub mark: Option<(&'a StoreKey, Vec<u8>)>,
    /// Now.
    pub now: Timestamp,
}

/// What came of it, per recipient: taken, or why not.
pub type Results = Vec<(usize, Result<(), Trouble>)>;

impl Submission<'_> {
    /// The same trouble for all.
    pub fn all(&self, trouble: &Trouble) -> Results {
        self.recipients.iter().map(|(number, _)| (*number, Err(trouble.clone()))).collect()
    }
}

/// Hands a message in. Never fails as a whole: a trouble is each recipient's.
pub async fn submit(settings: &Settings, submission: &Submission<'_>, mut body: Body) -> Results {
    let mut connection = match Connection::open(settings).await {
        Ok(connection) => connection,
        Err(trouble) => return submission.all(&trouble),
    };
    match talk(&mut connection, settings, submission, &mut body).await {
        Ok((results, again)) => {
            if again {
                connection.quit().await;
            }
            results
        }
        Err(trouble) => {
            // After a refusal the next hop still listens; in the middle of content it must not hear an end.
            if trouble.kind == TroubleKind::Refused {
                connection.quit().await;
            }
            submission.all(&trouble)
        }
    }
}

/// The results, and whether the connection is still in step.
async fn talk(
    connection: &mut Connection,
    settings: &Settings,
    submission: &Submission<'_>,
    body: &mut Body,
) -> Result<(Results, bool), Trouble> {
    let facts = body.facts();
    let paths: Vec<&Path> = submission.recipients.iter().map(|(_, path)| *path).collect();
    let (offers, verified) = (connection.offers, connection.verified);
    let mail = envelope::mail(submission.sender, &paths, facts, offers, verified, facts.len + OWN_FIELDS)?;
    connection.command(&mail, 2).await?;
    let mut results = Results::new();
    let mut accepted: Vec<(usize, &Path)> = Vec::new();
    for (number, path) in &submission.recipients {
        let mut command = match envelope::rcpt(path, offers) {
            Ok(command) => command,
            Err(unfit) => {
                results.push((*number, Err(unfit.into())));
                continue;
            }
        };
        if submission.quiet && offers.dsn {
            command.push_str(" NOTIFY=NEVER");
        }
        let reply = connection.say(&command).await?;
        if reply.is_ok() {
            accepted.push((*number, path));
        } else {
            results.push((*number, Err(Trouble::said(&reply))));
        }
    }
    if accepted.is_empty() {
        return Ok((results, true));
    }
    let sent = content(connection, settings, submission, &accepted, body).await;
    let in_step =
        sent.as_ref().is_ok_and(|()| true) || sent.as_ref().is_err_and(|trouble| trouble.kind == TroubleKind::Refused);
    results.extend(accepted.into_iter().map(|(number, _)| (number, sent.clone())));
    Ok((results, in_step))
}

async fn content(
    connection: &mut Connection,
    settings: &Settings,
    submission: &Submission<'_>,
    accepted: &[(usize, &Path)],
    body: &mut Body,
) -> Result<(), Trouble> {
    let top = own_fields(settings, submission, accepted)?;
    let replied = if connection.offers.chunking {
        by_bdat(connection, &top, body).await
    } else {
        connection.command("DATA", 3).await?;
        by_data(connection, &top, body).await
    };
    match replied {
        Ok(reply) if reply.is_ok() => Ok(()),
        Ok(reply) => Err(Trouble::said(&reply)),
        // A next hop that wants no more may have said why before it closed.
        Err(trouble) if trouble.kind == TroubleKind::Closed => match connection.answer().await {
            Ok(reply) if !reply.is_ok() => Err(Trouble::said(&reply)),
            _ => Err(trouble),
        },
        Err(trouble) => Err(trouble),
    }
}

/// Bytes as they are, in pieces of their own length. A refused piece ends it; an end is said only after the last.
async fn by_bdat(connection: &mut Connection, top: &[u8], body: &mut Body) -> Result<super::reply::Reply, Trouble> {
    let mut piece = top.to_vec();
    loop {
        let next = body.next_chunk().await?;
        let Some(next) = next else { break };
        piece.extend_from_slice(&next);
        let mut wire = format!("BDAT {}\r\n", piece.len()).into_bytes();
        wire.append(&mut piece);
        connection.send(&wire).await?;
        let reply = connection.answer().await?;
        if !reply.is_ok() {
            return Ok(reply);
        }
    }
    let mut wire = format!("BDAT {} LAST\r\n", piece.len()).into_bytes();
    wire.append(&mut piece);
    connection.send(&wire).await?;
    connection.answer().await
}

async fn by_data(connection: &mut Connection, top: &[u8], body: &mut Body) -> Result<super::reply::Reply, Trouble> {
    let mut dots = Dots::default();
    let mut wire = Vec::new();
    dots.write(top, &mut wire);
    while let Some(chunk) = body.next_chunk().await? {
        dots.write(&chunk, &mut wire);
        connection.send(&wire).await?;
        wire.clear();
    }
    wire.extend_from_slice(dots.end());
    connection.send(&wire).await?;
    connection.answer().await
}

/// What stands on top of the content: the mark, and one Received field.
fn own_fields(
    settings: &Settings,
    submission: &Submission<'_>,
    accepted: &[(usize, &Path)],
) -> Result<Vec<u8>, Trouble> {
    let mut top = String::new();
    if submission.received {
        let date = submission.now.to_zoned(TimeZone::UTC);
        let date = date.strftime("%a, %d %b %Y %H:%M:%S +0000");
        top = format!("Received: by {} (exeat) id {};\r\n\t{date}\r\n", settings.helo, submission.reference);
    }
    if let Some((key, digest)) = &submission.mark {
        let recipients: Vec<Address> = accepted.iter().filter_map(|(_, path)| path.address.clone()).collect();
        top.push_str(&token::field(key, submission.reference, &recipients, digest, submission.now)?);
    }
    Ok(top.into_bytes())
}

/// The digest of the part of a message behind its head, for the mark.
///
/// # Errors
/// Kept content does not open.
pub async fn body_digest(body: &mut Body) -> Result<Vec<u8>, Trouble> {
    let mut digest = BodyDigest::default();
    let mut left = body.facts().head;
    while let Some(chunk) = body.next_chunk().await? {
        let head = usize::try_from(left).unwrap_or(usize::MAX).min(chunk.len());
        left -= head as u64;
        digest.add(chunk.get(head..).unwrap_or_default());
    }
    Ok(digest.finish())
}
