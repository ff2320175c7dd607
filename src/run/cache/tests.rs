use super::{Cached, RelationCache};
use crate::adapter::{Relation, RelationKind};

fn view(name: &str) -> Relation {
    Relation::new("db", "main", name).with_kind(RelationKind::View)
}

fn check(cache: &RelationCache, expected: &str) {
    let shown = cache.relations(Some("db"), "main").map(|relations| {
        let names: Vec<String> = relations
            .iter()
            .map(|r| {
                let kind = r.kind.map_or("?", RelationKind::as_str);
                format!("{} {kind}", r.identifier.as_deref().unwrap_or_default())
            })
            .collect();
        names.join(", ")
    });
    assert_eq!(shown.as_deref(), Some(expected));
}

#[test]
fn a_schema_is_unknown_until_it_is_listed() {
    let cache = RelationCache::default();
    assert_eq!(cache.get(Some("db"), "main", "a"), Cached::Unlisted);
    cache.add_schema(Some("DB"), "Main", vec![view("b")]);
    assert_eq!(cache.get(Some("db"), "main", "a"), Cached::Absent);
    assert_eq!(cache.get(Some("db"), "main", "B"), Cached::Found(view("b")));
    cache.forget_schema(Some("db"), "main");
    assert_eq!(cache.get(Some("db"), "main", "b"), Cached::Unlisted);
}

#[test]
fn what_the_run_does_is_followed() {
    let cache = RelationCache::default();
    cache.add_schema(Some("db"), "main", Vec::new());
    cache.add(&view("b"));
    cache.add(&view("a"));
    check(&cache, "a view, b view");
    cache.rename(&view("A"), &view("c"));
    check(&cache, "b view, c view");
    cache.drop(&view("B"));
    cache.drop(&view("nothing"));
    check(&cache, "c view");
    cache.add(&view("c").with_kind(RelationKind::Table));
    check(&cache, "c table");
    cache.rename(&view("temporary"), &view("d"));
    check(&cache, "c table");
}

#[test]
fn a_listing_does_not_undo_what_came_in_meanwhile() {
    let cache = RelationCache::default();
    cache.add(&view("a").with_kind(RelationKind::Table));
    cache.add_schema(Some("db"), "main", vec![view("a"), view("b")]);
    check(&cache, "a table, b view");
}
