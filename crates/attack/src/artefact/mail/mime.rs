//! Multiparts: wrapped around a message, cut into their parts, under another boundary.

use std::ops::Range;

use ringtrue_core::random::Random;

use super::parts::Post;

/// Returns the mail with its content as the last part of a multipart, behind `text` as a part of its own if there is one.
pub(super) fn wrapped(
    post: &Post,
    subtype: &str,
    text: Option<&str>,
    random: &mut Random,
) -> Option<Vec<u8>> {
    let boundary = boundary(random);
    let (raw, feed) = (post.raw.as_slice(), post.feed);
    let top = post.top()?;
    if holds(raw, &boundary) {
        return None;
    }
    let is_content = |name: Option<&[u8]>| {
        name.and_then(|name| name.get(.."Content-".len()))
            .is_some_and(|start| start.eq_ignore_ascii_case(b"Content-"))
    };
    let (mut head, mut inner) = (Vec::new(), Vec::new());
    let mut at = top.head.start;
    for field in &post.fields {
        // What stands between headers stays with those of the message.
        head.extend_from_slice(raw.get(at..field.name.start)?);
        let line = raw.get(field.name.start..field.value.end)?;
        let kept = if is_content(raw.get(field.name.clone())) {
            &mut inner
        } else {
            &mut head
        };
        kept.extend_from_slice(line);
        at = field.value.end;
    }
    head.extend_from_slice(raw.get(at..top.head.end)?);
    if post.field("MIME-Version").is_none() {
        head.extend_from_slice(format!("MIME-Version: 1.0{feed}").as_bytes());
    }
    let beside = text.map_or_else(String::new, |text| {
        format!(
            "--{boundary}{feed}Content-Type: text/plain; charset=utf-8{feed}\
             Content-Transfer-Encoding: 8bit{feed}{feed}{text}{feed}"
        )
    });
    let opening = format!(
        "Content-Type: multipart/{subtype}; boundary=\"{boundary}\"{feed}{feed}{beside}--{boundary}{feed}"
    );
    let content = raw.get(top.content..)?;
    let closing = format!("{feed}--{boundary}--{feed}");
    Some(
        [
            &head,
            opening.as_bytes(),
            &inner,
            feed.as_bytes(),
            content,
            closing.as_bytes(),
        ]
        .concat(),
    )
}

/// Returns a boundary as some program writes them.
pub(super) fn boundary(random: &mut Random) -> String {
    let (one, other) = (random.next(), random.next());
    match random.below(5) {
        0 => format!(
            "----=_NextPart_000_{:04X}_{:08X}.{:08X}",
            one & 0xffff,
            one >> 32,
            other >> 32
        ),
        1 => format!("000000000000{one:016x}"),
        2 => format!("Apple-Mail={one:016X}-{other:016X}"),
        3 => format!("------------{one:016X}{:08X}", other >> 32),
        _ => format!("=_{one:016x}"),
    }
}

/// Returns whether `mark` stands anywhere in `raw`.
pub(super) fn holds(raw: &[u8], mark: &str) -> bool {
    raw.windows(mark.len().max(1))
        .any(|window| window == mark.as_bytes())
}

/// Returns `content` with the boundary lines of `before` as those of `after`.
pub(super) fn with_boundary(content: &[u8], before: &str, after: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        match rest_of_boundary(line, before) {
            Some(rest) => {
                out.extend_from_slice(b"--");
                out.extend_from_slice(after.as_bytes());
                out.extend_from_slice(rest);
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

/// Returns the parts of the outermost multipart, each with the boundary line in front of it; `None` if the message is none.
pub(super) fn top_parts(post: &Post) -> Option<Vec<Range<usize>>> {
    let top = post.top()?;
    if top.boundary.is_empty() {
        return None;
    }
    let mut parts = Vec::new();
    let (mut at, mut open) = (top.content, None);
    for line in post
        .raw
        .get(top.content..)?
        .split_inclusive(|byte| *byte == b'\n')
    {
        if let Some(rest) = rest_of_boundary(line, &top.boundary) {
            parts.extend(open.map(|start| start..at));
            open = (!rest.starts_with(b"--")).then_some(at);
        }
        at += line.len();
    }
    Some(parts)
}

/// Returns what follows the boundary in a boundary line: nothing or two dashes, and the newline.
fn rest_of_boundary<'line>(line: &'line [u8], boundary: &str) -> Option<&'line [u8]> {
    let rest = line
        .strip_prefix(b"--")?
        .strip_prefix(boundary.as_bytes())?;
    matches!(rest.trim_ascii_end(), b"" | b"--").then_some(rest)
}
