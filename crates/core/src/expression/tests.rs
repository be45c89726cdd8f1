//! What expressions give, what they refuse, and that no text makes them fail otherwise.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::event::{Event, Field, Kind, Trust, Value};
use crate::label::Label;
use crate::signal::{AttackerView, Monotone, Privacy, SignalDeclaration, SignalSchema, SignalType};
use crate::time::EventTime;

fn text(content: &str) -> Value {
    Value::Text(Arc::from(content))
}

fn event() -> Event {
    let fields = [
        ("url", text("http://login.example/a?b=c")),
        ("src_bytes", Value::Number(491.0)),
        ("land", Value::Boolean(false)),
        ("user", Value::Missing),
        ("a b", text("spaced")),
        ("user.name", text("Root")),
        ("time", text("hidden")),
        ("amount", text("n/a")),
    ];
    Event {
        kind: Kind::Url,
        time: Some(EventTime::from_date(2019, 7, 1)),
        label_known: None,
        label: Some(Label::Malicious),
        source: Some(Arc::from("proxy")),
        trust: Trust::Own,
        family: None,
        group: Some(Arc::from("host-1")),
        fields: fields
            .into_iter()
            .map(|(name, value)| Field {
                name: Arc::from(name),
                value,
            })
            .collect(),
    }
}

fn value(expression: &str) -> Value {
    Expression::compile(expression)
        .unwrap_or_else(|error| panic!("{expression}: {error}"))
        .value(&event())
        .unwrap_or_else(|error| panic!("{expression}: {error}"))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "so that the calls read as a table"
)]
fn check(expression: &str, expected: Value) {
    assert_eq!(value(expression), expected, "{expression}");
}

#[test]
fn values() {
    check("1 + 1", Value::Number(2.0));
    check("src_bytes / 2", Value::Number(245.5));
    check("7 / 2", Value::Number(3.5));
    check("7 % 4", Value::Number(3.0));
    check("-src_bytes + 1", Value::Number(-490.0));
    check("size(url)", Value::Number(26.0));
    check("url.size() * 0.5", Value::Number(13.0));
    check("int(7.9)", Value::Number(7.0));
    check("double('2.5')", Value::Number(2.5));
    check("string(src_bytes)", text("491"));
    check("log(1)", Value::Number(0.0));
    check("lower(user.name)", text("root"));
    check("lower(fields['user.name'])", text("root"));
    check("fields[\"a b\"] + '!'", text("spaced!"));
    check("time", text("2019-07-01T00:00:00Z"));
    check("fields.time", text("hidden"));
    check("hour('2019-07-01T13:30:00Z')", Value::Number(13.0));
    check("weekday(time)", Value::Number(1.0));
    check("weekday('1969-12-31')", Value::Number(3.0));
    check(
        "days_between('2019-07-01', '2019-07-02 12:00')",
        Value::Number(1.5),
    );
    check("src_bytes > 100 ? 'big' : 'small'", text("big"));
    check("land", Value::Boolean(false));
    check(
        "kind + ' ' + source + ' ' + trust + ' ' + group",
        text("url proxy own host-1"),
    );
}

#[test]
fn conditions() {
    for (expression, expected) in [
        ("url.contains('login') && src_bytes >= 491", true),
        ("url.startsWith('https') || url.endsWith('c')", true),
        ("!land", true),
        ("source in ['proxy', 'mail']", true),
        ("src_bytes in [490, 491]", true),
        ("time >= '2019-07' && time < '2020'", true),
        ("url.matches('^http://[a-z]+[.]')", true),
        ("matches(url, '^ftp')", false),
        ("lower(url).matches('LOGIN')", false),
        ("'a b' in fields", true),
        ("'nothing' in fields", false),
        ("has(fields.src_bytes)", true),
        ("has(user.name)", true),
        ("has(fields.user)", false),
        ("['login', 'pay'].exists(word, url.contains(word))", true),
        ("['login', 'pay'].all(word, url.contains(word))", false),
        (
            "['login', 'pay'].exists_one(word, url.contains(word))",
            true,
        ),
        ("src_bytes == 491 && src_bytes == 491.0", true),
    ] {
        let compiled = Expression::compile(expression).expect(expression);
        assert!(compiled.may_be_condition(), "{expression}");
        assert_eq!(compiled.holds(&event()), Ok(expected), "{expression}");
    }
}

#[test]
fn missing_stays_missing_unless_the_rest_decides() {
    for expression in [
        "user",
        "user + 'x'",
        "user == 'root'",
        "user != 'root'",
        "nothing > 1",
        "family == 'x'",
        "user == 'root' || land",
        "user == 'root' && src_bytes > 1",
        "user.matches('r')",
        "signals.host_entropy",
        "src_bytes / 0",
        "src_bytes % 0",
        "double(amount)",
        "log(-1)",
        "hour(amount)",
    ] {
        check(expression, Value::Missing);
        let compiled = Expression::compile(expression).expect(expression);
        assert_eq!(compiled.holds(&event()), Ok(false), "{expression}");
    }
    check("user == 'root' || src_bytes > 1", Value::Boolean(true));
    check("src_bytes > 1 || user == 'root'", Value::Boolean(true));
    check("user == 'root' && land", Value::Boolean(false));
}

#[test]
fn signals_are_read_where_given() {
    let signal = |name: &str| SignalDeclaration {
        name: name.to_owned(),
        meaning: String::new(),
        unit: "bits".to_owned(),
        theme: "host".to_owned(),
        signal_type: SignalType::Number,
        privacy: Privacy::Derived,
        attacker: AttackerView::fixed(),
        monotone: Monotone::Free,
    };
    let schema = SignalSchema {
        code: "url/1".to_owned(),
        signals: vec![signal("length"), signal("host_entropy")],
    };
    let holds = |expression: &str, values: &[f32]| {
        Expression::compile(expression)
            .expect(expression)
            .holds_with(
                &event(),
                Some(Signals {
                    schema: &schema,
                    values: values.into(),
                }),
            )
            .expect(expression)
    };
    assert!(holds("signals.host_entropy > 3", &[1.0, 3.5]));
    assert!(holds("signals[\"length\"] == 1", &[1.0, 3.5]));
    assert!(!holds("signals.host_entropy > 3", &[1.0, f32::NAN]));
    assert!(!holds("has(signals.host_entropy)", &[1.0, f32::NAN]));
    assert!(!holds("signals.host_entropy > 3", &[1.0]));
}

#[test]
fn wrong_types_are_errors_that_keep_the_content_to_themselves() {
    for (expression, message) in [
        ("url > 5", "`>` does not apply to text and number"),
        ("land + 1", "`+` does not apply to true or false and number"),
        ("size(src_bytes) > 1", "`size` does not apply to number"),
    ] {
        let compiled = Expression::compile(expression).expect(expression);
        let error = compiled.holds(&event()).expect_err(expression).to_string();
        assert_eq!(error, message, "{expression}");
        assert!(!error.contains("login"), "{expression}");
    }
    let holds = |text: &str| Expression::compile(text).expect(text).holds(&event());
    assert_eq!(
        holds("src_bytes"),
        Err(ExpressionError::NotBoolean { found: "a number" })
    );
    let list = Expression::compile("[1, 2]").expect("compiles");
    assert_eq!(
        list.value(&event()),
        Err(ExpressionError::NotScalar { found: "a list" })
    );
}

/// The same connections as NDJSON gives them, with types, and as CSV does, all text.
#[test]
fn numbers_and_truth_values_that_stand_as_text_are_what_is_meant() {
    let event_of = |sent: Value, received: Value, port: Value, root: Value| Event {
        fields: [
            ("sent", sent),
            ("received", received),
            ("port", port),
            ("root", root),
            ("service", text("http")),
            ("Agent", text("curl")),
        ]
        .into_iter()
        .map(|(name, value)| Field {
            name: Arc::from(name),
            value,
        })
        .collect(),
        ..event()
    };
    let typed = event_of(
        Value::Number(9.0),
        Value::Number(10.5),
        Value::Number(80.0),
        Value::Boolean(true),
    );
    let plain = event_of(text("9"), text(" 10.5"), text("80"), text("True"));
    for (expression, expected) in [
        ("sent > 8", Value::Boolean(true)),
        ("sent < received", Value::Boolean(true)),
        ("sent + received", Value::Number(19.5)),
        (
            "(has(fields.user) ? fields.user : sent) > 8",
            Value::Boolean(true),
        ),
        ("-sent * 2", Value::Number(-18.0)),
        ("sent % 4", Value::Number(1.0)),
        ("int(received)", Value::Number(10.0)),
        ("log(sent - 8)", Value::Number(0.0)),
        ("port in [80, 443]", Value::Boolean(true)),
        ("[80, 443].exists(p, port == p)", Value::Boolean(true)),
        ("root && sent > 8", Value::Boolean(true)),
        ("root == true", Value::Boolean(true)),
        ("!root", Value::Boolean(false)),
        ("root ? 1 : 2", Value::Number(1.0)),
        ("service in ['http', 'ftp']", Value::Boolean(true)),
        ("service + '!'", text("http!")),
        ("string(port) + string(service)", text("80http")),
        ("agent == 'curl'", Value::Boolean(true)),
    ] {
        let compiled = Expression::compile(expression).expect(expression);
        assert_eq!(compiled.value(&typed), Ok(expected.clone()), "{expression}");
        assert_eq!(compiled.value(&plain), Ok(expected), "{expression}");
    }
    let root = Expression::compile("root").expect("compiles");
    assert_eq!(root.holds(&plain), Ok(true));
    // What stands beside text stays text.
    let port = Expression::compile("port == '80' && port.startsWith('8')").expect("compiles");
    assert_eq!(port.holds(&plain), Ok(true));
    let service = Expression::compile("service > 5").expect("compiles");
    assert!(service.holds(&plain).is_err(), "text is not taken for 0");
}

#[test]
fn a_tally_tells_values_from_gaps_and_failures() {
    let expression = Expression::compile("amount > 1").expect("compiles");
    let mut tally = Tally::default();
    for value in [text("2"), Value::Missing, text("n/a")] {
        let mut event = event();
        event.fields.retain(|field| &*field.name != "amount");
        event.fields.push(Field {
            name: Arc::from("amount"),
            value,
        });
        tally.add(expression.decide(&event, None).map(|held| held.is_some()));
    }
    assert_eq!((tally.given, tally.missing, tally.failed), (1, 1, 1));
    assert_eq!(tally.events(), 3);
    let first = tally.first.map(|error| error.to_string());
    assert_eq!(
        first.as_deref(),
        Some("`>` does not apply to text and number")
    );
}

#[test]
fn what_has_no_meaning_here_is_refused_with_its_reason() {
    for (expression, part) in [
        ("", "empty"),
        ("   ", "empty"),
        ("a +", "line 1, column"),
        ("label == 'malicious'", "would leak it: `label`"),
        ("fields['label'] == '1'", "would leak it"),
        ("fields.label == '1'", "would leak it"),
        ("has(fields.label)", "would leak it"),
        (
            "lowr(url)",
            "unknown function `lowr`, the nearest is `lower`",
        ),
        ("url.matches('(')", "not a regular expression"),
        ("url.matches(source)", "not a quoted text"),
        ("user == null", "!has(fields.name)"),
        ("fields[url]", "`fields[\"name\"]`"),
        ("fields == 1", "`fields` alone"),
        ("{'a': 1}", "maps"),
        ("[1].map(x, x)", "`map` and `filter`"),
        (
            "[1].exists(x, [2].exists(y, x == y))",
            "a macro inside a macro",
        ),
        ("b'ab' == b'ab'", "bytes"),
        ("_private(url)", "unknown function `_private`"),
    ] {
        let error = Expression::compile(expression)
            .expect_err(expression)
            .to_string();
        assert!(error.contains(part), "{expression}: {error}");
    }
}

#[test]
fn what_cannot_be_a_condition_is_known_before_any_event() {
    for expression in [
        "1",
        "'a'",
        "size(url)",
        "src_bytes + 1",
        "lower(url)",
        "source",
        "family",
        "[1]",
    ] {
        let compiled = Expression::compile(expression).expect(expression);
        assert!(!compiled.may_be_condition(), "{expression}");
    }
}

#[test]
fn references_are_listed_once_and_by_name() {
    let compiled =
        Expression::compile("url != '' && url.size() > 1 && has(fields.user)").expect("compiles");
    let fields: Vec<_> = compiled
        .references()
        .iter()
        .filter_map(Reference::field)
        .collect();
    assert_eq!(fields, ["url", "user"]);
}

#[test]
fn hostile_sizes_are_refused_on_both_sides_of_the_limit() {
    for hostile in [
        "(".repeat(4_000),
        "[".repeat(400),
        "-".repeat(600) + "1",
        "1+".repeat(2_000) + "1",
        "1+".repeat(400) + "1",
        "a.".repeat(400) + "a",
        "land?land:".repeat(400) + "land",
        "a".repeat(5_000),
        "f(".repeat(300) + &")".repeat(300),
        "\u{0}\u{ffff}".repeat(100),
        "'".to_owned(),
    ] {
        let refused = Expression::compile(&hostile).and_then(|compiled| compiled.value(&event()));
        let shown: String = hostile.chars().take(12).collect();
        assert!(
            refused.is_err() || refused == Ok(Value::Missing),
            "{shown}: {refused:?}"
        );
    }
    // The parser folds pairs of equal signs.
    check(&("-".repeat(500) + "1"), Value::Number(1.0));
    check(&("!".repeat(500) + "land"), Value::Boolean(false));
    check(&("1+".repeat(100) + "1"), Value::Number(101.0));
    check(
        &("(".repeat(10) + "1" + &")".repeat(10)),
        Value::Number(1.0),
    );
    let brands: Vec<String> = (0..200).map(|number| format!("'brand{number}'")).collect();
    check(
        &format!("source in [{}]", brands.join(",")),
        Value::Boolean(false),
    );
}

#[test]
fn the_work_of_a_macro_is_bounded() {
    let list = |items: usize| vec!["url"; items].join(",");
    let over = |items: usize, body: &str| {
        Expression::compile(&format!("[{}].exists(x, {body})", list(items)))
    };
    assert!(over(300, "x.contains('login')").is_ok());
    assert!(over(64, "x.matches('^[a-z]+$')").is_ok());
    assert!(over(65, "x.matches('^[a-z]+$')").is_err());
    // One that is matched once may be larger than one that is matched for each item.
    let large = "[ab]*a[ab]{600}c";
    assert!(over(2, &format!("x.matches('{large}')")).is_err());
    assert!(Expression::compile(&format!("url.matches('{large}')")).is_ok());
}

#[test]
fn expressions_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Expression>();
}

proptest! {
    #[test]
    fn no_text_panics(text in "[ -~]{0,60}") {
        if let Ok(compiled) = Expression::compile(&text) {
            let first = compiled.value(&event());
            prop_assert_eq!(first, compiled.value(&event()));
        }
    }

    #[test]
    fn no_arrangement_of_known_words_panics(words in proptest::collection::vec(
        prop_oneof![
            Just("url"), Just("src_bytes"), Just("user"), Just("fields"), Just("["), Just("]"),
            Just("("), Just(")"), Just("."), Just("=="), Just("+"), Just("-"), Just("!"),
            Just("&&"), Just("||"), Just("?"), Just(":"), Just("'x'"), Just("1"), Just("0.5"),
            Just("in"), Just("has"), Just("exists"), Just("x"), Just(","), Just("size"),
            Just("matches"), Just("%"), Just("{"), Just("}"), Just("null"), Just("time"),
        ], 0..14)) {
        if let Ok(compiled) = Expression::compile(&words.join(" ")) {
            let first = compiled.holds(&event());
            prop_assert_eq!(first, compiled.holds(&event()));
        }
    }
}
