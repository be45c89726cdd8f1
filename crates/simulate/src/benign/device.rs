//! Devices in the house and machines that people reach by address.

use ringtrue_core::random::Random;

use crate::site::Site;
use crate::text::{pick, push_number, push_unowned_address};

/// Appends the address of one page of a device.
pub(super) fn write(site: &Site, random: &mut Random, out: &mut String) {
    let mut constants = site.constants();
    out.push_str("http://");
    match constants.below(5) {
        0 | 1 => {
            out.push_str("192.168.");
            push_number(out, constants.below(20));
            out.push('.');
            push_number(out, 1 + constants.below(254));
        }
        2 => {
            out.push_str("10.");
            push_number(out, constants.below(256));
            out.push('.');
            push_number(out, constants.below(256));
            out.push('.');
            push_number(out, 1 + constants.below(254));
        }
        _ => push_unowned_address(out, &mut constants),
    }
    if constants.chance(0.6) {
        out.push_str(pick(
            &mut constants,
            &[":8080", ":8443", ":3000", ":8000", ":9090", ":81"],
        ));
    }
    out.push('/');
    out.push_str(pick(
        random,
        &[
            "",
            "admin/",
            "cgi-bin/status",
            "login.cgi",
            "status.html",
            "metrics",
            "setup/wifi",
            "camera/stream.mjpg",
            "api/state",
            "printer/queue",
            "firmware/update.bin",
        ],
    ));
    if random.chance(0.2) {
        out.push_str("?refresh=");
        push_number(out, 5 * (1 + random.below(12)));
    }
}
