//! Secrets that must be found, texts that hold none, and what masking owes on any text.

use proptest::prelude::*;
use ringtrue_core::PseudonymKey;

use super::*;

fn key() -> PseudonymKey {
    PseudonymKey::new([5; 32])
}

/// Checks that exactly `secret` is found in `text`, as `kind`.
#[track_caller]
fn check(text: &str, kind: SecretKind, secret: &str) {
    let found = find(text);
    let told: Vec<(&str, &str)> = found
        .iter()
        .map(|it| (it.kind.word(), text.get(it.range.clone()).unwrap()))
        .collect();
    assert_eq!(told, [(kind.word(), secret)], "{text}");
    let masked = mask(text, &key());
    assert!(!masked.contains(secret), "{masked}");
    assert_eq!(mask(&masked, &key()), masked, "{masked}");
}

/// Puts a mark before letters, so that no scanner of repositories takes a test for a leak.
fn made(mark: &str, letters: &str) -> String {
    format!("{mark}{letters}")
}

#[test]
fn keys_of_providers_are_found_by_their_mark() {
    let long = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8";
    let first = |count: usize| long.get(..count).unwrap();
    for (mark, rest, kind) in [
        ("AKIA", "IOSFODNN7EXAMPLE", SecretKind::AwsKey),
        ("AIza", first(35), SecretKind::GcpKey),
        ("ghp_", first(36), SecretKind::GithubToken),
        ("glpat-", first(20), SecretKind::GitlabToken),
        ("xoxb-", "123456789012-abcdefABCDEF", SecretKind::SlackToken),
        ("sk_live_", first(24), SecretKind::StripeKey),
        ("npm_", first(36), SecretKind::ServiceToken),
    ] {
        let secret = made(mark, rest);
        check(&format!("export X={secret}; ls"), kind, &secret);
        check(&format!("{{\"k\":\"{secret}\"}}"), kind, &secret);
        // Within a longer word it is something else.
        assert_eq!(find(&format!("z{secret}")), [], "{secret}");
    }
    assert_eq!(find("AKIA is a prefix; akiaiosfodnn7example too"), []);
    assert_eq!(find("https://example.com/?a=1&sig=short"), []);
}

#[test]
fn tokens_and_private_keys_are_found_by_their_form() {
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLXNpZ25hdHVyZQ";
    check(
        &format!("curl -b t={token} http://a.example/"),
        SecretKind::Jwt,
        token,
    );
    assert_eq!(find("eyJhbGciOiJIUzI1NiJ9 alone"), []);
    let body = "\nMIIBOgIBAAJBAKj34GkxFhD9\n3Nj0S2Xz\n";
    let pem = |name: &str| format!("x -----BEGIN {name}-----{body}-----END {name}----- y");
    check(&pem("RSA PRIVATE KEY"), SecretKind::PrivateKey, body);
    assert_eq!(find(&pem("CERTIFICATE")), []);
    let cut = "-----BEGIN PRIVATE KEY-----\\nMIIBOgIBAAJB";
    assert_eq!(find(cut).len(), 1, "a key without an end is one too");
}

#[test]
fn passwords_on_command_lines() {
    for (text, secret) in [
        ("mysql -u root -pS3cr3t! shop", "S3cr3t!"),
        (
            "mysqldump --all-databases -p'two words' > d.sql",
            "two words",
        ),
        ("sshpass -p hunter2 ssh ann@192.0.2.7", "hunter2"),
        ("curl -s -u ann:hunter2 https://a.example/", "hunter2"),
        ("curl --user=ann:hunter2 https://a.example/", "hunter2"),
        ("redis-cli -h 192.0.2.1 -a hunter2 ping", "hunter2"),
        ("smbclient //192.0.2.3/share -U ann%hunter2", "hunter2"),
        (
            "openssl enc -aes-256-cbc -pass pass:hunter2 -in a",
            "hunter2",
        ),
        ("tool --password hunter2 --verbose", "hunter2"),
        ("tool --db-password='hun ter' x", "hun ter"),
        ("PGPASSWORD=hunter2 psql -h db", "hunter2"),
        ("export DB_PASS=hunter2", "hunter2"),
        ("MYSQL_PWD=hunter2 mysql", "hunter2"),
        ("{\"password\": \"hunter two\"}", "hunter two"),
        ("echo '{\\\"password\\\":\\\"hunter2\\\"}'", "hunter2"),
        ("http://a.example/?user=a&password=hunter2&x=1", "hunter2"),
        ("Your password: hunter2-9 and more", "hunter2-9"),
        ("docker login -u a -p hunter2 r.example", "hunter2"),
        ("\"/usr/bin/mysql\" '-phunter2' shop", "hunter2"),
        (
            "[\"mysql\",\"-u\",\"root\",\"-pS3cr3t!\",\"shop\"]",
            "S3cr3t!",
        ),
        (
            "[\"sudo\", \"/usr/bin/sshpass\", \"-p\", \"hun, ter\", \"ssh\"]",
            "hun, ter",
        ),
        (
            "[\"curl\",\"-u\",\"ann:hunter2\",\"https://a.example/\"]",
            "hunter2",
        ),
        ("[\"tool\",\"--password\",\"hunter2\",\"-v\"]", "hunter2"),
    ] {
        check(text, SecretKind::Password, secret);
    }
}

#[test]
fn the_rest_of_the_families() {
    let long = "Zx8Qm2Lp9Rt4Vw7Ky1Bn";
    for text in [
        format!("curl -H 'Authorization: Bearer {long}' x"),
        format!("Authorization: Basic {long}\r\nHost: a.example"),
        format!("\"X-Api-Key\": \"{long}\""),
    ] {
        check(&text, SecretKind::Authorization, long);
    }
    check(
        "git clone https://ann:hunter2@git.example/r.git",
        SecretKind::UrlPassword,
        "hunter2",
    );
    for text in [
        format!("AWS_SECRET_ACCESS_KEY={long}/abc"),
        format!("aws_secret_access_key = {long}/abc"),
    ] {
        check(&text, SecretKind::Key, &format!("{long}/abc"));
    }
    check(&format!("--auth-token {long} --x"), SecretKind::Key, long);
}

#[test]
fn what_is_no_secret_stays() {
    for text in [
        "mysql -u root -p shop",
        "docker run -p 8080:80 nginx",
        "ssh -p 2222 ann@192.0.2.7",
        "mkdir -p /opt/password/store",
        "[\"docker\",\"run\",\"-p\",\"8080:80\"]",
        "[\"mysql\",\"-u\",\"root\",\"-p\",\"shop\"]",
        "echo \"we use mysql\" -pages",
        "echo mysql\", -p more",
        "cat /etc/passwd | cut -d: -f1",
        "echo $PASSWORD; tool --password \"$PASSWORD\" --token ${TOKEN}",
        "PWD=/home/ann/src OLDPWD=/",
        "Please reset your password: follow the link below.",
        "password_file=/run/secrets/db passwordless=yes token_type=bearer",
        "the secret: patience, and a token of thanks",
        "if [ \"$pass\" == \"$other\" ]; then bypass=1; compass=north; fi",
        "https://example.com:8443/a@b?c=d:e@f",
        "curl -u ann https://a.example/ --user-agent x:y",
        "tokenizer=default max_tokens=4096 secretary=ann",
        "From: Ann <ann@example.com>\r\nSubject: your new credentials policy: read it",
    ] {
        assert_eq!(find(text), [], "{text}");
    }
}

#[test]
fn nothing_is_left_of_secrets_that_overlap() {
    let token = made("ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let text = format!("curl -u ann:{token}-and-more https://a.example/");
    let masked = mask(&text, &key());
    assert!(!masked.contains("more"), "{masked}");
    assert!(
        masked.starts_with("curl -u ann:__secret_github-token_"),
        "{masked}"
    );
    assert!(masked.ends_with(" https://a.example/"), "{masked}");
}

#[test]
fn equal_secrets_have_equal_marks() {
    let text = "mysql -pS3cr3t a; mysql -pS3cr3t b; mysql -pOther1 c";
    let masked = mask(text, &key()).into_owned();
    let marks: Vec<&str> = masked
        .split_whitespace()
        .filter(|word| word.contains(MARK))
        .collect();
    let [one, two, other] = *marks else {
        panic!("{masked}")
    };
    assert!(one == two && two != other, "{masked}");
    assert_ne!(masked, mask(text, &PseudonymKey::new([6; 32])));
    assert!(masked.starts_with("mysql -p__secret_password_") && masked.ends_with("__ c"));
}

/// Pieces out of which hostile texts are made.
fn pieces() -> impl Strategy<Value = String> {
    let anchors: Vec<String> = SCANNER
        .anchors
        .iter()
        .map(|anchor| anchor.text.to_owned())
        .collect();
    let piece = prop_oneof![
        prop::sample::select(anchors),
        prop::sample::select(vec![
            "=",
            ":",
            " ",
            "-p",
            "'",
            "\"",
            "@",
            "/",
            "\n",
            "$",
            "\u{e4}",
            "__secret_key_",
            "."
        ])
        .prop_map(str::to_owned),
        "[a-zA-Z0-9]{1,40}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn masking_is_whole_and_settled(text in pieces()) {
        let found = find(&text);
        let mut last = 0;
        for it in &found {
            prop_assert!(it.range.start >= last && it.range.end > it.range.start);
            prop_assert!(text.get(it.range.clone()).is_some());
            last = it.range.end;
        }
        let masked = mask(&text, &key());
        prop_assert_eq!(found.is_empty(), masked == text.as_str());
    }

    #[test]
    fn any_text_is_read(text in "\\PC{0,300}") {
        let masked = mask(&text, &key());
        prop_assert!(find(&text).is_empty() == (masked == text));
    }
}

#[test]
fn time_grows_with_length_only() {
    // Each text repeats an anchor that looks ahead in vain.
    for piece in [
        "mysql ",
        "-----BEGIN PRIVATE KEY-----<",
        "ghp_",
        "://a",
        "password",
        "eyJ",
        "authorization: ",
        "7z -",
        "token=\"",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        assert!(mask(&text, &key()).len() >= piece.len(), "{piece}");
    }
}
