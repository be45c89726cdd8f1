//! The JSON, Markdown, `JUnit` and terminal forms of one small document, as files to review; and the terminal's promises.

use ringtrue_report::terminal::{Colour, LINES_MAX};
use ringtrue_report::{
    Acceptance, Axis, Bin, Block, Cell, Column, ColumnKind, Document, Estimate, Fact, Figure,
    Finding, Form, Marker, Marks, Outcome, Plot, Point, Range, Reader, Remedy, Role, Scale,
    Section, Series, Severity, Side, Snippet, Status, Table, Text, json, junit, markdown, terminal,
};

fn small() -> Document {
    let mut document = Document::new(
        "url-phish@3",
        Status::new(Outcome::Unfit, "1 blocking finding is open"),
    );
    document.subtitle = String::from("Judged on July 2019.");
    document.headline = vec![
        Figure::new(
            "Cost",
            Estimate::within(412.0, 371.0, 460.0),
            Form::Money("EUR".to_owned()),
        )
        .unit("a day")
        .note("1,000 if all were allowed"),
        Figure::new("Alerts", Estimate::within(31.0, 27.0, 36.0), Form::Count).unit("a day"),
        Figure::new("Benign blocked", Estimate::at_most(0.001), Form::Rate),
        Figure::new(
            "Caught at FPR 1e-4",
            Estimate::unknown("rests on 1 event"),
            Form::Rate,
        ),
    ];
    document.caveats.assumed = vec![
        Text::plain("0.1 % of events are ")
            .strong("malicious")
            .then("."),
    ];
    document.caveats.not_tested = vec![Text::from("Cost of an attack."), Text::from("Poisoning.")];
    document.facts = vec![
        Fact::new("dataset", "5b1c3e0f"),
        Fact::new("command", "ringtrue run a.csv"),
    ];
    document.data = serde_json::json!({ "roc_auc": 0.9871, "tpr_at_fpr": { "0.0001": null } });
    document.sections = vec![
        Section {
            id: "findings".to_owned(),
            title: "What was found".to_owned(),
            reader: Reader::Both,
            blocks: vec![Block::Findings {
                findings: findings(),
            }],
        },
        Section {
            id: "detail".to_owned(),
            title: "Detail".to_owned(),
            reader: Reader::DataScientist,
            blocks: blocks(),
        },
    ];
    document
}

fn findings() -> Vec<Finding> {
    let mut accepted = Finding::new("V020", Severity::Blocking, "Half of the rows are old");
    accepted.accepted = Some(Acceptance {
        by: "K. Okafor".to_owned(),
        reason: "own traffic follows".to_owned(),
        date: "2021-07-02".to_owned(),
    });
    let mut open = Finding::new("V012", Severity::Blocking, "The source tells the label");
    open.detail = Text::plain("See ").code("source").then(".");
    open.owner = Some("data scientist".to_owned());
    open.figures = vec![Figure::new(
        "AUC of source alone",
        Estimate::exact(1.0),
        Form::Rate,
    )];
    open.remedy = Some(Remedy {
        advice: Text::from("Leave one source out."),
        snippet: Some(Snippet::Command(
            "ringtrue run --leave-out source=links a.csv".to_owned(),
        )),
        misses: Text::from("Nothing."),
    });
    open.evidence = Some(Table {
        caption: "Rows".to_owned(),
        columns: vec![
            Column::new("URL", ColumnKind::Code),
            Column::new("id", ColumnKind::Digest),
        ],
        rows: vec![vec![
            Cell::from("http://a.example/|<x>\u{202e}"),
            Cell::from("0123456789abcdef"),
        ]],
        note: "One of many.".to_owned(),
    });
    vec![
        Finding::new("T001", Severity::Passed, "No duplicate crosses the split"),
        Finding::new("T011", Severity::CannotTell, "7 events of `crypto`"),
        accepted,
        open,
    ]
}

fn blocks() -> Vec<Block> {
    vec![
        Block::paragraph(
            Text::plain("Plain, ")
                .strong("strong")
                .then(" and ")
                .code("co`de")
                .then("."),
        ),
        Block::callout(Severity::Warning, "Mind the *gap* at http://b.example."),
        Block::List {
            items: vec![Text::from("one"), Text::from("two")],
        },
        Block::Figures {
            figures: vec![Figure::new(
                "Latency",
                Estimate::exact(0.000_018),
                Form::Seconds,
            )],
        },
        Block::Table(Table {
            caption: "By family".to_owned(),
            columns: vec![
                Column::new("family", ColumnKind::Text),
                Column::new("caught", ColumnKind::Figure(Form::Percent)),
                Column::new("events", ColumnKind::Figure(Form::Count)),
            ],
            rows: vec![
                vec![
                    Cell::from("bank"),
                    Estimate::within(0.91, 0.88, 0.94).into(),
                    1_234.0.into(),
                ],
                vec![Cell::from("crypto"), Estimate::unknown("7 events").into()],
                vec![Cell::from("all"), Cell::Empty, 1_241.0.into()],
            ],
            note: String::new(),
        }),
        Block::Plot(plot()),
    ]
}

fn plot() -> Plot {
    let points = || {
        vec![
            Point::new(0.001, 0.7).within(0.6, 0.8),
            Point::new(0.01, f64::NAN),
        ]
    };
    Plot {
        title: "All marks".to_owned(),
        description: "One of each.".to_owned(),
        x: Axis::new("false positive rate", Scale::Log, Form::Rate).range(1e-5, 1.0),
        y: Axis::new("true positive rate", Scale::Linear, Form::Rate),
        series: vec![
            Series::new("line", Role::Main, Marks::Line { points: points() }),
            Series::new(
                "band",
                Role::Rival,
                Marks::Band {
                    ranges: vec![Range {
                        x: 0.1,
                        low: 0.2,
                        high: 0.3,
                    }],
                },
            ),
            Series::new(
                "bins",
                Role::Benign,
                Marks::Histogram {
                    bins: vec![Bin {
                        from: 0.1,
                        to: 0.2,
                        count: 3.0,
                    }],
                },
            ),
        ],
        markers: vec![Marker {
            side: Side::X,
            at: 0.001,
            label: "task".to_owned(),
        }],
    }
}

#[test]
fn json_form() {
    let text = json::render(&small()).expect("JSON");
    let read: serde_json::Value = serde_json::from_str(&text).expect("valid JSON");
    assert_eq!(read["format"], 1);
    assert_eq!(
        read["sections"][0]["blocks"][0]["findings"][3]["evidence"]["rows"][0][0],
        "http://a.example/|<x>\u{202e}"
    );
    assert!(!text.contains('\u{202e}'));
    insta::assert_snapshot!(text);
}

#[test]
fn markdown_form() {
    insta::assert_snapshot!(markdown::render(&small()));
}

#[test]
fn junit_form() {
    insta::assert_snapshot!(junit::render(&small()));
}

#[test]
fn terminal_form() {
    insta::assert_snapshot!(terminal::render(&small(), Colour::Never));
}

#[test]
fn a_full_document_still_fits_a_terminal() {
    let mut document = small();
    let long = "word ".repeat(400);
    document.title.push_str(&long);
    document.headline =
        vec![Figure::new(long.clone(), Estimate::exact(1.0), Form::Count).note(long.clone()); 20];
    document.caveats.assumed = vec![Text::from(long.clone()); 9];
    document.caveats.waived = document.caveats.assumed.clone();
    document.caveats.not_tested = document.caveats.assumed.clone();
    document.sections[0].blocks = vec![Block::Findings {
        findings: vec![Finding::new("V001", Severity::Blocking, long); 40],
    }];
    let text = terminal::render(&document, Colour::Never);
    assert!(text.lines().count() <= LINES_MAX, "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 135),
        "{text}"
    );
    assert!(text.contains("\nNot tested: word"), "{text}");
}

#[test]
fn colour_adds_escapes_and_no_meaning() {
    let plain = terminal::render(&small(), Colour::Never);
    let mut painted = terminal::render(&small(), Colour::Ansi);
    assert_ne!(painted, plain);
    for code in ["1;32", "1;31", "33", "1", "2", "0"] {
        painted = painted.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_eq!(painted, plain);
}

#[test]
fn hostile_text_cannot_drive_the_terminal_or_break_the_xml() {
    let mut document = small();
    document.title = "\u{1b}[2J\u{9b}31m\0 ]]> <a b='c'> & \u{fffe}".to_owned();
    let summary = terminal::render(&document, Colour::Never);
    assert!(
        !summary
            .chars()
            .any(|letter| letter.is_control() && letter != '\n'),
        "{summary}"
    );
    let xml = junit::render(&document);
    assert!(
        xml.contains(
            "name=\"\\u{1b}[2J\\u{9b}31m\\u{0} ]]&gt; &lt;a b=&apos;c&apos;&gt; &amp; \\u{fffe}\""
        ),
        "{xml}"
    );
}
