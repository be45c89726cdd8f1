//! Who may ask for what: tokens by the digests of their secrets.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use ringtrue_core::Digest;

use super::problem::Problem;
use crate::config::{Scope, Token};

/// What each token allows; a secret is looked up by its digest, so that how long that takes tells nothing of other secrets.
pub(super) struct Access {
    scopes: BTreeMap<[u8; 32], Vec<Scope>>,
}

impl Access {
    pub(super) fn of(tokens: &[Token]) -> Self {
        let pairs = tokens.iter();
        Self {
            scopes: pairs
                .map(|token| (*token.digest.bytes(), token.scopes.clone()))
                .collect(),
        }
    }

    /// Lets a request pass that bears a token for `scope`; any if no tokens are configured.
    pub(super) fn check(&self, headers: &HeaderMap, scope: Scope) -> Result<(), Problem> {
        if self.scopes.is_empty() {
            return Ok(());
        }
        let mut given = headers.get_all(header::AUTHORIZATION).iter();
        let (Some(value), None) = (given.next(), given.next()) else {
            return Err(Problem::unauthorized());
        };
        let secret = value.as_bytes().strip_prefix(b"Bearer ");
        let digest = Digest::of(secret.ok_or_else(Problem::unauthorized)?);
        let scopes = self.scopes.get(digest.bytes());
        let scopes = scopes.ok_or_else(Problem::unauthorized)?;
        if scopes.contains(&scope) {
            Ok(())
        } else {
            Err(Problem::forbidden())
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_token_opens_what_it_is_for_and_nothing_else() {
        let access = Access::of(&[Token {
            name: "mail".to_owned(),
            digest: Digest::of(b"secret"),
            scopes: vec![Scope::Score],
        }]);
        let code = |value: &[&str], scope| {
            let mut headers = HeaderMap::new();
            for value in value {
                headers.append(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            }
            access.check(&headers, scope).map_err(|it| it.code)
        };
        assert_eq!(code(&["Bearer secret"], Scope::Score), Ok(()));
        assert_eq!(code(&["Bearer secret"], Scope::Metrics), Err("forbidden"));
        for odd in [
            &[][..],
            &["secret"],
            &["Bearer "],
            &["Bearer secret "],
            &["bearer secret"],
            &["Bearer secret", "Bearer secret"],
        ] {
            assert_eq!(code(odd, Scope::Score), Err("unauthorized"), "{odd:?}");
        }
    }
}
