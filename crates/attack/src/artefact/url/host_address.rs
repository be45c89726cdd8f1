//! An address (IPv4) in another spelling: one number, octal, hexadecimal, fewer parts.

use std::net::Ipv4Addr;

use ringtrue_core::random::Random;

use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "address-spelling",
        meaning: "spells the address as browsers read it too",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: "",
        taxonomy: CRAFT,
    },
    change,
};

fn change(web: &Web<'_>, _: &Material, random: &mut Random) -> Option<Draft> {
    let address: Ipv4Addr = web.parts.host().parse().ok()?;
    let [first, second, third, last] = address.octets();
    let number = u32::from(address);
    let low = u16::from_be_bytes([third, last]);
    let mut draft = web.draft();
    draft.host = match random.below(6) {
        0 => address.to_string(),
        1 => number.to_string(),
        2 => format!("0x{number:08x}"),
        3 => format!("0{first:o}.0{second:o}.0{third:o}.0{last:o}"),
        4 => format!("0x{first:x}.0x{second:x}.0x{third:x}.0x{last:x}"),
        _ => format!("{first}.{second}.{low}"),
    };
    Some(draft)
}
