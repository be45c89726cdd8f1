//! What masking secrets and looking for personal data owe, whatever the text is.

use ringtrue_core::PseudonymKey;
use ringtrue_intake::privacy::personal;
use ringtrue_intake::secret::{find, mark, mask};

/// Secrets stand apart and in order, and nothing of one stays; what was masked is left as it is.
pub fn secrets(text: &str) {
    let key = PseudonymKey::new([3; 32]);
    let mut expected = String::new();
    let mut last = 0;
    for found in find(text) {
        let secret = text.get(found.range.clone());
        let before = text.get(last..found.range.start);
        let (Some(secret), Some(before)) = (secret, before) else {
            panic!("{:?} is no piece of {text:?}", found.range);
        };
        assert!(!secret.is_empty(), "an empty secret in {text:?}");
        expected.push_str(before);
        expected.push_str(&mark(found.kind, secret, &key));
        last = found.range.end;
    }
    expected.push_str(text.get(last..).unwrap_or_default());
    assert_eq!(mask(text, &key), expected);
}

/// What is told of is a piece of the text.
pub fn personal_data(text: &str) {
    personal::find(text, &mut |what, range| {
        let piece = text.get(range.clone());
        assert!(
            piece.is_some_and(|piece| !piece.is_empty()),
            "{what:?} at {range:?} of {text:?}"
        );
    });
}

/// Words keep their number of characters, and equal words stay equal.
pub fn tokens(text: &str) {
    let key = PseudonymKey::new([4; 32]);
    let once = key.tokenise(text);
    assert_eq!(once.chars().count(), text.chars().count(), "{text:?}");
    assert_eq!(once, key.tokenise(text));
    let twice = key.tokenise(&format!("{text} {text}"));
    assert_eq!(twice, format!("{once} {once}"), "{text:?}");
}
