//! Reading assessments, and answering them.

mod answers;
mod list;
mod read;
mod schemes;
