use crate::harness::TestApp;
use crate::harness::spec;
use reqwest::Method;

#[actix_web::test]
async fn head_answers_as_get_without_the_body() {
    let app = TestApp::demo().await;
    let mut addresses =
        vec!["/openapi.json".to_owned(), "/docs/".to_owned(), "/".to_owned(), "/nothing".to_owned()];
    for operation in spec::gets() {
        addresses.push(operation.address(&app).await);
    }
    addresses.push("/api/v1/members?colour=red".to_owned());
    addresses.push("/api/v1/members/NOPE".to_owned());
    for address in addresses {
        for coding in ["identity", "gzip"] {
            let get = app.get_with(&address, &[("accept-encoding", coding)]).await;
            let request = app.request(Method::HEAD, &address).header("accept-encoding", coding);
            let head = app.send(request).await;
            assert_eq!(head.status, get.status, "{address}");
            assert!(head.body.is_empty(), "{address}");
            for (name, value) in &get.headers {
                // Its length may be left out (RFC 9110, section 9.3.2); each request has its own id,
                // and each is counted.
                let own = ["date", "x-request-id", "ratelimit", "content-length", "transfer-encoding"];
                if !own.contains(&name.as_str()) {
                    assert_eq!(head.headers.get(name), Some(value), "{address} {name}");
                }
            }
            if let Some(length) = head.header("content-length") {
                assert_eq!(Some(length), get.header("content-length"), "{address}");
            }
        }
    }
}

#[actix_web::test]
async fn head_is_conditional_too() {
    let app = TestApp::demo().await;
    let etag = app.get("/api/v1/members").await.header("etag").unwrap().to_owned();
    let request = app.request(Method::HEAD, "/api/v1/members").header("if-none-match", etag);
    assert_eq!(app.send(request).await.status, 304);
}

/// The methods that a path takes, as the document says, in the form of `Allow`.
fn taken(path: &str) -> String {
    let mut methods = Vec::new();
    for operation in spec::operations().into_iter().filter(|operation| operation.path == path) {
        methods.push(operation.method.to_string());
        if operation.method == "GET" {
            methods.push("HEAD".to_owned());
        }
    }
    assert!(!methods.is_empty(), "there is no {path}");
    methods.push("OPTIONS".to_owned());
    methods.join(", ")
}

#[actix_web::test]
async fn a_path_that_only_takes_changes_says_so() {
    let app = TestApp::empty().await;
    let answer = app.get("/api/v1/auth/token").await;
    answer.problem(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
    assert_eq!(taken("/api/v1/people/{person}"), "GET, HEAD, PATCH, OPTIONS");
}

#[actix_web::test]
async fn a_method_that_a_path_does_not_take_is_405_and_says_which_it_takes() {
    let app = TestApp::demo().await;
    for operation in spec::gets() {
        let address = operation.address(&app).await;
        let taken = taken(&operation.path);
        for method in ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "TRACE"] {
            if taken.split(", ").any(|one| one == method) {
                continue;
            }
            let request = app.request(method.parse().unwrap(), &address).body("{}");
            let answer = app.send(request).await;
            let problem = answer.problem(405, "method_not_allowed");
            assert_eq!(problem["instance"], address, "{method}");
            assert_eq!(answer.header("allow"), Some(taken.as_str()), "{method} {address}");
        }
    }
}

#[actix_web::test]
async fn options_says_which_methods_a_path_takes() {
    let app = TestApp::demo().await;
    for operation in spec::gets() {
        let answer = app.send(app.request(Method::OPTIONS, &operation.address(&app).await)).await;
        assert_eq!(answer.status, 204, "{}", operation.id);
        assert_eq!(answer.header("allow"), Some(taken(&operation.path).as_str()), "{}", operation.id);
        assert!(answer.body.is_empty());
    }
    app.send(app.request(Method::OPTIONS, "/nothing")).await.problem(404, "not_found");
}

#[actix_web::test]
async fn any_site_may_ask_in_advance_whether_it_may_ask() {
    let app = TestApp::demo().await;
    for operation in spec::gets() {
        let request = app
            .request(Method::OPTIONS, &operation.address(&app).await)
            .header("origin", "https://dashboard.example")
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "if-none-match, accept-language");
        let answer = app.send(request).await;
        assert!(matches!(answer.status, 200 | 204), "{}: {}", operation.id, answer.status);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert!(answer.header("access-control-allow-methods").is_some_and(|methods| methods.contains("GET")));
        let headers = answer.header("access-control-allow-headers").unwrap().to_lowercase();
        assert!(headers.contains("if-none-match") && headers.contains("accept-language"), "{headers}");
        assert_eq!(answer.header("access-control-max-age"), Some("86400"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
}

#[actix_web::test]
async fn any_site_may_read_answers_and_errors() {
    let app = TestApp::demo().await;
    for address in
        ["/api/v1/members", "/api/v1/members?colour=red", "/api/v1/members/NOPE", "/nothing", "/openapi.json"]
    {
        for origin in ["https://dashboard.example", "null"] {
            let answer = app.get_with(address, &[("origin", origin)]).await;
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{address}");
            let exposed = answer.header("access-control-expose-headers").unwrap().to_lowercase();
            for header in ["etag", "link", "content-language", "retry-after", "x-request-id"] {
                assert!(exposed.split(", ").any(|one| one == header), "{address}: {header} in {exposed}");
            }
        }
    }
    let request =
        app.request(Method::PUT, "/api/v1/members").header("origin", "https://dashboard.example").body("{}");
    let answer = app.send(request).await;
    answer.problem(405, "method_not_allowed");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
}
