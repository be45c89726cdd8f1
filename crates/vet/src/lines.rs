//! Lines for `task.toml`: what remedies say, so that they can be copied as they stand.

/// Returns the line that keeps columns from signals.
#[must_use]
pub fn drop<T: AsRef<str>>(columns: impl IntoIterator<Item = T>) -> String {
    let names = columns.into_iter().map(|name| quoted(name.as_ref()));
    format!(
        "[columns]\ndrop = [{}]",
        names.collect::<Vec<String>>().join(", ")
    )
}

/// Returns the lines of derived columns: names with their expressions.
#[must_use]
pub fn derived<'a>(columns: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let line = |(name, expression)| format!("{} = {}", key(name), quoted(expression));
    let lines = std::iter::once("[derived]".to_owned()).chain(columns.into_iter().map(line));
    lines.collect::<Vec<String>>().join("\n")
}

/// Returns the lines that leave out the events for which one of the conditions holds.
#[must_use]
pub fn exclude<T: AsRef<str>>(conditions: impl IntoIterator<Item = T>) -> String {
    let conditions = conditions
        .into_iter()
        .map(|condition| quoted(condition.as_ref()));
    format!(
        "[vetting]\nexclude = [{}]",
        conditions.collect::<Vec<String>>().join(", ")
    )
}

/// Returns the line that says whose data a source is.
#[must_use]
pub fn trust(source: &str, word: &str) -> String {
    format!("[trust.sources]\n{} = \"{word}\"", key(source))
}

/// Returns a text as expressions read it between single quotes, which a line for a task need not escape.
#[must_use]
pub fn literal(text: &str) -> String {
    let double = quoted(text);
    let inner = double.get(1..double.len().saturating_sub(1));
    let inner = inner.unwrap_or_default();
    format!("'{}'", inner.replace("\\\"", "\"").replace('\'', "\\'"))
}

/// Returns how an expression names a column.
#[must_use]
pub fn in_expression(column: &str) -> String {
    if is_plain(column) && !TAKEN.contains(&column) {
        column.to_owned()
    } else {
        format!("fields[{}]", quoted(column))
    }
}

/// Returns a name for a derived column that needs no quotes and that none of `taken` has: with a number behind it if need be.
#[must_use]
pub fn free_name(wanted: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let letter = |letter: char| {
        let is_plain = letter.is_ascii_alphanumeric() || letter == '_';
        if is_plain { letter } else { '_' }
    };
    let mut name: String = wanted.chars().map(letter).take(NAME_LETTERS_MAX).collect();
    if !is_plain(&name) {
        name.insert(0, '_');
    }
    let numbered = (2_u32..).map(|number| format!("{name}_{number}"));
    let mut free = std::iter::once(name.clone()).chain(numbered);
    free.find(|name| !is_taken(name) && !TAKEN.contains(&name.as_str()))
        .unwrap_or(name)
}

/// Letters of a derived column's name.
const NAME_LETTERS_MAX: usize = 60;

/// What names mean something of their own in expressions: the event's parts, the functions and the words of the language.
const TAKEN: [&str; 32] = [
    "family",
    "fields",
    "group",
    "kind",
    "label",
    "signals",
    "source",
    "time",
    "trust",
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
    "size",
    "has",
];

pub(crate) fn is_plain(name: &str) -> bool {
    let mut letters = name.chars();
    let first = letters.next();
    first.is_some_and(|letter| letter.is_ascii_alphabetic() || letter == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn key(name: &str) -> String {
    if is_plain(name) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// Returns a text in quotes, as TOML and expressions both read it.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use ringtrue_core::Task;
    use ringtrue_core::expression::Expression;

    use super::*;

    #[test]
    fn lines_are_read_back_whatever_columns_are_called() {
        for name in [
            "plain",
            "a b",
            "say \"x\"",
            "time",
            "back\\slash",
            "line\nfeed\u{7f}",
            "1st",
            "caf\u{e9}",
            "if",
        ] {
            let condition = format!("source == {}", literal(name));
            let expression = format!("{} / 2", in_expression(name));
            let compiled = Expression::compile(&expression).expect("compiles");
            assert_eq!(compiled.references()[0].field(), Some(name), "{name:?}");
            let text = format!(
                "name = \"t\"\nkind = \"table\"\n{}\n{}\n{}\n{}\n",
                drop([name]),
                exclude([&condition]),
                trust(name, "public"),
                derived([(
                    free_name(name, |other| other == name).as_str(),
                    expression.as_str()
                )])
            );
            let task = Task::parse(&text).expect("reads");
            assert_eq!(task.columns.drop, [name]);
            assert_eq!(task.vetting.exclude, [condition]);
            assert!(task.trust.sources.contains_key(name));
            assert_eq!(task.derived[0].1, expression);
        }
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        assert_eq!(free_name("a/b", |name| name == "a_b"), "a_b_2");
        assert_eq!(free_name("", |_| false), "_");
        assert_eq!(free_name("time", |_| false), "time_2");
    }
}
