use crate::harness::TestApp;
use crate::harness::spec;
use std::collections::BTreeMap;

/// Names that nothing has, in every shape that callers invent.
fn names() -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("unknown", "NOPE".to_owned()),
        ("unknown id", "0193a5a0-7c1e-7d6a-9a3e-3f6b8f0f2a11".to_owned()),
        ("unknown id in upper case", "0193A5A0-7C1E-7D6A-9A3E-3F6B8F0F2A11".to_owned()),
        ("NUL", "a%00b".to_owned()),
        ("only NUL", "%00".to_owned()),
        ("not UTF-8", "a%FFb".to_owned()),
        ("10 KB", "x".repeat(10_000)),
        ("10 KB of letters of several bytes", "%C8%99".repeat(1_700)),
        ("an encoded slash", "IAS%2Fx".to_owned()),
        ("only an encoded slash", "%2F".to_owned()),
        ("dots", "%2e%2e%2f%2e%2e%2fetc%2fpasswd".to_owned()),
        ("a space", "%20".to_owned()),
        ("SQL", "%27%20OR%20%271%27%3D%271".to_owned()),
        ("a percent sign alone", "100%".to_owned()),
        ("a pattern", "%25".to_owned()),
        ("emoji", "%F0%9F%8F%9B".to_owned()),
    ])
}

#[actix_web::test]
async fn a_name_that_nothing_has_is_not_found() {
    let app = TestApp::demo().await;
    let mut tried = 0;
    for operation in spec::reads().into_iter().filter(|operation| operation.path.contains('{')) {
        let (collection, rest) = operation.path.split_once('{').unwrap();
        let (_, rest) = rest.split_once('}').unwrap();
        for (what, name) in names() {
            let answer = app.get(&format!("{collection}{name}{rest}")).await;
            assert_eq!(answer.status, 404, "{}: {what}", operation.id);
            answer.problem(404, "not_found");
            tried += 1;
        }
    }
    assert!(tried >= 6 * 16, "only {tried} were tried");
}

#[actix_web::test]
async fn a_path_that_does_not_exist_is_not_found() {
    let app = TestApp::demo().await;
    for path in [
        "/nothing",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v2/members",
        "/api/v1/members/",
        "/api/v1/members/IAS/",
        "/api/v1/members/IAS/plans",
        "/API/V1/members",
        "//api/v1/members",
        "/%00",
        "/%FF",
        "/docs/no-such-asset.js",
        "/docs/../Cargo.toml",
        "/docs/..%2fCargo.toml",
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        let problem = answer.problem(404, "not_found");
        assert_eq!(problem["instance"].as_str().unwrap().chars().next(), Some('/'), "{path}");
    }
}

#[actix_web::test]
async fn a_resource_of_one_kind_is_not_found_as_another() {
    let app = TestApp::demo().await;
    for path in
        ["/api/v1/members/ROTMR0001", "/api/v1/commitments/IAS", "/api/v1/institutions/iasi-2019-2021"]
    {
        app.get(path).await.problem(404, "not_found");
    }
    let id = app.get("/api/v1/members/IAS").await.ok()["id"].as_str().unwrap().to_owned();
    app.get(&format!("/api/v1/commitments/{id}")).await.problem(404, "not_found");
}
