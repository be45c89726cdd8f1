//! The document: headline, sections, findings, limits.

use ringtrue_report::{
    Acceptance, Block, Cell, Column, ColumnKind, Document, Estimate, Fact, Figure, Finding, Form,
    Outcome, Reader, Remedy, Section, Severity, Snippet, Status, Table, Text,
};

use crate::plots;

fn euro() -> Form {
    Form::Money("EUR".to_owned())
}

pub(crate) fn document() -> Document {
    let mut document = Document::new(
        "url-phish, trained before 2019-07-01",
        Status::new(
            Outcome::Unfit,
            "1 blocking finding is open: a source decides the label",
        ),
    );
    document.subtitle = String::from(
        "Does this URL lead to a page that steals credentials? Judged on 49,585 URLs first seen between July 2019 and June 2021.",
    );
    document.headline = vec![
        Figure::new(
            "Cost, against 1,000 EUR if everything were allowed",
            Estimate::within(412.0, 371.0, 460.0),
            euro(),
        )
        .unit("a day")
        .note("saves 588 EUR a day"),
        Figure::new(
            "Alerts a day",
            Estimate::within(31.0, 27.0, 36.0),
            Form::Count,
        )
        .note("capacity: 40"),
        Figure::new(
            "Caught at one false positive in 1,000",
            Estimate::within(0.704, 0.671, 0.735),
            Form::Percent,
        )
        .note("better rival: 43.5 %"),
        Figure::new("Benign URLs blocked", Estimate::at_most(0.0012), Form::Rate)
            .note("0 in 2,490 of the own data"),
    ];
    document.caveats.assumed = vec![
        Text::plain("1,000,000 events a day, of which ")
            .strong("0.1 %")
            .then(" are malicious."),
        Text::plain("Costs: false positive 10 EUR, false negative 1,000 EUR, review 5 EUR."),
        Text::plain("Times without a zone are UTC."),
    ];
    document.caveats.waived = vec![
        Text::plain("C3 (label known before use): the input has no ")
            .code("label_known")
            .then(" column."),
    ];
    document.caveats.not_tested = vec![
        Text::from("What it costs an attacker to get past the detector."),
        Text::from("Poisoned training data."),
        Text::from("Own traffic: all benign URLs come from public links."),
    ];
    document.sections = vec![answer(), findings(), curves(), groups(), windows(), empty()];
    document.facts = facts();
    document.data = serde_json::json!({ "roc_auc": 0.9871, "tpr_at_fpr": { "0.001": { "value": 0.704, "low": 0.671, "high": 0.735 }, "0.0001": null } });
    document
}

fn facts() -> Vec<Fact> {
    [
        (
            "command",
            "ringtrue run --task task.toml --train-before 2019-07-01 --out out urls.csv.zst",
        ),
        (
            "dataset",
            "5b1c3e0f9a7d4c2288aa01f6c3e4d5b69788ab01c2d3e4f5061728394a5b6c7d",
        ),
        (
            "detector",
            "c0ffee11d2b3a49586978877665544332211009f8e7d6c5b4a39281706f5e4d3",
        ),
        ("signal schema", "url/1 9e8d7c6b5a49"),
        ("ringtrue", "0.1.0"),
        ("seed", "20190701"),
    ]
    .map(|(name, value)| Fact::new(name, value))
    .to_vec()
}

fn answer() -> Section {
    Section {
        id: "answer".to_owned(),
        title: "The answer in words".to_owned(),
        reader: Reader::Both,
        blocks: vec![
            Block::paragraph(
                Text::plain("Blocking from a score of ").strong("0.93").then(" and reviewing from ").strong("0.21")
                    .then(" costs less than half of what letting everything through costs, within the 40 alerts a day that people can handle. The simplest detector within the noise of the best is ")
                    .strong("both").then(": the linear text model feeding the forest."),
            ),
            Block::callout(Severity::Warning, Text::plain("Rates at 1e-4 are not printed: 13,175 benign URLs hold too few false positives to say.")),
            Block::Figures {
                figures: vec![
                    Figure::new("ROC AUC", Estimate::within(0.9871, 0.9858, 0.9884), Form::Rate).note("better rival 0.978"),
                    Figure::new("Average precision", Estimate::within(0.9953, 0.9946, 0.9959), Form::Rate),
                    Figure::new("Caught at FPR 1e-4", Estimate::unknown("rests on 1 false positive"), Form::Rate),
                    Figure::new("Brier score", Estimate::exact(0.0412), Form::Number),
                ],
            },
            Block::Plot(plots::ladder()),
        ],
    }
}

fn findings() -> Section {
    let mut old = Finding::new(
        "V020",
        Severity::Blocking,
        "Half of the benign rows are older than two years",
    );
    old.accepted = Some(Acceptance {
        by: "K. Okafor".to_owned(),
        reason: "benign links change slowly; own traffic follows in March".to_owned(),
        date: "2021-07-02".to_owned(),
    });
    let few = Finding::new(
        "T011",
        Severity::CannotTell,
        "Family crypto has 7 events, too few for a rate",
    );
    let split = Finding::new(
        "T001",
        Severity::Passed,
        "No near-duplicate lies on both sides of the split",
    );
    Section {
        id: "findings".to_owned(),
        title: "What was found".to_owned(),
        reader: Reader::Both,
        blocks: vec![Block::Findings {
            findings: vec![split, few, old, free_hosting(), shortcut()],
        }],
    }
}

fn shortcut() -> Finding {
    let mut shortcut = Finding::new(
        "V012",
        Severity::Blocking,
        "The source tells the label: all benign rows come from links, all malicious ones from phishtank",
    );
    shortcut.detail = Text::plain("A detector can learn to tell the two collections apart instead of telling phishing from benign. Of the 20 strongest signals, ")
        .strong("3").then(" tell the sources apart within one class, first ").code("host.label_count").then(".");
    shortcut.owner = Some("data scientist".to_owned());
    shortcut.figures = vec![
        Figure::new("AUC of source alone", Estimate::exact(1.0), Form::Rate),
        Figure::new("Events concerned", Estimate::exact(49_585.0), Form::Count),
    ];
    shortcut.remedy = Some(Remedy {
        advice: Text::plain(
            "Add benign URLs from the source that brings the malicious ones, or leave one source out and judge again.",
        ),
        snippet: Some(Snippet::Command(
            "ringtrue run --leave-out source=links --out out-links urls.csv.zst".to_owned(),
        )),
        misses: Text::default(),
    });
    shortcut
}

fn free_hosting() -> Finding {
    let mut hosting = Finding::new(
        "T004",
        Severity::Warning,
        "Free hosting of small shops is blocked: 34 false positives in one group",
    );
    hosting.owner = Some("analyst".to_owned());
    hosting.figures = vec![
        Figure::new("Cost", Estimate::within(68.0, 41.0, 95.0), euro()).unit("a month"),
        Figure::new(
            "Share of false positives",
            Estimate::exact(0.557),
            Form::Percent,
        ),
    ];
    hosting.evidence = Some(Table {
        caption: "Blocked and benign".to_owned(),
        columns: vec![Column::new("URL", ColumnKind::Code), Column::new("score", ColumnKind::Figure(Form::Rate))],
        rows: vec![
            vec!["hxxps://martas-keramik.weebly.example/contact".into(), 0.962.into()],
            vec!["hxxp://login.paypal.example.\u{202e}moc.elpmaxe/<script>alert(1)</script>?q=\"><img src=x onerror=alert(1)>".into(), 0.951.into()],
        ],
        note: String::new(),
    });
    hosting.remedy = Some(Remedy {
        advice: Text::plain(
            "Review instead of block on hosts that the task lists as shared hosting.",
        ),
        snippet: Some(Snippet::Task(
            "[[costs.overrides]]\nslice = \"host.is_free_hosting\"\nfalse_positive = 40".to_owned(),
        )),
        misses: Text::plain("11 of 4,210 phishing pages there, about 1.3 a day at your traffic."),
    });
    hosting
}

fn curves() -> Section {
    Section {
        id: "curves".to_owned(),
        title: "How well it tells them apart".to_owned(),
        reader: Reader::DataScientist,
        blocks: [
            plots::score_distributions(),
            plots::roc(),
            plots::precision_recall(),
            plots::reliability(),
            plots::cost(),
            plots::over_time(),
        ]
        .map(Block::Plot)
        .to_vec(),
    }
}

fn groups() -> Section {
    let rows = [
        (
            "https://secure-login.example/pp/verify?session=8a7f",
            0.18,
            12.0,
        ),
        ("http://192.0.2.7/~user/webmail/index.htm", 0.11, 9.0),
        ("https://xn--pypal-4ve.example/signin", 0.09, 4.0),
        ("http://a.example/\0\u{1b}[31m/\u{200b}account", 0.02, 1.0),
    ];
    Section {
        id: "misses".to_owned(),
        title: "The costliest misses".to_owned(),
        reader: Reader::Analyst,
        blocks: vec![Block::Table(Table {
            caption: "Let through, by campaign".to_owned(),
            columns: vec![
                Column::new("one of them", ColumnKind::Code),
                Column::new("family", ColumnKind::Text),
                Column::new("event", ColumnKind::Digest),
                Column::new("score", ColumnKind::Figure(Form::Rate)),
                Column::new("events", ColumnKind::Figure(Form::Count)),
                Column::new("cost a month", ColumnKind::Figure(euro())),
            ],
            rows: rows
                .iter()
                .map(|(url, score, events)| {
                    vec![(*url).into(), "phishing".into(), "5b1c3e0f9a7d4c2288aa01f6c3e4d5b6".into(), (*score).into(), (*events).into(), (events * 1_000.0).into()]
                })
                .collect(),
            note: "Campaigns are near-duplicates of each other; the one with the lowest score stands for its campaign.".to_owned(),
        })],
    }
}

fn windows() -> Section {
    let rows = (0..24).map(|index| {
        let month = index % 12 + 1;
        let benign = 380.0 + 23.0 * f64::from(index % 7);
        let tpr = 0.97 - 0.004 * f64::from(index);
        vec![
            Cell::from(format!("{}-{month:02}", 2019 + index / 12)),
            benign.into(),
            (benign * 2.7).round().into(),
            Estimate::within(tpr, tpr - 0.03, tpr + 0.012).into(),
            if index % 5 == 3 {
                Estimate::at_most(3.0 / benign).into()
            } else {
                Estimate::within(0.0102, 0.0041, 0.0215).into()
            },
            if index == 9 {
                Estimate::unknown("fewer than 10 events").into()
            } else {
                Estimate::within(0.44, 0.36, 0.53).into()
            },
        ]
    });
    Section {
        id: "months".to_owned(),
        title: "Month by month".to_owned(),
        reader: Reader::DataScientist,
        blocks: vec![Block::Table(Table {
            caption: "The same figures by month".to_owned(),
            columns: vec![
                Column::new("month", ColumnKind::Text),
                Column::new("benign", ColumnKind::Figure(Form::Count)),
                Column::new("malicious", ColumnKind::Figure(Form::Count)),
                Column::new("TPR at FPR 0.01", ColumnKind::Figure(Form::Percent)),
                Column::new("FPR", ColumnKind::Figure(Form::Rate)),
                Column::new("EUR per 1,000", ColumnKind::Figure(Form::Number)),
            ],
            rows: rows.collect(),
            note: "Intervals are 95 % (Clopper-Pearson).".to_owned(),
        })],
    }
}

fn empty() -> Section {
    Section {
        id: "slices".to_owned(),
        title: "By family, source and slice".to_owned(),
        reader: Reader::Analyst,
        blocks: vec![
            Block::List {
                items: vec![
                    Text::plain("By family: ")
                        .strong("login pages")
                        .then(" 96 % caught, ")
                        .strong("invoices")
                        .then(" 71 %."),
                    Text::from("By trust: own data alone cannot be judged, there is none."),
                ],
            },
            Block::Table(Table {
                caption: "Slices of the task".to_owned(),
                columns: vec![Column::new("slice", ColumnKind::Text)],
                ..Table::default()
            }),
        ],
    }
}
