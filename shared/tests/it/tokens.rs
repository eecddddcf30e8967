//! Only what auth-service signed, recently, for this mesh, lets anybody in.

use jsonwebtoken::{EncodingKey, decode_header, encode, get_current_timestamp};
use serde_json::{Value, json};
use shared::{
    auth::{Bearer, KeyPair, Permission, Revocations, TokenError, TokenSigner, TokenVerifier},
    id::UserId,
    messages::sessions::{SessionRevoked, SessionsMessage, UserChanged},
};
use uuid::Uuid;

struct Mesh {
    pair: KeyPair,
    verifier: TokenVerifier,
    revocations: Revocations,
    /// A token as auth-service signs it.
    token: String,
}

fn mesh() -> Mesh {
    let pair = KeyPair::generate().unwrap();
    let revocations = Revocations::default();
    let public = pair.public_pem.as_bytes();
    Mesh {
        verifier: TokenVerifier::from_pem(public, revocations.clone()).unwrap(),
        token: token_of(&pair),
        revocations,
        pair,
    }
}

fn token_of(pair: &KeyPair) -> String {
    let signer = TokenSigner::from_pem(pair.private_pem.as_bytes()).unwrap();
    signer.sign(&bearer()).unwrap()
}

fn bearer() -> Bearer<'static> {
    Bearer {
        user_id: UserId(1),
        username: "demo",
        email: "demo@demo.com",
        role: "USER",
        permissions: &[Permission::PlaceOrders, Permission::ReadOwnOrders],
        session_id: Uuid::now_v7(),
        version: 3,
    }
}

/// The claims of a good token, with one of them replaced.
fn claims(name: &str, value: Value) -> Value {
    let now = get_current_timestamp();
    let mut claims = json!({
        "userId": 1, "username": "demo", "email": "demo@demo.com", "role": "USER",
        "scope": "", "sid": Uuid::now_v7(), "ver": 0,
        "jti": Uuid::now_v7(), "iat": now, "exp": now + 60, "aud": "mesh",
    });
    claims[name] = value;
    claims
}

impl Mesh {
    /// Claims that nobody checked, signed with the real key under its real name.
    fn sign(&self, claims: &Value) -> String {
        let header = decode_header(&self.token).unwrap();
        let private = pem::parse(&self.pair.private_pem).unwrap();
        let key = EncodingKey::from_ed_der(private.contents());
        encode(&header, claims, &key).unwrap()
    }
}

#[test]
fn a_token_says_who_signed_in_and_what_they_may_do_for_an_hour() {
    let mesh = mesh();

    let claims = mesh.verifier.verify(&mesh.token).unwrap();

    assert_eq!(claims.user_id, UserId(1));
    assert_eq!(
        (claims.username.as_str(), claims.role.as_str()),
        ("demo", "USER")
    );
    assert_eq!(claims.email, "demo@demo.com");
    assert!(claims.permit(Permission::PlaceOrders));
    assert!(!claims.permit(Permission::ManageUsers));
    assert_eq!(claims.exp - claims.iat, 60 * 60);
}

#[test]
fn a_token_that_was_tampered_with_is_refused() {
    let mesh = mesh();
    let [header, payload, signature] = *mesh.token.split('.').collect::<Vec<_>>() else {
        panic!("a token has three parts");
    };
    let other = mesh.sign(&claims("role", json!("ADMIN")));
    let foreign = other.split('.').nth(1).unwrap();

    for (what, token) in [
        ("other claims", format!("{header}.{foreign}.{signature}")),
        ("no signature", format!("{header}.{payload}.")),
        ("two parts", format!("{header}.{payload}")),
        (
            "cut signature",
            mesh.token[..mesh.token.len() - 4].to_owned(),
        ),
        ("garbage", "garbage".to_owned()),
        ("nothing", String::new()),
    ] {
        assert!(mesh.verifier.verify(&token).is_err(), "{what}");
    }
    assert!(mesh.verifier.verify(&mesh.token).is_ok());
}

/// A key pair of nobody, and a token of an administrator until 2100.
const KEY: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAEwV/yXTf/gReAIhfZ/w1bbS7F6WWgYkQyZE5bquqAx8=
-----END PUBLIC KEY-----
";
const PAYLOAD: &str = "eyJ1c2VySWQiOjEsInVzZXJuYW1lIjoiZGVtbyIsImVtYWlsIjoiZGVtb0BkZW1vLmNvbSIsInJvbGUiOiJBRE1JTiIsInN\
    jb3BlIjoidXNlcjptYW5hZ2UiLCJzaWQiOiIwMTlhYTNiMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDIiLCJ2ZXIiOj\
    AsImp0aSI6IjAxOWFhM2IwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMSIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjo0M\
    TAyNDQ0ODAwLCJhdWQiOiJtZXNoIn0";

#[test]
fn a_token_cannot_choose_how_it_is_checked() {
    // Each header names the key; the HMACs are right, with the public key as their secret.
    let eddsa = "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCIsImtpZCI6IjEzMDU3ZmM5NzRkZmZlMDQifQ";
    let hmac = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6IjEzMDU3ZmM5NzRkZmZlMDQifQ";
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIiwia2lkIjoiMTMwNTdmYzk3NGRmZmUwNCJ9";
    let genuine =
        "Ghoa3tWwlxC0QTmtvhhXiTN9buv0rmbNGwkh5u8IsPBFIM0hG5UaM8ulUJjbNLstTki2_zMHSdXyYKeBdnFnCQ";
    let verifier = TokenVerifier::from_pem(KEY.as_bytes(), Revocations::default()).unwrap();

    for (header, signature) in [
        (hmac, "OqvBve1kIvptFF6XpAAW4UW93l5j_UnSMyueyrOdSZ0"),
        (hmac, "8pmFsEe2iJIbjkTGCxPDG61NSNP3DEe2l23zr312yc4"),
        (hmac, genuine),
        (none, ""),
        (none, genuine),
        (eddsa, ""),
    ] {
        let refused = verifier.verify(&format!("{header}.{PAYLOAD}.{signature}"));

        assert!(
            matches!(refused, Err(TokenError::Invalid(_))),
            "{refused:?}"
        );
    }
    let accepted = verifier.verify(&format!("{eddsa}.{PAYLOAD}.{genuine}"));
    assert_eq!(accepted.unwrap().role, "ADMIN");
}

#[test]
fn a_token_of_another_mesh_is_refused() {
    let mesh = mesh();

    let other = token_of(&KeyPair::generate().unwrap());

    let refused = mesh.verifier.verify(&other);
    assert!(
        matches!(refused, Err(TokenError::UnknownKey)),
        "{refused:?}"
    );
}

#[test]
fn a_token_must_be_current_and_for_this_mesh() {
    let mesh = mesh();
    let now = get_current_timestamp();

    for (name, value, is_accepted) in [
        ("exp", json!(now + 60), true),
        ("exp", json!(now - 60), false),
        ("exp", json!(0), false),
        ("exp", Value::Null, false),
        ("aud", json!("other"), false),
        ("aud", Value::Null, false),
        ("userId", Value::Null, false),
        ("jti", json!("not an id"), false),
        ("sid", Value::Null, false),
        ("scope", Value::Null, false),
    ] {
        let token = mesh.sign(&claims(name, value.clone()));

        let outcome = mesh.verifier.verify(&token);

        assert_eq!(outcome.is_ok(), is_accepted, "{name}: {value}");
    }
}

#[test]
fn a_token_of_a_session_that_ended_is_refused_though_it_was_accepted_before() {
    let mesh = mesh();
    let claims = mesh.verifier.verify(&mesh.token).unwrap();
    let other = token_of(&mesh.pair);

    let ended = SessionRevoked {
        session_id: claims.session_id,
        expires_at: claims.exp,
    };
    mesh.revocations
        .apply(&SessionsMessage::SessionRevoked(ended));

    let refused = mesh.verifier.verify(&mesh.token);
    assert!(matches!(refused, Err(TokenError::Revoked)), "{refused:?}");
    assert!(mesh.verifier.verify(&other).is_ok());
}

#[test]
fn a_token_that_says_what_is_no_longer_true_of_its_bearer_is_refused() {
    let mesh = mesh();
    let changed = |user, version| {
        mesh.revocations
            .apply(&SessionsMessage::UserChanged(UserChanged {
                user_id: UserId(user),
                version,
                expires_at: get_current_timestamp() + 60,
            }));
    };

    changed(2, 9);
    changed(1, 3);
    assert!(mesh.verifier.verify(&mesh.token).is_ok());

    changed(1, 4);
    changed(1, 2);
    let refused = mesh.verifier.verify(&mesh.token);
    assert!(matches!(refused, Err(TokenError::Revoked)), "{refused:?}");
}

#[test]
fn while_keys_change_tokens_of_both_are_accepted() {
    let (old, new) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let both = format!("{}{}", old.public_pem, new.public_pem);

    let verifier = TokenVerifier::from_pem(both.as_bytes(), Revocations::default()).unwrap();

    for pair in [&old, &new] {
        assert!(verifier.verify(&token_of(pair)).is_ok());
    }
}

#[test]
fn a_file_without_the_right_key_is_refused_at_start() {
    let pair = KeyPair::generate().unwrap();
    let verifier = |pem: &str| TokenVerifier::from_pem(pem.as_bytes(), Revocations::default());

    for pem in ["", "no key", &pair.private_pem] {
        assert!(verifier(pem).is_err(), "{pem}");
    }
    for pem in ["", "no key", &pair.public_pem] {
        assert!(TokenSigner::from_pem(pem.as_bytes()).is_err(), "{pem}");
    }
}
