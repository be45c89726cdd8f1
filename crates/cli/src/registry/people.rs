//! The file of people, and the key files of those who sign.
//!
//! A key file belongs to one person: it is made readable for its owner alone, is refused when others can read it, and is
//! never written into a store.

use std::io::Write;
use std::path::{Path, PathBuf};

use ringtrue_core::Digest;
use ringtrue_core::EventTime;
use ringtrue_core::signing::{
    PEOPLE_BYTES_MAX, People, Person, Role, SecretKey, Signed, Stance, Statement, Subject,
};
use ringtrue_store::{FileSystem, RealFileSystem};

use crate::args::By;
use crate::commands::discard;
use crate::failure::{Failure, OrFail, Outcome};
use crate::files::read_at_most;

/// Where the file of people is looked for.
const PEOPLE: &str = "people.toml";

/// Most bytes of a key file.
const KEY_BYTES_MAX: u64 = 1 << 10;

/// Reads the file of people; `None` if none is named and none is at the usual place.
pub(crate) fn read_people(path: Option<&Path>) -> Outcome<Option<People>> {
    let path = match path {
        Some(path) => path,
        None if Path::new(PEOPLE).is_file() => Path::new(PEOPLE),
        None => return Ok(None),
    };
    let cannot = || format!("cannot use the file of people `{}`", path.display());
    let bytes = read_at_most(path, PEOPLE_BYTES_MAX as u64).or_fail(cannot)?;
    let text = String::from_utf8(bytes).or_fail(cannot)?;
    let people = People::parse(&text).or_fail(cannot).map_err(|failure| {
        failure.hint(
            "`ringtrue sign --new-key FILE --as NAME --role ROLE` prints the lines of a person",
        )
    })?;
    Ok(Some(people))
}

/// Somebody whose key is at hand.
pub(crate) struct Signer {
    person: Person,
    key: SecretKey,
}

impl Signer {
    /// Returns who signs; `None` if no key is given. The key must be the one that the file of people knows.
    pub(crate) fn of(by: &By, people: Option<&People>, now: EventTime) -> Outcome<Option<Self>> {
        let (Some(name), Some(key)) = (&by.name, &by.key) else {
            return Ok(None);
        };
        Self::new(name, key, people, now).map(Some)
    }

    /// Returns who signs.
    pub(crate) fn new(
        name: &str,
        key: &Path,
        people: Option<&People>,
        now: EventTime,
    ) -> Outcome<Self> {
        let Some(people) = people else {
            return Err(Failure::new(format!("nobody is known who may sign, so `{name}` cannot"))
                .hint("name the file of people with `--people FILE`; `ringtrue sign --new-key FILE --as NAME --role ROLE` prints a person's lines"));
        };
        let Some(person) = people.by_name(name, now) else {
            return Err(
                Failure::new(format!("`{name}` is not in the file of people")).hint(known(people)),
            );
        };
        let secret = key_of(key)?;
        if let Some(from) = person.revoked.filter(|_| person.is_revoked(now)) {
            return Err(Failure::new(format!(
                "the key of `{name}` is revoked from {from} on"
            ))
            .hint("make a new key with `--new-key`, and add it to the file of people beside the old one"));
        }
        if secret.public() != person.key {
            return Err(Failure::new(format!(
                "the key `{}` is not that of `{name}`",
                key.display()
            ))
            .hint(match people.by_key(&secret.public()) {
                Some(other) => format!("it is the key of `{}`", other.name),
                None => "nobody in the file of people has it".to_owned(),
            }));
        }
        Ok(Self {
            person: person.clone(),
            key: secret,
        })
    }

    /// Returns who it is.
    pub(crate) const fn person(&self) -> &Person {
        &self.person
    }

    /// Signs one thing.
    pub(crate) fn sign(
        &self,
        (subject, digest): (Subject, Digest),
        stance: Stance,
        time: EventTime,
    ) -> Signed {
        let statement = Statement {
            name: self.person.name.clone(),
            role: self.person.role,
            subject,
            digest,
            stance,
            time,
        };
        statement.sign(&self.key)
    }
}

fn known(people: &People) -> String {
    let mut names: Vec<String> = people
        .all()
        .iter()
        .map(|person| format!("`{}`", person.name))
        .collect();
    names.dedup();
    format!("it knows {}", names.join(", "))
}

/// Reads a key file, which nobody but its owner may be able to read.
fn key_of(path: &Path) -> Outcome<SecretKey> {
    use std::os::unix::fs::PermissionsExt;
    let cannot = || format!("cannot use the key `{}`", path.display());
    let metadata = std::fs::metadata(path).or_fail(cannot)?;
    let mode = metadata.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Failure::new(format!(
            "{}: others may read it (mode {:o})",
            cannot(),
            mode & 0o777
        ))
        .hint(format!(
            "`chmod 600 {}`; if somebody may have read it, revoke it and make a new one",
            path.display()
        )));
    }
    let bytes = read_at_most(path, KEY_BYTES_MAX).or_fail(cannot)?;
    SecretKey::parse(&bytes).or_fail(cannot).map_err(|failure| {
        failure.hint("`ringtrue sign --new-key FILE --as NAME --role ROLE` makes one")
    })
}

/// Makes a key in a new file and returns the lines for the file of people.
pub(crate) fn new_key(path: &Path, name: &str, role: Role) -> Outcome<String> {
    let cannot = || format!("cannot make the key `{}`", path.display());
    if let Some(store) = store_around(path) {
        return Err(Failure::new(format!(
            "{}: it would stand in the store `{}`",
            cannot(),
            store.display()
        ))
        .hint("whoever reads the store could sign with it: choose another place"));
    }
    let seed = RealFileSystem.random().or_fail(cannot)?;
    let secret = SecretKey::from_seed(&seed);
    write_owned(path, secret.to_text().as_bytes())
        .or_fail(cannot)
        .map_err(|failure| failure.hint("an existing file is never written over"))?;
    let public = secret.public();
    let name = toml_text(name);
    Ok(format!(
        "[[people]]\nname = {name}\nrole = \"{role}\"\nkey = \"{public}\"\n"
    ))
}

/// Returns the text in quotes, as TOML and JSON both have it.
fn toml_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Writes a new file that its owner alone may read.
fn write_owned(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let done = file.write_all(bytes).and_then(|()| file.sync_all());
    if done.is_err() {
        discard(path);
    }
    done
}

/// Returns the store that a path lies in.
fn store_around(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    let folder = absolute.parent()?;
    let folder = folder
        .canonicalize()
        .unwrap_or_else(|_| folder.to_path_buf());
    let mut around = folder.ancestors();
    around
        .find(|folder| folder.join("FORMAT").is_file())
        .map(Path::to_path_buf)
}
