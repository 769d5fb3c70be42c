//! Receiving a file piece by piece: counted and hashed on the way, never whole in memory.

use super::{Files, kept, not_now};
use crate::kernel::{Error, Result};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt, WriteMultipart};
use sha2::{Digest, Sha256};

/// How much is passed on at once, in bytes: the least that S3 takes as a part.
const CHUNK: usize = 5 * 1024 * 1024;
/// How many such chunks may be on their way while the next one fills.
const UNDER_WAY: usize = 1;

/// A file on its way in. Dropped before its end, it leaves nothing in a folder; in a bucket, parts that
/// the bucket's own rules clean up.
#[derive(Debug)]
pub struct Receiving {
    files: Files,
    path: Path,
    write: WriteMultipart,
    digest: Sha256,
    size: u64,
}

impl Receiving {
    pub(super) fn new(files: Files, path: Path, upload: Box<dyn MultipartUpload>) -> Self {
        let write = WriteMultipart::new_with_chunk_size(upload, CHUNK);
        Self { files, path, write, digest: Sha256::new(), size: 0 }
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// `TooLarge` as soon as the file is larger than any may be, `NotNow` where it cannot be stored.
    /// Either way there is nothing left to go on with: [`Self::abort`] it.
    pub async fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.size = self.size.saturating_add(piece.len() as u64);
        if self.size > self.files.most {
            return Err(Error::TooLarge);
        }
        self.digest.update(piece);
        self.write.wait_for_capacity(UNDER_WAY).await.map_err(not_now)?;
        self.write.write(piece);
        Ok(())
    }

    /// Forgets what came in so far.
    pub async fn abort(self) {
        if let Err(error) = self.write.abort().await {
            tracing::warn!(%error, path = %self.path, "an upload that was given up could not be removed");
        }
    }

    /// The file, complete.
    ///
    /// # Errors
    /// `NotNow` where it cannot be stored.
    pub async fn finish(self) -> Result<Received> {
        self.write.finish().await.map_err(not_now)?;
        let digest: [u8; 32] = self.digest.finalize().into();
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Received { files: self.files, path: self.path, sha256, size: self.size })
    }
}

/// A file that has come in and is not kept yet.
#[derive(Debug)]
pub struct Received {
    files: Files,
    path: Path,
    /// SHA-256 of its content, in hexadecimal digits.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
}

impl Received {
    /// Keeps it under its hash, in one step; the same content that is there already is replaced by
    /// itself.
    ///
    /// # Errors
    /// `NotNow` where it cannot be stored.
    pub async fn keep(&self) -> Result<()> {
        self.files.store.rename(&self.path, &kept(&self.sha256)).await.map_err(not_now)
    }

    /// Whether its content is kept already.
    ///
    /// # Errors
    /// `NotNow` where that cannot be found out.
    pub async fn is_kept(&self) -> Result<bool> {
        self.files.has(&self.sha256).await
    }

    /// Removes it from where it came in; what is kept stays.
    pub async fn discard(self) {
        if let Err(error) = self.files.delete(&self.path).await {
            tracing::warn!(%error, path = %self.path, "an upload that is not needed could not be removed");
        }
    }
}
