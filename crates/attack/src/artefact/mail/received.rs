//! A station before those that the mail passed, as if it had come from a benign host's server.

use ringtrue_core::random::Random;

use super::borrow;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::random::between;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "header-received",
        meaning: "adds a station to the way that the mail came",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

fn change(post: &Post, material: &Material, random: &mut Random) -> Option<Vec<u8>> {
    // The time of the station before it, or of the mail.
    let mut stations = post.fields.iter().rev();
    let last = stations.find(|field| post.is_called(field, "Received"));
    let last = last.and_then(|field| post.raw.get(field.value.clone()));
    let last = last.and_then(|value| std::str::from_utf8(value).ok());
    let time = last
        .and_then(|value| value.rsplit_once(';'))
        .map(|(_, time)| time.trim());
    let time = time.or_else(|| post.value("Date"))?;
    let time = time.split_whitespace().collect::<Vec<_>>().join(" ");
    let host = borrow::host(material, random);
    let [third, last, user] = [(); 3].map(|()| between(1, 254, random));
    let code = random.next();
    let (feed, protocol) = (post.feed, *random.pick(&["ESMTP", "ESMTPS", "SMTP"])?);
    let line = format!(
        "Received: from mail{user}.{host} (mail{user}.{host} [10.0.{third}.{last}]){feed}\tby smtp.{host} with {protocol} id {code:016X};{feed}\t{time}{feed}"
    );
    post.with_lines_behind(&["Received"], &line)
}
