//! Fetching and sending: downloads, uploads, serving files, tunnels.

use super::launch::is_architecture;
use super::view::is_temporary;
use super::{Action, Set, View};
use crate::command::lexicon::{Class, Mark};

pub(super) fn see(view: &View<'_>, set: &mut Set) {
    downloads(view, set);
    uploads(view, set);
    raw(view, set);
    bare(view, set);
    set.when(
        view.is_code() && view.has(Mark::FetchCode),
        Action::DownloadByCode,
    );
    set.when(view.has(Mark::DropSite), Action::DropSite);
    set.when(is_scp_protocol(view), Action::ScpProtocol);
    set.when(serves(view), Action::Serve);
    set.when(tunnels(view), Action::Tunnel);
}

fn downloads(view: &View<'_>, set: &mut Set) {
    let is_legacy = view.is(&["tftp", "ftpget", "ftpput", "atftp", "lwp-download"]);
    let fetches =
        view.class == Class::Downloader && !sends(view) && view.arguments().next().is_some();
    if !fetches {
        return;
    }
    set.add(Action::Download);
    set.when(is_legacy, Action::LegacyTransfer);
    // People look at pages of bare addresses; what is fetched to be run has no certificate.
    let is_plain = !view.arguments().any(|word| word.starts_with("https://"));
    let fetches_files = !view.is(&[
        "lynx",
        "links",
        "elinks",
        "w3m",
        "http",
        "xh",
        "httpie",
        "lwp-request",
        "curlie",
    ]);
    let is_from_address = view.has_address() && is_plain && fetches_files;
    set.when(is_from_address, Action::DownloadFromAddress);
    set.when(
        view.writes(is_temporary) || view.has(Mark::Architectures),
        Action::DownloadToTemporary,
    );
    let is_file = is_plain && fetches_files;
    fetched(view, is_legacy, is_file, set);
}

/// What the addresses tell of the files behind them.
fn fetched(view: &View<'_>, is_legacy: bool, is_file: bool, set: &mut Set) {
    for word in view.arguments() {
        let place = word.split_once("://").map(|(_, place)| place);
        let file = place.unwrap_or(word).split(['?', '#']).next().unwrap_or("");
        if place.is_some() || is_legacy || view.has_address() {
            set.when(is_runnable(file), Action::DownloadScript);
            let is_build = is_architecture(file) || names_build(file);
            set.when(is_build, Action::DownloadArchitecture);
        }
        let (host, path) = place
            .and_then(|place| place.split_once('/'))
            .unwrap_or_default();
        let is_number = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b':');
        let is_top = host.bytes().all(is_number) && !path.is_empty() && !path.contains('/');
        set.when(is_top, Action::DownloadTopFile);
        set.when(is_file && host.contains(':'), Action::DownloadFromPort);
    }
}

/// The name of something that runs as it is.
fn is_runnable(file: &str) -> bool {
    file.contains('/')
        && file.rsplit_once('.').is_some_and(|(_, suffix)| {
            matches!(
                suffix,
                "sh" | "pl" | "bin" | "elf" | "x86" | "py" | "cgi" | "out"
            )
        })
}

/// A file for one processor of many.
fn names_build(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or("");
    file.contains('/')
        && ["mips", "mpsl", "x86", "armv", "i586", "i686", "bins"]
            .iter()
            .any(|build| name.contains(build))
}

/// Options that give a downloader something to send.
fn sends(view: &View<'_>) -> bool {
    match view.name {
        "curl" => view.option(&[
            "-T",
            "--upload-file",
            "-F",
            "--form",
            "-d",
            "--data",
            "--data-binary",
            "--data-raw",
            "--data-urlencode",
        ]),
        "wget" | "wget2" => {
            view.option(&["--post-file", "--post-data", "--body-file", "--body-data"])
        }
        "tftp" => view.argument(&["put"]) || view.letter('p'),
        _ => false,
    }
}

fn uploads(view: &View<'_>, set: &mut Set) {
    let sends_file = view.class == Class::Downloader
        && sends(view)
        && (view
            .arguments()
            .chain(view.flags())
            .any(|word| word.contains('@') || word.contains("$(") || word.contains("-file"))
            || view.option(&["-T", "--upload-file", "--post-file", "--body-file"]));
    set.when(sends_file, Action::Upload);
    let posts = view.is(&["wget", "wget2"]) && view.option(&["--post-data", "--body-data"]);
    set.when(
        (sends_file || posts) && view.has_address(),
        Action::UploadOut,
    );
    let asks_names = view.is(&["dig", "nslookup", "host", "ping"]);
    let live = view
        .arguments()
        .any(|word| word.contains("$(") || word.contains('`'));
    set.when(asks_names && live, Action::NameQuery);
    let is_copy_out = view.is(&[
        "scp", "rsync", "sshfs", "rclone", "sftp", "ftp", "lp", "cancel", "whois", "finger",
        "restic",
    ]) && view.has_address();
    set.when(is_copy_out, Action::Upload);
    set.when(view.is(&["ftpput"]), Action::UploadOut);
}

/// Files moved over a bare connection.
fn raw(view: &View<'_>, set: &mut Set) {
    let is_bare = view.class == Class::Netcat
        || (view.name == "openssl" && view.argument(&["s_client", "s_server"]));
    let mut files = view.redirected();
    let moves = is_bare
        && files.any(|(operator, target)| !operator.ends_with('&') && target != "/dev/null");
    let opens = view.name == "socat"
        && view
            .arguments()
            .any(|word| word.contains("open:") || word.contains("OPEN:"));
    let by_shell = view.has(Mark::DevTcp) && view.has(Mark::SystemFiles);
    set.when(moves || opens || by_shell, Action::RawTransfer);
}

/// Programs that join the terminal or a pipe to a connection, with no protocol between.
fn bare(view: &View<'_>, set: &mut Set) {
    if view.class != Class::Netcat {
        return;
    }
    set.add(Action::BareConnection);
    let from_file = view.name == "socat"
        && view.arguments().any(|word| {
            let kind = word.split(':').next().unwrap_or("").to_ascii_lowercase();
            matches!(kind.as_str(), "file" | "open" | "create" | "gopen")
        });
    set.when(from_file, Action::RawTransfer);
}

/// A line that a copy wrote into a shell: `C0755 1234 name`.
fn is_scp_protocol(view: &View<'_>) -> bool {
    let mode = view.path.strip_prefix("C0").unwrap_or("");
    let size = view.arguments().next().unwrap_or("");
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    mode.len() == 3 && digits(mode) && digits(size)
}

fn serves(view: &View<'_>) -> bool {
    let module = view.argument(&[
        "http.server",
        "SimpleHTTPServer",
        "pyftpdlib",
        "uploadserver",
        "httpd",
    ]);
    let script =
        view.class == Class::Script && (module || (view.name == "php" && view.option(&["-S"])));
    script || view.is(&["httpd"]) || (view.class == Class::Script && view.option(&["-run"]))
}

fn tunnels(view: &View<'_>) -> bool {
    let by_ssh = view.name == "ssh"
        && view
            .flags()
            .any(|flag| matches!(flag.get(..2), Some("-R" | "-D" | "-w")));
    by_ssh || view.class == Class::Tunnel || (view.name == "code" && view.argument(&["tunnel"]))
}
