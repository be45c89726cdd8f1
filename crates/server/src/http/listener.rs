//! Connections: how many at a time, TLS, how long a head may take, and how they come to their end.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::Server;
use super::router::router;
use crate::config::{Bounds, Tls};

/// Headers of a request.
const HEADERS_MAX: usize = 64;
/// Bytes of a request's head.
const HEAD_BYTES: usize = 32 << 10;
/// How long nothing is accepted after the system had no room for a connection.
const NO_ROOM: Duration = Duration::from_millis(50);

/// A socket that listens, with its TLS.
pub struct Listener {
    socket: TcpListener,
    tls: Arc<Certificates>,
}

/// The certificate and key with which connections are accepted; they can be replaced while others are served.
#[derive(Default)]
pub struct Certificates(RwLock<Option<TlsAcceptor>>);

impl Certificates {
    /// Reads the files anew: connections that are accepted from now on get what stands there now.
    ///
    /// # Errors
    ///
    /// What is wrong with the files; those that were read before then stay in use.
    pub fn reload(&self, tls: &Tls) -> io::Result<()> {
        let acceptor = acceptor(tls)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(acceptor);
        Ok(())
    }

    fn get(&self) -> Option<TlsAcceptor> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Listener {
    /// Listens at `at`.
    ///
    /// # Errors
    ///
    /// What the system says of the address, or of the files of the certificate and the key.
    pub async fn bind(at: SocketAddr, tls: Option<&Tls>) -> io::Result<Self> {
        let tls = tls.map(acceptor).transpose()?;
        let socket = TcpListener::bind(at).await?;
        let tls = Arc::new(Certificates(RwLock::new(tls)));
        Ok(Self { socket, tls })
    }

    /// Returns the certificates that it uses, for replacing them.
    #[must_use]
    pub fn certificates(&self) -> Arc<Certificates> {
        Arc::clone(&self.tls)
    }

    /// Returns where it listens: the port that the system chose, if none was asked for.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

fn acceptor(tls: &Tls) -> io::Result<TlsAcceptor> {
    let odd = |error: tokio_rustls::rustls::pki_types::pem::Error| {
        io::Error::new(io::ErrorKind::InvalidData, error.to_string())
    };
    let certificates = CertificateDer::pem_file_iter(&tls.certificates).map_err(odd)?;
    let certificates: Result<Vec<_>, _> = certificates.collect();
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(odd)?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(certificates.map_err(odd)?, key);
    let config = config.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Serves until `end` comes; then what is under way is finished, as long as `bounds.drain_seconds` last.
pub async fn serve(server: Arc<Server>, listener: Listener, end: impl Future<Output = ()>) {
    let bounds = server.settings.get().config.bounds;
    let doors = Doors {
        room: Arc::new(Semaphore::new(bounds.connections)),
        graceful: GracefulShutdown::new(),
        router: router(Arc::clone(&server)),
        bounds,
        server,
    };
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => break,
            () = doors.accept(&listener) => {}
        }
    }
    // Nobody new comes in, and whoever is in is heard out.
    drop(listener);
    let drained = doors.graceful.shutdown();
    if timeout(Duration::from_secs(bounds.drain_seconds), drained)
        .await
        .is_err()
    {
        tracing::warn!("connections were still open at the end");
    }
}

struct Doors {
    room: Arc<Semaphore>,
    graceful: GracefulShutdown,
    router: Router,
    bounds: Bounds,
    server: Arc<Server>,
}

impl Doors {
    /// Waits for room, then for a connection, and lets it in.
    async fn accept(&self, listener: &Listener) {
        let Ok(place) = Arc::clone(&self.room).acquire_owned().await else {
            return;
        };
        let stream = match listener.socket.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // The other side has gone, or there are no more files: neither ends the server.
                tracing::warn!(error = %error, "a connection could not be accepted");
                sleep(NO_ROOM).await;
                return;
            }
        };
        drop(stream.set_nodelay(true));
        let metrics = Arc::clone(&self.server.metrics);
        metrics.connected(1);
        let (service, tls) = (self.router.clone(), listener.tls.get());
        let (bounds, watcher) = (self.bounds, self.graceful.watcher());
        tokio::spawn(async move {
            let head = Duration::from_secs(bounds.head_seconds);
            match tls {
                None => connection(stream, service, head, watcher).await,
                Some(tls) => {
                    let accepting = timeout(head, tls.accept(stream));
                    if let Ok(Ok(stream)) = accepting.await {
                        connection(stream, service, head, watcher).await;
                    }
                }
            }
            metrics.connected(-1);
            drop(place);
        });
    }
}

/// Serves one connection to its end.
async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    service: Router,
    head: Duration,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES);
    let serving = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    if let Err(error) = watcher.watch(serving).await {
        tracing::debug!(error = %error, "a connection ended early");
    }
}
