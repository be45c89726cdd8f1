//! The `task.toml` that `ringtrue new` writes: every key with a comment, what is assumed left in
//! comments, and the labelling plan and the cadence left empty on purpose.

use super::content::Task;
use crate::event::Kind;

/// What is asked before anything else.
const QUESTION: &str = r#"
# The contract between those who know the threat and those who train against it.
# `ringtrue task check` explains it and lists what is still open. Lines that start with `# key =`
# show what is assumed; remove the `# ` to state it yourself. Everything is explained in
# docs/guides/task.md.

# What is asked of each event, in one sentence.
question = ""

# What counts as malicious, in words that two people would apply alike.
[malicious]
# What is malicious: ["pages that ask for a password under another's name", ...]
include = []
# What looks like it and is not; these become the false positives: ["open redirects", ...]
exclude = []
# Events of both sorts, as they stand in the input (write URLs so that nobody clicks them).
examples = []
excluded_examples = []

# When nobody should decide. Unsure events are never learned from; they count as reviews.
[unsure]
include = []
examples = []

# The threats that are told apart, as they stand in the family column: name = "what it is".
[families]
# credential_phishing = "asks for a password under another's name"

# What each word of the label column means: malicious, benign or unsure. Without a map the usual
# words are read; with one, every word that it does not name is set aside.
[labels.map]
# phishing = "malicious"
# ok = "benign"
# pending = "unsure"

# How labels of several people and programs become one (`ringtrue label`): the most trusted that spoke decide.
[labels]
# quorum = 1                # how many must say the same
# certainty_min = 0.7       # labels that are less sure count as unsure
# two_people_above = 10000  # two people must agree where a mistake costs more than this

# How far each method is trusted; 0: it never decides.
[labels.trust]
# analyst = 1.0
# sandbox = 0.8
# customer_report = 0.6
# feed = 0.5
# input = 0.3
# rule = 0.0

# How `ringtrue label queue` shares people's time; who states one share states all.
[labels.queue]
# likely = 0.7
# uncertain = 0.05
# novel = 0.02
# suspected = 0.08
# disputed = 0.05
# audit = 0.1

# Where things stand in the input; what is not named is recognised by its usual names.
[columns]
"#;

/// Columns that every kind has.
const COLUMNS: &str = r#"# time = "first_seen"       # when it happened
# label = "label"           # what somebody decided
# label_known = "closed_at" # when that became known; without it: with the event
# id = "event_id"           # the input's own name for an event
# source = "source"         # where it was seen or collected
# family = "family"         # which threat
# group = "customer"        # what belongs together and must not be split in a trial
# Columns that no signal may see: what is only known after the verdict, what names the label.
drop = []

# What columns are read as, where their looks mislead: number, category, boolean, time, text.
[columns.types]
# port = "category"

# New columns, name = an expression over the fields; each may use those above it.
[derived]
"#;

/// Everything between the columns and what an attacker can change.
const MIDDLE: &str = r#"
# What mistakes cost. Thresholds, training weights and the report's first line follow these.
[costs]
# currency = "EUR"
# false_positive = 10      # blocking one benign event
# false_negative = 1_000   # letting one malicious event through
# review = 5               # a person looking at one event

# Other prices for one family or slice; the first that fits an event holds.
# [[costs.overrides]]
# family = "credential_phishing"
# false_negative = 5_000

# What the detector will see. The share decides how many alerts are true.
[traffic]
# events_per_day = 1_000_000
# malicious_share = 0.001

# What people and machines can bear.
[capacity]
# alerts_per_day = 40          # reviews and wrong blocks that people can handle
# latency_milliseconds = 20    # how long one verdict may take

[attacker]
# What they want: ["credentials of our customers", ...]
goals = []
# What of an event they can change: ["path and query, freely", "host, for a few euros", ...]
can_change = []
# What this task does not defend against: ["our own redirector being taken over", ...]
out_of_scope = []
"#;

/// What it costs to change a table's columns.
const TABLE_ATTACKER: &str = r#"# What it costs them to change a column, in minutes of work; with any listed, the others stay as they are.
# [[attacker.columns]]
# column = "src_bytes"
# moves = "up"              # up, down, both or no
# step = 64                 # the smallest change; without it any
# minutes = 0.1             # for one step, or for a change by 1
# together = []             # listed columns whose change is the same work
"#;

/// Everything after the attacker.
const REST: &str = r#"
# Whose data each source is: own, partner, public (anybody can read it, attackers too), synthetic.
[trust]
# default = "public"
[trust.sources]
# "mail gateway" = "own"

# What happens to each field before anything is kept: drop, hash (a one-way pseudonym), tokenise
# (one for each word), truncate N (keep N characters) or keep. A rule holds in any case, and for all
# that is nested in its field. `ringtrue privacy check FILE` proposes rules.
[privacy]
# default = "keep"
# Passwords, keys and tokens inside texts: mask or keep.
# secrets = "mask"
# Days after which `ringtrue forget --expired` removes an event.
# retention_days = 365
[privacy.fields]
# user = "hash"
# client_address = "drop"
# Who is shown a field in reports and explanations: everybody, analyst, data_scientist or nobody.
[privacy.reveal]
# user = "analyst"
# Days after which a field is removed.
[privacy.retention]
# client_address = 30

# What is done about what `ringtrue vet` finds: events that are not used, whether events that hold the
# same count once, and findings that somebody answers for.
[vetting]
# exclude = ["time < '2014-01-01'", "source == 'old feed'"]
# copies = "once"
# [[vetting.accepted]]
# finding = "V071:collector"
# by = "A. Analyst"
# reason = "our own traffic comes through this collector only"
# until = "2027-01-31"

# Who labels, how many events a week, on what evidence. Left empty on purpose: `ringtrue task check`
# says no until somebody has decided.
[labelling]
who = ""
# events_per_week = 50
evidence = []

# How often a new detector is trained. Left empty on purpose, as above.
[retraining]
# cadence_days = 30

# How much worse than the detector in use a new one may be, overall and in each family, source, tenant and
# slice; what is not stated: whatever the events show to be worse at all is refused. `must_keep` names files
# of labelled events on which nothing may get worse.
[gate]
# false_positive_rate_max = 0.001
# false_positive_rate_rise_max = 0.0
# recall_min = 0.9
# recall_drop_max = 0.01
# family_recall_drop_max = 0.05
# cost_increase_share_max = 0.0
# cost_per_day_max = 500
# new_alerts_per_day_max = 10
# alerts_per_day_max = 100
# latency_milliseconds_max = 20
# latency_ratio_max = 2
# brier_rise_max = 0.001
# robustness_drop_max = 0.05
# learned_from_share_max = 0.0
# must_keep = ["incidents.csv"]
# [[gate.limits]]
# source = "mail gateway"
# recall_drop_max = 0.0

# Who must have signed what before `ringtrue promote` (docs/guides/promote.md): analyst,
# data_scientist or approver.
[gate.sign_offs]
# task = ["analyst", "data_scientist"]
# threat_model = ["analyst", "data_scientist"]
# card = ["data_scientist"]
# gate = ["analyst", "approver"]
"#;

const COMMAND_COLUMNS: &str = r#"command = "command"
# user = "user"             # who ran it
# host = "host"             # on which machine
"#;

const SESSION_COLUMNS: &str = r#"commands = "commands"
# user = "user"             # whose session it is
# host = "host"             # on which machine
"#;

const EMAIL_EXPRESSIONS: &str = r#"# is_large = "size(raw) > 100000"

# Parts of the traffic that are judged on their own, name = a condition.
[slices]
# with_files = "raw.contains('Content-Disposition: attachment')"
# recent = "time >= '2026-01-01'"

# How mail is read: hosts whose Authentication-Results are believed, whether the shape of headers is
# evidence, the verdicts of other products, and whether the DNS is asked for SPF, DKIM and DMARC.
[email]
# trusted_hosts = ["mx.example.com"]
# header_shape = true
# verdict_headers = false
# dns = false
"#;

const COMMAND_EXPRESSIONS: &str = r#"# is_root = "command.startsWith('sudo ')"

# Parts of the traffic that are judged on their own, name = a condition.
[slices]
# chained = "command.contains('&&')"
# recent = "time >= '2026-01-01'"
"#;

const SESSION_EXPRESSIONS: &str = r#"# has_download = "commands.contains('wget ')"

# Parts of the traffic that are judged on their own, name = a condition.
[slices]
# short = "size(commands) < 200"
# recent = "time >= '2026-01-01'"
"#;

const URL_EXPRESSIONS: &str = r#"# has_login = "url.contains('login')"

# Parts of the traffic that are judged on their own, name = a condition.
[slices]
# encrypted = "url.startsWith('https:')"
# recent = "time >= '2026-01-01'"
"#;

const TABLE_EXPRESSIONS: &str = r#"# bytes_ratio = "src_bytes / (dst_bytes + 1)"

# Parts of the traffic that are judged on their own, name = a condition.
[slices]
# large = "src_bytes > 100000"
# udp = "protocol_type == 'udp'"
"#;

impl Task {
    /// Returns the text of a commented task of this name (`unnamed` if it is blank) and kind. It
    /// parses, and says nothing but its name, its kind and where the URL stands.
    #[must_use]
    pub fn template(name: &str, kind: Kind) -> String {
        let name = match name.trim() {
            "" => "unnamed",
            name => name,
        };
        let name = toml::Value::String(name.to_owned());
        let attacker = match kind {
            Kind::Table => TABLE_ATTACKER,
            Kind::Url | Kind::Email | Kind::Command | Kind::Session => "",
        };
        let (column, expressions) = match kind {
            Kind::Url => ("url = \"url\"\n", URL_EXPRESSIONS),
            Kind::Email => ("raw = \"raw\"\n", EMAIL_EXPRESSIONS),
            Kind::Command => (COMMAND_COLUMNS, COMMAND_EXPRESSIONS),
            Kind::Session => (SESSION_COLUMNS, SESSION_EXPRESSIONS),
            Kind::Table => ("", TABLE_EXPRESSIONS),
        };
        format!(
            "format = 1\nname = {name}\nkind = \"{kind}\"\n\
             {QUESTION}{column}{COLUMNS}{expressions}{MIDDLE}{attacker}{REST}"
        )
    }
}
