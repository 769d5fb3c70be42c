use crate::harness::people::PASSWORD;
use crate::harness::{TestApp, column};
use serde_json::{Value, json};

#[actix_web::test]
async fn an_admin_makes_a_person_who_signs_in() {
    let app = TestApp::demo().await;
    let admin = app.admin().await;
    let body = json!({"email": "Ana.Pop@primarie.example", "display_name": "Ana Pop", "language": "ro", "password": PASSWORD});
    let answer = admin.post("/api/v1/people", &body).send().await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let person = answer.json();
    assert_eq!((&person["email"], &person["roles"]), (&json!("ana.pop@primarie.example"), &json!([])));
    let path = answer.header("location").unwrap();
    let read = admin.get(path).send().await;
    assert_eq!(read.ok(), person);
    assert_eq!(read.header("etag"), answer.header("etag"));
    assert!(!person.to_string().contains("argon2"));
    let ana = app
        .post("/api/v1/auth/token", &json!({"email": "ana.pop@primarie.example", "password": PASSWORD}))
        .await;
    ana.ok();
}

#[actix_web::test]
async fn only_admins_look_after_people() {
    let app = TestApp::demo().await;
    let publisher = app.signed_in(&["publisher@IAS", "editor@IAS", "assessor@IAS", "auditor"]).await;
    let id = publisher.person_id;
    let one = format!("/api/v1/people/{id}");
    publisher.get("/api/v1/people").send().await.problem(403, "role_missing");
    publisher.get(&one).send().await.problem(403, "role_missing");
    // Before anything about the content, and whether or not there is such a person.
    publisher.post("/api/v1/people", &json!({"colour": 1})).send().await.problem(403, "role_missing");
    publisher.patch(&one, &json!({"disabled": true})).send().await.problem(403, "role_missing");
    for path in ["grants", "reset-password"] {
        let nobody = "/api/v1/people/01936b3c-0000-7000-8000-000000000000";
        publisher.post(&format!("{nobody}/{path}"), &json!({})).send().await.problem(403, "role_missing");
    }
    publisher.delete(&format!("{one}/grants/{id}")).send().await.problem(403, "role_missing");
    app.get("/api/v1/people").await.problem(401, "credential_missing");
    app.post("/api/v1/people", &json!({})).await.problem(401, "credential_missing");
}

#[actix_web::test]
async fn the_list_of_people_is_filtered_and_paged() {
    let app = TestApp::demo().await;
    let admin = app.admin().await;
    app.person(Some("a@example.org"), &["editor@IAS", "assessor@ROTMR"]).await;
    app.person(Some("b@example.org"), &["editor@ROTMR"]).await;
    let (closed, _) = app.person(Some("c@example.org"), &[]).await;
    let etag = admin.etag(&format!("/api/v1/people/{closed}")).await;
    let patch = json!({"disabled": true});
    admin.patch(&format!("/api/v1/people/{closed}"), &patch).if_match(&etag).send().await.ok();
    let emails = async |query: &str| {
        let list = admin.get(&format!("/api/v1/people?{query}")).send().await.ok();
        column(&list["data"], "email").join(" ")
    };
    assert_eq!(emails("role=editor").await, "a@example.org b@example.org");
    assert_eq!(emails("role=editor&member=IAS").await, "a@example.org");
    assert_eq!(emails("member=rotmr").await, "a@example.org b@example.org");
    assert_eq!(emails("role=assessor&member=IAS").await, "");
    assert_eq!(emails("disabled=true").await, "c@example.org");
    assert_eq!(emails("disabled=false&sort=-email&limit=2").await.split(' ').count(), 2);
    admin.get("/api/v1/people?member=NOPE").send().await.problem(400, "reference_unknown");
    let first = admin.get("/api/v1/people?limit=1&total=true").send().await;
    assert_eq!(first.ok()["page"]["total"], 4);
    assert!(first.header("link").is_some_and(|link| link.contains("rel=\"next\"")));
    assert_eq!(first.header("cache-control"), Some("no-store"));
    let next = first.json()["page"]["next"].as_str().unwrap().to_owned();
    assert_eq!(emails(&format!("limit=1&cursor={next}")).await, "b@example.org");
}

#[actix_web::test]
async fn roles_are_given_and_taken_and_hold_at_the_next_request() {
    let app = TestApp::demo().await;
    let admin = app.admin().await;
    let ana = app.signed_in(&[]).await;
    let grants = format!("/api/v1/people/{}/grants", ana.person_id);
    let give = async |body: Value| admin.post(&grants, &body).send().await;
    let given = give(json!({"role": "editor", "member": "IAS"})).await;
    assert_eq!((given.status, &given.json()["member"]["code"]), (201, &json!("IAS")));
    assert_eq!(ana.get("/api/v1/me").send().await.ok()["roles"], json!([given.json()]));
    give(json!({"role": "editor", "member": "ias"})).await.problem(409, "grant_exists");
    give(json!({"role": "editor"})).await.problem(422, "member_missing");
    give(json!({"role": "admin", "member": "IAS"})).await.problem(422, "member_not_expected");
    give(json!({"role": "editor", "member": "NOPE"})).await.problem(422, "reference_unknown");
    give(json!({"role": "mayor"})).await.problem(422, "value_unknown");
    assert_eq!(give(json!({"role": "admin"})).await.status, 201);
    give(json!({"role": "admin"})).await.problem(409, "grant_exists");
    ana.get("/api/v1/people").send().await.ok();

    let of_stranger = format!("/api/v1/people/{}/grants", admin.person_id);
    let id = given.json()["id"].as_str().unwrap().to_owned();
    admin.delete(&format!("{of_stranger}/{id}")).send().await.problem(404, "not_found");
    assert_eq!(admin.delete(&format!("{grants}/{id}")).send().await.status, 204);
    admin.delete(&format!("{grants}/{id}")).send().await.problem(404, "not_found");
    let problem = admin.delete(&format!("{grants}/x")).send().await.problem(404, "not_found");
    assert_eq!(problem["detail"], "there is no grant \"x\"");
    let problem = admin.get("/api/v1/people/ana").send().await.problem(404, "not_found");
    assert_eq!(problem["detail"], "there is no person \"ana\"");
    assert_eq!(column(&ana.get("/api/v1/me").send().await.ok()["roles"], "role"), ["admin"]);
}

#[actix_web::test]
async fn the_last_admin_stays() {
    let app = TestApp::empty().await;
    let admin = app.admin().await;
    let own = format!("/api/v1/people/{}", admin.person_id);
    let grant = admin.get(&own).send().await.ok()["roles"][0]["id"].as_str().unwrap().to_owned();
    let disable = json!({"disabled": true});
    admin.patch(&own, &disable).if_match("*").send().await.problem(409, "last_admin");
    admin.delete(&format!("{own}/grants/{grant}")).send().await.problem(409, "last_admin");

    // Two who put each other out at once: one stays.
    let other = app.admin().await;
    let theirs = format!("/api/v1/people/{}", other.person_id);
    let (one, two) = futures_util::join!(
        admin.patch(&theirs, &disable).if_match("*").send(),
        other.patch(&own, &disable).if_match("*").send()
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200, "{one:?} {two:?}");
    assert!(matches!(statuses[1], 401 | 409), "{one:?} {two:?}");
}

#[actix_web::test]
async fn a_changed_account_says_which_version_and_ends_sessions_where_it_must() {
    let app = TestApp::empty().await;
    let (admin, ana) = (app.admin().await, app.signed_in(&[]).await);
    let path = format!("/api/v1/people/{}", ana.person_id);
    let old = admin.etag(&path).await;
    let patch = json!({"email": "Ana.New@example.org", "language": "ro"});
    admin.patch(&path, &patch).send().await.problem(428, "if_match_missing");
    let changed = admin.patch(&path, &patch).if_match(&old).send().await;
    assert_eq!(
        (&changed.ok()["email"], &changed.ok()["version"]),
        (&json!("ana.new@example.org"), &json!(2))
    );
    let stale = admin.patch(&path, &patch).if_match(&old).send().await;
    stale.problem(412, "version_stale");
    assert_eq!(stale.header("etag"), changed.header("etag"));
    ana.get("/api/v1/me").send().await.ok();
    for (patch, code) in [
        (json!({"email": "x"}), "value_refused"),
        (json!({"disabled": null}), "field_missing"),
        (json!({"password": "x"}), "field_unknown"),
        (json!({"email": admin.email}), "person_email_taken"),
    ] {
        let answer = admin.patch(&path, &patch).if_match("*").send().await;
        assert_eq!(answer.json()["code"], code, "{patch}");
    }
    let disabled = admin.patch(&path, &json!({"disabled": true})).if_match("*").send().await.ok();
    assert_eq!(disabled["disabled_at"], "2026-11-23T12:00:00Z");
    ana.get("/api/v1/me").send().await.problem(401, "token_invalid");
}

#[actix_web::test]
async fn a_reset_password_is_told_once_and_ends_sessions() {
    let app = TestApp::empty().await;
    let (admin, ana) = (app.admin().await, app.signed_in(&[]).await);
    let answer =
        admin.post(&format!("/api/v1/people/{}/reset-password", ana.person_id), &json!({})).send().await;
    let password = answer.ok()["password"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    ana.get("/api/v1/me").send().await.problem(401, "token_invalid");
    let with = |password: &str| json!({"email": ana.email, "password": password});
    app.post("/api/v1/auth/token", &with(PASSWORD)).await.problem(401, "sign_in_refused");
    app.post("/api/v1/auth/token", &with(&password)).await.ok();
}

#[actix_web::test]
async fn auditors_see_who_stands_behind_a_change_and_others_do_not() {
    let app = TestApp::empty().await;
    let (auditor, admin) = (app.auditor().await, app.admin().await);
    let actor = admin.get("/api/v1/me").send().await.ok()["actor_id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/actors/{actor}");
    let found = auditor.get(&path).send().await.ok();
    assert_eq!((&found["email"], &found["id"]), (&json!(admin.email), &json!(admin.person_id)));
    admin.get(&path).send().await.problem(403, "role_missing");
    app.get(&path).await.problem(401, "credential_missing");
    let by_id = format!("/api/v1/actors/{}", admin.person_id);
    auditor.get(&by_id).send().await.problem(404, "not_found");
}
