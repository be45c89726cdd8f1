//! The queue as a page: what to look at, and why.

use ringtrue_report::{
    Block, Cell, Column, ColumnKind, Document, Fact, Form, Outcome as Answer, Reader, Section,
    Status, Table, Text,
};
use serde_json::Value;

use crate::label_queue::{Card, Made};

/// Makes the document; `data` goes along for programs.
pub(crate) fn queue_document(made: &Made, data: Value) -> Document {
    let status = Status::new(Answer::Informs, made.summary());
    let mut document = Document::new(format!("Label queue: {}", made.task.name), status);
    let texts = made.assumed.iter().map(|it| Text::plain(it.clone()));
    document.caveats.assumed = texts.collect();
    document.sections = vec![Section {
        id: "label-queue".to_owned(),
        title: "What to look at next".to_owned(),
        reader: Reader::Both,
        blocks: vec![Block::Table(table(made))],
    }];
    document.facts = vec![
        Fact::new("events", made.events.to_string()),
        Fact::new("open", made.queue.open.to_string()),
        Fact::new("others look at", made.queue.leased.to_string()),
        Fact::new("judged by", made.queue.judge.words().to_owned()),
        Fact::new("task", made.task.digest().to_string()),
    ];
    document.data = data;
    document
}

fn table(made: &Made) -> Table {
    let row = |card: &Card| -> Vec<Cell> {
        vec![
            card.why.as_str().into(),
            Cell::from(card.campaign_size as f64),
            Cell::from(card.worth),
            card.text.clone().into(),
            card.reasons.join("; ").into(),
        ]
    };
    Table {
        caption: "All shares in turn, the strongest of each first".to_owned(),
        columns: vec![
            Column::new("why", ColumnKind::Text),
            Column::new("stands for", ColumnKind::Figure(Form::Count)),
            Column::new("worth", ColumnKind::Figure(Form::Number)),
            Column::new("event", ColumnKind::Code),
            Column::new("reasons", ColumnKind::Text),
        ],
        rows: made.cards.iter().map(row).collect(),
        note: format!("Worth in {}.", made.task.costs.currency),
    }
}
