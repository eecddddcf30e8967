//! One database per test, copied from a template that is migrated once.

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbErr};
use sea_orm_migration::MigratorTrait;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::server_url;
use shared::{
    db,
    stream::replay::{Selection, dead_messages},
};

/// A database of one test. It stays behind: `cargo mesh test` throws the whole server away.
pub struct TestDatabase {
    /// The connection that the service under test uses.
    pub db: DatabaseConnection,
    /// Its URL, for tests that stop and start connections.
    pub url: String,
}

/// Why each message died that the consumers of a database gave up, oldest first.
pub async fn classes_of_the_dead(db: &DatabaseConnection) -> Vec<String> {
    let dead = dead_messages(db, &Selection::default()).await.unwrap();
    dead.into_iter().map(|dead| dead.class).collect()
}

/// Guards the template of this test binary; the value is its name once it exists.
static TEMPLATE: Mutex<Option<String>> = Mutex::const_new(None);

impl TestDatabase {
    /// A fresh database with the schema of `M`.
    pub async fn create<M: MigratorTrait>() -> Self {
        let server = server_url("MESH_TEST_POSTGRES_URL");
        let admin = Database::connect(&server).await.unwrap();
        let template = template::<M>(&admin, &server).await;
        let name = format!("test_{}", Uuid::now_v7().simple());
        let copy = format!("CREATE DATABASE {name} TEMPLATE {template}");
        admin.execute_unprepared(&copy).await.unwrap();
        admin.close().await.unwrap();
        let url = url_of(&server, &name);
        let db = db::connect(&url).await.unwrap();
        Self { db, url }
    }
}

async fn template<M: MigratorTrait>(admin: &DatabaseConnection, server: &str) -> String {
    let mut template = TEMPLATE.lock().await;
    if let Some(name) = template.as_ref() {
        return name.clone();
    }
    let name = format!("template_{}", Uuid::now_v7().simple());
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .unwrap();
    migrate::<M>(&url_of(server, &name)).await.unwrap();
    template.insert(name).clone()
}

async fn migrate<M: MigratorTrait>(url: &str) -> Result<(), DbErr> {
    let db = db::connect(url).await?;
    db::migrate::<M>(&db).await?;
    // A template with an open connection cannot be copied.
    db.close().await
}

/// The URL of another database on the same server.
fn url_of(server: &str, database: &str) -> String {
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{database}")
}
