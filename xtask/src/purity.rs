//! Do the pure crates leave files, sockets, clocks, the environment and the terminal alone?
//!
//! A reading of the text, not of the program: it finds the names by which the standard library
//! offers these. Comments and tests are not read.

use crate::layers::{Layer, World};
use crate::sources::Source;

/// Modules of the standard library that reach the world. Of `net` only the sockets do.
const MODULES: [&str; 3] = ["fs", "env", "process"];

/// Words that reach the world wherever they stand.
const WORDS: [&str; 11] = [
    "SystemTime",
    "Instant",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "UnixStream",
    "ToSocketAddrs",
    "println",
    "print",
    "eprintln",
    "eprint",
];

/// Of those, the ones that do so only as macros.
const MACROS: [&str; 4] = ["println", "print", "eprintln", "eprint"];

/// Lists what the product code of the pure crates uses of the world.
pub(crate) fn check(layers: &[Layer], sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for layer in layers.iter().filter(|layer| layer.world == World::Pure) {
        let folder = format!("crates/{}/src/", layer.name);
        let of_crate = |source: &&Source| source.is_rust() && source.path.starts_with(&folder);
        for source in sources.iter().filter(of_crate) {
            for name in uses_of_world(source) {
                let path = &source.path;
                found.push(format!("{path}: a pure crate may not use: {name}"));
            }
        }
    }
    found
}

/// The names of the world in a file, in order and once each.
fn uses_of_world(source: &Source) -> Vec<String> {
    let code: Vec<&str> = source
        .product_lines()
        .map(|(_, line)| line.split("//").next().unwrap_or(""))
        .collect();
    let tokens = tokens(&code.join("\n"));
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let next = tokens.get(index + 1).map_or("", String::as_str);
        let word =
            WORDS.contains(&token.as_str()) && (!MACROS.contains(&token.as_str()) || next == "!");
        let clock =
            token == "now" && index > 0 && tokens.get(index - 1).is_some_and(|it| it == "::");
        if word || clock {
            found.push(token.clone());
        }
        if token == "std" && next == "::" {
            found.extend(modules_after(tokens.get(index + 2..).unwrap_or(&[])));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The modules named after `std::`, alone or at the first level of a brace.
fn modules_after(tokens: &[String]) -> Vec<String> {
    let is_module = |token: &String| MODULES.contains(&token.as_str());
    if tokens.first().is_none_or(|token| token != "{") {
        return tokens
            .iter()
            .take(1)
            .filter(|token| is_module(token))
            .cloned()
            .collect();
    }
    let mut depth = 0_usize;
    let mut found = Vec::new();
    let mut before = "";
    for token in tokens {
        match token.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => break,
            "}" => depth = depth.saturating_sub(1),
            _ if depth == 1 && before != "::" && is_module(token) => found.push(token.clone()),
            _ => {}
        }
        before = token;
    }
    found
}

/// Cuts code into words, `::`, and single other characters; white space is left out.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut after_letter = false;
    for character in code.chars() {
        let is_letter = character.is_alphanumeric() || character == '_';
        let joins = (is_letter && after_letter)
            || (character == ':' && tokens.last().is_some_and(|last| last == ":") && !after_letter);
        after_letter = is_letter;
        if character.is_whitespace() {
            continue;
        }
        match tokens.last_mut() {
            Some(last) if joins => last.push(character),
            _ => tokens.push(character.to_string()),
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        uses_of_world(&Source {
            path: "crates/core/src/lib.rs".to_owned(),
            text: text.to_owned(),
        })
    }

    #[test]
    fn each_way_to_the_world_is_found() {
        assert_eq!(found("let text = std::fs::read(path);"), ["fs"]);
        assert_eq!(found("use std::net::{Ipv4Addr, TcpStream};"), ["TcpStream"]);
        assert_eq!(
            found("use std::{\n    collections::BTreeMap,\n    env,\n};"),
            ["env"]
        );
        assert_eq!(found("use std::{fmt, fs::{self, File}};"), ["fs"]);
        assert_eq!(found("use std::time::{Duration, Instant};"), ["Instant"]);
        assert_eq!(found("let then = jiff::Timestamp::now();"), ["now"]);
        assert_eq!(found("println!(\"{x}\");"), ["println"]);
    }

    #[test]
    fn what_only_looks_like_it_is_not() {
        assert!(found("use std::{fmt, path::{self, env}};").is_empty());
        assert!(found("let env = core::fs; let now = print(5);").is_empty());
        assert!(found("use std::time::Duration; // not Instant").is_empty());
        assert!(found("use std::net::Ipv4Addr;").is_empty());
        assert!(found("//! println!(\"a document\")").is_empty());
        assert!(found("fn a() {}\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n").is_empty());
    }

    #[test]
    fn only_pure_crates_are_read() {
        let text = "use std::fs;".to_owned();
        let at = |path: &str| {
            vec![Source {
                path: path.to_owned(),
                text: text.clone(),
            }]
        };
        let layers = &crate::layers::LAYERS;
        assert_eq!(check(layers, &at("crates/core/src/lib.rs")).len(), 1);
        assert!(check(layers, &at("crates/store/src/lib.rs")).is_empty());
        assert!(check(layers, &at("crates/core/examples/a.rs")).is_empty());
    }
}
