//! What an operator sees of a mesh and does to it, by the URLs of its servers.

use mesh::{Mesh, Options};
use redis::aio::MultiplexedConnection;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::shopper::{Shopper, eventually};

/// Somebody with the command, who knows where the servers are.
struct Operator {
    servers: Vec<String>,
}

impl Operator {
    fn of(mesh: &Mesh) -> Self {
        let state = mesh.state();
        let databases = state
            .services
            .iter()
            .filter_map(|it| it.database_url.clone());
        let databases = databases.flat_map(|url| ["--database-url".to_owned(), url]);
        let redis = ["--redis-url".to_owned(), state.redis.url.clone()];
        Self {
            servers: redis.into_iter().chain(databases).collect(),
        }
    }

    /// Runs `cargo mesh`; answers with the exit code and what was printed.
    async fn run(&self, arguments: &[&str]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_mesh"))
            .args(arguments)
            .args(&self.servers)
            .output()
            .await
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), printed)
    }

    /// The ids of the dead letters.
    async fn dead(&self) -> Vec<String> {
        let (_, printed) = self.run(&["dead-letters", "list", "--json"]).await;
        let letters = printed.lines().map(|line| {
            let letter: Value = serde_json::from_str(line).unwrap();
            letter["message_id"].as_str().unwrap().to_owned()
        });
        letters.collect()
    }
}

async fn redis_of(mesh: &Mesh) -> MultiplexedConnection {
    let client = redis::Client::open(mesh.state().redis.url).unwrap();
    client.get_multiplexed_async_connection().await.unwrap()
}

#[tokio::test]
async fn an_operator_follows_an_order_and_lays_a_dead_letter_to_rest() {
    let mesh = Mesh::start(Options::default()).await.unwrap();
    let operator = Operator::of(&mesh);
    let seller = Shopper::sign_up(mesh.url(), "seller").await;
    let buyer = Shopper::sign_up(mesh.url(), "buyer").await;
    let product = seller.list_product("2.50", 1).await;
    let items = json!([{"product_id": product, "price": "2.50", "quantity": 1}]);
    buyer.order_until_answered(&items, "first").await;
    let orders = || buyer.orders();
    let orders = eventually(orders, |orders| orders[0]["status"] == "COMPLETED").await;

    let (code, story) = operator.run(&["trace", &orders[0]["id"].to_string()]).await;
    assert_eq!(code, 0);
    let steps = [
        "orders_stream",
        "products-service",
        "inventory_stream",
        "COMPLETED",
    ];
    for step in steps {
        assert!(story.contains(step), "{step} is not in the story:\n{story}");
    }
    assert_eq!(operator.run(&["trace", "999999"]).await.0, 1);

    let _: String = redis::cmd("XADD")
        .arg(&["orders_stream", "*", "type", "nonsense"])
        .query_async(&mut redis_of(&mesh).await)
        .await
        .unwrap();
    let dead = eventually(|| operator.dead(), |dead| dead.len() == 1).await;
    let (_, letter) = operator.run(&["dead-letters", "show", &dead[0]]).await;
    assert!(
        letter.contains("decode") && letter.contains("nonsense"),
        "{letter}"
    );
    operator
        .run(&["dead-letters", "discard", "--all", "--dry-run"])
        .await;
    assert_eq!(operator.dead().await, dead, "a dry run changes nothing");
    operator.run(&["dead-letters", "discard", &dead[0]]).await;
    assert!(operator.dead().await.is_empty());

    let (code, report) = operator.run(&["status", "--json"]).await;
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(code, 0);
    let groups = report["streams"].as_array().unwrap().iter();
    let mut groups = groups.flat_map(|stream| stream["groups"].as_array().unwrap());
    assert!(groups.all(|group| group["lag"] == 0 && group["pending"] == 0));
    mesh.hold_down("redis", 0).await.unwrap();
    let (code, report) = operator.run(&["status"]).await;
    assert_eq!(code, 1);
    assert!(report.contains("Redis is DOWN"), "{report}");
    mesh.stop().await;
}
