//! Lists of plain words. All are lowercase; each list's use says whether whole words count.

/// Words that ask for a secret, money or haste; letters anywhere count.
pub(super) const LURES: &[&str] = &[
    "login", "logon", "log-in", "signin", "sign-in", "signon", "secure", "securi", "account", "verif",
    "update", "confirm", "password", "passwd", "banking", "webscr", "billing", "payment", "wallet", "unlock",
    "recover", "suspend", "validat", "authent", "customer", "service", "support", "online-", "webmail", "mailbox",
    "invoice", "refund", "reward", "bonus", "giveaway", "airdrop", "promo", "limited", "alert", "restor",
    "identity", "identif", "credential", "activat", "reactivat", "deactivat", "expired", "renew", "session", "portal",
    "client", "access", "authorize", "2fa", "ebank", "e-bank", "mobilebank", "onlinebank", "internetbank", "myaccount",
    // The same in German, French, Spanish, Portuguese and Italian.
    "anmeld", "konto", "sicherheit", "bestaetig", "connexion", "compte", "securite", "espace-client", "cuenta", "segur",
    "verificacion", "iniciar", "acesso", "seguro", "cadastro", "atualiza", "accedi", "sicurezza", "assistenza", "cliente",
];

/// As [`LURES`], but too short or too common to count inside other words.
pub(super) const SHORT_LURES: &[&str] = &[
    "auth", "bank", "pay", "id", "help", "free", "gift", "win", "prize", "claim", "user", "cmd", "office", "owa", "mail",
    "pin", "otp", "tan", "card", "tax", "pass", "save", "my", "app", "info", "contact", "verify", "sso",
];

/// Words of pages that people read and link to.
pub(super) const READING: &[&str] = &[
    "blog", "blogs", "news", "article", "articles", "story", "stories", "wiki", "book", "books", "docs", "doc", "post",
    "posts", "archive", "archives", "tutorial", "tutorials", "paper", "papers", "research", "data", "dataset", "library",
    "learn", "course", "guide", "reference", "issues", "pull", "tree", "blob", "watch", "questions", "item", "comments",
    "magazine", "science", "politics", "technology", "tech", "about", "download", "publications", "abs", "pdf", "entry",
    "topics", "opinion", "culture", "review", "reviews", "forum", "event", "events", "video", "videos", "gallery",
    "releases", "project", "projects", "explore", "report", "reports", "stable", "history", "features", "press",
];

/// Paths of software whose sites are often broken into.
pub(super) const SOFTWARE: &[&str] = &[
    "wp-content", "wp-includes", "wp-admin", "/wp-", "/wp/", "cgi-bin", "/plugins/", "/themes/", "/components/com_", "/modules/",
    "/administrator/", "/images/stories", "/vendor/", "/.well-known/", "/tmp/", "/cache/", "/includes/", "/language/", "/templates/",
    "/skin/", "/media/system", "/sites/default/files",
];

/// How another URL starts inside one.
pub(super) const EMBEDDED: &[&str] = &["http:", "https:", "http%3a", "https%3a", "www.", "hxxp", "ftp:", "//www", "http%253a", "https%253a"];

/// Top-level names that stand before something else.
pub(super) const FAKE_SUFFIXES: &[&str] = &[
    ".com.", ".com-", "-com.", "-com-", ".net.", ".net-", ".org.", ".org-", ".co.uk-", ".gov.", ".gov-", ".html.", "www-", ".www.",
];

/// `&amp;`, left over from a page.
pub(super) const PAGE_ESCAPES: &[&str] = &["&amp"];
