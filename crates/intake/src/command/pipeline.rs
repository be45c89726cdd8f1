//! Works out what a pipeline writes, where the line itself says it: printed text through decoding filters.
//!
//! ```text
//!   echo d2hvYW1p | base64 -d | sh
//!   text            decoded     a layer of shell code
//! ```
//!
//! A step that is not understood ends it: nothing is guessed.

use super::assembly::Assembly;
use super::decode;
use super::lexer;
use super::lexicon::{Class, class_of};
use super::show;
use super::word::{Language, Layer, Origin, Role, Statement, Word, base_name, cut};

/// What flows through a pipeline.
struct Flow {
    bytes: Vec<u8>,
    decoded: u32,
}

impl Flow {
    /// Returns text as it was written.
    fn of(text: String) -> Self {
        Self {
            bytes: text.into_bytes(),
            decoded: 0,
        }
    }
}

/// Looks at the pipeline that just ended; what it feeds to a shell, or decodes, becomes a layer.
pub(super) fn finish(out: &mut Assembly<'_>) {
    let (start, end) = (out.pipeline_start, out.statements.len());
    if end <= start || out.layer.language != Language::Shell || out.is_substitution {
        return;
    }
    let is_single = end.saturating_sub(start) == 1;
    let mut flow: Option<Flow> = None;
    for place in start..end {
        let Some(statement) = out.statements.get(place).copied() else {
            return;
        };
        let here = here_string(out, &statement);
        if is_single && here.is_none() {
            return;
        }
        flow = here
            .or_else(|| here_document(out, place))
            .map(Flow::of)
            .or(flow);
        flow = step(out, place, &statement, flow);
        if flow.is_none() && place > start {
            return;
        }
    }
    if let Some(flow) = flow.filter(|flow| flow.decoded > 0)
        && let Some(text) = decode::readable(&flow.bytes)
    {
        out.nest(&text, Language::Text, Origin::Decoded, end.checked_sub(1));
    }
}

/// Returns what a statement writes, given what it reads.
fn step(
    out: &mut Assembly<'_>,
    place: usize,
    statement: &Statement,
    flow: Option<Flow>,
) -> Option<Flow> {
    let name = name_of(out, statement)?.to_owned();
    let class = class_of(&name);
    if class == Class::Printer {
        let (text, numbers) = printed(out, statement)?;
        out.disguise.numbered_letters = out.disguise.numbered_letters.saturating_add(numbers);
        return Some(Flow::of(text));
    }
    let flow = flow?;
    if let Some(code) = completed(out, statement, &flow) {
        out.nest(&code, Language::Shell, Origin::Fed, Some(place));
        return None;
    }
    let language = match class {
        Class::Shell => Language::Shell,
        Class::Script => Language::Script,
        _ => return filtered(out, &name, statement, flow),
    };
    let origin = if flow.decoded > 0 {
        Origin::Decoded
    } else {
        Origin::Fed
    };
    let takes_input = arguments(out, statement).next().is_none();
    if takes_input && let Some(text) = decode::readable(&flow.bytes) {
        out.nest(&text, language, origin, Some(place));
    }
    None
}

/// Returns what `xargs` runs: the program of a statement with what flows in as its last arguments, unless it takes only some of
/// them at a time, or they are quoted.
fn completed(out: &Assembly<'_>, statement: &Statement, flow: &Flow) -> Option<String> {
    let words = out.words.get(statement.first..statement.last)?;
    let mark = words
        .iter()
        .rposition(|word| word.role == Role::Wrapper && base_name(out.letters(word)) == "xargs")?;
    let run = words.get(mark.saturating_add(1)..)?;
    if !matches!(run.first()?.role, Role::Wrapper | Role::Program) {
        return None;
    }
    let text = decode::readable(&flow.bytes)?;
    if text.contains(['\'', '"', '\\']) {
        return None;
    }
    let own = run
        .iter()
        .filter(|word| !matches!(word.role, Role::Redirection | Role::Target));
    let mut code = String::new();
    for letters in own
        .map(|word| out.letters(word))
        .chain(text.split_whitespace())
    {
        if !code.is_empty() {
            code.push(' ');
        }
        show::quote(&mut code, letters);
    }
    Some(code)
}

/// Sends what flows through a filter.
fn filtered(out: &mut Assembly<'_>, name: &str, statement: &Statement, flow: Flow) -> Option<Flow> {
    let bytes = flow.bytes.as_slice();
    let has = |marks: &[&str]| {
        let words = out
            .words
            .get(statement.first..statement.last)
            .unwrap_or(&[]);
        words.iter().any(|word| marks.contains(&out.letters(word)))
    };
    let mut sets = arguments(out, statement);
    let made = match name {
        "cat" | "tee" => return Some(flow),
        "base64" | "b64decode" if name == "b64decode" || has(&["-d", "-D", "--decode", "-di"]) => {
            decode::base64(bytes)
        }
        "openssl" if has(&["-d"]) && has(&["base64", "-base64", "-a"]) => decode::base64(bytes),
        "xxd" if has(&["-r", "-rp", "-pr"]) => decode::hexadecimal(bytes),
        "rev" => Some(decode::reversed(bytes)),
        "tr" if has(&["-d"]) => Some(decode::without(bytes, sets.next()?)),
        "tr" => Some(decode::translated(bytes, sets.next()?, sets.next()?)),
        "gunzip" | "zcat" => decode::gunzip(bytes, out.budget / 2),
        "gzip" if has(&["-d", "-dc", "-cd", "--decompress"]) => {
            decode::gunzip(bytes, out.budget / 2)
        }
        _ => None,
    };
    drop(sets);
    let bytes = made?;
    let is_bounded = out.spend(bytes.len());
    out.disguise.decoded = out.disguise.decoded.saturating_add(1);
    is_bounded.then(|| Flow {
        bytes,
        decoded: flow.decoded.saturating_add(1),
    })
}

fn name_of<'a>(out: &'a Assembly<'_>, statement: &Statement) -> Option<&'a str> {
    let word = out.words.get(statement.program?)?;
    Some(base_name(out.letters(word)))
}

fn behind<'a>(out: &'a Assembly<'_>, statement: &Statement) -> &'a [Word] {
    let first = statement
        .program
        .map_or(statement.last, |program| program.saturating_add(1));
    out.words.get(first..statement.last).unwrap_or(&[])
}

fn arguments<'a>(out: &'a Assembly<'_>, statement: &Statement) -> impl Iterator<Item = &'a str> {
    let text = out.text.as_str();
    let words = behind(out, statement).iter();
    let arguments = words.filter(|word| word.role == Role::Argument);
    arguments.map(move |word| cut(text, word.start, word.end))
}

/// Returns the text that `<<<` gives a statement.
fn here_string(out: &Assembly<'_>, statement: &Statement) -> Option<String> {
    let words = out.words.get(statement.first..statement.last)?;
    let mark = words
        .iter()
        .position(|word| word.role == Role::Redirection && out.letters(word) == "<<<")?;
    let text = words.get(mark.saturating_add(1))?;
    Some(out.letters(text).to_owned())
}

/// Returns the lines that a statement reads, as they are written, unless they are code of its own: that waits its turn wherever
/// it stands.
fn here_document(out: &Assembly<'_>, statement: usize) -> Option<String> {
    let mut all = out.here_documents.iter().rev();
    let here = all.find(|here| here.statement == statement)?;
    let name = name_of(out, out.statements.get(statement)?)?;
    let reads_code = matches!(class_of(name), Class::Shell | Class::Remote | Class::Script);
    (!reads_code).then(|| here.body.clone())
}

/// Returns what `echo` or `printf` writes, and how many letters of it were given by number.
fn printed(out: &Assembly<'_>, statement: &Statement) -> Option<(String, u32)> {
    let name = name_of(out, statement)?;
    let all = behind(out, statement);
    let words = all
        .iter()
        .filter(|word| matches!(word.role, Role::Argument | Role::Flag));
    let mut texts = words.map(|word| out.letters(word));
    if name == "printf" {
        let format = texts.find(|text| *text != "--")?;
        return Some(formatted(format, texts, out.budget));
    }
    let mut escapes = false;
    let mut text = String::new();
    for letters in texts {
        let option = letters
            .strip_prefix('-')
            .filter(|option| !option.is_empty());
        if text.is_empty()
            && option.is_some_and(|option| option.bytes().all(|byte| b"neE".contains(&byte)))
        {
            escapes |= letters.contains('e');
            continue;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(letters);
    }
    Some(if escapes {
        decode::unescape(&text)
    } else {
        (text, 0)
    })
}

/// Fills a format of `printf`: each `%` with its letter takes the next argument, and the format begins anew while arguments are
/// left and there is room for so many bytes.
fn formatted<'t>(
    format: &str,
    arguments: impl Iterator<Item = &'t str>,
    room: usize,
) -> (String, u32) {
    let (format, mut numbers) = decode::unescape(format);
    let mut arguments = arguments.peekable();
    let mut out = String::new();
    loop {
        let has_taken = fill(&format, &mut arguments, (&mut out, &mut numbers));
        if !has_taken || arguments.peek().is_none() || out.len() > room {
            return (out, numbers);
        }
    }
}

/// Fills a format once; returns whether it took any argument.
fn fill<'t>(
    format: &str,
    arguments: &mut impl Iterator<Item = &'t str>,
    (out, numbers): (&mut String, &mut u32),
) -> bool {
    let mut has_taken = false;
    let mut pieces = format.split('%');
    out.push_str(pieces.next().unwrap_or(""));
    for piece in pieces {
        let mut letters = piece.chars();
        let letter = letters.next();
        has_taken |= matches!(letter, Some('s' | 'd' | 'b'));
        match letter {
            Some('s' | 'd') => out.push_str(arguments.next().unwrap_or("")),
            Some('b') => {
                let (text, more) = decode::unescape(arguments.next().unwrap_or(""));
                *numbers = numbers.saturating_add(more);
                out.push_str(&text);
            }
            Some(other) => {
                out.push('%');
                out.push(other);
            }
            None => out.push('%'),
        }
        out.push_str(letters.as_str());
    }
    has_taken
}

/// Returns what a substitution gives, if the line itself says it: a program's path, or printed text.
pub(super) fn resolve(body: &str, out: &mut Assembly<'_>) -> Option<String> {
    let body = body.trim();
    for mark in ["which ", "command -v ", "type -p ", "type -P ", "whereis "] {
        if let Some(name) = body.strip_prefix(mark) {
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/+".contains(&byte);
            return name.bytes().all(is_name).then(|| name.to_owned());
        }
    }
    let is_printing = [
        "echo ", "printf ", "cat ", "base64 ", "rev ", "tr ", "xxd ", "rev<", "cat<", "base64<",
    ]
    .iter()
    .any(|mark| body.starts_with(mark));
    let depth = out.layer.depth.saturating_add(1);
    if !is_printing || depth > out.limits.command_layers_max || !out.spend(body.len()) {
        return None;
    }
    let layer = Layer {
        depth,
        ..Layer::default()
    };
    let mut inner = Assembly::new(out.limits, out.budget, layer);
    inner.is_substitution = true;
    inner.variables = std::mem::take(&mut out.variables);
    lexer::read(body, &mut inner);
    let text = written(&mut inner);
    out.variables = std::mem::take(&mut inner.variables);
    out.budget = inner.budget;
    let numbers = inner.disguise.numbered_letters;
    out.disguise.numbered_letters = out.disguise.numbered_letters.saturating_add(numbers);
    out.disguise.decoded = out.disguise.decoded.saturating_add(inner.disguise.decoded);
    text
}

/// Returns what the one pipeline of `inner` writes.
fn written(inner: &mut Assembly<'_>) -> Option<String> {
    let statements = inner.statements.clone();
    let is_one = statements
        .iter()
        .skip(1)
        .all(|statement| statement.joint == super::word::Joint::Pipe);
    let is_live = inner.words.iter().any(|word| {
        let is_known = || matches!(inner.letters(word), "<<<" | "<<" | "<<-");
        word.live || word.role == Role::Redirection && !is_known()
    });
    if !is_one || is_live {
        return None;
    }
    let mut flow = None;
    for (place, statement) in statements.iter().enumerate() {
        let here = here_string(inner, statement).or_else(|| here_document(inner, place));
        flow = step(inner, place, statement, here.map(Flow::of).or(flow));
        flow.as_ref()?;
    }
    let text = decode::readable(&flow?.bytes)?;
    Some(text.trim_end_matches('\n').to_owned())
}
