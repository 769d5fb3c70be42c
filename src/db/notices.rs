//! What sessions of PostgreSQL tell each other: `LISTEN` and `NOTIFY`.

use super::connect::{Target, describe};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Client};

/// A connection that listens on a channel, and can tell others something there.
#[derive(Debug)]
pub struct Notices {
    channel: &'static str,
    client: Client,
    heard: mpsc::UnboundedReceiver<String>,
    driver: JoinHandle<()>,
}

impl Notices {
    /// Begins to listen.
    ///
    /// # Errors
    /// In one line, where the database cannot be reached or refuses.
    pub async fn open(target: &Target, channel: &'static str) -> Result<Self, String> {
        let (client, mut messages) = target.connect_by_hand().await.map_err(|error| describe(&error))?;
        let (tell, heard) = mpsc::unbounded_channel();
        let driver = tokio::spawn(async move {
            while let Some(Ok(message)) = messages.next().await {
                if let AsyncMessage::Notification(notice) = message
                    && tell.send(notice.payload().to_owned()).is_err()
                {
                    return;
                }
            }
        });
        let notices = Self { channel, client, heard, driver };
        notices.client.batch_execute(&format!("LISTEN {channel}")).await.map_err(|error| describe(&error))?;
        Ok(notices)
    }

    /// The next thing that somebody told; `None` once the connection has broken.
    pub async fn next(&mut self) -> Option<String> {
        self.heard.recv().await
    }

    /// Tells all that listen, this one included.
    ///
    /// # Errors
    /// In one line, where the connection has broken.
    pub async fn tell(&self, text: &str) -> Result<(), String> {
        let told = self.client.execute("SELECT pg_notify($1, $2)", &[&self.channel, &text]).await;
        told.map(drop).map_err(|error| describe(&error))
    }
}

impl Drop for Notices {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
