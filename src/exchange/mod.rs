//! Files in and out: the tracker's own import document, the way in which data comes here in bulk, the demo
//! data among it; a plan as a workbook, and what open-data portals read about the lists.
//!
//! [`document`] is the format, [`parse`] reads it with every error at once, [`check`] holds it
//! against itself and the database, [`service`] brings it in, all or nothing.

pub mod api;
pub mod check;
pub mod document;
pub mod parse;
pub mod service;
pub mod store;
pub mod view;
