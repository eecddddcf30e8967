//! Sessions: a login makes a token, a logout makes it void everywhere.

use sea_orm::{DatabaseConnection, TransactionTrait};
use shared::{
    auth::{Claims, SESSION_COOKIE, SESSION_LIFETIME, TokenSigner},
    id::UserId,
    messages::sessions::{SessionsMessage, TokenRevoked},
    stream::{Outbox, Outgoing, outbox},
};
use tower_cookies::{
    Cookie,
    cookie::{SameSite, time::Duration},
};

use crate::{
    accounts,
    credentials::{Email, Password},
    demo,
    entity::user,
    error::Error,
    password::{Match, Passwords},
};

/// How the session cookie is sent, and whether demo logins are.
#[derive(Clone, Copy)]
pub struct CookiePolicy {
    /// Over HTTPS only.
    pub is_secure: bool,
    /// Whether a demo login exists.
    pub allows_demo: bool,
}

impl CookiePolicy {
    /// A cookie that scripts cannot read and other sites cannot send.
    pub(crate) fn session(self, token: String) -> Cookie<'static> {
        let lifetime = i64::try_from(SESSION_LIFETIME.as_secs()).unwrap_or(i64::MAX);
        Cookie::build((SESSION_COOKIE, token))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Strict)
            .secure(self.is_secure)
            .max_age(Duration::seconds(lifetime))
            .build()
    }

    /// The cookie that ends the session in the browser.
    pub(crate) fn cleared(self) -> Cookie<'static> {
        let mut cookie = self.session(String::new());
        cookie.set_max_age(Duration::ZERO);
        cookie
    }
}

/// A token for whoever knows the password of this address. An unknown address and a wrong
/// password take the same time and get the same answer.
pub(crate) async fn log_in(
    db: &DatabaseConnection,
    passwords: &Passwords,
    signer: &TokenSigner,
    (email, password): (Email, Password),
) -> Result<String, Error> {
    let user = accounts::find(db, &email).await?;
    let hash = user.as_ref().map(|user| user.password_hash.0.clone());
    let again = password.clone();
    let outcome = passwords.verify(password, hash).await?;
    let Some(user) = user.filter(|_| outcome != Match::No) else {
        return Err(Error::WrongCredentials);
    };
    if outcome == Match::Outdated {
        let hash = passwords.hash(again).await?;
        accounts::replace_hash(db, user.id, hash).await?;
    }
    sign(signer, &user)
}

/// A token of a demo account, without a password.
pub(crate) async fn log_in_as_demo(
    db: &DatabaseConnection,
    signer: &TokenSigner,
    id: UserId,
) -> Result<String, Error> {
    let user = demo::find(db, id).await?;
    sign(signer, &user.ok_or(Error::NoDemo)?)
}

/// Makes the token void before its time, in every process that checks tokens.
pub(crate) async fn log_out(
    db: &DatabaseConnection,
    wake: &Outbox,
    claims: &Claims,
) -> Result<(), Error> {
    let revoked = SessionsMessage::TokenRevoked(TokenRevoked {
        token_id: claims.jti,
        expires_at: claims.exp,
    });
    let txn = db.begin().await?;
    outbox::enqueue(&txn, &[Outgoing::new(revoked)]).await?;
    txn.commit().await?;
    wake.wake();
    Ok(())
}

fn sign(signer: &TokenSigner, user: &user::Model) -> Result<String, Error> {
    let id = UserId(user.id);
    let token = signer.sign(id, &user.username, &user.email, &user.role)?;
    Ok(token)
}
