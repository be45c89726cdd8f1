//! near_duplicate
