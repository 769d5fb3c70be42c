//! Where files are kept, as settings say it.

use super::not_now;
use crate::kernel::Result;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, RetryConfig};
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How often and how long a bucket is asked again before the caller is told to come back.
const RETRIES: usize = 3;
const RETRY_TIMEOUT: Duration = Duration::from_secs(15);

/// Where files are kept.
#[derive(Clone)]
pub enum Place {
    /// In a folder, which is made where it is not there.
    Folder(PathBuf),
    /// In a bucket that speaks S3, below a prefix.
    Bucket {
        /// The bucket's name.
        bucket: String,
        /// What the names of all files begin with; may be empty.
        prefix: String,
        /// The usual settings (`AWS_REGION`, `AWS_ENDPOINT`, `AWS_ACCESS_KEY_ID` and so on).
        settings: Vec<(AmazonS3ConfigKey, SecretString)>,
    },
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::Bucket { bucket, prefix, .. } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

impl Place {
    /// Reads `s3://bucket/prefix`, `file:///folder` or a folder; what a bucket needs besides is in
    /// variables whose names begin with `AWS_`.
    ///
    /// # Errors
    /// In one line, where it is none of them.
    pub fn parse(text: &str, variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, String> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            if bucket.is_empty() {
                return Err(format!("{text:?} names no bucket; write s3://bucket/prefix"));
            }
            let (bucket, prefix) = (bucket.to_owned(), prefix.trim_matches('/').to_owned());
            return Ok(Self::Bucket { bucket, prefix, settings: settings(variables) });
        }
        let folder = text.strip_prefix("file://").unwrap_or(text);
        match folder.split_once("://") {
            None if !folder.is_empty() => Ok(Self::Folder(PathBuf::from(folder))),
            _ => Err(format!("{text:?} is neither a folder nor s3://bucket/prefix")),
        }
    }

    /// The store of it.
    ///
    /// # Errors
    /// In one line, where it cannot be used.
    pub(super) fn open(&self) -> Result<Arc<dyn ObjectStore>, String> {
        let broken = |error: &dyn fmt::Display| format!("files cannot be kept in {self:?}: {error}");
        match self {
            Self::Folder(folder) => {
                make(folder).map_err(|error| broken(&error))?;
                let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| broken(&error))?;
                Ok(Arc::new(store.with_fsync(true)))
            }
            Self::Bucket { bucket, prefix, settings } => {
                let retry = RetryConfig {
                    max_retries: RETRIES,
                    retry_timeout: RETRY_TIMEOUT,
                    ..RetryConfig::default()
                };
                // The process-wide choice that the database's connections make as well.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let builder = AmazonS3Builder::new().with_bucket_name(bucket).with_retry(retry);
                // Files go one by one, which every store that speaks S3 knows.
                let builder = builder.with_disable_bulk_delete(true);
                let builder = settings
                    .iter()
                    .fold(builder, |builder, (key, value)| builder.with_config(*key, value.expose_secret()));
                let store = builder.build().map_err(|error| broken(&error))?;
                Ok(Arc::new(PrefixStore::new(store, prefix.as_str())))
            }
        }
    }
}

/// The variables that say something about S3; empty ones count as none.
fn settings(variables: impl IntoIterator<Item = (String, String)>) -> Vec<(AmazonS3ConfigKey, SecretString)> {
    let known = |(name, value): (String, String)| {
        let key = name.starts_with("AWS_").then(|| name.to_lowercase().parse().ok()).flatten()?;
        (!value.is_empty()).then(|| (key, SecretString::from(value)))
    };
    variables.into_iter().filter_map(known).collect()
}

/// Makes a folder that only the tracker's user can look into.
fn make(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Removes the old ones among the files of a folder; returns how many.
pub(super) async fn sweep(folder: &Path, old: impl Fn(&str) -> bool) -> Result<usize> {
    let mut entries = match tokio::fs::read_dir(folder).await {
        Ok(entries) => entries,
        // Nothing has ever come in.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(not_now(error)),
    };
    let mut count = 0;
    while let Some(entry) = entries.next_entry().await.map_err(not_now)? {
        if entry.file_name().to_str().is_some_and(&old) {
            match tokio::fs::remove_file(entry.path()).await {
                Ok(()) => count += 1,
                // Another replica was faster.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(not_now(error)),
            }
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_or_a_bucket() {
        let parse = |text: &str| Place::parse(text, []).map(|place| format!("{place:?}"));
        assert_eq!(parse("/srv/files"), Ok("/srv/files".to_owned()));
        assert_eq!(parse("file:///srv/files"), Ok("/srv/files".to_owned()));
        assert_eq!(parse("s3://ogp/files/"), Ok("s3://ogp/files".to_owned()));
        assert_eq!(parse("s3://ogp"), Ok("s3://ogp/".to_owned()));
        for bad in ["", "s3://", "s3:///files", "http://example.org/files", "ftp://x/y"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bucket_takes_the_usual_variables_and_tells_no_secret() {
        let variables = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ENDPOINT", "http://127.0.0.1:9000"),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "very secret"),
            ("AWS_SESSION_TOKEN", ""),
            ("AWS_PROFILE_OF_SOMEBODY", "x"),
            ("REGION", "x"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let place = Place::parse("s3://ogp/files", variables).unwrap();
        let Place::Bucket { settings, .. } = &place else { panic!("a bucket was expected") };
        assert_eq!(settings.len(), 5, "{:?}", settings.iter().map(|(key, _)| key).collect::<Vec<_>>());
        assert!(!format!("{place:?} {settings:?}").contains("secret"));
        place.open().unwrap();
    }
}
