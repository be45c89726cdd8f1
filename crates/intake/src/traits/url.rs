//! Traits of a URL: how it is written, and whose host it is.

use ringtrue_core::Limits;

use super::Found;
use crate::url::{AddressSpelling, UrlParts};

pub(super) fn read(text: &str, limits: &Limits, traits: &mut Found<'_>) {
    let (parts, _) = UrlParts::parse(text, limits);
    match parts.scheme() {
        "" => traits.add("no scheme"),
        scheme => traits.add(format!("scheme {scheme}")),
    }
    if parts.address_spelling() == AddressSpelling::Name {
        traits.add(format!("host {}", parts.registrable_domain()));
        traits.add(format!("suffix {}", parts.suffix()));
        traits.add_if(parts.subdomain().is_empty(), "no subdomain");
    } else {
        traits.add("host is an address");
    }
    let subdomain = parts.subdomain();
    traits.add_if(subdomain == "www" || subdomain.starts_with("www."), "www");
    traits.add_if(!parts.written_port().is_empty(), "port written");
    traits.add_if(!parts.written_userinfo().is_empty(), "user written");
    match parts.written_path() {
        "" => traits.add("no path"),
        "/" => traits.add("path is a slash"),
        path => {
            traits.add("path");
            traits.add_if(path.ends_with('/'), "path ends in a slash");
        }
    }
    let presence = |is_empty: bool, there: &'static str, absent: &'static str| {
        if is_empty { absent } else { there }
    };
    traits.add(presence(
        parts.written_query().is_empty(),
        "query",
        "no query",
    ));
    traits.add_if(!parts.written_fragment().is_empty(), "fragment");
    let has_upper = |part: &str| part.bytes().any(|byte| byte.is_ascii_uppercase());
    traits.add_if(has_upper(parts.written_host()), "capitals in the host");
    traits.add_if(text.contains("&amp;"), "contains `&amp;`");
    traits.add_if(text.contains(char::is_whitespace), "contains a blank");
    traits.add_if(text.contains(['"', '<', '>']), "contains markup");
    traits.add_if(!text.is_ascii(), "letters beyond ASCII");
    traits.add_length("length", parts.bytes());
}
