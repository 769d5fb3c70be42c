//! What all operations share; most of it is driven by the OpenAPI document.

mod changing;
mod compression;
mod conditional;
mod fields;
mod headers;
mod language;
mod methods;
mod names;
mod paging;
mod parameters;
mod problems;
mod statements;
mod takeaway;
mod times;
