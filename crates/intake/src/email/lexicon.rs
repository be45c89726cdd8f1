//! Words that mean something in a message: what it asks for, and in which language it is written.
//!
//! ```text
//!   text (any case) ──► one automaton over all phrases ──► how many of each topic
//!   words           ──► short words of languages       ──► how many of each language
//! ```
//!
//! The lists are small and kept by hand; a text model sees every word, these are for people and for trees.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};

/// What a phrase is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    /// Money, loans, prices.
    Money,
    /// Do it now.
    Urgency,
    /// Passwords and accounts.
    Credential,
    /// Prizes, inheritances, gifts.
    Prize,
    /// Medicine and bodies.
    Medicine,
    /// Adult content.
    Adult,
    /// Work from home and get rich.
    Business,
    /// Threats and extortion.
    Threat,
    /// How to get off a list, and other habits of bulk mail.
    Bulk,
    /// A greeting to nobody in particular.
    Greeting,
    /// Talk of people about work, code and plans.
    Talk,
    /// An invoice, an order, a delivery, a document to open.
    Paper,
}

/// How many topics there are.
pub(super) const TOPICS: usize = 12;

const PHRASES: &[(Topic, &[&str])] = &[
    (
        Topic::Money,
        &[
            "$$$",
            "million dollars",
            "million usd",
            "us dollars",
            "credit card",
            "mortgage",
            "refinanc",
            "low rates",
            "interest rate",
            "debt",
            "loan",
            "cash",
            "per cent off",
            "% off",
            "discount",
            "best price",
            "lowest price",
            "save up to",
            "save big",
            "money back",
            "wire transfer",
            "bank transfer",
            "western union",
            "moneygram",
            "bitcoin",
            "btc wallet",
            "crypto",
            "gift card",
            "payment of",
            "refund",
            "tax return",
            "free quote",
            "insurance",
            "invest",
            "stock pick",
            "profit",
        ],
    ),
    (
        Topic::Urgency,
        &[
            "act now",
            "urgent",
            "immediately",
            "within 24 hours",
            "within 48 hours",
            "as soon as possible",
            "expires",
            "expire today",
            "limited time",
            "last chance",
            "final notice",
            "final warning",
            "right away",
            "don't delay",
            "do not delay",
            "hurry",
            "only today",
            "today only",
            "action required",
            "attention required",
            "time is running out",
            "before it is too late",
            "order now",
            "call now",
            "apply now",
            "respond immediately",
            "dringend",
            "sofort",
            "urgente",
            "immediatement",
            "inmediatamente",
        ],
    ),
    (
        Topic::Credential,
        &[
            "password",
            "passwort",
            "contrase",
            "mot de passe",
            "verify your",
            "verify account",
            "confirm your",
            "validate your",
            "update your account",
            "your account has been",
            "account suspended",
            "account will be",
            "unusual activity",
            "unusual sign",
            "suspicious activity",
            "sign in",
            "log in to",
            "login",
            "security alert",
            "mailbox is full",
            "mailbox quota",
            "storage limit",
            "deactivat",
            "reactivat",
            "re-activate",
            "two-factor",
            "verification code",
            "one-time code",
            "social security",
            "identity",
            "keep your account",
        ],
    ),
    (
        Topic::Prize,
        &[
            "congratulations",
            "you have won",
            "you've won",
            "you are a winner",
            "winner",
            "lottery",
            "jackpot",
            "prize",
            "claim your",
            "inheritance",
            "beneficiary",
            "next of kin",
            "free gift",
            "giveaway",
            "absolutely free",
            "risk free",
            "risk-free",
            "no obligation",
            "100% free",
            "for free",
            "gratis",
            "selected to receive",
            "consignment",
            "confidential transaction",
        ],
    ),
    (
        Topic::Medicine,
        &[
            "viagra",
            "cialis",
            "pharmacy",
            "prescription",
            "weight loss",
            "lose weight",
            "diet",
            "hgh",
            "human growth",
            "pills",
            "enlarge",
            "anti-aging",
            "cholesterol",
            "medication",
            "herbal",
            "hair loss",
        ],
    ),
    (
        Topic::Adult,
        &[
            "xxx",
            "porn",
            "sex",
            "nude",
            "adult content",
            "hot girls",
            "singles in your",
            "horny",
            "webcam",
            "over 18",
            "18 years or older",
            "lonely",
            "dating",
        ],
    ),
    (
        Topic::Business,
        &[
            "work from home",
            "work at home",
            "home based",
            "home-based business",
            "extra income",
            "make money",
            "earn money",
            "earn up to",
            "be your own boss",
            "financial freedom",
            "multi-level",
            "mlm",
            "bulk email",
            "targeted email",
            "email addresses",
            "e-mail addresses",
            "opportunity",
            "your own business",
            "guaranteed",
            "business proposal",
            "get paid",
            "get rich",
            "increase sales",
            "web traffic",
            "search engine ranking",
        ],
    ),
    (
        Topic::Threat,
        &[
            "i have access to",
            "i recorded",
            "your webcam",
            "your contacts",
            "your device was",
            "i hacked",
            "hacked",
            "malware",
            "trojan",
            "legal action",
            "lawsuit",
            "arrest",
            "police",
            "court",
            "penalty",
            "will be deleted",
            "will be terminated",
            "will be suspended",
            "will be closed",
            "permanently",
        ],
    ),
    (
        Topic::Bulk,
        &[
            "unsubscribe",
            "to be removed",
            "remove me",
            "opt out",
            "opt-out",
            "opted in",
            "opt-in",
            "mailing list",
            "this is not spam",
            "never spam",
            "not intended for residents",
            "received this email because",
            "receiving this email",
            "receive this message",
            "section 301",
            "s.1618",
            "click here",
            "click below",
            "click the link",
            "view in browser",
            "visit our website",
            "forward this",
            "removal instructions",
            "remove in the subject",
            "further transmissions",
            "toll free",
            "toll-free",
            "all rights reserved",
            "privacy policy",
            "add us to your address book",
            "se desabonner",
            "abmelden",
        ],
    ),
    (
        Topic::Greeting,
        &[
            "dear customer",
            "dear client",
            "dear user",
            "dear friend",
            "dear sir",
            "dear madam",
            "dear member",
            "dear valued",
            "dear account",
            "dear email",
            "dear beneficiary",
            "dear winner",
            "dear homeowner",
            "dear colleague",
            "hello friend",
            "hello dear",
            "dear beloved",
            "my dear",
            "greetings to you",
            "sehr geehrter kunde",
            "cher client",
            "estimado cliente",
        ],
    ),
    (
        Topic::Talk,
        &[
            "wrote:",
            "writes:",
            "i think",
            "i guess",
            "imho",
            "btw",
            "afaik",
            "thanks for",
            "patch",
            "bug",
            "cvs",
            "linux",
            "debian",
            "kernel",
            "source code",
            "compile",
            "python",
            "perl",
            "meeting",
            "attached patch",
            "regards,",
            "cheers",
            "see you",
            "mailing-list",
            "in reply to",
            "original message",
            "[was:",
            "does anyone",
            "anybody know",
            "http server",
        ],
    ),
    (
        Topic::Paper,
        &[
            "invoice",
            "receipt",
            "purchase order",
            "order number",
            "your order",
            "shipment",
            "delivery",
            "parcel",
            "package",
            "tracking number",
            "customs",
            "attached document",
            "see attached",
            "attached file",
            "the attachment",
            "shared a document",
            "shared a file",
            "voicemail",
            "voice message",
            "fax",
            "scanned",
            "docusign",
            "sign the document",
            "rechnung",
            "facture",
            "factura",
            "overdue",
            "outstanding",
        ],
    ),
];

struct Phrases {
    automaton: Option<AhoCorasick>,
    topics: Vec<Topic>,
}

static AUTOMATON: LazyLock<Phrases> = LazyLock::new(|| {
    let all = || {
        PHRASES
            .iter()
            .flat_map(|(topic, phrases)| phrases.iter().map(move |phrase| (*topic, *phrase)))
    };
    Phrases {
        automaton: AhoCorasickBuilder::new()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::DFA))
            .ascii_case_insensitive(true)
            .build(all().map(|(_, phrase)| phrase))
            .ok(),
        topics: all().map(|(topic, _)| topic).collect(),
    }
});

/// How often phrases of each topic stand in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Topics([f32; TOPICS]);

impl Topics {
    /// Counts the phrases of a text; one counts where its letters start a word.
    pub(super) fn count(text: &str) -> Self {
        let mut counts = Self::default();
        let Some(automaton) = &AUTOMATON.automaton else {
            debug_assert!(false, "the lists build an automaton");
            return counts;
        };
        for hit in automaton.find_iter(text) {
            let before = hit
                .start()
                .checked_sub(1)
                .and_then(|at| text.as_bytes().get(at));
            if before.is_some_and(u8::is_ascii_alphanumeric) {
                continue;
            }
            let topic = AUTOMATON.topics.get(hit.pattern().as_usize());
            if let Some(count) = topic.and_then(|topic| counts.0.get_mut(*topic as usize)) {
                *count += 1.0;
            }
        }
        counts
    }

    pub(super) fn of(&self, topic: Topic) -> f32 {
        self.0.get(topic as usize).copied().unwrap_or(0.0)
    }

    /// Returns how many topics stand in the text, of those that mails from strangers are about.
    pub(super) fn kinds(&self) -> f32 {
        let lures = [
            Topic::Money,
            Topic::Urgency,
            Topic::Credential,
            Topic::Prize,
            Topic::Medicine,
            Topic::Adult,
            Topic::Business,
            Topic::Threat,
        ];
        lures
            .into_iter()
            .filter(|topic| self.of(*topic) > 0.0)
            .count() as f32
    }
}

/// Languages whose short words are known.
pub(super) const LANGUAGES: usize = 8;

/// Short words of each language, those that stand in every text of it.
const STOP_WORDS: [(&str, &str); LANGUAGES] = [
    (
        "English",
        "the of and to in is that it for on with as this be are you your was have not at from or by we will can our if has all an i but they my do would what so there when me",
    ),
    (
        "German",
        "der die und das den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über so ihre wir ich ihnen",
    ),
    (
        "French",
        "de la le et les des en un une du dans est pour que qui sur par au avec vous nous ce il pas plus votre sont ne se aux cette vos mais comme ou notre je",
    ),
    (
        "Spanish",
        "de la que el en y los del se las por un para con no una su al lo como más pero sus le ya este sí porque esta son usted su nos es",
    ),
    (
        "Portuguese",
        "de que e do da em um para com não uma os no se na por mais as dos como mas ao ele das seu sua ou você pelo este está à nosso",
    ),
    (
        "Italian",
        "di che e il la per un in non del con della una sono le dei si al come da alla ha più nel gli anche questo suo lo dal vostro",
    ),
    (
        "Dutch",
        "de van het een en in is dat op te zijn voor met die niet aan er om ook als dan maar bij uit nog je uw wij we kan naar door",
    ),
    (
        "Scandinavian",
        "og det som på er av til en for med at den har ikke och att för är till inte om ett vi du kan så jag de et fra",
    ),
];

static STOPS: LazyLock<Vec<(u64, u8)>> = LazyLock::new(|| {
    let mut words: Vec<(u64, u8)> = Vec::new();
    for (language, (_, list)) in STOP_WORDS.iter().enumerate() {
        let bit = 1_u8
            .checked_shl(u32::try_from(language).unwrap_or(0))
            .unwrap_or(0);
        for word in list.split(' ') {
            let key = key_of(word.as_bytes());
            match words.iter_mut().find(|(found, _)| *found == key) {
                Some((_, bits)) => *bits |= bit,
                None => words.push((key, bit)),
            }
        }
    }
    // Open addressing: twice as many places as words and more, so that chains are short.
    let mut table = vec![(0_u64, 0_u8); PLACES];
    for (key, bits) in words {
        let mut place = place_of(key);
        while table.get(place).is_some_and(|(found, _)| *found != 0) {
            place = place.wrapping_add(1) % PLACES;
        }
        if let Some(slot) = table.get_mut(place) {
            *slot = (key, bits);
        }
    }
    table
});

/// Places of the table of short words, a power of two.
const PLACES: usize = 1_024;

fn place_of(key: u64) -> usize {
    let spread = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(spread.wrapping_shr(54)).unwrap_or(0) % PLACES
}

/// Returns the letters of a short word as a number, ASCII ones in lowercase; 0 of a long one.
fn key_of(word: &[u8]) -> u64 {
    if word.len() > 8 {
        return 0;
    }
    word.iter().fold(0, |key, byte| {
        key.wrapping_shl(8) | u64::from(byte.to_ascii_lowercase())
    })
}

/// How many words of a text are short words of each language.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Tongues {
    pub(super) words: f32,
    counts: [f32; LANGUAGES],
    /// Short words of any language.
    pub(super) stops: f32,
}

impl Tongues {
    pub(super) fn see(&mut self, word: &[u8]) {
        self.words += 1.0;
        let key = key_of(word);
        if key == 0 {
            return;
        }
        let mut place = place_of(key);
        let table = STOPS.as_slice();
        for _ in 0..PLACES {
            let Some((found, bits)) = table.get(place) else {
                return;
            };
            if *found == key {
                self.add(*bits);
                return;
            }
            if *found == 0 {
                return;
            }
            place = place.wrapping_add(1) % PLACES;
        }
    }

    fn add(&mut self, bits: u8) {
        self.stops += 1.0;
        for (language, count) in self.counts.iter_mut().enumerate() {
            let shift = u32::try_from(language).unwrap_or(0);
            *count += f32::from(bits.wrapping_shr(shift) & 1);
        }
    }

    /// Returns the place of the language with most words and how many; English first where two are equal.
    pub(super) fn best(&self) -> (usize, f32) {
        let mut best = (0, 0.0);
        for (language, count) in self.counts.iter().enumerate() {
            if *count > best.1 {
                best = (language, *count);
            }
        }
        best
    }

    /// Returns how many short words of English there are.
    pub(super) const fn english(&self) -> f32 {
        self.counts[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_of_a_text() {
        let topics = Topics::count("URGENT: verify your account within 24 hours. Wirepassword");
        assert_eq!(topics.of(Topic::Urgency).to_bits(), 2.0_f32.to_bits());
        assert_eq!(topics.of(Topic::Credential).to_bits(), 1.0_f32.to_bits());
        assert_eq!(topics.kinds().to_bits(), 2.0_f32.to_bits());
        assert!(AUTOMATON.automaton.is_some());
        assert_eq!(PHRASES.len(), TOPICS);
        for (_, phrases) in PHRASES {
            for phrase in *phrases {
                assert_eq!(*phrase, phrase.to_lowercase());
            }
        }
    }

    #[test]
    fn languages_of_texts() {
        let best = |text: &str| {
            let mut tongues = Tongues::default();
            text.split(' ')
                .for_each(|word| tongues.see(word.as_bytes()));
            tongues.best().0
        };
        assert_eq!(best("This is the best of all that we have for you"), 0);
        assert_eq!(
            best("Das ist nicht die Antwort und wird es auch nicht werden"),
            1
        );
        assert_eq!(
            best("Vous pouvez consulter les offres sur notre site avec une"),
            2
        );
        assert_eq!(best("xyzzy"), 0);
    }
}
