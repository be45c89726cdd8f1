//! One neutral report document and its renderings
