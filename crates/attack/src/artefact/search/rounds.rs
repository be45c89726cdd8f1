//! Rounds of a search: each finds what it can, which is then made shorter and cheaper, until nothing cheaper turns up.

use std::borrow::ToOwned;

use super::shorten::{cheapen, shorten};
use super::space::Asked;

/// Goes on round by round until `patience` of them in a row find nothing cheaper, `find` says that nothing can be found, or none may be
/// scored any more.
pub(super) fn search_in_rounds<A>(
    asked: &mut Asked<'_, A>,
    patience: usize,
    mut find: impl FnMut(&mut Asked<'_, A>) -> bool,
) where
    A: ?Sized + ToOwned,
    A::Owned: Clone,
{
    let mut idle = 0;
    while asked.left() > 0 && idle < patience {
        let before = asked.best().map(|best| best.minutes);
        if !find(asked) {
            return;
        }
        shorten(asked);
        cheapen(asked);
        let now = asked.best().map(|best| best.minutes);
        idle = if now.is_some() && now == before {
            idle + 1
        } else {
            0
        };
    }
}
