//! Who may ask for what: tokens by the digests of their secrets, each at its pace.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use ringtrue_core::Digest;

use super::pace::Pace;
use super::problem::Problem;
use crate::clock::instant;
use crate::config::{Rate, Scope, Token};

/// What each token allows; a secret is looked up by its digest, so that how long that takes tells nothing of other secrets.
pub(crate) struct Access {
    callers: BTreeMap<[u8; 32], Caller>,
    /// Everybody, where no tokens are configured.
    anybody: Caller,
}

/// Somebody who may ask.
pub(super) struct Caller {
    /// The token's name; `None` where no tokens are configured.
    name: Option<String>,
    scopes: Vec<Scope>,
    speaks_for: Vec<String>,
    pace: Option<Pace>,
}

impl Caller {
    /// Returns the name under which something is said that names `who` as its author, if it may be; without tokens anybody may be.
    pub(super) fn speaks<'a>(&'a self, who: Option<&'a str>) -> Option<&'a str> {
        let Some(name) = self.name.as_deref() else {
            return who;
        };
        let who = who.unwrap_or(name);
        let may = who == name || self.speaks_for.iter().any(|it| it == who);
        may.then_some(who)
    }
}

impl Access {
    pub(crate) fn of(tokens: &[Token], rate: Option<Rate>) -> Self {
        let caller = |token: &Token| Caller {
            name: Some(token.name.clone()),
            scopes: token.scopes.clone(),
            speaks_for: token.speaks_for.clone(),
            pace: token.rate.or(rate).map(Pace::of),
        };
        let pairs = tokens.iter();
        Self {
            callers: pairs
                .map(|token| (*token.digest.bytes(), caller(token)))
                .collect(),
            anybody: Caller {
                name: None,
                scopes: Vec::new(),
                speaks_for: Vec::new(),
                pace: rate.map(Pace::of),
            },
        }
    }

    /// Lets a request pass that bears a token for `scope` and comes at its pace; any at its pace if no tokens are configured.
    pub(super) fn check(&self, headers: &HeaderMap, scope: Scope) -> Result<&Caller, Problem> {
        let caller = if self.callers.is_empty() {
            &self.anybody
        } else {
            self.caller(headers, scope)?
        };
        match caller.pace.as_ref().map(|pace| pace.pass(instant())) {
            Some(Err(wait)) => Err(Problem::rate(wait)),
            None | Some(Ok(())) => Ok(caller),
        }
    }

    fn caller(&self, headers: &HeaderMap, scope: Scope) -> Result<&Caller, Problem> {
        let mut given = headers.get_all(header::AUTHORIZATION).iter();
        let (Some(value), None) = (given.next(), given.next()) else {
            return Err(Problem::unauthorized());
        };
        let secret = value.as_bytes().strip_prefix(b"Bearer ");
        let digest = Digest::of(secret.ok_or_else(Problem::unauthorized)?);
        let caller = self.callers.get(digest.bytes());
        let caller = caller.ok_or_else(Problem::unauthorized)?;
        if caller.scopes.contains(&scope) {
            Ok(caller)
        } else {
            Err(Problem::forbidden())
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn token(rate: Option<Rate>) -> Token {
        Token {
            name: "mail".to_owned(),
            digest: Digest::of(b"secret"),
            scopes: vec![Scope::Score],
            speaks_for: vec!["ann".to_owned()],
            rate,
        }
    }

    fn code(access: &Access, value: &[&str], scope: Scope) -> Result<(), &'static str> {
        let mut headers = HeaderMap::new();
        for value in value {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        let caller = access.check(&headers, scope);
        caller.map(|_| ()).map_err(|it| it.code)
    }

    #[test]
    fn a_token_opens_what_it_is_for_and_nothing_else() {
        let access = Access::of(&[token(None)], None);
        assert_eq!(code(&access, &["Bearer secret"], Scope::Score), Ok(()));
        let other = code(&access, &["Bearer secret"], Scope::Metrics);
        assert_eq!(other, Err("forbidden"));
        for odd in [
            &[][..],
            &["secret"],
            &["Bearer "],
            &["Bearer secret "],
            &["bearer secret"],
            &["Bearer secret", "Bearer secret"],
        ] {
            let refused = code(&access, odd, Scope::Score);
            assert_eq!(refused, Err("unauthorized"), "{odd:?}");
        }
    }

    #[test]
    fn who_asks_too_often_is_told_so_and_guesses_cost_nobody_anything() {
        let rate = Rate {
            requests_per_second: 1,
            at_once: 2,
        };
        for access in [
            Access::of(&[token(Some(rate))], None),
            Access::of(&[token(None)], Some(rate)),
            Access::of(&[], Some(rate)),
        ] {
            if !access.callers.is_empty() {
                for _ in 0..9 {
                    let refused = code(&access, &["Bearer guess"], Scope::Score);
                    assert_eq!(refused, Err("unauthorized"));
                }
            }
            assert_eq!(code(&access, &["Bearer secret"], Scope::Score), Ok(()));
            assert_eq!(code(&access, &["Bearer secret"], Scope::Score), Ok(()));
            let refused = code(&access, &["Bearer secret"], Scope::Score);
            assert_eq!(refused, Err("too_often"));
        }
    }

    #[test]
    fn a_token_speaks_for_itself_and_for_whom_it_may() {
        let access = Access::of(&[token(None)], None);
        let caller = access.callers.values().next().unwrap();
        assert_eq!(caller.speaks(None), Some("mail"));
        assert_eq!(caller.speaks(Some("ann")), Some("ann"));
        assert_eq!(caller.speaks(Some("bob")), None);
        assert_eq!(access.anybody.speaks(Some("bob")), Some("bob"));
        assert_eq!(access.anybody.speaks(None), None);
    }
}
