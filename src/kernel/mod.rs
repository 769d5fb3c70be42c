//! What every room speaks: ids, time, partial dates, localized text, pages, errors.
//!
//! Pure: no actix, no SQL, no I/O. Imports no room.

pub mod ask;
pub mod clock;
pub mod date;
pub mod document;
pub mod error;
pub mod freshness;
pub mod id;
pub mod note;
pub mod page;
pub mod text;
pub mod times;

pub use clock::{Clock, SystemClock};
pub use date::{PartialDate, Precision};
pub use error::{Error, ParameterError, Result};
pub use freshness::{Freshness, Shown, Touched};
pub use id::{Ids, Ref, SystemIds};
pub use note::{Note, Source};
pub use text::{Language, LocalizedText};
pub use times::{Between, Sight, Times};
