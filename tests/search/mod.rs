mod drafts;
mod find;
mod lists;
mod maintain;
mod many;
mod refuse;

use crate::harness::TestApp;
use reqwest::Method;
use serde_json::Value;

/// What a search finds.
async fn search(app: &TestApp, asked: &[(&str, &str)]) -> Value {
    list(app, "search", asked).await
}

/// A page of a list.
async fn list(app: &TestApp, list: &str, asked: &[(&str, &str)]) -> Value {
    app.send(app.request(Method::GET, &format!("/api/v1/{list}")).query(asked)).await.ok()
}

/// The codes or slugs of what was found, or the titles of what has none.
fn found(page: &Value) -> Vec<String> {
    let name = |row: &Value| {
        let named = ["code", "slug", "title"].iter().find_map(|field| row[*field].as_str());
        named.expect("a name").to_owned()
    };
    page["data"].as_array().expect("data").iter().map(name).collect()
}

/// All snippets of a result, with brackets around what is highlighted.
fn snippets(result: &Value) -> Vec<String> {
    let shown = |snippet: &Value| {
        let segments = snippet["segments"].as_array().expect("segments").iter();
        let shown = segments.map(|segment| match (&segment["matched"], segment["text"].as_str()) {
            (Value::Bool(true), Some(text)) => format!("[{text}]"),
            (_, text) => text.expect("text").to_owned(),
        });
        shown.collect::<String>()
    };
    result["snippets"].as_array().expect("snippets").iter().map(shown).collect()
}
