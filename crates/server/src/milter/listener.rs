//! Where mail servers find the filter: a socket of either kind, how many connections at a time, and how they come to their end.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::connection::{Ended, Filter, connection};
use super::options::{Address, MilterOptions};
use super::room::Room;
use crate::http::Server;

/// How long nothing is accepted after the system had no room for a connection.
const NO_ROOM: Duration = Duration::from_millis(50);

/// A socket that listens for mail servers.
pub struct Listener {
    socket: Socket,
    options: MilterOptions,
}

enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

impl Listener {
    /// Listens where the options say. The file of a Unix socket on which nobody listens any more is replaced.
    ///
    /// # Errors
    ///
    /// What the system says of the address.
    pub fn bind(options: &MilterOptions) -> io::Result<Self> {
        let socket = match &options.listen {
            Address::Tcp(at) => {
                let socket = std::net::TcpListener::bind(at)?;
                socket.set_nonblocking(true)?;
                Socket::Tcp(TcpListener::from_std(socket)?)
            }
            Address::Unix(path) => {
                take_away(path)?;
                let socket = UnixListener::bind(path)?;
                let socket = Socket::Unix(socket, path.clone());
                fs::set_permissions(path, Permissions::from_mode(options.mode))?;
                socket
            }
        };
        Ok(Self {
            socket,
            options: options.clone(),
        })
    }

    /// Returns where it listens, in the form of the configuration: with the port that the system chose, if none was asked for.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn address(&self) -> io::Result<String> {
        match &self.socket {
            Socket::Tcp(socket) => Ok(socket.local_addr()?.to_string()),
            Socket::Unix(_, path) => Ok(format!("unix:{}", path.display())),
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Self::Unix(_, path) = self {
            // Whoever connects from here on is refused either way.
            drop(fs::remove_file(path));
        }
    }
}

/// Takes away a socket's file that a server left which was killed.
fn take_away(path: &Path) -> io::Result<()> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|it| it.file_type().is_socket());
    if is_socket && std::os::unix::net::UnixStream::connect(path).is_err() {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// Takes mails until `end` comes; then those that are coming in are answered, as long as `bounds.drain_seconds` last.
pub async fn serve(server: Arc<Server>, listener: Listener, end: impl Future<Output = ()>) {
    let drain = server.settings().get().config.bounds.drain_seconds;
    let Listener { socket, options } = listener;
    // No machine has so many files.
    let places = u32::try_from(options.connections).unwrap_or(u32::MAX);
    let (ending, told) = watch::channel(false);
    let doors = Doors {
        places: Arc::new(Semaphore::new(options.connections)),
        filter: Arc::new(Filter {
            server,
            room: Room::new(options.held_bytes),
        }),
        told,
    };
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => break,
            () = doors.accept(&socket, &options) => {}
        }
    }
    // Nobody new comes in, and the mails that are coming in are heard out.
    drop(socket);
    ending.send_replace(true);
    let all_out = doors.places.acquire_many(places);
    if timeout(Duration::from_secs(drain), all_out).await.is_err() {
        tracing::warn!("mails were still coming in at the end");
    }
}

struct Doors {
    places: Arc<Semaphore>,
    filter: Arc<Filter>,
    told: watch::Receiver<bool>,
}

impl Doors {
    /// Waits for a place, then for a connection, and lets it in.
    async fn accept(&self, socket: &Socket, options: &MilterOptions) {
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
            return;
        };
        let accepted = match socket {
            Socket::Tcp(socket) => socket.accept().await.map(|(stream, peer)| {
                if options.admits(peer.ip()) {
                    drop(stream.set_nodelay(true));
                    self.let_in(stream, options, place);
                } else {
                    self.filter.server.metrics().milter.broken(Ended::Stranger);
                    tracing::warn!(peer = %peer.ip(), "a machine that is no peer was turned away");
                }
            }),
            Socket::Unix(socket, _) => socket
                .accept()
                .await
                .map(|(stream, _)| self.let_in(stream, options, place)),
        };
        if let Err(error) = accepted {
            // The other side has gone, or there are no more files: neither ends the server.
            tracing::warn!(error = %error, "a connection of a mail server could not be accepted");
            sleep(NO_ROOM).await;
        }
    }

    fn let_in(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        options: &MilterOptions,
        place: OwnedSemaphorePermit,
    ) {
        let (filter, ending) = (Arc::clone(&self.filter), self.told.clone());
        let settings = filter.server.settings().get();
        let options = settings.config.milter.as_ref().unwrap_or(options).clone();
        tokio::spawn(async move {
            let metrics = &filter.server.metrics().milter;
            metrics.connected(1);
            let ended = connection(&filter, stream, options, ending).await;
            metrics.connected(-1);
            if ended != Ended::Well {
                metrics.broken(ended);
                tracing::warn!(
                    why = ended.word(),
                    "a connection of a mail server ended early"
                );
            }
            drop(place);
        });
    }
}
