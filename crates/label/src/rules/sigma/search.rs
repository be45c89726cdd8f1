//! A named search: fields with their values, translated to one condition.

use super::value::{Value, quoted, read};
use super::yaml::{Data, Node};
use super::{Found, SigmaProblem, wrong};

/// Translates a search: a map holds if all its fields do, a list of maps if one of them does.
pub(super) fn translate(name: &str, node: &Node) -> Result<String, Found> {
    match &node.data {
        Data::Map(entries) if !entries.is_empty() => {
            let fields = entries.iter().map(|(key, node)| field(key, node));
            let fields: Vec<String> = fields.collect::<Result<_, _>>()?;
            Ok(joined(&fields, " && "))
        }
        Data::List(nodes) if !nodes.is_empty() => {
            let maps = nodes.iter().map(|node| match node.data {
                Data::Map(_) => translate(name, node),
                _ => Err(keywords(node)),
            });
            let maps: Vec<String> = maps.collect::<Result<_, _>>()?;
            Ok(joined(&maps, " || "))
        }
        Data::Text(_) => Err(keywords(node)),
        _ => Err(wrong(node, name, "a map of fields, or a list of such maps")),
    }
}

fn keywords(node: &Node) -> Found {
    let what = "words that are looked for in any field";
    (node.line, SigmaProblem::Value { what })
}

/// Joins conditions, in brackets.
pub(super) fn joined(parts: &[String], operator: &str) -> String {
    match parts {
        [one] => one.clone(),
        _ => format!("({})", parts.join(operator)),
    }
}

/// How values are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equals,
    Contains,
    StartsWith,
    EndsWith,
    Pattern,
}

/// What the modifiers of a field say.
struct Modifiers {
    comparison: Comparison,
    all: bool,
    cased: bool,
    /// Letters of a regular expression's flags.
    flags: String,
}

fn modifiers(words: &[&str], line: usize) -> Result<Modifiers, Found> {
    let mut found = Modifiers {
        comparison: Comparison::Equals,
        all: false,
        cased: false,
        flags: String::new(),
    };
    for word in words {
        let comparison = match *word {
            "contains" => Comparison::Contains,
            "startswith" => Comparison::StartsWith,
            "endswith" => Comparison::EndsWith,
            "re" => Comparison::Pattern,
            "all" if !found.all => {
                found.all = true;
                continue;
            }
            "cased" if !found.cased => {
                found.cased = true;
                continue;
            }
            "i" | "m" | "s" if found.comparison == Comparison::Pattern => {
                found.flags.push_str(word);
                continue;
            }
            _ => return Err(unknown(word, line)),
        };
        if found.comparison != Comparison::Equals {
            return Err(unknown(word, line));
        }
        found.comparison = comparison;
    }
    Ok(found)
}

fn unknown(word: &str, line: usize) -> Found {
    let modifier = word.to_owned();
    (line, SigmaProblem::Modifier { modifier })
}

fn field(key: &str, node: &Node) -> Result<String, Found> {
    let mut words = key.split('|');
    let name = words.next().unwrap_or_default();
    let words: Vec<&str> = words.collect();
    let modifiers = modifiers(&words, node.line)?;
    if modifiers.all && node.items().count() < 2 {
        return Err(wrong(
            node,
            key,
            "a list of at least two values, for it says `all`",
        ));
    }
    let mut tests = Tests::default();
    for item in node.items() {
        tests.add(name, item, &modifiers)?;
    }
    if tests.plain.is_empty() && tests.others.is_empty() {
        return Err(wrong(node, key, "a value or a list of values"));
    }
    Ok(tests.finish(&modifiers))
}

/// What one field is asked.
#[derive(Default)]
struct Tests {
    /// Values of one function on one part of the event.
    plain: Vec<((String, Comparison), Vec<String>)>,
    others: Vec<String>,
}

impl Tests {
    fn add(&mut self, name: &str, node: &Node, modifiers: &Modifiers) -> Result<(), Found> {
        let text = match &node.data {
            Data::Text(text) if !text.is_empty() => text,
            Data::Text(_) => return Err(untranslated(node, "an empty text")),
            Data::Null => return Err(untranslated(node, "`null`")),
            _ => {
                return Err(untranslated(
                    node,
                    "a list or a map within a list of values",
                ));
            }
        };
        if modifiers.comparison == Comparison::Pattern {
            let subject = subject(name).ok_or_else(|| no_field(name, node))?;
            let flags = if modifiers.flags.is_empty() {
                String::new()
            } else {
                format!("(?{})", modifiers.flags)
            };
            let pattern = quoted(&format!("{flags}{text}"));
            self.others.push(format!("{subject}.matches({pattern})"));
            return Ok(());
        }
        match read(text) {
            Value::Plain(text) => self.add_plain(name, node, &text, modifiers),
            Value::Pattern(pattern) => {
                let subject = subject(name).ok_or_else(|| no_field(name, node))?;
                let pattern = anchored(&pattern, modifiers);
                self.others.push(format!("{subject}.matches({pattern})"));
                Ok(())
            }
        }
    }

    fn add_plain(
        &mut self,
        name: &str,
        node: &Node,
        text: &str,
        modifiers: &Modifiers,
    ) -> Result<(), Found> {
        // A program's name is known of lines that name it without its folder, too.
        let program = text.strip_prefix('/').filter(|rest| {
            name == "Image" && modifiers.comparison == Comparison::EndsWith && !rest.contains('/')
        });
        let (subject, comparison, text) = if let Some(program) = program {
            ("parts.program", Comparison::Equals, program)
        } else {
            let subject = subject(name).ok_or_else(|| no_field(name, node))?;
            (subject, modifiers.comparison, text)
        };
        let (subject, text) = if modifiers.cased {
            (subject.to_owned(), text.to_owned())
        } else {
            (format!("lower({subject})"), text.to_lowercase())
        };
        let key = (subject, comparison);
        match self.plain.iter_mut().find(|(other, _)| *other == key) {
            Some((_, texts)) => texts.push(quoted(&text)),
            None => self.plain.push((key, vec![quoted(&text)])),
        }
        Ok(())
    }

    fn finish(self, modifiers: &Modifiers) -> String {
        let of = |((subject, comparison), texts): ((String, Comparison), Vec<String>)| {
            plain(&subject, comparison, &texts, modifiers.all)
        };
        let mut all: Vec<String> = self.plain.into_iter().map(of).collect();
        all.extend(self.others);
        joined(&all, if modifiers.all { " && " } else { " || " })
    }
}

fn plain(subject: &str, comparison: Comparison, texts: &[String], all: bool) -> String {
    let function = match comparison {
        Comparison::Contains => "contains",
        Comparison::StartsWith => "startsWith",
        Comparison::EndsWith => "endsWith",
        Comparison::Equals | Comparison::Pattern => "",
    };
    match texts {
        [text] if function.is_empty() => format!("{subject} == {text}"),
        [text] => format!("{subject}.{function}({text})"),
        _ if function.is_empty() && !all => format!("{subject} in [{}]", texts.join(", ")),
        _ => {
            let over = if all { "all" } else { "exists" };
            let test = if function.is_empty() {
                format!("{subject} == v")
            } else {
                format!("{subject}.{function}(v)")
            };
            format!("[{}].{over}(v, {test})", texts.join(", "))
        }
    }
}

fn anchored(pattern: &str, modifiers: &Modifiers) -> String {
    let flags = if modifiers.cased { "(?s)" } else { "(?is)" };
    let (start, end) = match modifiers.comparison {
        Comparison::Equals => ("^", "$"),
        Comparison::StartsWith => ("^", ""),
        Comparison::EndsWith => ("", "$"),
        Comparison::Contains | Comparison::Pattern => ("", ""),
    };
    quoted(&format!("{flags}{start}{pattern}{end}"))
}

fn untranslated(node: &Node, what: &'static str) -> Found {
    (node.line, SigmaProblem::Value { what })
}

fn no_field(name: &str, node: &Node) -> Found {
    let field = name.to_owned();
    (node.line, SigmaProblem::Field { field })
}

/// Returns what a field of Sigma is read from.
fn subject(name: &str) -> Option<&'static str> {
    match name {
        "CommandLine" => Some("command"),
        "Image" => Some("parts.image"),
        "ParentImage" => Some("fields.ParentImage"),
        "ParentCommandLine" => Some("fields.ParentCommandLine"),
        "CurrentDirectory" => Some("fields.cwd"),
        "User" => Some("fields.user"),
        _ => None,
    }
}
