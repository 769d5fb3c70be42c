//! What all operations share; most of it is driven by the OpenAPI document.

mod answers;
mod changing;
mod compression;
mod conditional;
mod examples;
mod fields;
mod headers;
mod language;
mod methods;
mod names;
mod paging;
mod parameters;
mod problems;
mod rate_limits;
mod statements;
mod takeaway;
mod times;
mod well_known;
