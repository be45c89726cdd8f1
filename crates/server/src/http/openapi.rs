//! What can be asked, as a document of `OpenAPI` 3.1: made from the router's table, so that it names every path and no other.

use serde_json::{Map, Value, json};

use super::router::{Answers, Brings, Way, ways};
use crate::config::Scope;

/// What the answers are made of, as JSON Schema (2020-12).
const SCHEMAS: &str = include_str!("schemas.json");

/// Returns the document.
pub(super) fn document() -> Value {
    let mut paths = Map::new();
    for way in ways() {
        let path = paths.entry(way.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(way.method.to_owned(), operation(&way));
        }
    }
    // What is compiled in reads: its test says so.
    let schemas: Value = serde_json::from_str(SCHEMAS).unwrap_or_default();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "ringtrue",
            "summary": "Verdicts inline, each logged before it is told",
            "version": "1",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {"Problem": answer("It fails", &schema("Problem"))},
        },
    })
}

fn operation(way: &Way) -> Value {
    let mut operation = json!({
        "operationId": way.name,
        "summary": way.summary,
        "responses": {
            "200": answers(way.answers),
            "default": {"$ref": "#/components/responses/Problem"},
        },
    });
    let Some(fields) = operation.as_object_mut() else {
        return operation;
    };
    let parameters = parameters(way);
    if !parameters.is_empty() {
        fields.insert("parameters".to_owned(), Value::Array(parameters));
    }
    if let Some(body) = body(way.brings) {
        fields.insert("requestBody".to_owned(), body);
    }
    if let Some(scope) = way.scope {
        let token = json!([{"token": [word(scope)]}, {}]);
        fields.insert("security".to_owned(), token);
    }
    operation
}

fn parameters(way: &Way) -> Vec<Value> {
    let mut parameters = Vec::new();
    if way.path.contains("{id}") {
        parameters.push(json!({
            "name": "id",
            "in": "path",
            "required": true,
            "description": "What the verdict is called by",
            "schema": schema("VerdictId"),
        }));
    }
    if way.name == "score" {
        parameters.push(json!({
            "name": "reasons",
            "in": "query",
            "description": "At most so many reasons for each score",
            "schema": {"type": "integer", "minimum": 0, "maximum": 64, "default": 0},
        }));
        parameters.push(json!({
            "name": "route",
            "in": "query",
            "description": "A named way of the configuration by which the events come",
            "schema": {"type": "string"},
        }));
    }
    parameters
}

fn body(brings: Brings) -> Option<Value> {
    let text = json!({"schema": {"type": "string"}});
    let object = json!({"type": "object"});
    let content = match brings {
        Brings::Nothing => return None,
        Brings::Events => json!({
            "application/json": {"schema": one_or_list(&object)},
            "application/x-ndjson": text,
            "message/rfc822": text,
            "text/plain": text,
            "application/vnd.apache.arrow.stream": {"schema": {"type": "string", "format": "binary"}},
        }),
        Brings::Feedback => json!({
            "application/json": {"schema": one_or_list(&schema("Feedback"))},
        }),
    };
    Some(json!({"required": true, "content": content}))
}

fn one_or_list(one: &Value) -> Value {
    json!({"oneOf": [one, {"type": "array", "items": one, "minItems": 1}]})
}

fn answers(answers: Answers) -> Value {
    let text = |form: &str| json!({"description": "Text", "content": {form: {"schema": {"type": "string"}}}});
    match answers {
        Answers::Word => text("text/plain"),
        Answers::Metrics => text("application/openmetrics-text"),
        Answers::Object(name) => answer("It is done", &schema(name)),
        Answers::Objects(name) => {
            let mut answer = answer(
                "One object or mail is answered by one object",
                &schema(name),
            );
            // The format has no word for one object a line.
            answer["content"]["application/x-ndjson"] = json!({
                "schema": {"type": "string", "description": format!("A `{name}` a line, in the order of the events")},
            });
            answer
        }
    }
}

fn answer(description: &str, schema: &Value) -> Value {
    json!({
        "description": description,
        "content": {"application/json": {"schema": schema}},
    })
}

fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

const fn word(scope: Scope) -> &'static str {
    match scope {
        Scope::Score => "score",
        Scope::Explain => "explain",
        Scope::Feedback => "feedback",
        Scope::Verdicts => "verdicts",
        Scope::Metrics => "metrics",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_the_published_one() {
        let published = include_str!("../../../../docs/reference/openapi.json");
        let published: Value = serde_json::from_str(published).unwrap();
        assert_eq!(
            document(),
            published,
            "publish `GET /openapi.json` there, if it is meant so"
        );
    }

    #[test]
    fn what_it_refers_to_is_there() {
        let document = document();
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
