//! The address, the files that the process may open, and the memory.

use std::net::TcpListener;

use ringtrue_server::config::Config;

use super::Finding;

/// Files that a server opens beside its connections.
const FILES_BESIDE: u64 = 64;
/// Bytes of memory with which a server starts and works, about.
const MEMORY_MIN: u64 = 512 << 20;

/// Looks at what the machine gives.
pub(super) fn look(config: &Config, findings: &mut Vec<Finding>) {
    findings.push(address(config));
    findings.extend(open_files(config));
    findings.extend(memory());
}

fn address(config: &Config) -> Finding {
    let asked = ("D030", "address");
    let at = config.listen;
    match TcpListener::bind(at) {
        Ok(_) => Finding::good(asked, format!("`{at}` is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Finding::warning(
            asked,
            format!("somebody listens at `{at}`"),
            "if that is not the server itself, choose another address with `--listen`",
        ),
        Err(error) => Finding::problem(
            asked,
            format!("cannot listen at `{at}`: {error}"),
            "choose an address of this machine, and a port that its user may listen at",
        ),
    }
}

/// Compares the connections that may be open with the files that the process may open.
fn open_files(config: &Config) -> Option<Finding> {
    let asked = ("D031", "open files");
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))?;
    let soft = line.split_whitespace().nth(3)?;
    let Ok(allowed) = soft.parse::<u64>() else {
        return Some(Finding::good(asked, "as many as it likes"));
    };
    let needed = config.bounds.connections as u64 + FILES_BESIDE;
    let says = format!("{allowed} may be open, and about {needed} are needed");
    Some(if allowed < needed {
        let hint = "raise the limit (`ulimit -n`, `LimitNOFILE=`), or lower `bounds.connections`";
        Finding::problem(asked, says, hint)
    } else {
        Finding::good(asked, says)
    })
}

fn memory() -> Option<Finding> {
    let asked = ("D032", "memory");
    let told = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = told
        .lines()
        .find(|line| line.starts_with("MemAvailable:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    let bytes = kilobytes.saturating_mul(1_024);
    let says = format!("{:.1} GB are free", bytes as f64 / 1e9);
    Some(if bytes < MEMORY_MIN {
        Finding::warning(
            asked,
            says,
            "a server takes some hundred megabytes: free some",
        )
    } else {
        Finding::good(asked, says)
    })
}
