//! Somebody who talks to the program over HTTP, signed in.

use crate::harness::Answer;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

/// Somebody with an access token.
#[derive(Debug, Clone)]
pub struct Caller {
    client: Client,
    pub address: String,
    pub token: String,
}

impl Caller {
    /// Signs in.
    pub async fn sign_in(address: &str, email: &str, password: &str) -> Self {
        // Another process-wide choice that the first test makes; the others find it made.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut caller = Self { client: Client::new(), address: address.to_owned(), token: String::new() };
        let body = json!({"email": email, "password": password});
        let tokens = caller.post("/api/v1/auth/token", &body).await.ok();
        caller.token = tokens["access_token"].as_str().expect("a token").to_owned();
        caller
    }

    /// The same person at another address, with connections of their own.
    pub fn at(&self, address: &str) -> Self {
        Self { client: Client::new(), address: address.to_owned(), token: self.token.clone() }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.address));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    /// The answer, unless the connection breaks.
    pub async fn try_post(&self, path: &str, body: &Value, key: Option<&str>) -> reqwest::Result<Answer> {
        let mut request = self.request(Method::POST, path).json(body);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, body: response.bytes().await?.to_vec() })
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.try_post(path, body, None).await.expect("an answer")
    }

    /// What was made, after checking that it was.
    #[track_caller]
    pub fn made(answer: &Answer) -> Value {
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    /// Makes somebody with a role for a member, and signs them in.
    pub async fn person(&self, name: &str, role: &str, member: &str, password: &str) -> Self {
        let email = format!("{name}@example.org");
        let body = json!({"email": email, "display_name": name, "password": password});
        let person = Self::made(&self.post("/api/v1/people", &body).await);
        let path = format!("/api/v1/people/{}/grants", person["id"].as_str().expect("an id"));
        Self::made(&self.post(&path, &json!({"role": role, "member": member})).await);
        Self::sign_in(&self.address, &email, password).await
    }
}
