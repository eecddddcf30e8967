//! What a caller may do. Roles get permissions in the database of auth-service; a token carries
//! those of its bearer, and routes ask for a permission, never for a role.

use std::str::FromStr;

/// Something that a route allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Change one's own profile, addresses and sessions.
    WriteOwnAccount,
    /// List, change and withdraw one's own products.
    WriteOwnProducts,
    /// Withdraw anybody's product.
    WriteAnyProduct,
    /// Place orders.
    PlaceOrders,
    /// Read one's own orders and sales.
    ReadOwnOrders,
    /// Read anybody's order.
    ReadAnyOrder,
    /// See all accounts, change their roles, disable them.
    ManageUsers,
}

/// A name that no permission has.
#[derive(Debug, thiserror::Error)]
#[error("there is no permission {0:?}")]
pub struct UnknownPermission(String);

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 7] = [
        Self::WriteOwnAccount,
        Self::WriteOwnProducts,
        Self::WriteAnyProduct,
        Self::PlaceOrders,
        Self::ReadOwnOrders,
        Self::ReadAnyOrder,
        Self::ManageUsers,
    ];

    /// Its name in tokens, in the database and in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WriteOwnAccount => "account:write:own",
            Self::WriteOwnProducts => "product:write:own",
            Self::WriteAnyProduct => "product:write:any",
            Self::PlaceOrders => "order:place",
            Self::ReadOwnOrders => "order:read:own",
            Self::ReadAnyOrder => "order:read:any",
            Self::ManageUsers => "user:manage",
        }
    }
}

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(name: &str) -> Result<Self, UnknownPermission> {
        let found = Self::ALL.into_iter().find(|it| it.as_str() == name);
        found.ok_or_else(|| UnknownPermission(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_is_found_by_its_name() {
        for permission in Permission::ALL {
            let found: Permission = permission.as_str().parse().unwrap();
            assert_eq!(found, permission);
        }
        assert!("admin".parse::<Permission>().is_err());
    }
}
