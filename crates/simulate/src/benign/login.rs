//! Logins and accounts of honest brands: the words that phishing borrows, where they belong.

use ringtrue_core::random::Random;

use crate::site::{Fashion, Site};
use crate::text::{Alphabet, pick, push_name, push_suffix, push_token, push_uuid};
use crate::words::{ACCOUNT_VERBS, BRANDS};

/// Appends the address of one login or account page.
pub(super) fn write(site: &Site, random: &mut Random, out: &mut String) {
    origin(site, out);
    let mut constants = site.constants();
    out.push('/');
    out.push_str(pick(
        &mut constants,
        &["", "en/", "app/", "my/", "customer/", "sso/", "oauth2/"],
    ));
    out.push_str(pick(random, ACCOUNT_VERBS));
    out.push_str(pick(
        &mut constants,
        &["", "/", ".php", ".aspx", ".html", "/start", "/index.php"],
    ));
    if site.fashion == Fashion::Modern {
        out.push_str("?flow=");
        push_token(out, random, Alphabet::Base62, 36);
    } else if random.chance(0.5) {
        parameters(random, out);
    }
}

/// Appends the host: a brand's own, or a site's with an account label.
fn origin(site: &Site, out: &mut String) {
    let mut constants = site.constants();
    if constants.chance(0.4) {
        out.push_str("https://");
        out.push_str(pick(
            &mut constants,
            &["www.", "login.", "account.", "secure.", "id.", "my."],
        ));
        out.push_str(pick(&mut constants, BRANDS));
        out.push_str(pick(
            &mut constants,
            &[".com", ".com", ".co.uk", ".de", ".eu"],
        ));
    } else if constants.chance(0.15) {
        out.push_str("https://");
        out.push_str(pick(
            &mut constants,
            &["login-", "secure-", "my-", "account-"],
        ));
        push_name(out, &mut constants);
        push_suffix(out, &mut constants);
    } else {
        site.push_origin_at(out, "login.");
    }
}

fn parameters(random: &mut Random, out: &mut String) {
    match random.below(4) {
        0 => {
            out.push_str("?state=");
            push_uuid(out, random);
        }
        1 => out.push_str("?next=%2Faccount%2Foverview"),
        2 => {
            out.push_str("?token=");
            push_token(out, random, Alphabet::Hex, 32);
        }
        _ => {
            out.push_str("?client_id=");
            push_token(out, random, Alphabet::Base62, 20);
            out.push_str("&response_type=code&scope=openid");
        }
    }
}
