//! People who use the application, signed in.

use super::{Answer, TestApp};
use ogp_tracker::accounts::model::{Passphrase, RoleAt};
use ogp_tracker::accounts::service::{PersonCreate, Who};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use uuid::Uuid;

/// The password of everybody in the tests.
pub const PASSWORD: &str = "seven slow green trams";

/// Somebody with tokens. Requests carry the access token.
pub struct Client<'a> {
    pub app: &'a TestApp,
    pub person_id: Uuid,
    pub email: String,
    pub token: String,
    pub refresh_token: String,
}

/// A request that is still being put together.
pub struct Asked<'a> {
    app: &'a TestApp,
    request: RequestBuilder,
}

impl TestApp {
    /// Makes a person with these roles (`admin`, `editor@IAS`); nobody is signed in. The e-mail
    /// address is made up where none is given.
    pub async fn person(&self, email: Option<&str>, roles: &[&str]) -> (Uuid, String) {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        // All as long as each other: sorted by address they are in the order in which they were made.
        let made_up = format!("person{:06}@example.org", COUNT.fetch_add(1, Ordering::Relaxed));
        let email = email.map_or(made_up, str::to_owned);
        let roles: Vec<RoleAt> = roles.iter().map(|role| role.parse().expect("a role")).collect();
        let person = PersonCreate {
            email: email.parse().expect("an e-mail address"),
            display_name: format!("Person {email}"),
            language: None,
            password: Some(Passphrase::new(PASSWORD)),
        };
        let id = self.accounts.add_person(Who::Operator, &person, &roles).await.expect("a person");
        (id, email)
    }

    /// Makes a person with these roles, and signs them in.
    pub async fn signed_in(&self, roles: &[&str]) -> Client<'_> {
        let (person_id, email) = self.person(None, roles).await;
        self.sign_in(person_id, &email).await
    }

    /// A further session of a person.
    pub async fn sign_in(&self, person_id: Uuid, email: &str) -> Client<'_> {
        let tokens =
            self.post("/api/v1/auth/token", &json!({"email": email, "password": PASSWORD})).await.ok();
        let text = |field: &str| tokens[field].as_str().expect("a token").to_owned();
        let (token, refresh_token) = (text("access_token"), text("refresh_token"));
        Client { app: self, person_id, email: email.to_owned(), token, refresh_token }
    }

    pub async fn admin(&self) -> Client<'_> {
        self.signed_in(&["admin"]).await
    }

    pub async fn auditor(&self) -> Client<'_> {
        self.signed_in(&["auditor"]).await
    }

    pub async fn editor_of(&self, member: &str) -> Client<'_> {
        self.signed_in(&[&format!("editor@{member}")]).await
    }

    pub async fn publisher_of(&self, member: &str) -> Client<'_> {
        self.signed_in(&[&format!("publisher@{member}")]).await
    }

    pub async fn assessor_of(&self, member: &str) -> Client<'_> {
        self.signed_in(&[&format!("assessor@{member}")]).await
    }

    /// A request for a change that shows nobody.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// A request that shows this token.
    pub fn with_token(&self, method: Method, path: &str, token: &str) -> Asked<'_> {
        Asked { app: self, request: self.request(method, path).bearer_auth(token) }
    }
}

impl Client<'_> {
    pub fn request(&self, method: Method, path: &str) -> Asked<'_> {
        self.app.with_token(method, path, &self.token)
    }

    pub fn get(&self, path: &str) -> Asked<'_> {
        self.request(Method::GET, path)
    }

    pub fn delete(&self, path: &str) -> Asked<'_> {
        self.request(Method::DELETE, path)
    }

    pub fn post(&self, path: &str, body: &Value) -> Asked<'_> {
        self.request(Method::POST, path).body(body)
    }

    /// A merge patch.
    pub fn patch(&self, path: &str, body: &Value) -> Asked<'_> {
        let asked = self.request(Method::PATCH, path);
        let request =
            asked.request.header("content-type", "application/merge-patch+json").body(body.to_string());
        Asked { request, ..asked }
    }

    /// The entity tag that something has now.
    pub async fn etag(&self, path: &str) -> String {
        let answer = self.get(path).send().await;
        answer.ok();
        answer.header("etag").expect("an entity tag").to_owned()
    }
}

impl<'a> Asked<'a> {
    /// A request that shows what it has been given.
    pub fn new(app: &'a TestApp, request: RequestBuilder) -> Self {
        Self { app, request }
    }

    pub fn body(self, body: &Value) -> Self {
        Self { request: self.request.json(body), ..self }
    }

    pub fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value), ..self }
    }

    pub fn if_match(self, etag: &str) -> Self {
        self.header("if-match", etag)
    }

    /// With an idempotency key.
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// The request as the HTTP client has it.
    pub fn raw(self) -> RequestBuilder {
        self.request
    }

    pub async fn send(self) -> Answer {
        self.app.send(self.request).await
    }
}
