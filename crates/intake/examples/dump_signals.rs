//! Temporary: URLs on stdin, float32 rows on stdout, timing on stderr.
#![expect(
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a throw-away measurement"
)]
use ringtrue_intake::{text, url};
use std::io::{Read, Write};
fn best(urls: &[&str], mut f: impl FnMut(&str)) -> f64 {
    let mut v: Vec<f64> = urls
        .chunks(500)
        .map(|c| {
            let t = std::time::Instant::now();
            c.iter().for_each(|u| f(u));
            t.elapsed().as_nanos() as f64 / c.len() as f64
        })
        .collect();
    v.sort_by(f64::total_cmp);
    v[v.len() / 4]
}
fn main() {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).unwrap();
    let limits = ringtrue_core::Limits::default();
    let mut row = Vec::new();
    let mut out = std::io::BufWriter::new(std::io::stdout());
    let urls: Vec<&str> = input.split('\u{1}').collect();
    for u in &urls {
        url::signals(u, &limits, &mut row);
        for v in &row {
            out.write_all(&v.to_le_bytes()).unwrap();
        }
    }
    let mut sum = 0.0;
    let mut n = 0;
    let parse = best(&urls, |u| {
        sum += url::UrlParts::parse(u, &limits).0.host().len() as f32
    });
    let signals = best(&urls, |u| {
        url::signals(u, &limits, &mut row);
        sum += row[4];
    });
    let mut tokens = Vec::new();
    let parameters = text::TextParameters::default();
    let tok = best(&urls, |u| {
        let (p, _) = url::UrlParts::parse(u, &limits);
        tokens.clear();
        text::tokens(&p, &parameters, &mut tokens);
        n += tokens.len();
    });
    eprintln!(
        "{} urls, {} bytes mean; lower quartile of chunks: parse {parse:.0} ns, parse+signals {signals:.0} ns, parse+tokens {tok:.0} ns, {} tokens mean; {sum}",
        urls.len(),
        input.len() / urls.len(),
        n / urls.len()
    );
    eprintln!(
        "{}",
        url::schema()
            .signals
            .iter()
            .map(|s| format!("{}/{}", s.theme, s.name))
            .collect::<Vec<_>>()
            .join(",")
    );
}
