//! Pieces of text that tell what a statement is about, found in one pass over the normalised command.
//!
//! A mark is found in any case of letters and counts for the statement that holds it. What a mark means
//! depends on the statement: reading `/etc/shadow` is not writing a comment about it.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};

/// What a piece of text is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::command) enum Mark {
    DevTcp,
    SocketCode,
    ListenCode,
    SpawnCode,
    Terminal,
    ShellPath,
    PrivilegedShell,
    SetUid,
    Shadow,
    Accounts,
    Sudoers,
    SshKeys,
    AuthorizedKeys,
    CloudSecrets,
    SecretFiles,
    BrowserFiles,
    PasswordWord,
    History,
    HistorySetting,
    Logs,
    Cron,
    Units,
    UnitText,
    BootScripts,
    ShellStart,
    PythonStart,
    Autostart,
    Pam,
    Preload,
    PreloadFile,
    HookVariable,
    HookOption,
    Temporary,
    HiddenFile,
    Web,
    DropSite,
    Mining,
    SuidSearch,
    Sysrq,
    CorePattern,
    ProcFiles,
    Disk,
    SystemFiles,
    VirtualMachine,
    Malice,
    Architectures,
    Certificates,
    Selinux,
    RootRights,
    CodeDecode,
    FetchCode,
    NullFile,
    KeyLog,
    SecurityService,
    PasswordPolicy,
    FileCode,
    BotName,
    AttackTool,
    CodeText,
    EditorShell,
    MacroCode,
    SystemCall,
    JoinedDescriptors,
    SecurityProduct,
    CloudTamper,
    PythonText,
    CodedText,
    Settings,
}

/// The marks of one statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::command) struct Marks(u128);

impl Marks {
    pub(in crate::command) const fn add(&mut self, mark: Mark) {
        self.0 |= Self::bit(mark);
    }

    pub(in crate::command) const fn has(self, mark: Mark) -> bool {
        self.0 & Self::bit(mark) != 0
    }

    /// Returns the marks as bytes: equal for equal marks alone.
    pub(in crate::command) const fn bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }

    const fn bit(mark: Mark) -> u128 {
        1_u128.wrapping_shl(mark as u32)
    }
}

/// What each mark is known by, between bars.
const LISTS: &[(Mark, &str)] = &[
    (Mark::DevTcp, "/dev/tcp/|/dev/udp/|/inet/tcp/|/inet/udp/"),
    (
        Mark::SocketCode,
        "socket.socket|create_connection(|fsockopen|tcpsocket|io::socket|socket(s|sockaddr_in|\
         require(\"socket|require('socket|require(\"net\"|require('net'|require 'socket'|net.socket|\
         net.dial|net.connect|zsh/net/tcp|socket_create|stream_socket_client|using sockets|\
         syscall.socket|af_inet|pf_inet|socket.tcp|java.net.socket|[socket |udpsocket|use socket|\
         -rsocket|set s [socket|tcpclient",
    ),
    (
        Mark::ListenCode,
        "createserver|.listen(|serversocket|tcpserver|.bind((|.bind(\"|.bind('|tcp-listen|udp-listen|\
         openssl-listen|syscall.bind|tcp4-listen|tcp-l:",
    ),
    (
        Mark::SpawnCode,
        "pty.spawn|dup2(|os.system|subprocess|os.exec|os.popen|child_process|shell_exec|passthru(|popen(|\
         proc_open|io.popen|os.execute|system(|exec(|exec \"|exec '|getruntime|processbuilder|spawn(|\
         unixexec:|exec:|system:|\"exec $|open(stdin|$stdin.reopen|process.spawn|exec.command|getline|\
         exec \"/bin|kernel.exec",
    ),
    (
        Mark::Terminal,
        "pty.spawn|,pty|script -q|script /dev/null|setsid,sigint|import pty",
    ),
    (
        Mark::ShellPath,
        "/bin/sh|/bin/bash|/bin/dash|/bin/zsh|/bin/ksh|/bin/ash|/bin/csh|/bin/busybox",
    ),
    (
        Mark::PrivilegedShell,
        "/sh -p|bash -p|\"sh\", \"-p\"|sh\", \"-p\"|sh','-p'",
    ),
    (
        Mark::SetUid,
        "setuid(|setresuid|cap_setuid|setreuid|setgid(0|setegid|setuid 0|cap_dac|cap_sys_admin|--uid=0",
    ),
    (
        Mark::Shadow,
        "/etc/shadow|/etc/gshadow|/etc/master.passwd|/etc/security/passwd|getent shadow",
    ),
    (Mark::Accounts, "/etc/passwd|/etc/group"),
    (Mark::Sudoers, "/etc/sudoers|etc/sudoers|visudo|nopasswd"),
    (
        Mark::SshKeys,
        "id_rsa|id_dsa|id_ed25519|id_ecdsa|/.ssh|.ssh/|ssh_host_|known_hosts",
    ),
    (Mark::AuthorizedKeys, "authorized_keys"),
    (
        Mark::CloudSecrets,
        ".aws|.azure|.config/gcloud|.kube/config|.docker/config|run/secrets|169.254.169.254|\
         accesstokens.json|msal_token|.boto|.s3cfg|metadata.google|aws_secret|aws_access",
    ),
    (
        Mark::SecretFiles,
        ".netrc|.pgpass|.my.cnf|.git-credentials|wp-config.php|.gnupg|.keytab|krb5|keyring|credentials|\
         wallet.dat|.htpasswd|/etc/krb5|.private_key|tdb_|secrets.tdb|sssd/db",
    ),
    (
        Mark::BrowserFiles,
        "places.sqlite|logins.json|key4.db|cookies.sqlite|.mozilla|google-chrome|.config/chromium|\
         bookmarks",
    ),
    (
        Mark::PasswordWord,
        "password|passw|secret|api_key|apikey|token|credential|ssh-|private key",
    ),
    (Mark::History, "_history|.mysql_history|.lesshst|.viminfo"),
    (
        Mark::HistorySetting,
        "histfile|histsize|histcontrol|histignore|histfilesize|histtimeformat|+o history|history -c|\
         history -r|history -d|history -w|history -a",
    ),
    (
        Mark::Logs,
        "/var/log/wtmp|/var/log/btmp|/var/log/lastlog|/var/log/auth|/var/log/syslog|/var/log/messages|\
         /var/log/secure|/var/log/audit|/var/log/journal|/var/log/maillog|/var/log/cron|/var/log/*|\
         /var/log/kern|/var/log/faillog|/var/log/xferlog|/var/run/utmp|/var/adm|/var/spool/mail|\
         /var/mail|--vacuum|audit.log",
    ),
    (
        Mark::Cron,
        "/etc/cron|/var/spool/cron|crontab|cron.d|cron.daily|cron.hourly",
    ),
    (
        Mark::Units,
        "/etc/systemd/|/lib/systemd/|.config/systemd|/run/systemd/system|systemd/user",
    ),
    (
        Mark::UnitText,
        "execstart|wantedby=|[service]|[unit]|[install]|[timer]|type=simple|type=forking|type=oneshot|restartsec|restart=always|onbootsec|oncalendar|onunitactive|\
         ### begin init info|launchdaemons",
    ),
    (
        Mark::BootScripts,
        "/etc/rc.local|/etc/init.d/|/etc/rc.d|/etc/rc.common|/etc/inittab|update-motd.d|/library/launch|\
         /etc/rc.|/etc/rc?|etc/rc.d/|/etc/init/",
    ),
    (
        Mark::ShellStart,
        ".bashrc|.bash_profile|.profile|/etc/profile|.zshrc|.bash_login|.bash_logout|/etc/bash.bashrc|\
         .zprofile|.zshenv|.cshrc|.kshrc|/etc/environment|/etc/shrc|config.fish",
    ),
    (
        Mark::PythonStart,
        "usercustomize|sitecustomize|.pth|site-packages",
    ),
    (
        Mark::Autostart,
        "/autostart|/etc/udev/rules|udev/rules.d|.config/autostart|modules-load.d",
    ),
    (Mark::Pam, "/etc/pam.d|pam_|/etc/nsswitch|/lib/security"),
    (
        Mark::Preload,
        "ld_preload|ld_library_path|ld_audit|dyld_insert",
    ),
    (Mark::PreloadFile, "ld.so.preload"),
    (
        Mark::HookVariable,
        "lessopen=|lessclose=|pager=|editor=|visual=|git_ssh|browser=|prompt_command|perl5opt|perl5db|\
         perl5lib|pythonstartup=|bash_env=|sudo_askpass|git_external|groff_bin_path|node_options=|\
         perl_mm_use|rubyopt=|ssh_askpass|makeflags=|terminfo=|xdg_config|tar_options|shell=",
    ),
    (
        Mark::HookOption,
        "proxycommand|localcommand|--rsh|rsync-path|checkpoint-action|use-compress-program|--to-command|\
         -command=|--on-download|core.pager|core.editor|core.sshcommand|core.fsmonitor|alias.|\
         --upload-pack|--receive-pack|--use-askpass|--conf-script|knownhostscommand|pkcs11provider|\
         shell-escape|write18|--rcfile|--init-file|--launcher|--ssh-command|--to-program|askpass|\
         -o pager|postup|command=|--filter=|--interactive-shell|--action|--exec=|--unix-exec|pre_exec|\
         -e 'sh|exec=|--shell=|\"command\"|esyscmd|!exec|action =",
    ),
    (
        Mark::Temporary,
        "/tmp|/dev/shm|/run/shm|/var/run|/var/lock|/run/user",
    ),
    (
        Mark::HiddenFile,
        "/tmp/.|/dev/shm/.|/var/tmp/.|/...|/.. /|/.x|/usr/bin/.|/etc/.",
    ),
    (Mark::Web, "http://|https://|ftp://|tftp://|gopher://"),
    (
        Mark::DropSite,
        "hooks.slack|discord.com/api|discordapp.com/api|api.telegram|pastebin|transfer.sh|file.io|\
         webhook.site|requestbin|burpcollaborator|interact.sh|oast.|0x0.st|ix.io|termbin|trycloudflare|\
         pipedream|anonfiles|temp.sh|.onion|duckdns|no-ip|mega.nz|content.dropboxapi",
    ),
    (
        Mark::Mining,
        "stratum+|xmrig|minexmr|monero|nicehash|cryptonight|hashvault|supportxmr|nanopool|moneroocean|\
         donate-level|minergate|randomx|minerd|cpuminer|xmr-|hive-config|hive-os|hiveos|claymore|hashrate|coinhive|watchbog|antminer|bfgminer|cgminer|/miner|moneropool|ddgs|kthreaddi|rig.conf|ethos|mineryes|ethminer|nvidia-smi|kinsing|\
         kdevtmpfsi",
    ),
    (
        Mark::SuidSearch,
        "-perm -4000|-perm /4000|-perm -u=s|-perm /u=s|-perm -2000|-perm /6000|-perm +4000|-perm -6000|\
         -perm /2000|-perm -g=s|-perm +6000|getcap -r|-perm -04000|-perm -u+s",
    ),
    (Mark::Sysrq, "sysrq"),
    (
        Mark::CorePattern,
        "core_pattern|/proc/sys/kernel|modprobe_path|ptrace_scope|randomize_va|drop_caches|/proc/sys/vm|/dev/kmsg",
    ),
    (Mark::ProcFiles, "/proc/|/dev/mem|/dev/kmem|/proc/kcore"),
    (
        Mark::Disk,
        "/dev/sda|/dev/hda|/dev/vda|/dev/nvme|/dev/mtd|/dev/xvda|/dev/mmcblk|/dev/watchdog",
    ),
    (
        Mark::SystemFiles,
        "/proc/cpuinfo|/proc/version|/proc/meminfo|/etc/issue|os-release|-release|/proc/mounts|/proc/1/|\
         .dockerenv|/proc/partitions|/proc/uptime|/proc/net|/proc/self|/proc/modules",
    ),
    (
        Mark::VirtualMachine,
        "vbox|vmware|virtualbox|hypervisor|xen-|detect-virt|vmxnet|product_name|sys_vendor|virtio|\
         /sys/class/dmi|hv_",
    ),
    (
        Mark::Malice,
        "evil|malicious|malware|exploit|backdoor|rootkit|shellcode|linpeas|linenum|pspy|meterpreter|\
         metasploit|msfvenom|0day|ddos|botnet|bruteforce|dirtycow|cve-20|mirai|gafgyt|hack|revshell|\
         reverse_shell|c2server|attacker|victim|ransom|adversary|stealer|exfil|autosuid|linux-exploit|\
         unhide|bins.sh",
    ),
    (
        Mark::Architectures,
        ".mips|mipsel|.mpsl|.arm|armv|.sh4|.m68k|.spc|.ppc|.x86|i586|.i686|sparc|x86_64-|linux-mips",
    ),
    (
        Mark::Certificates,
        "/etc/ssl/certs|ca-certificates|/etc/pki/ca-trust|update-ca-|rootca|trust anchor",
    ),
    (
        Mark::Selinux,
        "selinux=disabled|/etc/selinux|selinux=0|selinux=permissive",
    ),
    (
        Mark::RootRights,
        "nopasswd|all=(all|:0:0:|-o -u 0|-ag sudo|-ag wheel|-ag root|-g sudo|-g wheel|-u 0 |uid=0|\
         --groups sudo|timestamp_timeout|tty_tickets|-g 0",
    ),
    (
        Mark::CodeDecode,
        "b64decode|decode_base64|base64_decode|marshal.loads|zlib.decompress|gzinflate|str_rot13|\
         fromcharcode|unpack(|eval(|exec(|__import__|compile(|codecs.decode|decode('base64|chr(|\
         bytes.fromhex",
    ),
    (
        Mark::FetchCode,
        "urllib|requests.get|urlopen|file_get_contents(\"http|file_get_contents('http|lwp::simple|\
         net/http|open-uri|http.get(|https.get(|urlretrieve|getstore(|download(\"http|new url(|\
         http://download",
    ),
    (Mark::NullFile, "/dev/null"),
    (
        Mark::KeyLog,
        "tty_audit|log_passwd|xinput test|logkeys|/dev/input/event|xspy|evtest",
    ),
    (
        Mark::SecurityService,
        "firewalld|iptables|ufw|apparmor|auditd|syslog|falcon|mdatp|clamav|selinux|fail2ban|ossec|wazuh|\
         falco|osquery|cbdaemon|esets|aliyun|aegis|cloudmonitor|qcloud|ds_agent|sysmon|watchdog",
    ),
    (
        Mark::PasswordPolicy,
        "/etc/login.defs|pwquality|common-password|pam.d/passwd|chage|system-auth|/etc/security",
    ),
    (
        Mark::FileCode,
        "open(\"/|open('/|read(\"/|file(\"/|file('/|file_get_contents|file_put_contents|readfile|fs.read|\
         fs.write|filereader|getline <|getline<|createreadstream|createwritestream|io.open|io.lines|\
         io.read|file.read|print while|loadfile|slurp|verbatiminput|.write(|fopen(|cdll|dlopen",
    ),
    (
        Mark::BotName,
        "mirai|gafgyt|tsunami|bashlite|qbot|hajime|dvrhelper|loligang|okane|owari|satori|perlbot|shellbot|\
         kaiten|rkload|botnet|ddos|sshscan|yakuza|josho|hoaxcalls|killall telnetd",
    ),
    (
        Mark::AttackTool,
        "linpeas|linenum|peass|mimipenguin|lazagne|meterpreter|metasploit|msfvenom|msfconsole|stratus detonate|\
         stratus warmup|detonate|peirates|pacu|kerbrute|evil-winrm|crackmapexec|ldapdomaindump|logkeys",
    ),
    (
        Mark::CodeText,
        "exec |exec(|import |system(|#!/|curl |wget |whoami|$(|require(|eval |fork(|/bin/sh|/bin/bash|import os|\
         all=(all",
    ),
    (
        Mark::EditorShell,
        "set shell|:shell|:terminal|:py |:py3|:lua |:!/|:!sh|:!bash|!/bin/|:set shell",
    ),
    (
        Mark::MacroCode,
        "%{lua:|--eval=|--eval %|--eval '%|esyscmd|$(file |write18|shell-escape|directlua|ext:run-shell",
    ),
    (
        Mark::SystemCall,
        "os.execute(|os.system(|os.popen(|os.exec|os.setuid|os.dup2|os.fork|pty.spawn|child_process|\
         processbuilder|getruntime|posix_setuid|pcntl_exec|proc_open|shell_exec|passthru(|syscall.exec|\
         process::sys|posix.setuid|io.popen|java.type|java.lang|dlopen|ctypes|execve|package.loadlib|import os|\
         import socket|import pty|import subprocess|kernel.exec|process.spawn|system(\"/|system('/|exec \"/bin|\
         exec('/bin|exec(\"/bin|subprocess.",
    ),
    (
        Mark::JoinedDescriptors,
        "0<&2|1>&0|0>&1|1<&0|0<&1|2>&0|</dev/tty|>/dev/tty|sh 0<&",
    ),
    (
        Mark::SecurityProduct,
        "cbagentd|cbdaemon|wazuh|osqueryd|falcon-sensor|falcond|mdatp|crowdstrike|carbonblack|sentinelctl|auditbeat|\
         filebeat|packetbeat|tripwire|rkhunter|chkrootkit|nessusd",
    ),
    (
        Mark::CloudTamper,
        "cloudtrail delete|cloudtrail stop|cloudtrail update|cloudtrail put-event|guardduty delete|guardduty update|\
         delete-trail|stop-logging|delete-flow-logs|delete-log-|delete-detector|eventhub delete|create-access-key|\
         get-secret-value|attach-user-policy|run-instances|modify-image-attribute|modify-snapshot-attribute|\
         create-launch-template|flow-logs",
    ),
    (
        Mark::Settings,
        "/etc/ssh/sshd_config|/etc/hosts|/etc/resolv.conf|/etc/libaudit|/etc/audit|/etc/rsyslog|/etc/syslog|\
         /etc/logrotate|/etc/newsyslog|/etc/selinux|/etc/apparmor",
    ),
    (
        Mark::PythonText,
        "session.get|requests.|.close()|.write(|open(|def |print(|socket(|connect(|#include|int main|puts ",
    ),
    (
        Mark::CodedText,
        "$encoded|${encoded|base64|b64decode|base64_decode|frombase64|atob(|unhexlify|fromhex|uudecode",
    ),
];

struct Automaton {
    search: Option<AhoCorasick>,
    marks: Vec<Mark>,
}

static AUTOMATON: LazyLock<Automaton> = LazyLock::new(|| {
    let all = || {
        LISTS
            .iter()
            .flat_map(|(mark, texts)| texts.split('|').map(move |text| (*mark, text)))
    };
    Automaton {
        search: AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            // The table of a DFA does not fit beside what else a line needs at hand: it waits for memory at each letter.
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(all().map(|(_, text)| text))
            .ok(),
        marks: all().map(|(mark, _)| mark).collect(),
    }
});

/// Calls `found` with each mark of `text` and the place behind it, in the order of the places.
pub(in crate::command) fn find(text: &str, mut found: impl FnMut(Mark, usize)) {
    let automaton = &*AUTOMATON;
    let Some(search) = &automaton.search else {
        debug_assert!(false, "the lists build an automaton");
        return;
    };
    for hit in search.find_overlapping_iter(text) {
        if let Some(mark) = automaton.marks.get(hit.pattern().as_usize()) {
            found(*mark, hit.end());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_a_text() {
        let mut marks = Marks::default();
        find("cat /etc/SHADOW > /tmp/x", |mark, _| marks.add(mark));
        assert!(marks.has(Mark::Shadow) && marks.has(Mark::Temporary));
        assert!(!marks.has(Mark::Sudoers));
        assert!((Mark::Settings as u32) < u128::BITS);
    }
}
