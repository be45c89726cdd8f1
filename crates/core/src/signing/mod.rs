//! Signing: who said yes or no to exactly what, so that anybody can check it later.
//!
//! ```text
//!   people.toml ──► People ─────────────────────────────┐ name, role, public key, revoked when
//!   key file ──► SecretKey ──sign──► Signed (statement, key, signature) ──check──► Person, or why not
//!                                      Statement: name, role, subject, digest, stance, time ──► canonical bytes
//! ```
//!
//! Ed25519 over the canonical bytes of a statement (decision 0008). Nothing here opens a file, draws a key or reads a
//! clock: seeds and times are arguments.

mod key;
mod people;
mod statement;

pub use key::{KeyError, PublicKey, SecretKey, Signature};
pub use people::{PEOPLE_BYTES_MAX, People, PeopleError, Person};
pub use statement::{Role, SignatureError, Signed, Stance, Statement, Subject};
