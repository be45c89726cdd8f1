//! Mails before and after: what goes, what stays, and what rewriting owes on any bytes.

use proptest::prelude::*;
use ringtrue_core::PseudonymKey;

use super::*;

const KEEP: MailRules = MailRules {
    from: PrivacyRule::Keep,
    to: PrivacyRule::Keep,
    cc: PrivacyRule::Keep,
    subject: PrivacyRule::Keep,
    body: PrivacyRule::Keep,
    addresses: PrivacyRule::Keep,
    masks_secrets: false,
};

fn key() -> PseudonymKey {
    PseudonymKey::new([9; 32])
}

const MAIL: &str = "Return-Path: <bounce-ann=corp.example@list.example>\r\n\
Received: from a.example by b.example\r\n\tfor <ann@corp.example>; Mon, 1 Jan 2024 00:00:00 +0000\r\n\
From: \"Bob Miller\" <bob@shop.example>\r\n\
To: Ann Lee <Ann@corp.example>,\r\n =?utf-8?B?Q2Fyb2w=?= <carol@corp.example>\r\n\
Subject: =?utf-8?Q?Your_order,_Ann?=\r\n\
Message-ID: <2024.77@shop.example>\r\n\
Content-Type: multipart/mixed; boundary=\"b1\"\r\n\
\r\n\
preamble\r\n\
--b1\r\n\
Content-Type: text/plain; charset=utf-8\r\n\
Content-Transfer-Encoding: quoted-printable\r\n\
\r\n\
Dear Ann, write to ann=40corp.example or http://x.example/?u=ann%40corp.exa=\r\n\
mple&t=3D1 gr=C3=BC=C3=9Fe\r\n\
--b1\r\n\
Content-Type: text/html; charset=utf-8\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
PGEgaHJlZj0iaHR0cDovL3guZXhhbXBsZS8/ZT1hbm5AY29ycC5leGFtcGxlIj5IZWxsbyBBbm48L2E+\r\n\
--b1\r\n\
Content-Type: image/png\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
iVBORw0KGgo=\r\n\
--b1--\r\n\
epilogue ann@corp.example\r\n";

#[test]
fn every_address_goes_and_the_structure_stays() {
    let rules = MailRules {
        addresses: PrivacyRule::Hash,
        ..KEEP
    };
    let out = rules.rewrite(MAIL, &key());
    let ann = key().of_address("ann@corp.example");
    let local = ann.split_once('@').unwrap().0;
    assert!(
        out.contains(&format!("bounce-{local}=corp.example@")) || !out.contains("bounce-ann"),
        "{out}"
    );
    assert!(out.contains(&format!("for <{ann}>")), "{out}");
    assert!(
        out.contains(&format!("Ann Lee <{ann}>")),
        "names stay: {out}"
    );
    assert!(out.contains("Message-ID: <2024.77@shop.example>"), "{out}");
    assert!(out.contains(&format!("epilogue {ann}")), "{out}");
    let plain = out.to_lowercase();
    for gone in ["ann@", "ann%40", "ann=40", "ann=corp", "carol@", "bob@"] {
        assert!(!plain.contains(gone), "{gone}: {out}");
    }
    // The HTML part: `<a href="http://x.example/?e=...`.
    assert!(
        !out.contains("YW5uQGNvcnA") && !out.contains("ZT1hbm5"),
        "{out}"
    );
    assert!(out.contains("iVBORw0KGgo=\r\n--b1--\r\n"), "{out}");
    let boundaries = |text: &str| text.lines().filter(|line| line.starts_with("--b1")).count();
    assert_eq!(boundaries(&out), boundaries(MAIL));
    assert!(out.contains("gr=C3=BC=C3=9Fe"), "{out}");
}

#[test]
fn senders_subjects_and_bodies_follow_their_rules() {
    let rules = MailRules {
        from: PrivacyRule::Hash,
        to: PrivacyRule::Drop,
        subject: PrivacyRule::Tokenise,
        body: PrivacyRule::Tokenise,
        ..KEEP
    };
    let out = rules.rewrite(MAIL, &key());
    assert!(
        !out.contains("\r\nTo:") && !out.contains("Carol") && !out.contains("Q2Fyb2w"),
        "{out}"
    );
    assert!(
        !out.contains("Bob") && !out.contains("Miller") && !out.contains("bob@"),
        "{out}"
    );
    assert!(out.contains(&key().of_address("bob@shop.example")), "{out}");
    let subject = out
        .lines()
        .find(|line| line.starts_with("Subject:"))
        .unwrap();
    assert!(
        subject.len() == "Subject: Your order, Ann".len(),
        "{subject}"
    );
    assert!(!subject.contains("order"), "{subject}");
    assert!(
        !out.contains("Dear") && out.contains("http://x.example/?u="),
        "{out}"
    );
    let dropped = MailRules {
        body: PrivacyRule::Drop,
        ..KEEP
    }
    .rewrite(MAIL, &key());
    assert!(
        !dropped.contains("Dear") && !dropped.contains("iVBOR") && !dropped.contains("epilogue")
    );
    assert!(
        dropped.contains("--b1--") && dropped.contains("Content-Type: image/png"),
        "{dropped}"
    );
}

#[test]
fn html_keeps_its_tags_and_nested_messages_follow_too() {
    let raw = "Content-Type: message/rfc822\n\nFrom: Ann <ann@corp.example>\nContent-Type: text/html\n\n<p class=x>Hello <b>Ann</b> at http://x.example/a</p>\n";
    let rules = MailRules {
        from: PrivacyRule::Hash,
        body: PrivacyRule::Tokenise,
        ..KEEP
    };
    let out = rules.rewrite(raw, &key());
    assert!(
        out.contains("<p class=x>") && out.contains("<b>") && out.contains("</b>"),
        "{out}"
    );
    assert!(out.contains("http://x.example/a"), "{out}");
    assert!(
        !out.contains("Hello") && !out.contains("Ann") && !out.contains("ann@"),
        "{out}"
    );
}

#[test]
fn secrets_and_whole_messages_in_base64() {
    let rules = MailRules {
        masks_secrets: true,
        ..KEEP
    };
    let raw = "Subject: hi\n\nThe password: hunter2-9 is yours\n";
    let out = rules.rewrite(raw, &key());
    assert!(out.contains("password: __secret_password_"), "{out}");
    // The same message in base64.
    let encoded = "U3ViamVjdDogaGkKClRoZSBwYXNzd29yZDogaHVudGVyMi05IGlzIHlvdXJzCg==";
    assert_eq!(rules.rewrite(encoded, &key()), out);
    assert_eq!(KEEP.rewrite(encoded, &key()), encoded);
}

#[test]
fn deep_and_endless_mails_take_their_time_only() {
    let rules = MailRules {
        addresses: PrivacyRule::Hash,
        body: PrivacyRule::Tokenise,
        subject: PrivacyRule::Tokenise,
        masks_secrets: true,
        ..KEEP
    };
    let nest = "Content-Type: message/rfc822\n\n".repeat(20_000);
    let parts = "Content-Type: multipart/mixed; boundary=a\n\n--a\n".repeat(20_000);
    let headers = "To: a@b.example\n".repeat(50_000);
    let fold = format!("Subject: x\n{}", " =?utf-8?Q?a\n".repeat(50_000));
    let words = format!("\n\n{}", "=?".repeat(200_000));
    for raw in [nest, parts, headers, fold, words] {
        assert!(!rules.rewrite(&raw, &key()).is_empty());
    }
}

/// Lines out of which hostile mails are made.
fn lines() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "From: Zed <zed@b.example>\n",
        "To:\r\n",
        " folded\n",
        "\n",
        "\r\n",
        "--x\n",
        "--x--\n",
        "Content-Type: multipart/mixed; boundary=x\n",
        "Content-Type: message/rfc822\n",
        "Content-Transfer-Encoding: base64\n",
        "Content-Transfer-Encoding: quoted-printable\n",
        "emVkQGIuZXhhbXBsZQ==\n",
        "zed=40b.example=\n",
        "\u{e4}\u{f6} words zed@b.example\n",
        "Subject: =?utf-8?B?YQ==?=\n",
        "=?",
    ]);
    prop::collection::vec(line, 0..24).prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn what_is_kept_is_kept_and_nothing_panics(raw in lines()) {
        prop_assert_eq!(&KEEP.rewrite(&raw, &key()), &raw);
        let rules = MailRules {
            from: PrivacyRule::Hash,
            to: PrivacyRule::Hash,
            addresses: PrivacyRule::Hash,
            ..KEEP
        };
        let out = rules.rewrite(&raw, &key());
        prop_assert!(!out.contains("zed@b.example"), "{}", out);
    }
}

#[test]
fn fields_are_told_as_where_mails_are_read() {
    let rules = MailRules {
        from: PrivacyRule::Hash,
        addresses: PrivacyRule::Hash,
        ..KEEP
    };
    for raw in [
        "From : Ann <ann@corp.example>\nSubject: x\n\nhi\n",
        "From: b@c.example\nContent-Type: text/plain\nContent-Type: image/png\n\nann@corp.example\n",
    ] {
        let out = rules.rewrite(raw, &key());
        assert!(!out.contains("ann@corp.example"), "{out}");
    }
    let rules = MailRules {
        addresses: PrivacyRule::Keep,
        ..rules
    };
    let out = rules.rewrite("From : Ann <ann@corp.example>\n\nhi\n", &key());
    assert!(
        !out.contains("ann@corp.example") && out.starts_with("From :"),
        "{out}"
    );
}
