//! Ways out of a program into a shell, or to files that it can read and its user cannot.

use super::{Action, Set, View};
use crate::command::lexicon::{Class, Mark};
use crate::command::word::{Joint, Origin, Role};

pub(super) fn see(view: &View<'_>, set: &mut Set) {
    if view.class == Class::Shell {
        shells(view, set);
    }
    set.when(is_typed(view), Action::TypedShell);
    set.when(view.has(Mark::EditorShell), Action::TypedShell);
    set.when(view.has(Mark::MacroCode), Action::MacroCode);
    set.when(
        view.has(Mark::SystemCall) && view.class != Class::Firewall,
        Action::SystemCall,
    );
    set.when(joins(view), Action::JoinedShell);
    roots(view, set);
    set.when(leaves_container(view), Action::ContainerEscape);
    let careless = view.is(&["ssh", "scp", "rsync", "sftp"])
        && view.words.iter().any(|word| {
            let letters = view.command.letters(word).to_ascii_lowercase();
            letters.contains("stricthostkeychecking") || letters.contains("proxycommand")
        });
    set.when(careless, Action::SshOption);
    files(view, set);
}

fn shells(view: &View<'_>, set: &mut Set) {
    let is_bare = view.words.iter().all(|word| word.role == Role::Program);
    let is_later = view.statement.joint != Joint::First;
    let on_line = view.layer.origin == Origin::Line;
    set.when(on_line && is_later && is_bare, Action::ShellLast);
    set.when(is_rare(view), Action::RareShell);
    let is_inner = is_later || view.layer.depth > 0 || view.is_wrapped();
    set.when(is_inner && view.path.starts_with('/'), Action::ShellBehind);
}

/// A shell that nobody uses at the desk, started with nothing to run.
fn is_rare(view: &View<'_>) -> bool {
    view.is(&["ash", "csh", "tcsh", "ksh", "dash", "yash", "sash", "rbash"])
        && view.arguments().next().is_none()
        && view.flags().all(|flag| matches!(flag, "-p" | "-b" | "-i"))
        && view.statement.joint == Joint::First
        && view.layer.origin == Origin::Line
}

/// `!sh`, as editors, pagers and clients take it.
fn is_typed(view: &View<'_>) -> bool {
    let mut words = view.words.iter();
    let banged = words
        .next()
        .is_some_and(|word| word.role == Role::Keyword && view.command.letters(word) == "!");
    let is_shell = |word: &str| {
        let behind = word.trim_start_matches(':').strip_prefix('!');
        behind.is_some_and(|behind| {
            let name = behind.trim_start().split(' ').next().unwrap_or("");
            crate::command::lexicon::is_shell(crate::command::word::base_name(name))
        })
    };
    let is_later = view.statement.joint == Joint::Sequence;
    (banged && (view.class == Class::Shell || is_later))
        || is_shell(view.path)
        || view.arguments().chain(view.flags()).any(is_shell)
}

/// Descriptors of a shell that are joined crosswise, so that it speaks with whoever started the program around it.
fn joins(view: &View<'_>) -> bool {
    let crosses = |(operator, target): (&str, &str)| {
        let reads = operator.contains('<');
        (operator.ends_with('&') && (reads || matches!(target, "0" | "3")))
            || (reads && target == "/dev/tty")
    };
    (view.class == Class::Shell && view.redirected().any(crosses))
        || view.has(Mark::JoinedDescriptors)
}

fn roots(view: &View<'_>, set: &mut Set) {
    let arguments = view.arguments().count();
    let by_sudo = view.words.iter().any(|word| {
        word.role == Role::Wrapper && matches!(view.command.letters(word), "sudo" | "doas")
    });
    let is_shell = view.is(&["su", "bash", "sh", "passwd"]) && arguments == 0;
    let is_su = view.name == "su" && arguments <= 1 && !view.letter('c');
    let asks = view.is(&["sudo", "doas"]) && (view.letter('s') || view.letter('i'));
    set.when((by_sudo && is_shell) || is_su || asks, Action::RootShell);
    set.when(view.name == "su" && view.letter('c'), Action::UserSwitch);
}

/// A container that is given the machine it runs on.
fn leaves_container(view: &View<'_>) -> bool {
    let is_engine = view.is(&[
        "docker", "podman", "nerdctl", "lxc", "kubectl", "ctr", "incus",
    ]);
    let opens = view.words.iter().any(|word| {
        let letters = view.command.letters(word);
        letters.starts_with("/:/")
            || letters.contains("=/:/")
            || letters.contains("source=/,")
            || letters == "--privileged"
            || letters.contains("security.privileged")
            || letters == "--pid=host"
    });
    (is_engine && opens) || (view.name == "nsenter" && view.option(&["-t", "--target", "-a"]))
}

/// Files read by programs that are not made for it.
fn files(view: &View<'_>, set: &mut Set) {
    let by_address = (view.class == Class::Downloader || view.is(&["ab", "xdg-open"]))
        && view.arguments().any(|word| word.starts_with("file://"));
    set.when(by_address, Action::FileAddress);
    let knows_sign = view.class == Class::Downloader
        || view.class == Class::Developer
        || view.is(&["http", "https", "xh", "hurl", "ab"]);
    let by_sign = !knows_sign
        && view
            .arguments()
            .chain(view.flags())
            .any(|word| word.starts_with("@/") || word.contains("=@/"));
    set.when(by_sign, Action::FileBySign);
    let first = view.arguments().next().unwrap_or("x");
    let is_filter = view.class == Class::Awk || view.is(&["sed", "perl", "ruby"]);
    let prints_all = is_filter
        && matches!(first, "//" | "" | "." | "1")
        && view.arguments().count() == 2
        && view.flags().next().is_none();
    set.when(prints_all, Action::FilterAsReader);
    let devices = view.argument(&["/dev/stdout", "/dev/stdin", "/dev/tty"]);
    set.when(devices, Action::DeviceAsFile);
}
