use crate::harness::spec::{self, Operation};
use crate::harness::{TestApp, column};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;

/// The address of an operation with a query.
async fn with(app: &TestApp, operation: &Operation, query: &str) -> String {
    format!("{}?{query}", operation.address(app).await)
}

#[actix_web::test]
async fn an_unknown_parameter_is_refused_by_name_beside_the_known_ones() {
    let app = TestApp::demo().await;
    for operation in spec::gets() {
        let answer = app.get(&with(&app, &operation, "colour=red").await).await;
        let problem = answer.problem(400, "parameter_unknown");
        let errors = problem["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{}", operation.id);
        assert_eq!(errors[0]["parameter"], "colour");
        let detail = errors[0]["detail"].as_str().unwrap();
        let told: Vec<&str> = match detail.split_once("it has: ") {
            Some((_, listed)) => listed.split(", ").collect(),
            None => Vec::new(),
        };
        assert_eq!(told, operation.query_names(), "{}: {detail}", operation.id);
    }
}

#[actix_web::test]
async fn parameters_are_told_apart_by_case_and_are_unknown_where_another_list_has_them() {
    let app = TestApp::demo().await;
    for query in ["Limit=1", "limit%5B%5D=1", "stage=design", "limit=1&LANG=ro", "=", "%00=1"] {
        let answer = app.get(&format!("/api/v1/members?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
    }
}

/// Values that no parameter of any operation means.
const NONSENSE: [(&str, &str); 6] = [
    ("no such thing", "%21no-such-thing"),
    ("NUL", "a%00b"),
    ("not UTF-8", "a%FFb"),
    ("SQL", "%27%20OR%201%3D1%3B%20DROP%20TABLE%20members%3B%20--"),
    ("HTML", "%3Cscript%3Ealert(1)%3C%2Fscript%3E"),
    ("an overlong space", "%20%20"),
];

#[actix_web::test]
async fn no_parameter_takes_nonsense_and_each_refusal_names_it() {
    let app = TestApp::demo().await;
    let long = "x".repeat(60_000);
    let mut tried = 0;
    for operation in spec::reads() {
        // Anything with a letter in it can be searched for; `tests/search` has what cannot.
        for name in operation.query_names().into_iter().filter(|name| *name != "q") {
            for (what, value) in NONSENSE.iter().copied().chain([("too much", long.as_str())]) {
                let answer = app.get(&with(&app, &operation, &format!("{name}={value}")).await).await;
                assert_eq!(answer.status, 400, "{} {name}: {what}", operation.id);
                let problem = answer.json();
                assert_eq!(answer.header("content-type"), Some("application/problem+json"));
                assert_eq!(
                    column(&problem["errors"], "parameter"),
                    [name],
                    "{} {name}: {what}: {problem:#}",
                    operation.id
                );
                assert!(answer.body.len() < 4000, "{} {name}: {what} is echoed at length", operation.id);
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "only {tried} were tried");
}

#[actix_web::test]
async fn an_empty_value_is_refused() {
    let app = TestApp::demo().await;
    for operation in spec::reads() {
        for name in operation.query_names() {
            for query in [format!("{name}="), name.to_owned()] {
                let answer = app.get(&with(&app, &operation, &query).await).await;
                let problem = answer.problem(400, "parameter_empty");
                assert_eq!(column(&problem["errors"], "parameter"), [name], "{} {query}", operation.id);
            }
        }
    }
}

/// Values of the wrong type or out of bounds, by what the document says of the parameter.
fn wrong(schema: &Value) -> Vec<&'static str> {
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer"), _) => {
            let mut wrong =
                vec!["abc", "-1", "1.5", "1e2", "99999999999999999999", "1%201", "0x10", "%D9%A1"];
            wrong.extend((schema["minimum"] != 0).then_some("0"));
            wrong.extend((schema["maximum"] == 200).then_some("201"));
            wrong
        }
        (Some("boolean"), _) => vec!["yes", "1", "TRUE", "truetrue"],
        (Some("string"), Some("date")) => {
            vec!["yesterday", "2024-13-01", "2024-02-30", "20240101", "2024-01", "2024-01-01T00:00:00Z", "0"]
        }
        (Some("array"), _) => vec!["%2C", "a,b"],
        _ => vec!["%2C", "-"],
    }
}

#[actix_web::test]
async fn values_of_the_wrong_type_or_out_of_bounds_are_refused() {
    let app = TestApp::demo().await;
    for operation in spec::reads() {
        for parameter in operation.query() {
            let name = parameter["name"].as_str().unwrap();
            for value in wrong(&parameter["schema"]) {
                let answer = app.get(&with(&app, &operation, &format!("{name}={value}")).await).await;
                assert_eq!(answer.status, 400, "{} {name}={value}", operation.id);
                assert_eq!(column(&answer.json()["errors"], "parameter"), [name], "{} {value}", operation.id);
            }
        }
    }
}

#[actix_web::test]
async fn a_parameter_for_one_value_is_not_given_twice() {
    let app = TestApp::demo().await;
    let mut tried = 0;
    for operation in spec::reads() {
        for parameter in operation.query() {
            let (name, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
            let value = match (name, schema["type"].as_str(), schema["format"].as_str()) {
                (_, Some("array"), _) => continue,
                (_, Some("integer"), _) => "1",
                (_, Some("boolean"), _) => "true",
                (_, _, Some("date")) => "2024-01-01",
                _ => "ro",
            };
            let query = format!("{name}={value}&{name}={value}");
            let problem = app.get(&with(&app, &operation, &query).await).await;
            let problem = problem.problem(400, "parameter_invalid");
            assert_eq!(column(&problem["errors"], "parameter"), [name], "{} {query}", operation.id);
            assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("2 times"), "{problem}");
            tried += 1;
        }
    }
    assert!(tried > 20, "only {tried} were tried");
}

#[actix_web::test]
async fn all_errors_are_told_at_once() {
    let app = TestApp::demo().await;
    let query =
        "kind=regional&kind=national&limit=0&total=maybe&active_on=soon&lang=x&colour=red&size=&member=%00";
    let answer = app.get(&format!("/api/v1/action-plans?{query}")).await;
    assert_eq!(answer.status, 400);
    let problem = answer.json();
    let mut named = column(&problem["errors"], "parameter");
    named.sort_unstable();
    assert_eq!(
        named,
        ["active_on", "colour", "kind", "lang", "limit", "member", "size", "total"],
        "{problem:#}"
    );
}

#[actix_web::test]
async fn all_unknown_references_are_told_at_once() {
    let app = TestApp::demo().await;
    for (list, query, expected) in [
        ("action-plans", "member=XYZ&member=ROU&member=QQQ", vec![("member", "XYZ"), ("member", "QQQ")]),
        (
            "commitments",
            "member=XYZ&action_plan=no-such-plan&policy_area=moon&policy_area=open_data",
            vec![("action_plan", "no-such-plan"), ("member", "XYZ"), ("policy_area", "moon")],
        ),
        (
            "milestones",
            "commitment=RO9999&action_plan=no-such-plan",
            vec![("action_plan", "no-such-plan"), ("commitment", "RO9999")],
        ),
        (
            "assessments",
            "commitment=RO9999&action_plan=00000000-0000-0000-0000-000000000000",
            vec![("action_plan", "00000000-0000-0000-0000-000000000000"), ("commitment", "RO9999")],
        ),
    ] {
        let problem = app.get(&format!("/api/v1/{list}?{query}")).await.problem(400, "reference_unknown");
        let errors = problem["errors"].as_array().unwrap();
        let mut sorted: Vec<_> = errors.iter().collect();
        sorted.sort_by_key(|error| error["parameter"].as_str().unwrap().to_owned());
        assert_eq!(sorted.len(), expected.len(), "{problem:#}");
        for (error, (parameter, value)) in sorted.iter().zip(expected) {
            assert_eq!(error["parameter"], parameter);
            assert_eq!(error["code"], "reference_unknown");
            assert!(error["detail"].as_str().unwrap().contains(value), "{error}");
        }
    }
}

/// No client library sends an address of 100 KB; a socket does.
#[actix_web::test]
async fn an_address_of_100_kilobytes_is_refused() {
    let app = TestApp::demo().await;
    let host = app.address.strip_prefix("http://").unwrap().to_owned();
    let status = tokio::task::spawn_blocking(move || {
        let mut socket = TcpStream::connect(&host).unwrap();
        let long = "x".repeat(100_000);
        let request = format!(
            "GET /api/v1/members?country={long} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        );
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // The refusal comes before all was read, and may be followed by a reset.
        let _ = socket.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).chars().skip(9).take(3).collect::<String>()
    })
    .await
    .unwrap();
    assert!(["400", "414", "431"].contains(&status.as_str()), "{status:?}");
    app.get("/api/v1/members").await.ok();
}
