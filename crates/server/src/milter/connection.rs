//! One connection of a mail server: its packets to the session, and what that says back to it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use super::deciding::decide;
use super::letter::Letter;
use super::options::MilterOptions;
use super::packet::{Command, PacketError, frame};
use super::reply::reply;
use super::room::{Room, Share};
use super::session::{Broken, Session, Step};
use crate::clock::instant;
use crate::http::Server;

/// Bytes that are read at a time.
const READ_BYTES: usize = 64 << 10;
/// Bytes of room for packets that a connection keeps between mails.
const KEPT_BYTES: usize = 128 << 10;

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The mail server ended it.
    Well,
    /// What came is no packet, or not one that can stand there.
    Packet,
    /// The mail server cannot do what is needed.
    Offer,
    /// Nothing came for long.
    Idle,
    /// A packet or a reply took too long.
    Slow,
    /// The other side has gone within a mail.
    Gone,
    /// It may not connect.
    Stranger,
}

impl Ended {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Packet => "packet",
            Self::Offer => "offer",
            Self::Idle => "idle",
            Self::Slow => "slow",
            Self::Gone => "gone",
            Self::Stranger => "stranger",
        }
    }
}

impl From<Broken> for Ended {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Offer => Self::Offer,
            Broken::Packet(_) | Broken::Order => Self::Packet,
        }
    }
}

impl From<PacketError> for Ended {
    fn from(_: PacketError) -> Self {
        Self::Packet
    }
}

/// What all connections share.
pub(super) struct Filter {
    pub(super) server: Arc<Server>,
    pub(super) room: Room,
}

/// Serves a connection until the mail server ends it, or, between mails, `ending` says so.
pub(super) async fn connection(
    filter: &Filter,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    options: MilterOptions,
    ending: watch::Receiver<bool>,
) -> Ended {
    let mut connection = Connection {
        session: Session::new(options.mail_bytes),
        share: filter.room.share(),
        filter,
        stream,
        received: Vec::new(),
        begun: None,
        replies: Vec::new(),
        options,
        ending,
    };
    match connection.serve().await {
        Ok(()) => Ended::Well,
        Err(ended) => ended,
    }
}

struct Connection<'a, S> {
    filter: &'a Filter,
    stream: S,
    options: MilterOptions,
    ending: watch::Receiver<bool>,
    session: Session,
    share: Share<'a>,
    /// What came and is not taken yet.
    received: Vec<u8>,
    /// When the packet began that is not whole yet.
    begun: Option<Instant>,
    /// What is to be sent.
    replies: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<'_, S> {
    async fn serve(&mut self) -> Result<(), Ended> {
        loop {
            if self.take_received().await? {
                return Ok(());
            }
            self.send().await?;
            let may_end = !self.session.is_underway() && self.received.is_empty();
            if may_end && *self.ending.borrow() {
                return Ok(());
            }
            if !self.receive(may_end).await? {
                return Ok(());
            }
        }
    }

    /// Takes the packets that are whole; returns whether the mail server ends the connection.
    async fn take_received(&mut self) -> Result<bool, Ended> {
        let received = std::mem::take(&mut self.received);
        let mut rest = received.as_slice();
        while let Some(at) = frame(rest)? {
            let (packet, behind) = rest.split_at(at.end);
            let command = Command::parse(packet.get(at).unwrap_or_default())?;
            rest = behind;
            self.begun = None;
            match self.session.take(&command, &mut self.replies)? {
                Step::On => self.hold(),
                Step::Decide { letter, queue_id } => self.answer(letter, &queue_id).await,
                Step::End => return Ok(true),
            }
        }
        let taken = received.len() - rest.len();
        self.received = received;
        self.received.drain(..taken);
        if self.received.is_empty() {
            self.received.shrink_to(KEPT_BYTES);
        }
        Ok(false)
    }

    /// Holds what came of a mail, or nothing more of it if there is no room.
    fn hold(&mut self) {
        if !self.share.hold(self.session.held()) {
            self.session.give_up();
            // Holding less is always possible.
            let _is_held = self.share.hold(0);
        }
    }

    /// Says what is done with a mail.
    async fn answer(&mut self, mut letter: Letter, queue_id: &str) {
        let start = instant();
        let server = &self.filter.server;
        let settings = server.settings().get();
        // A new configuration may have no section of its own; then mails that come by open connections go on as before.
        let options = settings.config.milter.as_ref().unwrap_or(&self.options);
        let outcome = decide(server, (&settings, options), &mut letter, queue_id).await;
        let answer = outcome.answer(options);
        let answer = reply(&outcome, answer, &letter, &mut self.replies);
        server.metrics().milter.answered(answer, start.elapsed());
        let _is_held = self.share.hold(0);
    }

    async fn send(&mut self) -> Result<(), Ended> {
        if self.replies.is_empty() {
            return Ok(());
        }
        let sending = async {
            self.stream.write_all(&self.replies).await?;
            self.stream.flush().await
        };
        let seconds = Duration::from_secs(self.options.packet_seconds);
        match timeout(seconds, sending).await {
            Ok(Ok(())) => {
                self.replies.clear();
                Ok(())
            }
            Ok(Err(_)) => Err(Ended::Gone),
            Err(_) => Err(Ended::Slow),
        }
    }

    /// Waits for more; returns whether any came. A connection that may end does so at the server's end.
    async fn receive(&mut self, may_end: bool) -> Result<bool, Ended> {
        let (until, late) = if self.received.is_empty() {
            let seconds = Duration::from_secs(self.options.idle_seconds);
            (Instant::now() + seconds, Ended::Idle)
        } else {
            let seconds = Duration::from_secs(self.options.packet_seconds);
            (
                *self.begun.get_or_insert_with(Instant::now) + seconds,
                Ended::Slow,
            )
        };
        self.received.reserve(READ_BYTES);
        let reading = timeout_at(until, self.stream.read_buf(&mut self.received));
        let read = if may_end {
            tokio::select! {
                read = reading => read,
                _ = self.ending.wait_for(|is_ending| *is_ending) => return Ok(false),
            }
        } else {
            reading.await
        };
        let read: io::Result<usize> = read.map_err(|_| late)?;
        match read {
            Ok(0) | Err(_) if may_end => Ok(false),
            Ok(0) | Err(_) => Err(Ended::Gone),
            Ok(_) => Ok(true),
        }
    }
}
