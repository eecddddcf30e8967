//! What can never be applied is kept with its reason, and its neighbours are applied.

use shared::{
    id::MessageId,
    stream::{DEAD_LETTERS, Entry, HandleError},
};
use shared_testing::{append_fields, entries, eventually, field};

use crate::stage::{GROUP, Recorder, STREAM, Stage};

async fn dead_letters(stage: &Stage, count: usize) -> Vec<Entry> {
    let letters = || entries(&stage.redis, DEAD_LETTERS);
    eventually(letters, |letters| letters.len() >= count).await
}

/// The fields that came with the entry, behind those that tell how it died.
fn original(letter: &Entry) -> Vec<(&str, &[u8])> {
    let is_added = |name: &[u8]| name.starts_with(b"dead_");
    let fields = letter.fields.iter().skip_while(|it| is_added(&it.0));
    fields
        .map(|(name, value)| (std::str::from_utf8(name).unwrap(), value.as_slice()))
        .collect()
}

#[tokio::test]
async fn an_entry_that_is_no_message_dies_and_its_neighbours_live() {
    let id = MessageId::generate().to_string();
    let id = id.as_bytes();
    let kind = b"note.taken.v1".as_slice();
    let broken: [&[(&str, &[u8])]; 6] = [
        &[("text", b"no id"), ("type", kind)],
        &[("id", b"7"), ("type", kind), ("text", b"bad id")],
        &[("id", id), ("text", b"no type")],
        &[("id", id), ("type", b"note.lost.v9"), ("text", b"unknown")],
        &[("id", id), ("type", kind), ("note", b"no text")],
        &[("id", id), ("type", kind), ("text", b"\xff\x00\xfe")],
    ];
    for fields in broken {
        let stage = Stage::create().await;
        stage.send(&["before"]).await;
        let entry = append_fields(&stage.redis, STREAM, fields).await;
        stage.send(&["after"]).await;

        stage.consume(Recorder::new());
        stage.drained().await;

        assert_eq!(stage.effects().await, ["before", "after"]);
        let [letter] = dead_letters(&stage, 1).await.try_into().unwrap();
        assert_eq!(original(&letter), fields);
        assert_eq!(field(&letter, "dead_stream"), stage.redis.key(STREAM));
        assert_eq!(field(&letter, "dead_entry"), entry);
        assert_eq!(field(&letter, "dead_group"), GROUP);
        assert!(field(&letter, "dead_consumer").starts_with(GROUP));
        assert_eq!(field(&letter, "dead_class"), "decode");
        assert!(!field(&letter, "dead_error").is_empty());
    }
}

#[tokio::test]
async fn a_message_that_the_handler_refuses_dies_and_its_neighbours_live() {
    let stage = Stage::create().await;
    stage.send(&["before", "refused", "after"]).await;
    let refuse = |texts: Vec<String>| async move {
        if texts.iter().any(|text| text == "refused") {
            return Err(HandleError::Refused("against the rules".to_owned()));
        }
        Ok(())
    };

    stage.consume(Recorder::with(refuse));
    stage.drained().await;

    assert_eq!(stage.effects().await, ["before", "after"]);
    let [letter] = dead_letters(&stage, 1).await.try_into().unwrap();
    assert_eq!(field(&letter, "dead_class"), "permanent");
    assert_eq!(field(&letter, "dead_error"), "against the rules");
    assert_eq!(field(&letter, "text"), "refused");
}

#[tokio::test]
async fn an_error_of_any_length_is_cut_to_fit_a_dead_letter() {
    let stage = Stage::create().await;
    stage.send(&["refused"]).await;
    let refuse = |_| async { Err(HandleError::Refused("\u{e9}".repeat(5000))) };

    stage.consume(Recorder::with(refuse));
    let [letter] = dead_letters(&stage, 1).await.try_into().unwrap();

    assert_eq!(field(&letter, "dead_error"), "\u{e9}".repeat(1024));
}

#[tokio::test]
async fn a_refused_message_can_be_sent_again_once_the_handler_takes_it() {
    let stage = Stage::create().await;
    stage.send(&["refused"]).await;
    let refuse = |_| async { Err(HandleError::Refused("not yet".to_owned())) };
    let first = stage.consume(Recorder::with(refuse));
    let [letter] = dead_letters(&stage, 1).await.try_into().unwrap();
    crate::stage::stop(first).await;

    stage.consume(Recorder::new());
    append_fields(&stage.redis, STREAM, &original(&letter)).await;
    stage.drained().await;

    assert_eq!(stage.effects().await, ["refused"]);
}
