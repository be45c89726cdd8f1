//! Asking the DNS about the senders of mail, where the task allows it: SPF, DKIM and DMARC.
//!
//! ```text
//!   source ─► batch of mails ─► some at a time: envelope, signatures ─► DNS ─► Found ─► a header before each mail
//! ```
//!
//! The mails go on as any others; what was found stands in their first header, and no other code knows that it was asked
//! for. A mail takes no longer than the task allows, and what was not answered by then is not known: nothing here refuses a
//! mail or fails an input. Answers are kept for as long as they say, until the input ends. Who is asked learns which
//! senders wrote, and nothing else of a mail.

use std::sync::Arc;
use std::time::Duration;

use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::hickory_resolver::config::{
    NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use mail_auth::hickory_resolver::system_conf::read_system_conf;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult, DmarcResult, MessageAuthenticator, SpfOutput,
    SpfResult,
};
use ringtrue_core::task::DnsOptions;
use ringtrue_core::{Kind, Limits, Task, Value};
use ringtrue_intake::Mapping;
use ringtrue_intake::email::{ENCODING, Found, Said, envelope, with_results, without_storage_mark};
use ringtrue_intake::mapping::Role;
use ringtrue_intake::source::{Batch, Record, Source, SourceError};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::failure::{OrFail, Outcome};

/// Mails that are asked about at the same time.
const TOGETHER: usize = 64;
/// Answers that are kept.
const ANSWERS_MAX: u64 = 16_384;
/// How long one question waits for its answer, at most.
const QUESTION_MILLISECONDS: u64 = 2_000;

/// Returns the source itself, or one whose mails have the results of the DNS before them if the task allows to ask.
pub(crate) fn authenticated<'s>(
    source: Box<dyn Source + 's>,
    task: &Task,
) -> Outcome<Box<dyn Source + 's>> {
    match task.email.dns {
        Some(options) if task.kind == Kind::Email => Ok(Box::new(Authenticated {
            source,
            dns: Dns::new(options)?,
            task: task.clone(),
            mapping: Mapping::default(),
        })),
        _ => Ok(source),
    }
}

/// A source of mails with results.
struct Authenticated<'s> {
    source: Box<dyn Source + 's>,
    dns: Dns,
    task: Task,
    mapping: Mapping,
}

impl Source for Authenticated<'_> {
    fn next_batch(&mut self) -> Result<Option<Batch>, SourceError> {
        let Some(mut batch) = self.source.next_batch()? else {
            return Ok(None);
        };
        self.mapping.extend(&batch.columns, &self.task);
        if let Some(raw) = self.mapping.place(Role::Evidence) {
            let encoding = batch.columns.iter().position(|name| **name == *ENCODING);
            let places = Places { raw, encoding };
            for records in batch.records.chunks_mut(TOGETHER) {
                if !self.dns.heard.is_dead() {
                    self.dns.put_results(records, &places);
                }
            }
        }
        Ok(Some(batch))
    }

    fn may_widen(&self) -> bool {
        self.source.may_widen()
    }

    fn left_out(&self) -> &[String] {
        self.source.left_out()
    }

    fn passed_over(&self) -> Vec<String> {
        let mut sentences = self.source.passed_over();
        sentences.extend(self.dns.heard.sentence());
        sentences
    }
}

/// Where a record has its mail.
struct Places {
    raw: usize,
    encoding: Option<usize>,
}

impl Places {
    fn raw(&self, record: &Record) -> Option<Arc<str>> {
        record.values.get(self.raw)?.text()
    }

    fn encoding(&self, record: &Record) -> Option<Arc<str>> {
        record.values.get(self.encoding?)?.text()
    }
}

/// Whoever answers.
struct Dns {
    runtime: Runtime,
    authenticator: MessageAuthenticator,
    timeout: Duration,
    heard: Heard,
}

/// What was heard so far.
#[derive(Default)]
struct Heard {
    /// Mails that were asked about, and those of which some question was not answered.
    mails: u64,
    unanswered: u64,
    /// Rounds of questions since the last answer.
    silent: u32,
}

/// Rounds of questions without one answer after which nobody is asked any more: somebody waits for the input.
const SILENT_MAX: u32 = 3;

impl Heard {
    /// Notes what a round of questions came to.
    fn add(&mut self, round: &[(usize, Look)]) {
        let asked = round.iter().filter(|(_, look)| look.questions > 0);
        let asked: Vec<&Look> = asked.map(|(_, look)| look).collect();
        let partly = asked.iter().filter(|look| look.answers < look.questions);
        self.mails += asked.len() as u64;
        self.unanswered += partly.count() as u64;
        if asked.iter().any(|look| look.answers > 0) {
            self.silent = 0;
        } else if !asked.is_empty() {
            self.silent += 1;
        }
    }

    /// Returns whether nobody seems to be there.
    const fn is_dead(&self) -> bool {
        self.silent >= SILENT_MAX
    }

    /// Says what was not answered, if something was not.
    fn sentence(&self) -> Option<String> {
        if self.unanswered == 0 {
            return None;
        }
        let end = if self.is_dead() {
            "; nothing was answered any more, so that it was not asked about the others"
        } else {
            ""
        };
        Some(format!(
            "the DNS did not answer all questions about {} of {} mails: what SPF, DKIM and DMARC say of those is not known{end}",
            self.unanswered, self.mails
        ))
    }
}

/// What is known of a mail, and how many of the questions about it were answered.
#[derive(Default)]
struct Look {
    found: Found,
    questions: u32,
    answers: u32,
}

impl Look {
    /// Notes a question, and whether it was answered.
    fn heard(&mut self, is_answered: bool) {
        self.questions += 1;
        self.answers += u32::from(is_answered);
    }
}

impl Dns {
    fn new(options: DnsOptions) -> Outcome<Self> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.or_fail(|| "cannot start to ask the DNS".to_owned())?;
        let timeout = Duration::from_millis(options.timeout_milliseconds);
        let (config, mut resolver) = match options.server {
            Some(address) => {
                let mut server = NameServerConfig::udp_and_tcp(address.ip());
                for connection in &mut server.connections {
                    connection.port = address.port();
                }
                let config = ResolverConfig::from_name_servers(vec![server]);
                (config, ResolverOpts::default())
            }
            None => read_system_conf()
                .or_fail(|| "the machine's own settings for the DNS cannot be read".to_owned())?,
        };
        resolver.timeout = timeout.min(Duration::from_millis(QUESTION_MILLISECONDS));
        resolver.attempts = 1;
        resolver.cache_size = ANSWERS_MAX;
        resolver.use_hosts_file = ResolveHosts::Never;
        let authenticator = {
            let _inside = runtime.enter();
            MessageAuthenticator::new(config, resolver)
                .or_fail(|| "cannot start to ask the DNS".to_owned())?
        };
        Ok(Self {
            runtime,
            authenticator,
            timeout,
            heard: Heard::default(),
        })
    }

    /// Asks about some mails at the same time, and puts what was found before each.
    fn put_results(&mut self, records: &mut [Record], places: &Places) {
        let mails = records.iter().enumerate().filter_map(|(at, record)| {
            let (raw, encoding) = (places.raw(record)?, places.encoding(record));
            let bytes = without_storage_mark(&raw, encoding.as_deref())?;
            Some((at, bytes.into_owned()))
        });
        let looks = self.runtime.block_on(self.ask(mails.collect()));
        self.heard.add(&looks);
        for (at, Look { found, .. }) in looks {
            let Some(record) = records.get_mut(at) else {
                continue;
            };
            let encoding = places.encoding(record);
            let marked = places
                .raw(record)
                .map(|raw| with_results(&raw, encoding.as_deref(), &found));
            if let (Some(marked), Some(raw)) = (marked, record.values.get_mut(places.raw)) {
                *raw = Value::Text(Arc::from(marked));
            }
        }
    }

    async fn ask(&self, mails: Vec<(usize, Vec<u8>)>) -> Vec<(usize, Look)> {
        let mut asked = JoinSet::new();
        let mut found = Vec::with_capacity(mails.len());
        for (at, mail) in mails {
            let (authenticator, timeout) = (self.authenticator.clone(), self.timeout);
            // What nobody answers, or a mail stops by being unreadable, is not known.
            found.push((at, Look::default()));
            asked.spawn(async move { (at, look_up(&authenticator, &mail, timeout).await) });
        }
        while let Some(one) = asked.join_next().await {
            let Ok((at, known)) = one else { continue };
            let place = found.iter_mut().find(|(place, _)| *place == at);
            if let Some((_, unknown)) = place {
                *unknown = known;
            }
        }
        found
    }
}

/// Asks about one mail.
async fn look_up(authenticator: &MessageAuthenticator, raw: &[u8], timeout: Duration) -> Look {
    let deadline = Instant::now() + timeout;
    let envelope = envelope(raw, &Limits::default());
    let sender = envelope.sender.as_deref();
    let mut look = Look::default();
    let mut of_server = SpfOutput::new(String::new());
    if let (Some(address), Some(sender)) = (envelope.address, sender) {
        let greeting = &*envelope.greeting;
        let question = if sender.is_empty() {
            SpfParameters::verify_ehlo(address, greeting, DnsOptions::HOST)
        } else {
            SpfParameters::verify_mail_from(address, greeting, DnsOptions::HOST, sender)
        };
        if let Ok(answer) = timeout_at(deadline, Box::pin(authenticator.verify_spf(question))).await
        {
            look.found.spf = of_spf(answer.result());
            of_server = answer;
        }
        look.heard(look.found.spf.is_some());
    }
    let Some(message) = AuthenticatedMessage::parse(raw) else {
        return look;
    };
    let Ok(signatures) = timeout_at(deadline, Box::pin(authenticator.verify_dkim(&message))).await
    else {
        look.heard(false);
        return look;
    };
    look.found.dkim = of_dkim(&signatures);
    if !signatures.is_empty() {
        look.heard(look.found.dkim.is_some());
    }
    let domain = sender.and_then(|sender| sender.rsplit_once('@'));
    let domain = domain.map_or(&*envelope.greeting, |(_, domain)| domain);
    let question = DmarcParameters::new(&message, &signatures, domain, &of_server);
    if let Ok(answer) = timeout_at(deadline, Box::pin(authenticator.verify_dmarc(question))).await {
        let is_whole = look.found.spf.is_some() && look.found.dkim.is_some();
        let said = of_dmarc(&answer.result());
        look.heard(said.is_some());
        // Who fails for want of an answer has not failed.
        look.found.dmarc = said.filter(|said| is_whole || *said != Said::Fail);
    } else {
        look.heard(false);
    }
    look
}

const fn of_spf(result: SpfResult) -> Option<Said> {
    Some(match result {
        SpfResult::Pass => Said::Pass,
        SpfResult::Fail => Said::Fail,
        SpfResult::SoftFail => Said::SoftFail,
        SpfResult::Neutral => Said::Neutral,
        SpfResult::PermError => Said::Broken,
        SpfResult::None => Said::None,
        SpfResult::TempError => return None,
    })
}

/// Of several signatures one that holds is enough.
fn of_dkim(signatures: &[DkimOutput<'_>]) -> Option<Said> {
    let mut results = signatures.iter().map(DkimOutput::result);
    if results.clone().any(|result| *result == DkimResult::Pass) {
        return Some(Said::Pass);
    }
    match results.next() {
        None | Some(DkimResult::None) => Some(Said::None),
        Some(DkimResult::Pass) => Some(Said::Pass),
        Some(DkimResult::Neutral(_)) => Some(Said::Neutral),
        Some(DkimResult::Fail(_)) => Some(Said::Fail),
        Some(DkimResult::PermError(_)) => Some(Said::Broken),
        Some(DkimResult::TempError(_)) => None,
    }
}

const fn of_dmarc(result: &DmarcResult) -> Option<Said> {
    Some(match result {
        DmarcResult::Pass => Said::Pass,
        DmarcResult::Fail(_) => Said::Fail,
        DmarcResult::PermError(_) => Said::Broken,
        DmarcResult::None => Said::None,
        DmarcResult::TempError(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::net::{SocketAddr, UdpSocket};
    use std::thread;

    use ringtrue_intake::source::open_text;

    use super::*;

    /// What the DNS of the tests holds.
    const RECORDS: [(&str, &str); 3] = [
        ("football.example.com", "v=spf1 ip4:192.0.2.25 -all"),
        ("_dmarc.football.example.com", "v=DMARC1; p=reject"),
        (
            "brisbane._domainkey.football.example.com",
            "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        ),
    ];

    /// The example of RFC 8463, appendix A.3, with an envelope before it.
    const SIGNED: &str = "Return-Path: <joe@football.example.com>\r\n\
        Received: from mail.football.example.com (mail.football.example.com [192.0.2.25])\r\n \
        by mx.example.net; Fri, 11 Jul 2003 21:01:54 -0700\r\n\
        DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n \
        q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n \
        bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n \
        b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n\
        From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n\
        Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n\
        Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n\
        Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";

    /// Answers one question: the text that stands under its name, or that there is no such name.
    fn answer(question: &[u8]) -> Vec<u8> {
        let (mut name, mut at) = (String::new(), 12);
        while question[at] != 0 {
            let end = at + 1 + usize::from(question[at]);
            name += &String::from_utf8_lossy(&question[at + 1..end]).to_ascii_lowercase();
            name.push('.');
            at = end;
        }
        let asks_text = question[at + 1..at + 3] == [0, 16];
        let is_asked = |record: &&(&str, &str)| format!("{}.", record.0) == name && asks_text;
        let known = RECORDS.iter().find(is_asked);
        let mut reply = question[..2].to_vec();
        reply.extend([0x81, if known.is_some() { 0x80 } else { 0x83 }]);
        reply.extend([0, 1, 0, u8::from(known.is_some()), 0, 0, 0, 0]);
        reply.extend(&question[12..at + 5]);
        if let Some((_, text)) = known {
            let length = u8::try_from(text.len()).unwrap();
            reply.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, length + 1, length]);
            reply.extend(text.as_bytes());
        }
        reply
    }

    /// Starts a DNS on this machine that answers until the test ends.
    fn answering() -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        thread::spawn(move || {
            let mut room = [0; 2_048];
            while let Ok((bytes, from)) = socket.recv_from(&mut room) {
                socket.send_to(&answer(&room[..bytes]), from).unwrap();
            }
        });
        address
    }

    fn options(server: SocketAddr, timeout_milliseconds: u64) -> DnsOptions {
        DnsOptions {
            server: Some(server),
            timeout_milliseconds,
        }
    }

    fn found(server: SocketAddr, timeout: u64, raw: &str) -> [Option<Said>; 3] {
        let dns = Dns::new(options(server, timeout)).unwrap();
        let question = look_up(&dns.authenticator, raw.as_bytes(), dns.timeout);
        let Found { spf, dkim, dmarc } = dns.runtime.block_on(question).found;
        [spf, dkim, dmarc]
    }

    #[test]
    fn who_publishes_and_signs_is_who_it_says() {
        let [pass, fail] = [Some(Said::Pass), Some(Said::Fail)];
        let server = answering();
        assert_eq!(found(server, 60_000, SIGNED), [pass; 3]);
        let forged = SIGNED
            .replace("192.0.2.25", "192.0.2.26")
            .replace("lost", "won");
        let [spf, dkim, dmarc] = found(server, 60_000, &forged);
        assert_eq!((spf, dmarc), (fail, fail));
        assert_ne!(dkim, pass);
        // Without an envelope nobody knows which server handed it over, but the signature is enough.
        let (_, bare) = SIGNED.split_once("DKIM-Signature").unwrap();
        let bare = format!("DKIM-Signature{bare}");
        assert_eq!(found(server, 60_000, &bare), [None, pass, pass]);
        let unknown = bare.replace("lost", "won");
        let [spf, _, dmarc] = found(server, 60_000, &unknown);
        assert_eq!((spf, dmarc), (None, None));
        let stranger = "Return-Path: <a@b.example>\nReceived: from b.example (b.example [192.0.2.1]) by x.example\n\
            From: a@b.example\n\nx\n";
        assert_eq!(found(server, 60_000, stranger), [Some(Said::None); 3]);
    }

    #[test]
    fn what_nobody_answers_is_not_known() {
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        assert_eq!(found(address, 200, SIGNED), [None; 3]);
        let garbage = "\0\u{fffd}: <<<\nReturn-Path: <@>\nReceived: from [[[ by\n\n";
        assert_eq!(found(address, 200, garbage)[0], None);
    }

    #[test]
    fn a_server_that_never_answers_is_not_asked_for_ever() {
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut task = Task::assumed(Kind::Email);
        task.email.dns = Some(options(silent.local_addr().unwrap(), 20));
        let mails = TOGETHER * 10;
        let line = serde_json::json!({"raw": SIGNED}).to_string();
        let text = vec![line; mails].join("\n");
        let source = open_text(Box::new(Cursor::new(text)), None, Limits::default()).unwrap();
        let mut source = authenticated(source, &task).unwrap();
        let mut read = 0;
        while let Some(batch) = source.next_batch().unwrap() {
            read += batch.records.len();
        }
        assert_eq!(read, mails);
        let asked = TOGETHER * SILENT_MAX as usize;
        let told = source.passed_over().concat();
        assert!(
            told.contains(&format!("about {asked} of {asked} mails")),
            "{told}"
        );
        assert!(told.contains("not asked about the others"), "{told}");
    }

    #[test]
    fn each_mail_of_a_source_has_its_results_before_it() {
        let raws = [SIGNED.to_owned(), "From: a@b.example\n\nx\n".to_owned()];
        let lines = raws
            .iter()
            .map(|raw| serde_json::json!({"raw": raw, "n": 1}).to_string());
        let text = lines.collect::<Vec<_>>().join("\n");
        let source = || open_text(Box::new(Cursor::new(text.clone())), None, Limits::default());
        let mut task = Task::assumed(Kind::Email);
        let read = |task: &Task| {
            let mut source = authenticated(source().unwrap(), task).unwrap();
            let batch = source.next_batch().unwrap().unwrap();
            let place = batch
                .columns
                .iter()
                .position(|name| **name == *"raw")
                .unwrap();
            let texts = batch
                .records
                .iter()
                .map(|record| record.values[place].text().unwrap());
            texts.map(|text| text.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(read(&task), raws);
        task.email.dns = Some(options(answering(), 60_000));
        let headers = [
            "; spf=pass; dkim=pass; dmarc=pass",
            "; dkim=none; dmarc=none",
        ];
        let expected: Vec<String> = headers
            .iter()
            .zip(&raws)
            .map(|(header, raw)| {
                format!("Authentication-Results: dns.ringtrue.invalid{header}\r\n{raw}")
            })
            .collect();
        assert_eq!(read(&task), expected);
    }
}
