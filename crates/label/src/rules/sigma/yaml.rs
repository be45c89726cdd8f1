//! YAML as Sigma uses it: maps, lists and scalars, each with its line. Aliases, tags, several documents and keys that stand
//! twice are refused, and so is what is nested deep: no text grows beyond its own size.

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::{Found, SigmaProblem};

/// Depth of nodes within nodes.
const DEPTH_MAX: usize = 24;

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// The line it starts on, from 1.
    pub(super) line: usize,
    pub(super) data: Data,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data {
    /// Nothing, `~` or `null`.
    Null,
    /// A scalar, as written.
    Text(String),
    List(Vec<Node>),
    /// Keys in the order of the file, none twice.
    Map(Vec<(String, Node)>),
}

impl Node {
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Data::Map(entries) = &self.data else {
            return None;
        };
        let mut entries = entries.iter();
        entries.find(|(name, _)| name == key).map(|(_, node)| node)
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the nodes of a list, or the node itself.
    pub(super) fn items(&self) -> impl Iterator<Item = &Self> {
        let (list, alone) = match &self.data {
            Data::List(nodes) => (nodes.as_slice(), None),
            _ => (&[][..], Some(self)),
        };
        list.iter().chain(alone)
    }
}

/// Reads a text that holds one document.
pub(super) fn read(text: &str) -> Result<Node, Found> {
    // The parser is not ours: a panic in it is an error here, not the program's end.
    let read = std::panic::catch_unwind(|| document(text));
    read.unwrap_or_else(|_| Err(refused(1, "its reader failed")))
}

fn refused(line: usize, message: &str) -> Found {
    let message = message.to_owned();
    (line, SigmaProblem::Yaml { message })
}

fn document(text: &str) -> Result<Node, Found> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
    };
    let mut root = None;
    while let Some((line, event)) = reader.next()? {
        match event {
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::Nothing => {}
            _ if root.is_some() => {
                return Err(refused(
                    line,
                    "there are several documents: each is a file of its own",
                ));
            }
            event => root = Some(reader.node(line, event, 0)?),
        }
    }
    root.ok_or_else(|| refused(1, "it is empty"))
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<(usize, Event<'a>)>, Found> {
        match self.parser.next() {
            None => Ok(None),
            Some(Ok((event, span))) => Ok(Some((span.start.line().max(1), event))),
            Some(Err(error)) => Err(refused(error.marker().line().max(1), error.info())),
        }
    }

    fn must(&mut self) -> Result<(usize, Event<'a>), Found> {
        self.next()?.ok_or_else(|| refused(1, "it ends too early"))
    }

    fn node(&mut self, line: usize, event: Event<'a>, depth: usize) -> Result<Node, Found> {
        if depth > DEPTH_MAX {
            return Err(refused(line, "it is nested too deep"));
        }
        let data = match event {
            Event::Scalar(text, style, 0, None) => scalar(&text, style),
            Event::SequenceStart(0, None) => Data::List(self.list(depth)?),
            Event::MappingStart(0, None) => Data::Map(self.map(depth)?),
            Event::Alias(_) => return Err(refused(line, "an alias (`*name`)")),
            _ => return Err(refused(line, "an anchor or a tag (`&name`, `!name`)")),
        };
        Ok(Node { line, data })
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Found> {
        let mut nodes = Vec::new();
        loop {
            match self.must()? {
                (_, Event::SequenceEnd) => return Ok(nodes),
                (line, event) => nodes.push(self.node(line, event, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(String, Node)>, Found> {
        let mut entries: Vec<(String, Node)> = Vec::new();
        loop {
            let key = match self.must()? {
                (_, Event::MappingEnd) => return Ok(entries),
                (_, Event::Scalar(text, _, 0, None)) => text.into_owned(),
                (line, _) => return Err(refused(line, "a key that is no plain text")),
            };
            let (line, event) = self.must()?;
            if entries.iter().any(|(other, _)| *other == key) {
                return Err(refused(line, "a key stands twice in a map"));
            }
            let node = self.node(line, event, depth + 1)?;
            entries.push((key, node));
        }
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Data {
    let is_null =
        style == ScalarStyle::Plain && matches!(text, "" | "~" | "null" | "Null" | "NULL");
    if is_null {
        Data::Null
    } else {
        Data::Text(text.to_owned())
    }
}
