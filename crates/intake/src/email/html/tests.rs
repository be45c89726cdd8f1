//! Pages as a whole: what is seen, what is not, what they link to.

use super::*;

fn page(source: &str) -> Page {
    read_page(source, 100, 10_000)
}

fn seen(source: &str) -> (String, String) {
    let page = page(source);
    let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    (joined(&page.visible), joined(&page.hidden))
}

#[test]
fn what_is_seen_and_what_is_not() {
    let check = |source: &str, visible: &str, hidden: &str| {
        assert_eq!(
            seen(source),
            (visible.to_owned(), hidden.to_owned()),
            "{source}"
        );
    };
    check("<p>one</p><p>two</p>", "one two", "");
    check("a<span style='display: none'>b<b>c</b></span>d", "ad", "bc");
    check("a<span style=\"visibility:hidden\">b</span>", "a", "b");
    check(
        "a<font size=0>b</font><font style='font-size:1px'>c</font>",
        "a",
        "bc",
    );
    check("a<font color=#fffffe>b</font>c", "ac", "b");
    check(
        "<body bgcolor=black text=white>a<font color=#010101>b</font>",
        "a",
        "b",
    );
    check(
        "a<div style='max-height:0;overflow:hidden'>b</div>",
        "a",
        "b",
    );
    check("a<p style='text-indent:-9999px'>b</p>", "a", "b");
    check(
        "<title>x</title><style>y</style>a<script>z</script>",
        "a",
        "",
    );
    check("<b>a</i></b>b", "ab", "");
    check("<div hidden>a</div>b", "b", "a");
}

#[test]
fn links_with_what_they_show() {
    let page = page(
        "<a href='http://a.example/?x=1&amp;y=2'>go <b>here</b></a> <a name=x>no</a> <a href=#top>no</a>\
         <form action=http://b.example/f><input type=PASSWORD></form><img src=//c.example/i width=1 height=1>",
    );
    let found: Vec<_> = page
        .links
        .iter()
        .map(|link| (link.target.as_str(), link.shown.as_str(), link.origin))
        .collect();
    assert_eq!(
        found,
        [
            ("http://a.example/?x=1&y=2", "go here", Origin::Anchor),
            ("http://b.example/f", "", Origin::Form),
            ("//c.example/i", "", Origin::Resource),
        ]
    );
    let counts = page.counts;
    let counted = [
        counts.forms,
        counts.password_inputs,
        counts.images,
        counts.tiny_images,
    ];
    assert_eq!(counted.map(f32::to_bits), [1.0_f32; 4].map(f32::to_bits));
}

#[test]
fn tricks_are_counted() {
    let counts =
        page("vi<!-- x -->agra <!-- y --> ok <q9x>&#118;&#105;</q9x><p onclick='x()'>").counts;
    let counted = [
        counts.split_words,
        counts.comments,
        counts.unknown_tags,
        counts.letter_references,
        counts.handlers,
    ];
    let expected = [1.0_f32, 2.0, 1.0, 2.0, 1.0];
    assert_eq!(counted.map(f32::to_bits), expected.map(f32::to_bits));
}

#[test]
fn limits_hold() {
    let many = read_page(&"<a href=http://x.example>y</a>".repeat(50), 7, 20);
    assert_eq!(many.links.len(), 7);
    assert!(many.visible.len() <= 21, "{}", many.visible.len());
    let deep = page(&"<div><span style='display:none'>".repeat(100_000));
    assert!(deep.counts.tags >= 200_000.0);
}
