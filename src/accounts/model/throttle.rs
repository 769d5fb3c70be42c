//! How guessing is slowed: by account, whether it exists or not, and by address.

use super::Email;
use crate::kernel::ask::neighbourhood;
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// Seconds of the longest delay.
pub const LONGEST_DELAY: i64 = 300;
/// Seconds of quiet after which earlier failures are forgotten.
pub const MEMORY: i64 = 3_600;

/// Whose failures are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter {
    /// A hash: what callers wrote is not kept.
    pub key: [u8; 32],
    /// Failures without any delay; the one after them is delayed by a second, and each further one
    /// twice as long as the one before.
    pub free: i64,
}

impl Counter {
    /// Of an account, existing or not.
    pub fn account(email: &str) -> Self {
        Self { key: key("account", &Email::fold(email)), free: 5 }
    }

    /// Of an address, and of those that its owner has besides.
    pub fn address(address: IpAddr) -> Self {
        Self { key: key("address", &neighbourhood(address).to_string()), free: 50 }
    }
}

fn key(kind: &str, name: &str) -> [u8; 32] {
    Sha256::digest(format!("{kind}:{name}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_one_whatever_the_case() {
        assert_eq!(Counter::account(" Ana@Example.org"), Counter::account("ana@example.ORG "));
        assert_ne!(Counter::account("ana@example.org"), Counter::account("ion@example.org"));
    }

    #[test]
    fn neighbours_in_ipv6_are_one_and_mapped_addresses_are_ipv4() {
        let of = |address: &str| Counter::address(address.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
