use crate::harness::TestApp;
use crate::harness::spec;
use std::io::Read;

fn decode(coding: &str, body: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    match coding {
        "gzip" => flate2::read::GzDecoder::new(body).read_to_end(&mut decoded).map(|_| ()),
        "br" => brotli::BrotliDecompress(&mut &*body, &mut decoded),
        "zstd" => zstd::stream::copy_decode(body, &mut decoded),
        _ => panic!("{coding} is not known here"),
    }
    .unwrap();
    decoded
}

#[actix_web::test]
async fn an_answer_is_the_same_in_every_coding_under_a_tag_of_its_own() {
    let app = TestApp::demo().await;
    let mut addresses = vec!["/openapi.json".to_owned()];
    for operation in spec::reads() {
        addresses.push(operation.address(&app).await);
    }
    for address in addresses {
        let plain = app.get_with(&address, &[("accept-encoding", "identity")]).await;
        plain.ok();
        assert_eq!(plain.header("content-encoding"), None);
        let mut tags = vec![plain.header("etag").unwrap().to_owned()];
        for coding in ["gzip", "br", "zstd"] {
            let answer = app.get_with(&address, &[("accept-encoding", coding)]).await;
            assert_eq!(answer.header("content-encoding"), Some(coding), "{address}");
            assert_eq!(answer.header("content-type"), plain.header("content-type"), "{address}");
            let vary: Vec<_> =
                answer.headers.get_all("vary").iter().map(|vary| vary.to_str().unwrap()).collect();
            assert!(vary.join(",").to_lowercase().contains("accept-encoding"), "{address}: {vary:?}");
            assert!(decode(coding, &answer.body) == plain.body, "{address} in {coding}");
            let tag = answer.header("etag").unwrap().to_owned();
            assert!(!tags.contains(&tag), "{address} in {coding}: {tag}");
            tags.push(tag);
        }
    }
}

#[actix_web::test]
async fn without_accept_encoding_nothing_is_compressed() {
    let app = TestApp::demo().await;
    for headers in
        [vec![], vec![("accept-encoding", "identity")], vec![("accept-encoding", "rot13, identity")]]
    {
        let answer = app.get_with("/api/v1/commitments", &headers).await;
        answer.ok();
        assert_eq!(answer.header("content-encoding"), None);
        let vary: Vec<_> = answer.headers.get_all("vary").iter().map(|vary| vary.to_str().unwrap()).collect();
        assert!(vary.join(",").to_lowercase().contains("accept-encoding"), "{vary:?}");
    }
}

#[actix_web::test]
async fn a_coding_of_weight_zero_is_not_used() {
    let app = TestApp::demo().await;
    let answer =
        app.get_with("/api/v1/commitments", &[("accept-encoding", "gzip;q=0, br;q=0, zstd;q=0")]).await;
    answer.ok();
    assert_eq!(answer.header("content-encoding"), None);
    let answer =
        app.get_with("/api/v1/commitments", &[("accept-encoding", "gzip;q=0.1, br;q=0, zstd;q=0")]).await;
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
}

#[actix_web::test]
async fn problems_are_readable_in_any_coding() {
    let app = TestApp::demo().await;
    let answer = app.get_with("/api/v1/members?colour=red", &[("accept-encoding", "gzip")]).await;
    assert_eq!(answer.status, 400);
    let body = match answer.header("content-encoding") {
        Some(coding) => decode(coding, &answer.body),
        None => answer.body.clone(),
    };
    let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(problem["code"], "parameter_unknown");
}

#[actix_web::test]
async fn codings_that_nothing_offers_do_not_fail() {
    let app = TestApp::demo().await;
    for coding in ["*", "*;q=0", "", "gzip;q=2", ";;;", "identity;q=0"] {
        let answer = app.get_with("/api/v1/members", &[("accept-encoding", coding)]).await;
        assert!(matches!(answer.status, 200 | 406), "{coding:?}: {}", answer.status);
    }
}
