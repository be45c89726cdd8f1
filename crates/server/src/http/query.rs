//! What stands behind the question mark of a path.

use super::problem::Problem;

/// Reasons for each score that a request may ask for.
const REASONS_MAX: usize = 64;

/// What a query asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query<'a> {
    /// Reasons for each score, at most.
    pub(super) reasons: usize,
    /// The way by which the events come.
    pub(super) route: Option<&'a str>,
}

impl<'a> Query<'a> {
    /// Reads a query. Names of routes stand there as they are: what needs an escape names none.
    pub(super) fn of(text: Option<&'a str>) -> Result<Self, Problem> {
        let mut query = Self::default();
        let mut has_reasons = false;
        for part in text.unwrap_or_default().split('&') {
            match part.split_once('=') {
                None if part.is_empty() => {}
                Some(("reasons", number)) if !has_reasons => {
                    has_reasons = true;
                    query.reasons = reasons(number)?;
                }
                Some(("route", name)) if query.route.is_none() => query.route = Some(name),
                _ => return Err(Problem::query()),
            }
        }
        Ok(query)
    }
}

fn reasons(text: &str) -> Result<usize, Problem> {
    let number: Option<usize> = text.parse().ok();
    let number = number.filter(|number| *number <= REASONS_MAX);
    number.ok_or_else(Problem::query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_reasons_and_a_route_once() {
        let read = |text| Query::of(Some(text)).map_err(|problem| problem.code);
        let both = Query {
            reasons: 3,
            route: Some("mail"),
        };
        assert_eq!(read("route=mail&reasons=3"), Ok(both));
        assert_eq!(read(""), Ok(Query::default()));
        for odd in [
            "reasons=65",
            "reasons=-1",
            "reasons",
            "reasons=1&reasons=1",
            "route=a&route=b",
            "x=1",
        ] {
            assert_eq!(read(odd), Err("query"), "{odd}");
        }
    }
}
