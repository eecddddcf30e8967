//! The key pair that `generate-key` writes.

use std::{
    env::temp_dir,
    fs::{create_dir, metadata, read, read_to_string, remove_dir_all},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
};

use auth_service::{KeyFiles, generate_key};
use shared::{
    auth::{Bearer, Revocations, TokenSigner, TokenVerifier},
    id::{MessageId, UserId},
};
use uuid::Uuid;

/// A folder of one test; it goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn create() -> Self {
        let path = temp_dir().join(format!("keys-{}", MessageId::generate()));
        create_dir(&path).unwrap();
        Self(path)
    }

    fn files(&self) -> KeyFiles {
        KeyFiles {
            private_key: self.0.join("private.pem"),
            public_key: self.0.join("public.pem"),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(remove_dir_all(&self.0));
    }
}

#[test]
fn the_private_key_is_its_owners_alone_and_fits_the_public_one() {
    let folder = Folder::create();
    let files = folder.files();

    generate_key(&files).unwrap();

    let mode = metadata(&files.private_key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let signer = TokenSigner::from_file(&files.private_key).unwrap();
    let token = signer
        .sign(&Bearer {
            user_id: UserId(1),
            username: "demo",
            email: "demo@demo.com",
            role: "USER",
            permissions: &[],
            session_id: Uuid::now_v7(),
            version: 0,
        })
        .unwrap();
    let public = read(&files.public_key).unwrap();
    let verifier = TokenVerifier::from_pem(&public, Revocations::default()).unwrap();
    assert!(verifier.verify(&token).is_ok());
    assert!(!String::from_utf8(public).unwrap().contains("PRIVATE"));
}

#[test]
fn a_key_in_use_is_never_overwritten() {
    let folder = Folder::create();
    let files = folder.files();
    generate_key(&files).unwrap();
    let before = read_to_string(&files.private_key).unwrap();

    assert!(generate_key(&files).is_err());

    assert_eq!(read_to_string(&files.private_key).unwrap(), before);
}
