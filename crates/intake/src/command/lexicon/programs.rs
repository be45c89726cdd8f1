//! Programs by what they do.
//!
//! A name counts without its folder and without a version (`/usr/bin/python3.11` is `python`).

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;

/// What a program does; codes never change within `command/3`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::command) enum Class {
    #[default]
    Unknown,
    Shell,
    Script,
    Awk,
    Editor,
    Downloader,
    Copier,
    Netcat,
    Remote,
    Discovery,
    Remover,
    Permission,
    Account,
    Service,
    Scheduler,
    Killer,
    Firewall,
    Archiver,
    Printer,
    Decoder,
    Reader,
    Writer,
    Package,
    Miner,
    Builder,
    Tracer,
    Scanner,
    Tunnel,
    Builtin,
    Developer,
    Finder,
    Desktop,
}

const LISTS: &[(Class, &str)] = &[
    (
        Class::Shell,
        "sh bash dash zsh ksh mksh pdksh ash csh tcsh fish yash rbash posh elvish",
    ),
    (
        Class::Script,
        "python perl ruby php node nodejs deno bun lua luajit tclsh wish expect julia irb pry jrunscript jjs groovy \
         scala Rscript R ghci guile racket octave pypy ipython rake osascript pwsh texlua",
    ),
    (Class::Awk, "awk gawk mawk nawk"),
    (
        Class::Editor,
        "vi vim nvim view vimdiff rvim rview gvim ex ed red nano pico rnano emacs emacsclient less more most man pg \
         zless zmore info mutt mysql psql sqlite3 gdb lldb crash",
    ),
    (
        Class::Downloader,
        "wget curl lynx links elinks w3m aria2c axel fetch lwp-download lwp-request GET httpie http xh wget2 curlie \
         youtube-dl yt-dlp tftp ftpget ftpput atftp",
    ),
    (
        Class::Copier,
        "scp sftp ftp rsync rclone lftp ncftp ncftpget smbclient ssh-copy-id sshfs croc",
    ),
    (
        Class::Netcat,
        "nc ncat netcat socat socket rcat cryptcat pwncat sbd powercat",
    ),
    (
        Class::Remote,
        "ssh telnet sshpass rsh rlogin autossh mosh dbclient plink evil-winrm rdesktop xfreerdp",
    ),
    (
        Class::Discovery,
        "uname id whoami who w last lastlog users groups hostname hostnamectl ifconfig ip ipconfig netstat ss ps pstree \
         lscpu lspci lsusb lsblk lsmod lshw free df du uptime arp route dmidecode nvidia-smi lsof env printenv getent \
         locale dmesg sysctl nproc systemd-detect-virt kldstat sestatus getenforce arch lsb_release finger top htop \
         vmstat iostat ldapsearch nbtstat hostid logname tty mount findmnt showmount rpcinfo net ipconfig smbstatus",
    ),
    (Class::Remover, "rm rmdir unlink shred truncate wipe srm"),
    (
        Class::Permission,
        "chmod chown chgrp chattr setfacl setcap umask lsattr getcap getfacl",
    ),
    (
        Class::Account,
        "useradd adduser usermod userdel deluser passwd chpasswd groupadd gpasswd chsh chfn pw vipw visudo newusers su \
         login htpasswd",
    ),
    (
        Class::Service,
        "systemctl service launchctl update-rc.d chkconfig initctl rc-update rc-service sysrc insserv",
    ),
    (Class::Scheduler, "crontab at batch anacron atq atrm"),
    (
        Class::Killer,
        "kill pkill killall killall5 fuser shutdown reboot poweroff halt init telinit xkill",
    ),
    (
        Class::Firewall,
        "iptables ip6tables ufw firewall-cmd nft ipset pfctl setenforce auditctl auditd esxcli aa-disable aa-teardown \
         apparmor_parser semanage setsebool",
    ),
    (
        Class::Archiver,
        "tar zip unzip gzip bzip2 xz lzma 7z 7za rar unrar cpio ar zstd compress gpg ccencrypt unsquashfs mksquashfs",
    ),
    (Class::Printer, "echo printf print"),
    (
        Class::Decoder,
        "base64 base32 base58 basenc b64decode b64encode xxd od hexdump uudecode uuencode openssl gunzip zcat rev tr",
    ),
    (
        Class::Reader,
        "cat head tail tac nl strings grep egrep fgrep zgrep sed cut sort uniq wc diff cmp comm join paste column fold \
         fmt pr look file stat iconv jq yq rg ag",
    ),
    (
        Class::Writer,
        "tee dd cp mv install ln touch mkdir mkfifo mknod mktemp sponge split csplit",
    ),
    (
        Class::Package,
        "apt apt-get aptitude dpkg yum dnf rpm zypper pacman apk snap flatpak brew pip pip3 pipx npm yarn pnpm gem cargo \
         go composer conda easy_install opkg emerge pkg port nix nix-env",
    ),
    (
        Class::Miner,
        "xmrig minerd cpuminer minergate minergate-cli xmr-stak ethminer ccminer cgminer bfgminer t-rex nbminer lolminer \
         srbminer kdevtmpfsi kinsing phoenixminer",
    ),
    (
        Class::Builder,
        "gcc cc g++ clang clang++ make cmake ld as tcc rustc javac ninja meson configure",
    ),
    (
        Class::Tracer,
        "tcpdump tshark wireshark gcore perf bpftrace ptrace dumpcap ngrep ettercap",
    ),
    (
        Class::Scanner,
        "nmap masscan zmap hydra medusa ncrack john hashcat sqlmap nikto gobuster ffuf dirb wfuzz linpeas.sh LinEnum.sh \
         enum4linux crackmapexec responder msfconsole msfvenom mimipenguin lazagne pspy64 ldapdomaindump kerbrute",
    ),
    (
        Class::Tunnel,
        "ngrok cloudflared chisel frpc frps tor gost ligolo sshuttle iodine dnscat dnscat2 ptunnel 3proxy microsocks stunnel",
    ),
    (
        Class::Builtin,
        "cd export set unset history source . eval alias unalias read test [ [[ pushd popd dirs trap wait jobs fg bg exit \
         return shift local declare typeset readonly true false : shopt ulimit type hash let getopts enable which \
         whereis pwd sleep seq yes date clear ls basename dirname readlink realpath tput expr bc",
    ),
    (
        Class::Developer,
        "git hg svn docker docker-compose podman kubectl helm terraform ansible ansible-playbook vagrant aws gcloud az \
         gh oc minikube packer mvn gradle ant adb fastboot code heroku doctl virsh qemu-img virtualbox VBoxManage",
    ),
    (Class::Finder, "find locate mlocate updatedb fd fdfind tree"),
    (
        Class::Desktop,
        "convert magick ffmpeg mplayer vlc gimp inkscape xrandr xdotool i3 gnome-terminal feh mpv",
    ),
];

static PROGRAMS: LazyLock<HashMap<&'static str, Class, FixedState>> = LazyLock::new(|| {
    LISTS
        .iter()
        .flat_map(|(class, names)| names.split_ascii_whitespace().map(|name| (name, *class)))
        .collect()
});

/// Returns what a program of this name does.
pub(in crate::command) fn class_of(name: &str) -> Class {
    let programs = &*PROGRAMS;
    if let Some(class) = programs.get(name) {
        return *class;
    }
    let plain = name
        .trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.' || letter == '-');
    let is_other = plain.len() < name.len();
    let class = is_other.then(|| programs.get(plain)).flatten();
    class.copied().unwrap_or_default()
}

/// Returns whether a name is that of a shell.
pub(in crate::command) fn is_shell(name: &str) -> bool {
    class_of(name) == Class::Shell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_versions() {
        assert_eq!(class_of("python3.11"), Class::Script);
        assert_eq!(class_of("bash"), Class::Shell);
        assert_eq!(class_of("base64"), Class::Decoder);
        assert_eq!(class_of("."), Class::Builtin);
        assert_eq!(class_of("frobnicate"), Class::Unknown);
    }
}
