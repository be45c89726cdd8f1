//! The one expression language (CEL): derived columns, slices, rules, gate conditions.
