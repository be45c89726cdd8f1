//! One file a check. Codes never change their meaning.
//!
//! | code | asks |
//! |---|---|
//! | G001 | does vetting call the new detector fit? |
//! | G002 | is it asked about events that neither detector learned from? |
//! | G010 | does it cost more? |
//! | G011 | does it make more alerts? |
//! | G012, G013 | are its cost and its alerts within their own limits? |
//! | G014 | do the events of a family, source, tenant or slice cost more? |
//! | G020 | does it catch less? |
//! | G021 - G024 | ... of a family, a source, a tenant, a slice? |
//! | G030 | does it block more in error? |
//! | G032 - G034 | ... of a source, a tenant, a slice? |
//! | G040, G041 | are recall and the false-positive rate within their own limits? |
//! | G050 | does it keep every verdict of a must-keep set? |
//! | G051 | does it stop by itself what stopgaps stop? |
//! | G060 | is it easier to get past? |
//! | G070, G071 | is it slower, or too slow? |
//! | G080 | are its scores further from the truth? |

mod absolute;
mod calibration;
mod cost;
mod fitness;
mod future;
mod must_keep;
mod parts;
mod robustness;
mod speed;
mod spending;
mod stopgaps;

use super::decide::{Evidence, Found};

/// A check: looks at the evidence and says what it found.
pub(super) type Check = fn(&Evidence<'_>, &mut Found);

/// Every check, in order of codes.
pub(super) const ALL: [Check; 11] = [
    fitness::check,
    future::check,
    cost::check,
    spending::check,
    parts::check,
    absolute::check,
    must_keep::check,
    stopgaps::check,
    robustness::check,
    speed::check,
    calibration::check,
];
