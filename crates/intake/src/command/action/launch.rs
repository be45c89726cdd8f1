//! Programs started oddly: unknown files run bare, random names, builds for several processors, the scripts of botnets,
//! applets of `busybox`, tools fetched by the package manager.

use super::view::{is_temporary, lacks_suffix};
use super::{Action, Set, View};
use crate::command::lexicon::{Class, Mark};
use crate::command::word::{Role, base_name};
use crate::url::tally::tally;

pub(super) fn see(view: &View<'_>, set: &mut Set) {
    if view.class == Class::Unknown && view.path.contains('/') {
        unknown(view, set);
    }
    scripts(view, set);
    set.when(view.has(Mark::BotName), Action::BotName);
    set.when(view.has(Mark::AttackTool), Action::AttackTool);
    set.when(copies_by_protocol(view), Action::ScpSink);
    let busybox = view.words.iter().any(|word| {
        matches!(word.role, Role::Wrapper | Role::Program)
            && base_name(view.command.letters(word)) == "busybox"
    });
    set.when(busybox, Action::BusyboxApplet);
    set.when(installs(view), Action::InstallTools);
}

/// A program that nobody knows, named with its folder.
fn unknown(view: &View<'_>, set: &mut Set) {
    set.when(
        is_temporary(view.path) && lacks_suffix(view.path),
        Action::RunTemporaryBinary,
    );
    let is_alone = view.words.len() == 1 && lacks_suffix(view.path);
    set.when(
        is_alone && view.path.starts_with('/') && !view.name.is_empty(),
        Action::RunUnknownFile,
    );
    set.when(is_alone && view.path.starts_with("./"), Action::RunHere);
    set.when(is_random(view.name), Action::RunRandomName);
    let named = view.arguments().any(is_architecture);
    set.when(is_architecture(view.name) || named, Action::RunArchitecture);
    set.when(view.path.starts_with("..."), Action::RunHidden);
}

/// A name that no word is: hardly a vowel, or four consonants on end.
fn is_random(name: &str) -> bool {
    if name.len() < 5 || !name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return false;
    }
    let is_vowel = |byte: &u8| b"aeiouyAEIOUY".contains(byte);
    let vowels = name.bytes().filter(|byte| is_vowel(byte)).count();
    let scarce = vowels.saturating_mul(5) <= name.len();
    scarce
        || name.as_bytes().split(is_vowel).any(|run| run.len() >= 4)
        || tally(name).case_switches >= 4
}

/// A name that ends in a processor's: `x.mips`, `arm7`.
pub(super) fn is_architecture(name: &str) -> bool {
    let name = base_name(name);
    let last = name.rsplit(['.', '_', '-']).next().unwrap_or("");
    name.ends_with("x86_64")
        || name.ends_with("x86_32")
        || matches!(
            last,
            "arm"
                | "arm4"
                | "arm5"
                | "arm6"
                | "arm7"
                | "armv4l"
                | "armv5l"
                | "armv6l"
                | "armv7l"
                | "arm5n"
                | "arm4l"
                | "mips"
                | "mips64"
                | "mipsel"
                | "mpsl"
                | "x86"
                | "x32"
                | "i386"
                | "i486"
                | "i586"
                | "i686"
                | "sh4"
                | "spc"
                | "sparc"
                | "ppc"
                | "ppc440fp"
                | "powerpc"
                | "m68k"
                | "arc"
        )
}

/// Scripts that an interpreter is given.
fn scripts(view: &View<'_>, set: &mut Set) {
    set.when(
        view.arguments().chain([view.path]).any(is_bot_script),
        Action::BotScript,
    );
    let mut arguments = view.arguments();
    let script = arguments.next().unwrap_or("");
    let is_local = !script.is_empty() && !script.contains(['/', ' ', '(']);
    let is_alone = is_local
        && arguments.next().is_none()
        && view.flags().next().is_none()
        && view.redirected().next().is_none();
    set.when(
        view.class == Class::Shell && is_alone,
        Action::RunLocalScript,
    );
    let attacks = view.class == Class::Script
        && is_local
        && view.flags().next().is_none()
        && view.has_address();
    set.when(attacks, Action::ScriptAtAddress);
}

/// A script named as botnets name theirs: `tftp1.sh`, `bins.sh`, `udp.pl`.
fn is_bot_script(word: &str) -> bool {
    let Some((stem, suffix)) = base_name(word).rsplit_once('.') else {
        return false;
    };
    if !matches!(suffix, "sh" | "pl" | "py" | "c") {
        return false;
    }
    let stem = stem.to_ascii_lowercase();
    let plain = stem.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let is_fetcher = suffix == "sh" && stem.len() <= plain.len().saturating_add(1);
    let fetchers = ["ftp", "tftp", "bins", "wget", "curl"];
    let kinds = ["bot", "ddos", "scan", "flood", "udp", "irc"];
    (is_fetcher && fetchers.iter().any(|name| plain.ends_with(name)))
        || kinds.iter().any(|kind| stem.contains(kind))
}

/// The far end of a copy, which only a program starts: `scp -t folder`.
fn copies_by_protocol(view: &View<'_>) -> bool {
    view.name == "scp" && (view.letter('t') || view.letter('f'))
}

/// Compilers, scanners and terminals fetched for work on a taken machine.
fn installs(view: &View<'_>) -> bool {
    view.is(&["yum", "apt", "apt-get", "dnf", "apk"])
        && view.argument(&["install", "add"])
        && view.argument(&[
            "nmap",
            "masscan",
            "hydra",
            "gcc",
            "make",
            "screen",
            "libpcap",
            "tor",
            "proxychains",
            "wget",
            "curl",
            "perl",
            "zmap",
            "nano",
            "tmux",
            "git",
            "python",
            "cmake",
            "build-essential",
            "python-paramiko",
        ])
}
