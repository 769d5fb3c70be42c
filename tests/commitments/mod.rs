//! Reading commitments.

mod read;
