//! What the OpenAPI document says, for tests that it drives.

use super::TestApp;
use ogp_tracker::app;
use reqwest::Method;
use serde_json::{Value, json};

/// The document as the code makes it.
pub fn document() -> Value {
    serde_json::to_value(app::openapi()).expect("JSON")
}

/// An operation.
#[derive(Debug)]
pub struct Operation {
    pub method: Method,
    pub path: String,
    pub id: String,
    pub spec: Value,
}

/// All operations.
pub fn operations() -> Vec<Operation> {
    let document = document();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        // In the order in which `Allow` names them.
        for method in ["get", "post", "put", "patch", "delete"] {
            let Some(spec) = item.get(method) else { continue };
            let method = method.to_uppercase().parse().expect("a method");
            let id = spec["operationId"].as_str().expect("operationId").to_owned();
            found.push(Operation { method, path: path.clone(), id, spec: spec.clone() });
        }
    }
    assert!(found.len() >= 40, "only {} operations were found", found.len());
    found
}

/// Those of them that are not public.
pub fn guarded() -> Vec<Operation> {
    let found: Vec<_> = operations().into_iter().filter(|operation| operation.scope().is_some()).collect();
    assert!(found.len() >= 25, "only {} operations are guarded", found.len());
    found
}

/// All operations that read something without an account, as JSON: what files contain is read elsewhere.
pub fn gets() -> Vec<Operation> {
    let public = |one: &Operation| one.method == Method::GET && one.is_public() && one.answers_json();
    let found: Vec<_> = operations().into_iter().filter(public).collect();
    assert!(found.len() >= 15, "only {} operations were found", found.len());
    found
}

/// Those of them that are lists.
pub fn lists() -> Vec<Operation> {
    let found: Vec<_> = gets().into_iter().filter(Operation::is_list).collect();
    assert!(found.len() >= 6, "only {} lists were found", found.len());
    found
}

/// Those of them that read public data as JSON: all but the health checks, the public keys, and the signed note.
pub fn reads() -> Vec<Operation> {
    let is_read = |operation: &Operation| operation.path.starts_with("/api/") && !operation.is_text();
    gets().into_iter().filter(is_read).collect()
}

impl Operation {
    /// Its parameters in the query.
    pub fn query(&self) -> Vec<&Value> {
        let all = self.spec["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(|parameter| parameter["in"] == "query").collect()
    }

    /// Their names.
    pub fn query_names(&self) -> Vec<&str> {
        self.query().iter().map(|parameter| parameter["name"].as_str().expect("a name")).collect()
    }

    /// Whether everybody can use it, without any credential.
    pub fn is_public(&self) -> bool {
        self.spec["security"].as_array().is_none_or(Vec::is_empty)
    }

    /// The scope that a token needs for it; none where it is public, and where a calendar link opens it.
    pub fn scope(&self) -> Option<&str> {
        let security = self.spec["security"].as_array()?;
        let [one] = &security[..] else {
            assert!(security.is_empty(), "{}: one way in was expected", self.id);
            return None;
        };
        if one["calendar_link"].is_array() {
            return None;
        }
        let [scope] = &one["bearer"].as_array().expect("a bearer token")[..] else {
            panic!("{}: one scope was expected", self.id)
        };
        Some(scope.as_str().expect("a scope"))
    }

    /// Whether success is JSON (or a text that others define), not a file or a picture.
    pub fn answers_json(&self) -> bool {
        let content = &self.spec["responses"]["200"]["content"];
        content["application/json"].is_object() || self.is_text()
    }

    pub fn is_list(&self) -> bool {
        self.query_names().contains(&"cursor")
    }

    /// Whether it answers with rows, which come as tables, too: lists do, and what has no pages can.
    pub fn has_rows(&self) -> bool {
        self.query_names().contains(&"bom")
    }

    /// Whether it answers with text, and not with JSON.
    pub fn is_text(&self) -> bool {
        self.spec["responses"]["200"]["content"]["application/json"].is_null()
    }

    /// An address that something of the demo data has: what the document gives as an example, or
    /// else the first id of the list. Of what the demo data has nothing, some is made.
    pub async fn address(&self, app: &TestApp) -> String {
        if self.path.contains("updates") {
            report_some(app).await;
        }
        if ["/ledger/", "/changes", "/report"].iter().any(|part| self.path.contains(part)) {
            app.number().await;
        }
        let Some((collection, rest)) = self.path.split_once("/{") else { return self.path.clone() };
        let (name, rest) = rest.split_once('}').expect("a closing brace");
        assert!(!rest.contains('{'), "{}: only one name is understood here", self.path);
        let parameters = self.spec["parameters"].as_array().expect("parameters");
        let parameter =
            parameters.iter().find(|parameter| parameter["name"] == name).expect("it is described");
        let name = match parameter["example"].as_str() {
            Some(example) if parameter["schema"]["format"] != "uuid" => example.to_owned(),
            _ => first_id(app, collection).await,
        };
        format!("{collection}/{name}{rest}")
    }
}

/// The id of the first thing of a collection.
pub async fn first_id(app: &TestApp, collection: &str) -> String {
    let page = app.get(&format!("{collection}?limit=1")).await.ok();
    page["data"][0]["id"].as_str().expect("an id").to_owned()
}

/// Reports about the first milestone, unless somebody has: the demo data has no updates.
pub async fn report_some(app: &TestApp) {
    if app.count("progress_updates").await > 0 {
        return;
    }
    let milestone = &app.get("/api/v1/milestones?limit=1").await.ok()["data"][0];
    let path = format!("/api/v1/milestones/{}/updates", milestone["id"].as_str().expect("an id"));
    let editor = app.editor_of(milestone["member"]["code"].as_str().expect("a code")).await;
    for day in ["2022-06-28", "2022-06-29", "2022-06-30"] {
        let update = json!({
            "progress": "substantial", "percent": 60, "effective_on": day,
            "narrative": {"en": "The draft was discussed.", "ro": "Proiectul a fost dezbătut."},
            "links": [{"url": "https://example.org/draft.pdf", "title": {"en": "Draft"}, "kind": "document"}]
        });
        let made = editor.post(&path, &update).send().await;
        assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
    }
}
