//! Programs that run another program, which stands among their arguments.

/// How a wrapper's own arguments look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::command) struct Wrapper {
    pub(in crate::command) name: &'static str,
    /// One-letter options that take the next word.
    pub(in crate::command) values: &'static str,
    /// Words of its own before the program.
    pub(in crate::command) own: usize,
}

const fn plain(name: &'static str) -> Wrapper {
    with(name, "", 0)
}

const fn with(name: &'static str, values: &'static str, own: usize) -> Wrapper {
    Wrapper { name, values, own }
}

/// In order of their names.
const WRAPPERS: &[Wrapper] = &[
    plain("builtin"),
    plain("busybox"),
    plain("catchsegv"),
    with("choom", "n", 0),
    with("chroot", "", 1),
    with("chrt", "", 1),
    plain("command"),
    with("cpulimit", "lpe", 0),
    with("daemonize", "aceopulE", 0),
    plain("dbus-run-session"),
    with("doas", "uC", 0),
    with("env", "uC", 0),
    with("exec", "a", 0),
    plain("fakeroot"),
    with("faketime", "", 1),
    plain("firejail"),
    with("flock", "wE", 1),
    with("gosu", "", 1),
    with("ionice", "cnp", 0),
    plain("linux32"),
    plain("linux64"),
    with("ltrace", "oeElpsSuan", 0),
    with("nice", "n", 0),
    plain("nohup"),
    with("nsenter", "tSG", 0),
    plain("pexec"),
    with("pkexec", "", 0),
    plain("proxychains"),
    plain("proxychains4"),
    with("rlwrap", "bcCDfHilmoPpqsStT", 0),
    with("runcon", "tulr", 0),
    plain("setarch"),
    plain("setsid"),
    with("softlimit", "", 0),
    with("stdbuf", "ioe", 0),
    with("strace", "oeEpsSuPbaIO", 0),
    with("sudo", "ugpChUrtTD", 0),
    with("systemd-run", "pMGHE", 0),
    with("taskset", "", 1),
    with("time", "fo", 0),
    with("timeout", "ks", 1),
    plain("torify"),
    plain("torsocks"),
    plain("toybox"),
    plain("unbuffer"),
    plain("unshare"),
    with("watch", "n", 0),
    with("xargs", "InPLdsEa", 0),
];

/// Returns the wrapper of a name.
pub(in crate::command) fn wrapper(name: &str) -> Option<&'static Wrapper> {
    let place = WRAPPERS
        .binary_search_by(|wrapper| wrapper.name.cmp(name))
        .ok()?;
    WRAPPERS.get(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_order() {
        assert!(WRAPPERS.is_sorted_by_key(|wrapper| wrapper.name));
        assert_eq!(
            wrapper("sudo").map(|wrapper| wrapper.values),
            Some("ugpChUrtTD")
        );
        assert_eq!(wrapper("ls"), None);
    }
}
