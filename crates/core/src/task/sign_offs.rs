//! Which roles must sign what before a detector of the task is promoted: `[gate.sign_offs]`.

use toml::de::DeValue;

use super::content::Task;
use super::reader::{Entry, Reader, Table};
use crate::audit::SignOffs;
use crate::digest::{Digest, DigestBuilder};
use crate::signing::Role;

impl Task {
    /// Returns the digest of who attacks and how: what a signature under the threat model is over.
    #[must_use]
    pub fn threat_model(&self) -> Digest {
        let parts = (self.kind, &self.attacker);
        let canonical =
            serde_json::to_vec(&parts).unwrap_or_else(|_| format!("{parts:?}").into_bytes());
        let mut builder = DigestBuilder::default();
        builder.piece(b"ringtrue threat model 1").piece(&canonical);
        builder.finish()
    }
}

pub(super) fn read_sign_offs<'t>(reader: &mut Reader<'t>, root: &Table<'t>) -> SignOffs {
    // The section's own keys are checked where its limits are read.
    let Some(DeValue::Table(entries)) = root.get("gate").map(|gate| gate.value) else {
        return SignOffs::default();
    };
    let gate = Table {
        path: "gate".to_owned(),
        entries: Some(entries),
    };
    let section = reader.section(&gate, "sign_offs");
    let mut roles = |name: &str| read_roles(reader, &section, name);
    SignOffs {
        task: roles("task"),
        threat_model: roles("threat_model"),
        card: roles("card"),
        gate: roles("gate"),
    }
}

/// Reads a list of roles, each counted once.
fn read_roles<'t>(reader: &mut Reader<'t>, section: &Table<'t>, name: &str) -> Vec<Role> {
    let Some(entry) = section.get(name) else {
        return Vec::new();
    };
    let DeValue::Array(values) = entry.value else {
        let nothing = reader.wrong_type(&entry, "a list of roles in quotes");
        return nothing.unwrap_or_default();
    };
    let words = Role::ALL.map(|role| (role.word(), role));
    let mut roles = Vec::new();
    for value in values {
        let one = Entry {
            name: entry.name.clone(),
            key: entry.key.clone(),
            offset: value.span().start,
            value: value.get_ref(),
        };
        let role = reader.word(&one, &words);
        roles.extend(role.filter(|role| !roles.contains(role)));
    }
    roles.sort_unstable();
    roles
}
