//! Messages as a whole: what is read of them, which limits hold, and how long hostile ones take.

use super::*;

fn parse(raw: &str) -> (Mail, Vec<ParseIssue>) {
    Mail::parse(raw.as_bytes(), &Limits::default())
}

#[test]
fn both_alternatives_are_read() {
    let (mail, issues) = parse(
        "From: \"A\" <a@b.example>\nSubject: =?utf-8?q?caf=C3=A9?=\nMIME-Version: 1.0\n\
         Content-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/plain\n\nplain www.c.example\n\
         --x\nContent-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n\
         <p>p=E9ge <a href=3D\"http://d.example/z\">e</a></p>\n--x--\n",
    );
    assert_eq!(issues, []);
    assert_eq!(mail.subject(), "café");
    assert_eq!(mail.body(), "plain www.c.example\npége e\n");
    assert_eq!(mail.body().get(mail.pages_start..), Some("pége e\n"));
    assert_eq!(mail.link_hosts, "www.c.example\nd.example\n");
    assert_eq!(mail.link_tails, "/z\n");
    assert_eq!(mail.sender().map(Mailbox::owner), Some("b.example"));
}

#[test]
fn files_and_nested_messages() {
    let (mail, issues) = parse(
        "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: message/rfc822\n\nSubject: inner\n\ninner text\n\
         --x\nContent-Type: application/octet-stream; name=a.exe\nContent-Transfer-Encoding: base64\n\nTVo=\n--x--\n",
    );
    assert_eq!(issues, []);
    assert_eq!(mail.body(), "inner text\n");
    assert_eq!(mail.file_names, "a.exe\n");
    assert!(mail.attachments.iter().all(Attachment::runs));
}

#[test]
fn boundaries_are_read_however_they_are_spelt() {
    for spelling in [
        "boundary=\"a b'c\"",
        "boundary*=us-ascii'en'a%20b%27c",
        "boundary*=''a%20b%27c",
        "boundary*0=\"a b\"; boundary*1=\"'c\"",
        "boundary*1=\"'c\"; boundary*0=\"a b\"",
        "boundary*0*=utf-8''a%20; boundary*1*=b%27; boundary*2=c",
        "BOUNDARY*0=\"a \";\n boundary*1=\"b'\";\n boundary*2=c",
    ] {
        let (mail, issues) = parse(&format!(
            "Content-Type: multipart/mixed; {spelling}\n\nbefore\n--a b'c\nContent-Type: text/html\n\n\
             <a href=\"http://d.example/z\">e</a>\n--a b'c\nContent-Disposition: attachment; filename=a.exe\n\nMZ\n--a b'c--\n"
        ));
        assert_eq!(issues, [], "{spelling}");
        assert_eq!(mail.structure.boundary, "a b'c", "{spelling}");
        assert_eq!(
            (mail.body(), &*mail.file_names),
            ("e\n", "a.exe\n"),
            "{spelling}"
        );
        assert_eq!(mail.link_hosts, "d.example\n", "{spelling}");
    }
}

#[test]
fn issues_say_what_was_left_out() {
    let small = Limits {
        mail_bytes_max: 400,
        mail_parts_max: 3,
        mail_headers_max: 2,
        mail_urls_max: 1,
        mail_decoded_bytes_max: 20,
        ..Limits::default()
    };
    let raw = format!(
        "A: 1\nbroken\nContent-Type: multipart/mixed; boundary=x\nC: 1\n\n{}--x\n",
        "--x\n\nhttp://a.example http://b.example\n".repeat(20)
    );
    let (_, issues) = Mail::parse(raw.as_bytes(), &small);
    assert_eq!(
        issues,
        [
            ParseIssue::TooLong {
                bytes: raw.len(),
                limit: 400
            },
            ParseIssue::HeaderBroken { lines: 1 },
            ParseIssue::HeadersCut,
            ParseIssue::TooManyParts { limit: 3 },
            ParseIssue::Unclosed,
            ParseIssue::ContentCut,
        ]
    );
    assert_eq!(parse("").1, [ParseIssue::Empty,]);
    assert_eq!(parse("just text\n").1, [ParseIssue::HeaderMissing]);
    let links = Limits {
        mail_urls_max: 1,
        ..Limits::default()
    };
    let (mail, issues) = Mail::parse(b"A: b\n\nhttp://a.example http://b.example\n", &links);
    assert_eq!(issues, [ParseIssue::TooManyLinks { limit: 1 }]);
    assert_eq!(mail.links.len(), 1);
    let (_, issues) = parse("Content-Transfer-Encoding: quoted-printable\n\na=ZZ\n");
    assert_eq!(issues, [ParseIssue::EncodingBroken { parts: 1 }]);
}
