use serde_json::json;

use super::{CommentSubject, CommentText, DefaultComment, QueryComment, add_comment};

#[test]
fn the_default_comment_names_the_node() {
    let mut comment = DefaultComment {
        dbt_version: "1.11.16",
        profile_name: "p1",
        target_name: "dev",
        subject: CommentSubject::Node("model.p1.a"),
    };
    assert_eq!(
        comment.text(),
        r#"{"app": "dbt", "dbt_version": "1.11.16", "profile_name": "p1", "target_name": "dev", "node_id": "model.p1.a"}"#
    );
    comment.profile_name = "ä\"\u{1F600}";
    comment.subject = CommentSubject::Connection("master");
    assert_eq!(
        comment.text(),
        r#"{"app": "dbt", "dbt_version": "1.11.16", "profile_name": "\u00e4\"\ud83d\ude00", "target_name": "dev", "connection_name": "master"}"#
    );
}

#[test]
fn settings() {
    let read = |value| {
        let comment = QueryComment::read(Some(&value));
        (comment.text, comment.append)
    };
    let template = |text: &str| CommentText::Template(text.into());
    assert_eq!(QueryComment::read(None).text, CommentText::Default);
    assert_eq!(read(json!("")), (CommentText::None, false));
    assert_eq!(read(json!(null)), (CommentText::None, false));
    assert_eq!(read(json!("hi")), (template("hi"), false));
    assert_eq!(read(json!({"append": true})), (CommentText::Default, true));
    assert_eq!(
        read(json!({"comment": "hi", "append": true})),
        (template("hi"), true)
    );
    assert_eq!(read(json!({"comment": ""})), (CommentText::None, false));
}

#[test]
fn before_and_behind() {
    assert_eq!(add_comment("select 1", " hi ", false), "/* hi */\nselect 1");
    assert_eq!(add_comment("select 1 \n", "hi", true), "select 1\n/* hi */");
    assert_eq!(add_comment("select 1; ", "hi", true), "select 1\n/* hi */;");
}
