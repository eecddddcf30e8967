//! What can never be applied is kept with its reason, and its neighbours are applied.

use serde_json::json;
use shared::{
    id::MessageId,
    stream::{
        DeadLetter, Entry, HandleError, Message, Received,
        replay::{Decision, Selection, decide},
    },
};
use shared_testing::{append_fields, entries, eventually, field};

use crate::stage::{GROUP, Note, Recorder, STREAM, Stage, stop};

/// The dead letters on their stream, once there are `count`.
async fn dead_letters(stage: &Stage, count: usize) -> Vec<DeadLetter> {
    let letters = || entries(&stage.redis, DeadLetter::STREAM);
    let letters = eventually(letters, |letters| letters.len() >= count).await;
    let read = |entry: &Entry| Received::<DeadLetter>::decode(entry).unwrap().message;
    letters.iter().map(read).collect()
}

fn refuses(reason: &'static str) -> Recorder {
    Recorder::with(move |texts| async move {
        if texts.iter().any(|text| text == "refused") {
            return Err(HandleError::Refused(reason.to_owned()));
        }
        Ok(())
    })
}

#[tokio::test]
async fn an_entry_that_is_no_message_dies_and_its_neighbours_live() {
    let id = MessageId::generate().to_string();
    let broken: [&[(&str, &[u8])]; 6] = [
        &[("text", b"no id"), ("type", b"note.taken.v1")],
        &[
            ("id", b"7"),
            ("type", b"note.taken.v1"),
            ("text", b"bad id"),
        ],
        &[("id", id.as_bytes()), ("text", b"no type")],
        &[
            ("id", id.as_bytes()),
            ("type", b"note.lost.v9"),
            ("text", b"unknown"),
        ],
        &[
            ("id", id.as_bytes()),
            ("type", b"note.taken.v1"),
            ("note", b"no text"),
        ],
        &[
            ("id", id.as_bytes()),
            ("type", b"note.taken.v1"),
            ("text", b"\xff\x00\xfe"),
        ],
    ];
    for fields in broken {
        let stage = Stage::create().await;
        stage.publish();
        stage.send(&["before"]).await;
        let entry = append_fields(&stage.redis, STREAM, fields).await;
        stage.send(&["after"]).await;

        stage.consume(Recorder::new());
        stage.drained().await;

        assert_eq!(stage.effects().await, ["before", "after"]);
        let [letter] = dead_letters(&stage, 1).await.try_into().unwrap();
        let original = |(name, value): &(&str, &[u8])| match std::str::from_utf8(value) {
            Ok(value) => json!([name, value]),
            Err(_) => json!([name, {"escaped": "\\xff\\x00\\xfe"}]),
        };
        let original = serde_json::Value::Array(fields.iter().map(original).collect());
        assert_eq!(letter.entry, original.to_string());
        assert_eq!(letter.origin.stream, STREAM);
        assert_eq!(letter.origin.entry_id, entry);
        assert_eq!(letter.origin.group, GROUP);
        assert!(letter.origin.consumer.starts_with(GROUP));
        assert_eq!(letter.class, "decode");
        assert!(!letter.error.is_empty());
    }
}

#[tokio::test]
async fn an_entry_that_is_no_message_cannot_shut_out_the_message_whose_id_it_bears() {
    let stage = Stage::create().await;
    let id = MessageId::generate();
    let forged = [("id", id.to_string()), ("type", "note.lost.v9".to_owned())];
    append_fields(&stage.redis, STREAM, &forged).await;
    shared_testing::append(&stage.redis, id, &Note("good".to_owned())).await;

    stage.consume(Recorder::new());
    stage.drained().await;

    assert_eq!(stage.effects().await, ["good"]);
}

#[tokio::test]
async fn a_message_that_the_handler_refuses_dies_and_its_neighbours_live() {
    let stage = Stage::create().await;
    stage.publish();
    stage.send(&["before", "refused", "after"]).await;

    stage.consume(refuses("against the rules"));
    stage.drained().await;

    assert_eq!(stage.effects().await, ["before", "after"]);
    let [letter] = dead_letters(&stage, 1).await.try_into().unwrap();
    assert_eq!(letter.class, "permanent");
    assert_eq!(letter.error, "against the rules");
    assert!(letter.entry.contains(r#"["text","refused"]"#), "{letter:?}");
}

#[tokio::test]
async fn letters_of_one_cause_have_one_fingerprint() {
    let stage = Stage::create().await;
    stage.publish();
    for number in ["7", "12345"] {
        let kind = format!("note.lost.v{number}");
        let id = MessageId::generate().to_string();
        append_fields(&stage.redis, STREAM, &[("id", id), ("type", kind)]).await;
    }
    append_fields(&stage.redis, STREAM, &[("text", "no id")]).await;

    stage.consume(Recorder::new());
    let [one, same, other] = dead_letters(&stage, 3).await.try_into().unwrap();

    assert_eq!(one.fingerprint, same.fingerprint);
    assert_ne!(one.fingerprint, other.fingerprint);
}

#[tokio::test]
async fn an_error_of_any_length_is_cut_to_fit_a_dead_letter() {
    let stage = Stage::create().await;
    stage.publish();
    stage.send(&["refused"]).await;
    let refuse = |_| async { Err(HandleError::Refused("\u{e9}".repeat(5000))) };

    stage.consume(Recorder::with(refuse));
    let [letter] = dead_letters(&stage, 1).await.try_into().unwrap();

    assert_eq!(letter.error, "\u{e9}".repeat(1024));
}

/// A stage with one dead message, a relay, and a consumer that takes everything now.
async fn mended() -> Stage {
    let stage = Stage::create().await;
    stage.publish();
    stage.send(&["refused"]).await;
    let broken = stage.consume(refuses("not yet"));
    stage.drained().await;
    stop(broken).await;
    stage.consume(Recorder::new());
    stage
}

const STATES: &str = "SELECT state FROM failures";

#[tokio::test]
async fn a_dead_message_that_is_replayed_takes_effect_once_however_often_one_asks() {
    let stage = mended().await;
    let all = Selection::default();

    let first = decide(&stage.db, &all, Decision::Replay, "ops")
        .await
        .unwrap();
    let second = decide(&stage.db, &all, Decision::Replay, "ops")
        .await
        .unwrap();
    eventually(|| stage.effects(), |effects| !effects.is_empty()).await;
    stage.send(&["after"]).await;
    stage.drained().await;

    assert_eq!((first.len(), second.len()), (1, 0));
    assert_eq!(stage.effects().await, ["refused", "after"]);
    assert_eq!(stage.texts(STATES).await, ["replayed"]);
    let decisions = stage.texts("SELECT decisions::text FROM failures").await;
    assert!(decisions[0].contains(r#""by": "ops""#), "{decisions:?}");
}

#[tokio::test]
async fn a_dead_message_that_is_discarded_stays_dead_however_often_it_comes() {
    let stage = mended().await;

    let all = Selection::default();
    decide(&stage.db, &all, Decision::Discard, "ops")
        .await
        .unwrap();
    let [original] = entries(&stage.redis, STREAM).await.try_into().unwrap();
    append_fields(&stage.redis, STREAM, &text_of(&original)).await;
    stage.send(&["after"]).await;
    stage.drained().await;

    assert_eq!(stage.effects().await, ["after"]);
    assert_eq!(stage.texts(STATES).await, ["discarded"]);
}

fn text_of(entry: &Entry) -> Vec<(&str, Vec<u8>)> {
    let fields = entry.fields.iter();
    fields
        .map(|(name, value)| (std::str::from_utf8(name).unwrap(), value.clone()))
        .collect()
}

#[tokio::test]
async fn a_replay_reaches_only_the_group_that_had_given_up() {
    let stage = mended().await;

    let all = Selection::default();
    decide(&stage.db, &all, Decision::Replay, "ops")
        .await
        .unwrap();
    let on_stream = || entries(&stage.redis, STREAM);
    let on_stream = eventually(on_stream, |entries| entries.len() == 2).await;

    assert_eq!(field(&on_stream[1], "only"), GROUP);
    assert_eq!(field(&on_stream[1], "id"), field(&on_stream[0], "id"));
}

#[tokio::test]
async fn a_replay_that_was_meant_for_another_group_is_passed_over() {
    let stage = Stage::create().await;
    let id = MessageId::generate().to_string();
    let fields = [
        ("id", id.as_str()),
        ("type", "note.taken.v1"),
        ("text", "hidden"),
        ("only", "auditors"),
    ];
    append_fields(&stage.redis, STREAM, &fields).await;

    stage.consume(Recorder::new());
    stage.drained().await;

    assert!(stage.effects().await.is_empty());
}

#[tokio::test]
async fn a_selection_takes_what_it_names_and_nothing_else() {
    let stage = Stage::create().await;
    stage.send(&["refused"]).await;
    append_fields(&stage.redis, STREAM, &[("text", "no id")]).await;
    stage.consume(refuses("no"));
    stage.drained().await;

    let decode = Selection {
        class: Some("decode".to_owned()),
        ..Selection::default()
    };
    let decided = decide(&stage.db, &decode, Decision::Discard, "ops")
        .await
        .unwrap();

    assert_eq!(decided.len(), 1);
    assert_eq!(decided[0].class, "decode");
    let left = "SELECT class FROM failures WHERE state = 'dead'";
    assert_eq!(stage.texts(left).await, ["permanent"]);
}
