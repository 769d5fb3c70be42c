//! Files, by what they contain: a folder, or a bucket that speaks S3. A file comes in as a stream under
//! a name of its own and is then kept under its SHA-256, so the same content is stored once.
//!
//! Imports `kernel` only: which files there are, and whose, is told by the database.

mod place;
mod receive;

use crate::kernel::{Error, Ids, Result};
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

pub use place::Place;
pub use receive::{Received, Receiving};

/// Below which files are that are still coming in.
const INCOMING: &str = "incoming";
/// Below which files are kept.
const KEPT: &str = "sha256";

/// A part of a file as it is read.
pub type Chunk = bytes::Bytes;

/// Where files are kept.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    place: Place,
    most: u64,
    ids: Arc<dyn Ids>,
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("place", &self.place).field("most", &self.most).finish_non_exhaustive()
    }
}

impl Files {
    /// Files at a place, each of at most so many bytes.
    ///
    /// # Errors
    /// In one line, where the place cannot be used.
    pub fn open(place: Place, most: u64, ids: Arc<dyn Ids>) -> Result<Self, String> {
        Ok(Self { store: place.open()?, place, most, ids })
    }

    /// The most bytes that a file has.
    pub fn most(&self) -> u64 {
        self.most
    }

    /// Begins to receive a file.
    ///
    /// # Errors
    /// `NotNow` where it cannot be stored.
    pub async fn receive(&self, now: DateTime<Utc>) -> Result<Receiving> {
        let name = format!("{:015}-{}", now.timestamp_millis(), self.ids.next());
        let path = Path::from_iter([INCOMING, &name]);
        let upload = self.store.put_multipart(&path).await.map_err(not_now)?;
        Ok(Receiving::new(self.clone(), path, upload))
    }

    /// Whether a content is kept.
    ///
    /// # Errors
    /// `NotNow` where that cannot be found out.
    pub async fn has(&self, sha256: &str) -> Result<bool> {
        match self.store.head(&kept(sha256)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(not_now(error)),
        }
    }

    /// Some bytes of a content, as a stream.
    ///
    /// # Errors
    /// `NotNow` where it cannot be read.
    pub async fn read(&self, sha256: &str, range: Range<u64>) -> Result<BoxStream<'static, Result<Chunk>>> {
        if range.is_empty() {
            return Ok(futures_util::stream::empty().boxed());
        }
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        let found = self.store.get_opts(&kept(sha256), options).await.map_err(not_now)?;
        Ok(found.into_stream().map_err(not_now).boxed())
    }

    /// Removes a content; one that is not there is removed already.
    ///
    /// # Errors
    /// `NotNow` where it cannot be removed.
    pub async fn remove(&self, sha256: &str) -> Result<()> {
        self.delete(&kept(sha256)).await
    }

    /// Removes what began to come in before an instant and was never kept; returns how many files.
    ///
    /// # Errors
    /// `NotNow` where they cannot be listed or removed.
    pub async fn sweep(&self, before: DateTime<Utc>) -> Result<usize> {
        let old = |name: &str| {
            let began = name.split('-').next().and_then(|began| began.parse::<i64>().ok());
            began.is_some_and(|began| began < before.timestamp_millis())
        };
        if let Place::Folder(folder) = &self.place {
            // Parts of a file that a killed process left are no objects yet: no list has them.
            return place::sweep(&folder.join(INCOMING), old).await;
        }
        let objects: Vec<_> =
            self.store.list(Some(&Path::from(INCOMING))).try_collect().await.map_err(not_now)?;
        let old = objects.iter().filter(|object| object.location.filename().is_some_and(old));
        let mut count = 0;
        for object in old {
            self.delete(&object.location).await?;
            count += 1;
        }
        Ok(count)
    }

    /// The hashes of the contents that were kept, or kept again, before an instant and are still there.
    ///
    /// # Errors
    /// `NotNow` where they cannot be listed.
    pub async fn kept_before(&self, before: DateTime<Utc>) -> Result<Vec<String>> {
        let all = self.store.list(Some(&Path::from(KEPT)));
        let old = all.try_filter_map(async |object| {
            let old = object.last_modified < before;
            Ok(object.location.filename().filter(|_| old).map(str::to_owned))
        });
        let names: Vec<String> = old.try_collect().await.map_err(not_now)?;
        // Whatever else somebody put there is theirs.
        let is_hash = |name: &String| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        Ok(names.into_iter().filter(is_hash).collect())
    }

    async fn delete(&self, path: &Path) -> Result<()> {
        match self.store.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(not_now(error)),
        }
    }
}

/// Where a content is kept: folders of a few hundred files each, not one of all.
fn kept(sha256: &str) -> Path {
    let (one, rest) = sha256.split_at_checked(2).unwrap_or(("", sha256));
    let (two, _) = rest.split_at_checked(2).unwrap_or(("", rest));
    Path::from_iter([KEPT, one, two, sha256])
}

fn not_now(error: impl fmt::Display) -> Error {
    Error::NotNow {
        code: "files_unavailable",
        detail: "the files cannot be reached now; try again shortly",
        cause: error.to_string(),
    }
}
