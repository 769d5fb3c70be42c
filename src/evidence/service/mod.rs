//! Making, attaching and withdrawing evidence, and clearing up what was never used.

mod attach;
mod attach_to;
mod house;
mod make;
mod remove;

pub use attach::{Attachment, attach, check, detach};
pub use attach_to::{attach_to_assessment, attach_to_milestone};
pub use house::clear_up;
pub use make::{Upload, create_file, create_link, may_upload};
pub use remove::delete_evidence;

use crate::accounts::model::Right;
use crate::ledger::model::{Kind, Place};
use crate::ledger::service::Subject;
use uuid::Uuid;

const EVIDENCE: &str = "evidence";
/// By which rights evidence is made: whoever reports and whoever assesses proves something.
const PROVING: [Right; 2] = [Right::Edit, Right::Assess];

fn subject(id: Uuid, place: Place, reason: Option<String>) -> Subject {
    Subject { kind: Kind::Evidence, id, code: None, place, reason }
}
