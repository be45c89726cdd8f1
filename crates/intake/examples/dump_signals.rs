//! Temporary: URLs on stdin, float32 rows on stdout, timing on stderr.
#![expect(clippy::print_stderr, clippy::unwrap_used, clippy::disallowed_methods, reason = "a throw-away measurement")]
use std::io::{Read, Write};
fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let limits = ringtrue_core::Limits::default();
    let mut row = Vec::new();
    let mut out = std::io::BufWriter::new(std::io::stdout());
    let urls: Vec<&str> = text.split('\u{1}').collect();
    for u in &urls { ringtrue_intake::url::signals(u, &limits, &mut row); for v in &row { out.write_all(&v.to_le_bytes()).unwrap(); } }
    let t = std::time::Instant::now();
    let mut sum = 0.0;
    for u in &urls { ringtrue_intake::url::signals(u, &limits, &mut row); sum += row[4]; }
    let d = t.elapsed().as_nanos() as f64 / urls.len() as f64;
    let t = std::time::Instant::now();
    for u in &urls { let (p, _) = ringtrue_intake::url::UrlParts::parse(u, &limits); sum += p.host().len() as f32; }
    let p = t.elapsed().as_nanos() as f64 / urls.len() as f64;
    let mut tokens = Vec::new(); let parameters = ringtrue_intake::text::TextParameters::default(); let mut n = 0;
    let t = std::time::Instant::now();
    for u in &urls { let (p, _) = ringtrue_intake::url::UrlParts::parse(u, &limits); tokens.clear(); ringtrue_intake::text::tokens(&p, &parameters, &mut tokens); n += tokens.len(); }
    let k = t.elapsed().as_nanos() as f64 / urls.len() as f64;
    eprintln!("{} urls, {} bytes mean; parse {p:.0} ns, parse+signals {d:.0} ns, parse+tokens {k:.0} ns, {} tokens mean; {sum}", urls.len(), text.len() / urls.len(), n / urls.len());
    eprintln!("{}", ringtrue_intake::url::schema().signals.iter().map(|s| format!("{}/{}", s.theme, s.name)).collect::<Vec<_>>().join(","));
}
