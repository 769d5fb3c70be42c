//! Answers that are kept: nobody can tell them from computed ones, but by how little they cost.

use crate::editing::{authorization, id};
use crate::harness::wire::Wire;
use crate::harness::{Answer, Client, Setting, Template, TestApp, TestDatabase, spec};
use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use futures_util::future::{join, join_all};
use ogp_tracker::kernel::{Shown, Touched};
use ogp_tracker::ledger::service::Newsroom;
use proptest::prelude::{RngExt, any};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::task::{LocalSet, spawn_local};
use uuid::Uuid;

const COMMITMENT: &str = "/api/v1/commitments/ROTMR0001";
/// What every answer says anew, and what compares only for the bytes sent.
const ANEW: [&str; 5] = ["x-request-id", "ratelimit", "date", "content-length", "transfer-encoding"];

async fn tapped() -> (TestApp, Wire) {
    let mut database = TestDatabase::new(Template::Demo).await;
    let wire = Wire::tap(&mut database);
    (TestApp::on(database), wire)
}

/// An application on the same database that computes every answer.
fn cold(app: &TestApp) -> TestApp {
    TestApp::with(app.database.shared(), Setting { cache: 0, ..Setting::default() })
}

/// All of an answer but what is said anew each time.
fn told(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !ANEW.contains(&name.as_str()))
        .map(|(name, value)| {
            // In any order.
            let mut parts: Vec<_> = value.to_str().unwrap().split(", ").collect();
            parts.sort_unstable();
            (name.to_string(), parts.join(", "))
        })
        .collect();
    headers.sort();
    let mut body = String::from_utf8_lossy(&answer.body).into_owned();
    if answer.status >= 400 {
        let mut problem = answer.json();
        problem["request_id"] = Value::Null;
        body = problem.to_string();
    }
    (answer.status, headers, body)
}

/// Holds the answers of both to be the same.
async fn same(warm: &TestApp, cold: &TestApp, path: &str, headers: &[(&str, &str)], after: &str) {
    let (one, other) = join(warm.get_with(path, headers), cold.get_with(path, headers)).await;
    let (one, other) = (told(&one), told(&other));
    assert!(one == other, "{path} {headers:?} after {after}:\nkept     {one:?}\ncomputed {other:?}");
}

/// Addresses of everything public that the demo data has, and some questions about it.
async fn addresses(app: &TestApp) -> Vec<String> {
    let mut all = Vec::new();
    for operation in spec::reads() {
        // Numbered by the sequencer, which a test drives, or naming the server's own address: never kept.
        if !["/ledger/", "/changes", "/report", "/history", "/datasets"]
            .iter()
            .any(|part| operation.path.contains(part))
        {
            all.push(operation.address(app).await);
        }
    }
    for asked in [
        "commitments?action_plan=timisoara-2022-2024&include=milestones&include=progress_updates&total=true",
        "commitments?action_plan=timisoara-2022-2024&progress=limited&progress=not_reported&sort=ends",
        "commitments?member=ROTMR&include=evidence&include=assessments&limit=200",
        "milestones?action_plan=timisoara-2022-2024&limit=200",
        "action-plans?include=commitments&limit=200",
        "members?include=action_plans",
        "action-plans/timisoara-2022-2024/badge.svg",
        "members/ROTMR/badge.svg",
        "search?q=portal",
        "statistics?group_by=member&group_by=progress",
        "members/ROTMR/progress?on=2023-06-30",
        "commitments/ROTMR0001?as_of=2026-11-23",
    ] {
        all.push(format!("/api/v1/{asked}"));
    }
    all
}

#[actix_web::test]
async fn what_has_not_changed_costs_nothing() {
    let (app, wire) = tapped().await;
    for path in addresses(&app).await {
        let first = app.get(&path).await;
        assert_eq!(first.status, 200, "{path}");
        wire.statements();
        let again = app.get(&path).await;
        assert_eq!(wire.statements(), 0, "{path} was computed again");
        assert_eq!(told(&again), told(&first), "{path}");
        assert_ne!(again.header("x-request-id"), first.header("x-request-id"), "{path}");
        let known = app.get_with(&path, &[("if-none-match", first.header("etag").unwrap())]).await;
        assert_eq!((known.status, known.body.len(), wire.statements()), (304, 0, 0), "{path}");
        for gone in ["content-type", "content-encoding", "x-content-type-options", "content-security-policy"]
        {
            assert_eq!(known.header(gone), None, "{path}");
        }
        for kept in ["cache-control", "vary", "etag", "access-control-allow-origin"] {
            assert_eq!(known.header(kept), first.header(kept), "{path}: {kept}");
        }
    }
}

#[actix_web::test]
async fn a_condition_that_comes_first_is_answered_and_its_answer_kept() {
    let (app, wire) = tapped().await;
    let etag = app.get(COMMITMENT).await.header("etag").unwrap().to_owned();
    app.database.freshness.changed(&Touched::Everything);
    let known = app.get_with(COMMITMENT, &[("if-none-match", &etag)]).await;
    assert_eq!((known.status, known.body.len(), known.header("etag")), (304, 0, Some(&*etag)));
    let head = async || {
        let head = app.send(app.request(reqwest::Method::HEAD, COMMITMENT)).await;
        assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, Some(&*etag)));
    };
    head().await;
    wire.statements();
    assert_eq!(app.get(COMMITMENT).await.status, 200);
    assert_eq!(app.get_with(COMMITMENT, &[("if-none-match", "\"another\"")]).await.status, 200);
    head().await;
    assert_eq!(wire.statements(), 0);
}

#[actix_web::test]
async fn every_form_of_an_answer_is_kept_for_itself() {
    let app = TestApp::demo().await;
    let cold = cold(&app);
    for _ in 0..2 {
        for path in [
            COMMITMENT,
            "/api/v1/members",
            "/api/v1/commitments?format=csv",
            "/api/v1/statistics?group_by=kind",
        ] {
            for headers in [
                vec![],
                vec![("accept-language", "ro")],
                vec![("accept-language", "en"), ("accept-encoding", "br")],
                vec![("accept-encoding", "gzip")],
                vec![("accept-encoding", "zstd, gzip;q=0.5"), ("origin", "https://dashboard.example")],
                vec![("origin", "https://dashboard.example")],
                vec![("accept", "text/csv")],
                vec![("accept", "image/png")],
                vec![("accept-language", "ro"), ("accept-language", "en")],
            ] {
                same(&app, &cold, path, &headers, "nothing").await;
            }
        }
    }
    // Entity tags name the coding; those of other codings are known, too.
    let coded =
        app.get_with(COMMITMENT, &[("accept-encoding", "br")]).await.header("etag").unwrap().to_owned();
    assert!(coded.ends_with("-br\""), "{coded}");
    for coding in ["br", "gzip", "identity"] {
        let asked = [("accept-encoding", coding), ("if-none-match", &*coded)];
        assert_eq!(app.get_with(COMMITMENT, &asked).await.status, 304, "{coding}");
        same(&app, &cold, COMMITMENT, &asked, "nothing").await;
    }
}

#[actix_web::test]
async fn whoever_shows_a_credential_is_answered_for_themselves() {
    let (app, wire) = tapped().await;
    let editor = app.editor_of("ROTMR").await;
    app.get(COMMITMENT).await.ok();
    wire.statements();
    let own = editor.get(COMMITMENT).send().await;
    assert_eq!(own.header("cache-control"), Some("private, no-cache"));
    assert!(wire.statements() > 0);
    assert_eq!(app.get(COMMITMENT).await.header("cache-control"), Some("public, max-age=0, must-revalidate"));
    assert_eq!(app.get_with(COMMITMENT, &[("authorization", "Bearer nonsense")]).await.status, 401);
}

#[actix_web::test]
async fn many_who_ask_the_same_wait_for_one_answer() {
    let (app, wire) = tapped().await;
    let path = "/api/v1/statistics?group_by=member&group_by=progress";
    // Connections are open and statements prepared.
    app.get(&format!("{path}&lang=ro")).await.ok();
    app.get(&format!("{path}&lang=ro&lang_unknown=1")).await;
    app.get("/api/v1/statistics?group_by=progress&group_by=member").await.ok();
    wire.statements();
    app.get(&format!("{path}&on=2026-11-22")).await.ok();
    let one = wire.statements();
    let answers = join_all((0..20).map(|_| app.get(path))).await;
    assert!(answers.iter().all(|answer| answer.body == answers[0].body && answer.status == 200));
    let all = wire.statements();
    assert!(all <= one + 2, "20 answers cost {all} statements, one costs {one}");
    // What is refused makes nobody wait, and is refused each time.
    let refused = join_all((0..5).map(|_| app.get("/api/v1/commitments/ROTMR9999"))).await;
    assert!(refused.iter().all(|answer| answer.status == 404));
}

#[actix_web::test]
async fn what_was_refused_is_kept_once_it_is_there() {
    let (app, wire) = tapped().await;
    let admin = app.admin().await;
    for _ in 0..2 {
        app.get("/api/v1/members/XYZ").await.problem(404, "not_found");
    }
    let member = json!({"code": "XYZ", "kind": "local", "country": "RO", "name": {"en": "Somewhere"}});
    assert_eq!(admin.post("/api/v1/members", &member).send().await.status, 201);
    assert_eq!(app.get("/api/v1/members/XYZ").await.status, 200);
    wire.statements();
    assert_eq!(app.get("/api/v1/members/XYZ").await.status, 200);
    assert_eq!(wire.statements(), 0);
}

#[actix_web::test]
async fn a_new_day_is_told_as_such() {
    let (app, wire) = tapped().await;
    let path = "/api/v1/action-plans/timisoara-2022-2024/progress";
    let before = app.get(path).await.ok();
    wire.statements();
    app.clock.advance(TimeDelta::hours(11));
    app.get(path).await.ok();
    assert_eq!(wire.statements(), 0);
    app.clock.advance(TimeDelta::hours(2));
    assert_ne!(app.get(path).await.ok(), before, "days since then count on");
}

#[actix_web::test]
async fn limits_count_what_is_kept_too() {
    use ogp_tracker::http::rate::Rates;
    let rates = Rates { anonymous: 3, signed_in: 3, downloads: 3 };
    let app = TestApp::with(TestDatabase::new(Template::Demo).await, Setting { rates, ..Setting::default() });
    for left in ["2", "1", "0"] {
        let answer = app.get(COMMITMENT).await;
        assert_eq!(answer.status, 200);
        assert!(answer.header("ratelimit").unwrap().contains(&format!("r={left}")), "{:?}", answer.headers);
    }
    app.get(COMMITMENT).await.problem(429, "too_many_requests");
}

/// Something that changes what the public sees.
async fn change(app: &TestApp, staff: &Staff<'_>, kind: u8, pick: usize, word: u32) {
    let milestones = app.all("/api/v1/milestones?member=ROTMR&fields=id").await;
    let milestone = id(&milestones[pick % milestones.len()]);
    let commitments = app.all("/api/v1/commitments?member=ROTMR&fields=id").await;
    let commitment = id(&commitments[pick % commitments.len()]);
    let text = |what: &str| json!({"en": format!("{what} {word}"), "ro": format!("{what} ro {word}")});
    let (path, answer) = match kind % 8 {
        0 | 1 => {
            let path = format!("/api/v1/milestones/{milestone}/updates");
            let (progress, percent) = [("limited", 1 + word % 49), ("substantial", 50 + word % 50)][pick % 2];
            let update = json!({"progress": progress, "percent": percent, "effective_on": "2024-01-31", "narrative": text("Told")});
            let answer = staff.publisher.post(&path, &update).send().await;
            (path, answer)
        }
        2 => {
            let path = format!("/api/v1/milestones/{milestone}");
            let patch = json!({"title": text("Step"), "reason": "A better word."});
            let answer = staff.publisher.patch(&path, &patch).if_match("*").send().await;
            (path, answer)
        }
        3 => {
            let path = format!("/api/v1/commitments/{commitment}");
            let patch = json!({"title": text("Portal"), "reason": "A better word."});
            let answer = staff.publisher.patch(&path, &patch).if_match("*").send().await;
            (path, answer)
        }
        4 => {
            let path = "/api/v1/members/ROTMR".to_owned();
            let answer = staff.admin.patch(&path, &json!({"name": text("Town")})).if_match("*").send().await;
            (path, answer)
        }
        5 => {
            let institutions = app.all("/api/v1/institutions?fields=id").await;
            let path = format!("/api/v1/institutions/{}", id(&institutions[pick % institutions.len()]));
            let answer =
                staff.admin.patch(&path, &json!({"name": text("Office")})).if_match("*").send().await;
            (path, answer)
        }
        6 => {
            let path = "/api/v1/action-plans/timisoara-2022-2024".to_owned();
            let patch = json!({"title": text("Plan"), "reason": "A better word."});
            let answer = staff.publisher.patch(&path, &patch).if_match("*").send().await;
            (path, answer)
        }
        _ => {
            let path = format!("/api/v1/milestones/{milestone}/evidence");
            let link = json!({"links": [{"kind": "document", "title": text("Minutes"), "url": format!("https://example.org/{word}.pdf")}]});
            let answer = staff.publisher.post(&path, &link).send().await;
            (path, answer)
        }
    };
    assert!(answer.status < 300, "{path}: {}", String::from_utf8_lossy(&answer.body));
}

struct Staff<'a> {
    publisher: Client<'a>,
    admin: Client<'a>,
}

const FORMS: [&[(&str, &str)]; 4] = [
    &[],
    &[("accept-language", "ro")],
    &[("accept-encoding", "br"), ("origin", "https://dashboard.example")],
    &[("accept-language", "en"), ("accept-encoding", "gzip")],
];

/// Random changes, several at once and reads between them; then whatever is asked is answered as it would be computed.
#[actix_web::test]
async fn under_random_changes_kept_answers_are_computed_ones() {
    let app = TestApp::demo().await;
    let cold = cold(&app);
    let staff = Staff {
        publisher: app.signed_in(&["publisher@ROTMR", "editor@ROTMR"]).await,
        admin: app.admin().await,
    };
    let addresses = addresses(&app).await;
    // The same changes in each run; another seed is another run.
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7u8);
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]));
    let rounds = proptest::collection::vec((any::<u8>(), any::<usize>(), any::<u32>()), 40);
    for (kind, pick, word) in rounds.new_tree(&mut runner).unwrap().current() {
        let mut picked = || {
            let place = runner.rng().random_range(0..addresses.len());
            (&addresses[place], FORMS[runner.rng().random_range(0..FORMS.len())])
        };
        let meanwhile: Vec<_> = (0..12).map(|_| picked()).collect();
        let reads = join_all(meanwhile.iter().map(|(path, form)| app.get_with(path, form)));
        let changes =
            join(change(&app, &staff, kind, pick, word), change(&app, &staff, kind / 8, pick / 7, word / 3));
        join(changes, reads).await;
        let asked: Vec<_> = meanwhile.into_iter().chain((0..8).map(|_| picked())).collect();
        for (path, form) in asked {
            same(&app, &cold, path, form, &format!("change {kind} {pick} {word}, seed {seed}")).await;
        }
    }
}

/// Each operation that changes something, with everything that is public kept before it.
#[actix_web::test]
async fn after_every_operation_kept_answers_are_computed_ones() {
    let app = TestApp::demo().await;
    let cold = cold(&app);
    spec::report_some(&app).await;
    let addresses = addresses(&app).await;
    let mut changed = 0;
    for (mut case, operation) in authorization::table(&app).await {
        if operation.method == reqwest::Method::GET {
            continue;
        }
        let person = case.ready(&app).await;
        join_all(addresses.iter().map(|path| app.get(path))).await;
        let answer = case.asked(&app, &operation, &person.token).send().await;
        assert!((200..300).contains(&answer.status), "{}: {}", operation.id, answer.status);
        join_all(addresses.iter().map(|path| same(&app, &cold, path, &[], &operation.id))).await;
        changed += 1;
    }
    assert!(changed > 40, "only {changed} operations were tried");
}

/// An application that hears of what others change, and its ear.
fn replica(database: TestDatabase) -> TestApp {
    let (news, room) = Newsroom::new(database.target.clone(), Uuid::new_v4());
    spawn_local(room.run());
    TestApp::with(database, Setting { news: Some(news), ..Setting::default() })
}

/// Until something is so; a test that waits in vain fails.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("in vain: {what}");
}

async fn is_kept(app: &TestApp, wire: &Wire) -> bool {
    app.get(COMMITMENT).await.ok();
    wire.statements();
    app.get(COMMITMENT).await.ok();
    wire.statements() == 0
}

async fn rename(staff: &Client<'_>, word: &str) {
    let patch = json!({"title": {"en": word}, "reason": "A better word."});
    staff.patch(COMMITMENT, &patch).if_match("*").send().await.ok();
}

async fn title(app: &TestApp) -> Value {
    app.get(&format!("{COMMITMENT}?lang=en")).await.ok()["title"].clone()
}

#[actix_web::test]
async fn replicas_hear_of_each_others_changes() {
    LocalSet::new()
        .run_until(async {
            let one = replica(TestDatabase::new(Template::Demo).await);
            let mut database = one.database.shared();
            let wire = Wire::tap(&mut database);
            // It listens beside the tap, where nothing is counted.
            let (news, room) = Newsroom::new(one.database.target.clone(), Uuid::new_v4());
            spawn_local(room.run());
            let other = TestApp::with(database, Setting { news: Some(news), ..Setting::default() });
            until("the other keeps answers", async || is_kept(&other, &wire).await).await;
            let staff = one.signed_in(&["publisher@ROTMR"]).await;
            for number in 0..5 {
                let word = format!("Word {number}");
                title(&other).await;
                rename(&staff, &word).await;
                assert_eq!(title(&one).await, *word, "whoever changed it sees it at once");
                until("the other sees it", async || title(&other).await == *word).await;
            }
            assert!(is_kept(&other, &wire).await);

            // A process that ends before it could tell anybody: the sequencer does.
            title(&other).await;
            let silent = TestApp::on(one.database.shared());
            rename(&silent.signed_in(&["publisher@ROTMR"]).await, "Told by nobody").await;
            assert_ne!(title(&other).await, "Told by nobody");
            one.number().await;
            until("the other hears of it", async || title(&other).await == "Told by nobody").await;
        })
        .await;
}

#[actix_web::test]
async fn whoever_hears_nothing_keeps_nothing_until_it_hears_again() {
    LocalSet::new()
        .run_until(async {
            let mut database = TestDatabase::new(Template::Demo).await;
            let beside = database.target.clone();
            let wire = Wire::tap(&mut database);
            let (news, room) = Newsroom::new(beside, Uuid::new_v4());
            spawn_local(room.run());
            let app = TestApp::with(database, Setting { news: Some(news.clone()), ..Setting::default() });
            until("answers are kept", async || is_kept(&app, &wire).await).await;
            let mut conn = app.database.connect().await;
            let deaf = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
                        AND query LIKE '%pg_notify%' AND pid <> pg_backend_pid()";
            conn.batch_execute(deaf).await.unwrap();
            let before = news.freshness().now();
            until("it is noticed", async || !news.freshness().holds(before, Shown::Everything)).await;
            until("answers are kept again", async || is_kept(&app, &wire).await).await;
            assert!(!news.freshness().holds(before, Shown::Everything));
        })
        .await;
}
