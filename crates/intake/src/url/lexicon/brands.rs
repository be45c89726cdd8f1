//! Often-imitated names and the domains that are really theirs.
//!
//! The list is public knowledge, kept by hand; a name that is missing costs a signal, a domain
//! that is missing makes one genuine site look odd. Names of five letters and more count inside
//! other words, shorter ones and plain words only alone.

use std::collections::HashSet;
use std::sync::LazyLock;

use foldhash::fast::FixedState;

use super::Names;

/// An often-imitated name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Brand {
    /// Its letters, lowercase.
    pub(crate) name: &'static str,
    /// Its own registrable domains.
    pub(crate) domains: &'static [&'static str],
}

/// Names that are plain words of some language, or parts of many.
const PLAIN_WORDS: &[&str] = &[
    "chase",
    "discover",
    "orange",
    "poste",
    "steam",
    "regions",
    "hermes",
    "booking",
    "messenger",
    "caixa",
    "kraken",
    "outlook",
    "apple",
    "allegro",
    "itau",
    "impots",
];

impl Brand {
    /// Returns whether the name counts inside other words too.
    pub(in crate::url) fn is_long(&self) -> bool {
        self.name.len() >= 5 && !PLAIN_WORDS.contains(&self.name)
    }
}

const fn brand(name: &'static str, domains: &'static [&'static str]) -> Brand {
    Brand { name, domains }
}

/// Sorted by name.
pub(crate) const BRANDS: &[Brand] = &[
    brand("1and1", &["1and1.com"]),
    brand("abnamro", &["abnamro.nl", "abnamro.com"]),
    brand("adobe", &["adobe.com"]),
    brand("airbnb", &["airbnb.com"]),
    brand("alibaba", &["alibaba.com"]),
    brand("aliexpress", &["aliexpress.com"]),
    brand("allegro", &["allegro.pl"]),
    brand("amazon", &["amazon.com", "amazonaws.com", "amazon.dev"]),
    brand("ameli", &["ameli.fr"]),
    brand("americanas", &["americanas.com.br"]),
    brand("americanexpress", &["americanexpress.com"]),
    brand("amex", &["amex.com", "americanexpress.com"]),
    brand("aol", &["aol.com"]),
    brand("apple", &["apple.com", "apple.news"]),
    brand("bancolombia", &["bancolombia.com"]),
    brand("bankofamerica", &["bankofamerica.com"]),
    brand("banorte", &["banorte.com"]),
    brand("barclays", &["barclays.com"]),
    brand("bbva", &["bbva.com"]),
    brand("binance", &["binance.com"]),
    brand("bittrex", &["bittrex.com"]),
    brand("blizzard", &["blizzard.com"]),
    brand("blockchain", &["blockchain.com", "blockchain.info"]),
    brand("bmo", &["bmo.com"]),
    brand("bnpparibas", &["bnpparibas.com", "mabanque.bnpparibas"]),
    brand("booking", &["booking.com"]),
    brand("bradesco", &["bradesco.com.br"]),
    brand("caixa", &["caixa.gov.br", "caixabank.es"]),
    brand("capitalone", &["capitalone.com"]),
    brand("chase", &["chase.com"]),
    brand("cibc", &["cibc.com"]),
    brand("citi", &["citi.com"]),
    brand("citibank", &["citibank.com"]),
    brand("cloudflare", &["cloudflare.com"]),
    brand("coinbase", &["coinbase.com"]),
    brand("comcast", &["comcast.com", "comcast.net"]),
    brand("commerzbank", &["commerzbank.de", "commerzbank.com"]),
    brand("correos", &["correos.es"]),
    brand("costco", &["costco.com"]),
    brand(
        "creditagricole",
        &["credit-agricole.fr", "credit-agricole.com"],
    ),
    brand("desjardins", &["desjardins.com"]),
    brand("dhl", &["dhl.com", "dhl.de"]),
    brand("discover", &["discover.com"]),
    brand("docusign", &["docusign.com", "docusign.net"]),
    brand("dropbox", &["dropbox.com", "dropboxusercontent.com"]),
    brand("ebay", &["ebay.com", "ebayimg.com"]),
    brand("epicgames", &["epicgames.com"]),
    brand("facebook", &["facebook.com", "facebookmail.com"]),
    brand("fedex", &["fedex.com"]),
    brand(
        "github",
        &["github.com", "github.io", "githubusercontent.com"],
    ),
    brand("gmail", &["gmail.com"]),
    brand("godaddy", &["godaddy.com"]),
    brand(
        "google",
        &[
            "google.com",
            "googleapis.com",
            "googleusercontent.com",
            "googleblog.com",
        ],
    ),
    brand("halifax", &["halifax.co.uk"]),
    brand("hermes", &["hermes.com", "myhermes.co.uk"]),
    brand("hmrc", &["hmrc.gov.uk"]),
    brand("hotmail", &["hotmail.com"]),
    brand("hsbc", &["hsbc.com"]),
    brand("icloud", &["icloud.com"]),
    brand("impots", &["impots.gouv.fr"]),
    brand("ing", &["ing.com"]),
    brand("instagram", &["instagram.com"]),
    brand("interac", &["interac.ca"]),
    brand("intesasanpaolo", &["intesasanpaolo.com"]),
    brand("ionos", &["ionos.com", "ionos.de"]),
    brand("irs", &["irs.gov"]),
    brand("itau", &["itau.com.br", "itau.com"]),
    brand("itunes", &["apple.com"]),
    brand("jpmorgan", &["jpmorgan.com"]),
    brand("kraken", &["kraken.com"]),
    brand("labanquepostale", &["labanquepostale.fr"]),
    brand("linkedin", &["linkedin.com"]),
    brand("lloyds", &["lloydsbank.com", "lloyds.com"]),
    brand("magazineluiza", &["magazineluiza.com.br"]),
    brand("mercadolibre", &["mercadolibre.com"]),
    brand("mercadolivre", &["mercadolivre.com.br"]),
    brand("messenger", &["messenger.com"]),
    brand("metamask", &["metamask.io"]),
    brand("microsoft", &["microsoft.com", "microsoftonline.com"]),
    brand("moneygram", &["moneygram.com"]),
    brand("myetherwallet", &["myetherwallet.com"]),
    brand("nationwide", &["nationwide.co.uk", "nationwide.com"]),
    brand("natwest", &["natwest.com"]),
    brand("navyfederal", &["navyfederal.org"]),
    brand("netflix", &["netflix.com", "netflixtechblog.com"]),
    brand("office365", &["office365.com"]),
    brand("olx", &["olx.com", "olx.pl"]),
    brand("onedrive", &["onedrive.com", "live.com"]),
    brand("orange", &["orange.fr", "orange.com"]),
    brand("outlook", &["outlook.com", "live.com"]),
    brand("ovh", &["ovh.com", "ovhcloud.com"]),
    brand("paypal", &["paypal.com", "paypal.me", "paypalobjects.com"]),
    brand("poloniex", &["poloniex.com"]),
    brand("postbank", &["postbank.de"]),
    brand("poste", &["poste.it", "laposte.fr"]),
    brand("posteitaliane", &["poste.it", "posteitaliane.it"]),
    brand("postfinance", &["postfinance.ch"]),
    brand("rabobank", &["rabobank.nl", "rabobank.com"]),
    brand("rakuten", &["rakuten.co.jp", "rakuten.com"]),
    brand("rbc", &["rbc.com", "rbcroyalbank.com"]),
    brand("regions", &["regions.com"]),
    brand("roblox", &["roblox.com"]),
    brand("royalmail", &["royalmail.com"]),
    brand("runescape", &["runescape.com"]),
    brand("santander", &["santander.com"]),
    brand("scotiabank", &["scotiabank.com"]),
    brand("sharepoint", &["sharepoint.com"]),
    brand("skype", &["skype.com"]),
    brand("snapchat", &["snapchat.com"]),
    brand(
        "societegenerale",
        &["societegenerale.com", "societegenerale.fr"],
    ),
    brand("sparkasse", &["sparkasse.de"]),
    brand("spotify", &["spotify.com"]),
    brand("steam", &["steampowered.com"]),
    brand("steamcommunity", &["steamcommunity.com"]),
    brand("suntrust", &["suntrust.com"]),
    brand("swisscom", &["swisscom.ch", "swisscom.com"]),
    brand("tdbank", &["tdbank.com"]),
    brand("telegram", &["telegram.org"]),
    brand("telekom", &["telekom.de", "telekom.com"]),
    brand("tiktok", &["tiktok.com"]),
    brand("tmobile", &["t-mobile.com"]),
    brand("twitter", &["twitter.com"]),
    brand("unicredit", &["unicredit.it", "unicreditgroup.eu"]),
    brand("ups", &["ups.com"]),
    brand("usaa", &["usaa.com"]),
    brand("usbank", &["usbank.com"]),
    brand("usps", &["usps.com"]),
    brand("verizon", &["verizon.com", "verizonwireless.com"]),
    brand("vodafone", &["vodafone.com"]),
    brand("volksbank", &["volksbank.de", "volksbank.com"]),
    brand("walmart", &["walmart.com"]),
    brand("wellsfargo", &["wellsfargo.com"]),
    brand("westernunion", &["westernunion.com"]),
    brand("wetransfer", &["wetransfer.com"]),
    brand("whatsapp", &["whatsapp.com", "whatsapp.net"]),
    brand("wordpress", &["wordpress.com", "wordpress.org"]),
    brand("xfinity", &["xfinity.com"]),
    brand("yahoo", &["yahoo.com", "yahoo.net"]),
    brand("youtube", &["youtube.com", "youtube-nocookie.com"]),
    brand("zoom", &["zoom.us", "zoom.com"]),
];

static BY_NAME: LazyLock<Names<&Brand>> =
    LazyLock::new(|| BRANDS.iter().map(|brand| (brand.name, brand)).collect());

/// Returns the brand whose name is exactly `label`.
pub(in crate::url) fn brand_of_label(label: &str) -> Option<&'static Brand> {
    BY_NAME.get(label).copied()
}

static DOMAINS: LazyLock<HashSet<&str, FixedState>> = LazyLock::new(|| {
    let domains = BRANDS.iter().flat_map(|brand| brand.domains);
    domains.copied().collect()
});

/// Returns whether `domain` (registrable) is listed as some brand's own.
pub(crate) fn is_brand_domain(domain: &str) -> bool {
    DOMAINS.contains(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_sorted_and_lowercase() {
        assert!(BRANDS.is_sorted_by(|left, right| left.name < right.name));
        for brand in BRANDS {
            assert!(!brand.domains.is_empty(), "{}", brand.name);
            for text in brand.domains.iter().chain([&brand.name]) {
                assert_eq!(*text, text.to_lowercase());
            }
        }
    }

    #[test]
    fn own_domains_are_genuine() {
        assert!(is_brand_domain("paypal.com"));
        assert!(!is_brand_domain("paypal.xyz"));
        assert!(!is_brand_domain("mypaypal.com"));
        assert!(brand_of_label("paypal").is_some());
        assert!(brand_of_label("paypa1").is_none());
    }
}
