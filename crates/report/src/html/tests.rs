//! What the page promises: nothing runs, nothing is loaded, nothing hostile becomes markup.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::{
    Acceptance, Axis, Block, Cell, Column, ColumnKind, Estimate, Fact, Figure, Finding, Form,
    Marker, Marks, Outcome, Plot, Point, Reader, Remedy, Role, Scale, Section, Series, Severity,
    Side, Snippet, Status, Table, Text,
};

const HOSTILE: &str = "</style></title><script>alert(1)</script>\"><img src=x onerror=alert(1)> javascript:x http://a.example/ \u{202e}\0\u{1b}]8;;";

/// Returns a document with the hostile text in every place that takes text.
fn hostile() -> Document {
    let mut document = Document::new(HOSTILE, Status::new(Outcome::Unfit, HOSTILE));
    document.subtitle = HOSTILE.to_owned();
    document.headline = vec![hostile_figure()];
    document.caveats.assumed = vec![hostile_text()];
    document.facts = vec![Fact::new(HOSTILE, HOSTILE)];
    document.sections = vec![Section {
        id: HOSTILE.to_owned(),
        title: HOSTILE.to_owned(),
        reader: Reader::Both,
        blocks: vec![
            Block::paragraph(hostile_text()),
            Block::callout(Severity::Note, hostile_text()),
            Block::List {
                items: vec![hostile_text()],
            },
            Block::Figures {
                figures: vec![hostile_figure()],
            },
            Block::Table(hostile_table()),
            Block::Plot(hostile_plot()),
            Block::Findings {
                findings: vec![hostile_finding()],
            },
        ],
    }];
    document
}

fn hostile_text() -> Text {
    Text::plain(HOSTILE).strong(HOSTILE).code(HOSTILE)
}

fn hostile_figure() -> Figure {
    Figure::new(
        HOSTILE,
        Estimate::unknown(HOSTILE),
        Form::Money(HOSTILE.to_owned()),
    )
    .unit(HOSTILE)
    .note(HOSTILE)
}

fn hostile_table() -> Table {
    let kinds = [
        ColumnKind::Text,
        ColumnKind::Code,
        ColumnKind::Digest,
        ColumnKind::Figure(Form::Rate),
    ];
    Table {
        caption: HOSTILE.to_owned(),
        columns: kinds.map(|kind| Column::new(HOSTILE, kind)).to_vec(),
        rows: vec![vec![Cell::from(HOSTILE); 4]; 13],
        note: HOSTILE.to_owned(),
    }
}

fn hostile_plot() -> Plot {
    Plot {
        title: HOSTILE.to_owned(),
        description: HOSTILE.to_owned(),
        x: Axis::new(
            HOSTILE,
            Scale::Category {
                names: vec![HOSTILE.to_owned()],
            },
            Form::Rate,
        ),
        y: Axis::new(HOSTILE, Scale::Linear, Form::Money(HOSTILE.to_owned())),
        series: vec![Series::new(
            HOSTILE,
            Role::Rival,
            Marks::Points {
                points: vec![Point::new(0.0, 1.0)],
            },
        )],
        markers: vec![Marker {
            side: Side::X,
            at: 0.0,
            label: HOSTILE.to_owned(),
        }],
    }
}

fn hostile_finding() -> Finding {
    let mut finding = Finding::new(HOSTILE, Severity::Blocking, HOSTILE);
    finding.detail = hostile_text();
    finding.figures = vec![hostile_figure()];
    finding.evidence = Some(hostile_table());
    finding.owner = Some(HOSTILE.to_owned());
    finding.remedy = Some(Remedy {
        advice: hostile_text(),
        snippet: Some(Snippet::Task(HOSTILE.to_owned())),
        misses: hostile_text(),
    });
    finding.accepted = Some(Acceptance {
        by: HOSTILE.to_owned(),
        reason: HOSTILE.to_owned(),
        date: HOSTILE.to_owned(),
    });
    finding
}

/// Returns the page's tags, without the text between them and without the style sheet.
fn tags(page: &str) -> Vec<&str> {
    page.split('<')
        .skip(1)
        .filter_map(|rest| rest.split('>').next())
        .collect()
}

#[test]
fn hostile_text_never_becomes_markup() {
    let page = render(&hostile());
    for tag in tags(&page) {
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or("");
        assert!(
            ![
                "script", "img", "iframe", "object", "link", "base", "form", "input", "use",
                "image"
            ]
            .contains(&name),
            "{tag}"
        );
    }
    assert!(!page.contains('\u{202e}') && !page.contains('\0') && !page.contains('\u{1b}'));
    assert!(page.contains(
        "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&gt;&lt;img src=x onerror=alert(1)&gt;"
    ));
    assert!(page.contains("\\u{202e}") && page.contains("\\u{0}"));
}

#[test]
fn attributes_neither_style_nor_run_nor_leave_the_page() {
    let page = render(&hostile());
    for tag in tags(&page) {
        // What stands inside quotes is data; the names of attributes stand outside.
        let names: String = tag.split('"').step_by(2).collect();
        assert!(
            !names.contains("style=") && !names.contains(" src=") && !names.contains(" on"),
            "{tag}"
        );
        for target in tag.split("href=\"").skip(1) {
            assert!(target.starts_with('#'), "{tag}");
        }
    }
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import") && !STYLE.contains('<'));
}

#[test]
fn the_policy_names_the_style_sheet_of_the_page() {
    let page = render(&hostile());
    let style = page
        .split("<style>")
        .nth(1)
        .and_then(|rest| rest.split("</style>").next())
        .expect("a style sheet");
    let digest = STANDARD.encode(Sha256::digest(style.as_bytes()));
    assert!(
        page.contains(&format!("style-src 'sha256-{digest}'")),
        "{digest}"
    );
    assert!(page.contains("content=\"default-src 'none'; "));
    assert_eq!(page.matches("<style").count(), 1);
}

#[test]
fn the_limits_are_there_even_when_empty() {
    let page = render(&Document::new("empty", Status::new(Outcome::Informs, "")));
    for sentence in [
        "Nothing was assumed.",
        "No constraint was waived.",
        "Nothing was declared as untested.",
    ] {
        assert!(page.contains(sentence), "{sentence}");
    }
}

#[test]
fn anchors_are_unique_and_the_contents_lead_to_them() {
    let section = |id: &str| Section {
        id: id.to_owned(),
        title: id.to_owned(),
        reader: Reader::Both,
        blocks: Vec::new(),
    };
    let mut document = Document::new("anchors", Status::new(Outcome::Informs, ""));
    document.sections = ["cost", "Cost", "", "content", "limits of this report"]
        .map(section)
        .to_vec();
    let page = render(&document);
    let mut ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    for target in page
        .split("href=\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        assert!(ids.contains(&target), "{target}");
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "{ids:?}");
}

#[test]
fn long_tables_are_folded_and_short_ones_are_not() {
    let page = |rows: usize| {
        let mut document = Document::new("table", Status::new(Outcome::Informs, ""));
        let table = Table {
            columns: vec![Column::new("n", ColumnKind::Text)],
            rows: vec![vec![Cell::from("x")]; rows],
            ..Table::default()
        };
        document.sections.push(Section {
            id: "t".to_owned(),
            title: "t".to_owned(),
            reader: Reader::Both,
            blocks: vec![Block::Table(table)],
        });
        render(&document)
    };
    assert!(!page(12).contains("<details"));
    let long = page(13);
    assert!(long.contains("Show all 13 rows"));
    let rest = long
        .split("<tbody class=\"rest\">")
        .nth(1)
        .and_then(|rest| rest.split("</tbody>").next())
        .expect("a rest");
    assert_eq!(rest.matches("<tr>").count(), 3);
}
