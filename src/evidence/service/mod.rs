//! Making, attaching and withdrawing evidence.

mod attach;

pub use attach::{Attachment, attach, check, detach};

use crate::ledger::model::{Kind, Place};
use crate::ledger::service::Subject;
use uuid::Uuid;

fn subject(id: Uuid, place: Place, reason: Option<String>) -> Subject {
    Subject { kind: Kind::Evidence, id, code: None, place, reason }
}
