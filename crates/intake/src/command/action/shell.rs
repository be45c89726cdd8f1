//! Shells where none belongs: connections that a shell hangs on, escapes from other programs, decoded code.

use super::view::{is_shell_path, is_temporary};
use super::{Action, Set, View};
use crate::command::lexicon::{Class, Mark, is_shell};
use crate::command::word::{Language, Origin, base_name};

pub(super) fn see(view: &View<'_>, set: &mut Set) {
    connections(view, set);
    code(view, set);
    escapes(view, set);
    hooks(view, set);
    runs(view, set);
    set.when(view.has(Mark::Malice), Action::Malice);
}

fn connections(view: &View<'_>, set: &mut Set) {
    let shell_runs = view.class == Class::Shell;
    if view.has(Mark::DevTcp) {
        let both_ways = view.redirected().any(|(operator, _)| {
            operator.ends_with('&') || operator.contains("<>") || operator.starts_with("&>")
        });
        set.add(Action::RawSocket);
        set.when(
            shell_runs && (both_ways || view.letter('i')),
            Action::ConnectBack,
        );
    }
    let hands_shell = match view.class {
        Class::Netcat => {
            let runs = view.letter('e')
                || view.letter('c')
                || view.letter('r')
                || view.option(&["--exec", "--sh-exec"]);
            (runs && names_shell(view))
                || (view.has(Mark::ShellPath))
                || view.any(&[Mark::Terminal])
                || view
                    .arguments()
                    .any(|word| word.to_ascii_lowercase().contains("exec:"))
        }
        Class::Remote => view.name == "telnet" && view.has(Mark::ShellPath),
        _ => false,
    };
    let listens = is_listening(view);
    set.when(hands_shell && !listens, Action::ConnectBack);
    set.when(hands_shell && listens, Action::BindShell);
    set.when(listens, Action::Listen);
    let has_code = view.is_code() || view.class == Class::Script || view.class == Class::Awk;
    if view.has(Mark::SocketCode) {
        set.add(Action::RawSocket);
        let spawns = view.has(Mark::SpawnCode) || view.has(Mark::ShellPath);
        let waits = view.has(Mark::ListenCode);
        set.when(spawns && !waits, Action::ConnectBack);
        set.when(spawns && waits, Action::BindShell);
    }
    set.when(
        has_code && view.has(Mark::ListenCode) && view.has(Mark::SpawnCode),
        Action::BindShell,
    );
    set.when(view.has(Mark::Terminal), Action::Terminal);
}

fn names_shell(view: &View<'_>) -> bool {
    let names = |word: &str| is_shell(base_name(word)) || word == "cmd.exe";
    view.arguments()
        .any(|word| names(word) || word.split_ascii_whitespace().next().is_some_and(names))
}

fn is_listening(view: &View<'_>) -> bool {
    match view.class {
        Class::Netcat => {
            view.letter('l')
                || view.letter('s') && view.name == "socket"
                || view.has(Mark::ListenCode)
                || view.option(&["--listen"])
        }
        Class::Decoder => view.name == "openssl" && view.argument(&["s_server"]),
        _ => false,
    }
}

fn code(view: &View<'_>, set: &mut Set) {
    let is_script = view.layer.language == Language::Script;
    set.when(is_script && view.has(Mark::CodeDecode), Action::HiddenCode);
    set.when(is_script && view.has(Mark::SpawnCode), Action::SpawnByCode);
    set.when(is_script && view.has(Mark::FileCode), Action::FileByCode);
    set.when(view.has(Mark::SetUid), Action::SetUidCode);
    set.when(
        view.layer.origin == Origin::Decoded && view.layer.language != Language::Text,
        Action::DecodeRun,
    );
    let decodes = match view.name {
        "base64" | "base32" | "base58" | "basenc" => view.option(&["-d", "-D", "--decode", "-di"]),
        "b64decode" | "uudecode" => true,
        "xxd" => view.letter('r'),
        "openssl" => view.option(&["-d"]),
        _ => false,
    };
    set.when(decodes, Action::Decode);
    set.when(view.has(Mark::CodedText), Action::CodedText);
    let inline = matches!(view.class, Class::Script | Class::Awk) && view.layer.depth == 0;
    set.when(
        inline && view.any(&[Mark::FileCode, Mark::FetchCode, Mark::SocketCode]),
        Action::FileByCode,
    );
}

/// Shells that another program starts.
fn escapes(view: &View<'_>, set: &mut Set) {
    let bare = view.class == Class::Shell && view.arguments().next().is_none();
    let parent = view
        .layer
        .parent
        .and_then(|place| view.command.statements.get(place));
    let from_code = parent.is_some_and(|parent| {
        let language = view.command.layer(parent).language;
        matches!(language, Language::Script | Language::Editor)
            || matches!(
                view.command.class(parent),
                Class::Finder | Class::Editor | Class::Awk
            )
    });
    let nested = view.layer.origin == Origin::Argument && view.class == Class::Shell;
    set.when(
        nested && from_code && (bare || view.letter('p') || view.letter('i')),
        Action::ShellEscape,
    );
    let typed = [view.path, view.last_argument()];
    let is_typed = typed
        .iter()
        .any(|word| word.trim_start_matches([':', '\\']).starts_with('!'))
        && view.has(Mark::ShellPath);
    set.when(is_typed, Action::ShellEscape);
    set.when(
        view.is_code() && view.has(Mark::ShellPath),
        Action::ShellEscape,
    );
    set.when(
        view.class == Class::Shell && view.letter('p') && !view.option(&["-posix"]),
        Action::PrivilegedShell,
    );
    set.when(view.has(Mark::PrivilegedShell), Action::PrivilegedShell);
    set.when(
        bare && view.is_wrapped() && !view.is_piped(),
        Action::WrappedShell,
    );
    let takes = takes_shell(view);
    set.when(takes, Action::ShellArgument);
    let launches = view.is(LAUNCHERS) || view.argument(&["exec", "shell", "execute"]);
    set.when(
        takes && launches && view.arguments().chain(view.flags()).any(is_shell_path),
        Action::LaunchedShell,
    );
    set.when(
        view.class == Class::Shell
            && view.letter('i')
            && (view.redirected().next().is_some() || view.is_piped()),
        Action::InteractiveShell,
    );
    set.when(copies_shell(view), Action::CopiedShell);
}

/// A program that has no business with shells is given one.
fn takes_shell(view: &View<'_>) -> bool {
    let is_honest = matches!(
        view.class,
        Class::Shell
            | Class::Account
            | Class::Builtin
            | Class::Printer
            | Class::Package
            | Class::Permission
            | Class::Writer
            | Class::Reader
            | Class::Finder
    ) && !view.is(&["npm", "yarn", "pnpm", "gem", "bundle", "pip", "rpm", "snap"])
        || view.is(SHELL_USERS);
    let by_path =
        view.has(Mark::ShellPath) && view.arguments().chain(view.flags()).any(names_shell_path);
    let is_given = by_path || (view.class == Class::Netcat && names_shell(view));
    !is_honest && view.statement.program.is_some() && is_given
}

/// Programs to whose work shells belong.
const SHELL_USERS: &[&str] = &[
    "docker",
    "podman",
    "kubectl",
    "ssh",
    "ls",
    "file",
    "stat",
    "man",
    "script",
    "screen",
    "docker-compose",
    "oc",
    "toolbox",
    "distrobox",
    "lxc",
    "lxc-attach",
    "nerdctl",
    "crictl",
    "ctr",
    "buildah",
    "machinectl",
    "srun",
    "bwrap",
    "flatpak",
    "arch-chroot",
    "systemd-nspawn",
    "schroot",
    "proot",
    "update-alternatives",
    "ldd",
    "md5sum",
    "sha1sum",
    "sha256sum",
    "readlink",
    "realpath",
    "objdump",
    "readelf",
    "nm",
    "brew",
    "#!/bin/sh",
];

/// Programs whose work is to start another.
const LAUNCHERS: &[&str] = &[
    "aa-exec",
    "capsh",
    "cpulimit",
    "distcc",
    "expect",
    "genie",
    "ksu",
    "logsave",
    "mosh",
    "perf",
    "run-parts",
    "runuser",
    "script",
    "setpriv",
    "sg",
    "ssh-agent",
    "start-stop-daemon",
    "tmate",
    "tmux",
    "valgrind",
    "xdotool",
];

/// Returns whether the path of a shell stands in a word, whole.
fn names_shell_path(word: &str) -> bool {
    let mut rest = word;
    while let Some((_, behind)) = rest.split_once("/bin/") {
        let name = behind
            .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '.')
            .next()
            .unwrap_or("");
        if is_shell(name) {
            return true;
        }
        rest = behind;
    }
    false
}

fn copies_shell(view: &View<'_>) -> bool {
    let copies = view.is(&["cp", "ln", "mv", "install", "mount"]);
    let first = view.arguments().next().unwrap_or("");
    let busybox = first.ends_with("/busybox") || first == "/bin/echo" || first == "/bin/ls";
    copies && (is_shell_path(first) || busybox)
}

/// Options and variables by which a program runs another, and libraries that come with them.
fn hooks(view: &View<'_>, set: &mut Set) {
    let names_shell = view.has(Mark::ShellPath);
    let hooked = view.has(Mark::HookOption) && view.class != Class::Printer;
    set.when(hooked, Action::HookOption);
    set.when(
        hooked && names_shell && view.class != Class::Shell,
        Action::HookOptionShell,
    );
    let assigned = view.assignments().next().is_some() || view.is(&["export", "env"]);
    let variable = view.has(Mark::HookVariable) && assigned;
    set.when(variable, Action::HookVariable);
    set.when(variable && names_shell, Action::HookOptionShell);
    set.when(
        view.has(Mark::Preload) || view.has(Mark::PreloadFile),
        Action::LibraryPreload,
    );
    let is_library = |word: &str| {
        word.trim_end_matches(';').rsplit('.').next() == Some("so") || word.contains(".so ")
    };
    let loads = !matches!(
        view.class,
        Class::Builder
            | Class::Writer
            | Class::Reader
            | Class::Remover
            | Class::Finder
            | Class::Builtin
    ) && !view.is(&["ldd", "readelf", "objdump", "patchelf", "strip", "nm"])
        && view.arguments().any(is_library);
    set.when(
        loads || (view.is_code() && is_library(view.path)),
        Action::LibraryLoad,
    );
}

/// Programs from folders where none belongs.
fn runs(view: &View<'_>, set: &mut Set) {
    let script = match view.class {
        Class::Shell | Class::Script => view.arguments().next().unwrap_or(""),
        _ if view.is(&[".", "source"]) => view.arguments().next().unwrap_or(""),
        _ => "",
    };
    let runs = |is_meant: fn(&str) -> bool| is_meant(view.path) || is_meant(script);
    set.when(runs(is_temporary), Action::RunFromTemporary);
    set.when(runs(is_hidden), Action::RunHidden);
    let unknown = super::view::is_program_file(view.path) && view.class == Class::Unknown;
    set.when(unknown, Action::RunUnknownSystemFile);
    let silent = view.has(Mark::NullFile)
        && view
            .redirected()
            .any(|(operator, target)| operator.ends_with('&') && target == "1");
    set.when(
        silent
            && view
                .words
                .iter()
                .any(|word| view.command.letters(word) == "nohup"),
        Action::Detached,
    );
}

/// A path that leads through a hidden folder or to a hidden file.
fn is_hidden(path: &str) -> bool {
    let mut names = path.split('/');
    path.contains('/')
        && names.any(|name| {
            name.len() > 1
                && name.starts_with('.')
                && name != ".."
                && !name.starts_with(".local")
                && !name.starts_with(".cargo")
        })
}
