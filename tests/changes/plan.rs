use super::{PLAN, milestones, month, patch, sentences};
use crate::editing::{DRAFT, Draft, id, made, take_steps};
use crate::harness::{Client, TestApp};
use serde_json::{Value, json};

fn changes(query: &str) -> String {
    format!("/api/v1/action-plans/{PLAN}/changes?{query}")
}

/// Every sentence of an answer, in its order.
fn told(answer: &Value) -> Vec<String> {
    let groups = answer["groups"].as_array().expect("groups");
    groups.iter().flat_map(|group| sentences(&group["changes"])).collect()
}

/// Somebody who signs in on a day: what they do is recorded then.
async fn on<'a>(app: &'a TestApp, day: &str) -> Client<'a> {
    app.clock.set(day);
    app.signed_in(&["editor@ROTMR", "publisher@ROTMR", "assessor@ROTMR"]).await
}

/// Timișoara's plan from December 2026 to March 2027. Returns the milestones by label.
async fn story(app: &TestApp) -> std::collections::HashMap<String, String> {
    let steps = milestones(app).await;
    let portal = format!("/api/v1/milestones/{}", steps["1.4"]);
    let training = format!("/api/v1/milestones/{}", steps["4.3"]);
    let staff = on(app, "2026-12-01").await;
    patch(&staff, &portal, json!({"due": month("2023-06-30"), "reason": "The plan for the portal."})).await;
    patch(&staff, &training, json!({"label": "4.3.a", "reason": "A typo."})).await;
    let staff = on(app, "2027-01-10").await;
    patch(&staff, &portal, json!({"due": month("2023-12-31"), "reason": "The budget came late."})).await;
    let update = json!({
        "progress": "substantial", "percent": 80, "effective_on": "2023-05-03",
        "links": [{"url": "https://example.org/", "title": {"en": "List of trainees"}, "kind": "web_page"}]
    });
    let wrong = id(&made(&staff.post(&format!("{training}/updates"), &update).send().await));
    let staff = on(app, "2027-02-10").await;
    patch(&staff, &training, json!({"label": "4.3", "reason": "It was right."})).await;
    let update = json!({
        "progress": "limited", "percent": 40, "effective_on": "2023-05-03", "supersedes": wrong,
        "reason": "Half of them only began."
    });
    made(&staff.post(&format!("{training}/updates"), &update).send().await);
    let staff = on(app, "2027-03-10").await;
    let path = format!("/api/v1/milestones/{}?reason=It+was+there+twice.", steps["2.1"]);
    assert_eq!(staff.delete(&path).if_match("*").send().await.status, 204);
    let added =
        json!({"title": {"en": "An app", "ro": "O aplicație"}, "label": "1.5", "due": month("2027-09-01")});
    made(&staff.post("/api/v1/commitments/ROTMR0001/milestones", &added).send().await);
    app.clock.set("2027-04-01");
    steps
}

#[actix_web::test]
async fn a_story_is_told_in_sentences_in_the_plan_s_order() {
    let app = TestApp::demo().await;
    story(&app).await;
    let all = app.get(&changes("")).await.ok();
    assert_eq!((&all["from"], &all["to"]), (&json!("2026-11-22"), &json!("2027-04-01")));
    assert_eq!(
        told(&all),
        [
            "Milestone 1.4 of ROTMR0001: due date set to December 2023. \
             Reason: “The plan for the portal.”, “The budget came late.”",
            "Milestone 1.5 of ROTMR0001 added: “An app”, due September 2027",
            "Milestone 2.1 of ROTMR0002 withdrawn. Reason: “It was there twice.”",
            "Progress of milestone 4.3 of ROTMR0004 reported as substantial (80 %), effective 3 May 2023",
            "Progress of milestone 4.3 of ROTMR0004 corrected to limited (40 %), effective 3 May 2023. \
             Reason: “Half of them only began.”",
            "Evidence added to milestone 4.3 of ROTMR0004: “List of trainees”",
        ]
    );
    let groups: Vec<_> =
        all["groups"].as_array().unwrap().iter().map(|group| &group["commitment"]["code"]).collect();
    assert_eq!(groups, ["ROTMR0001", "ROTMR0002", "ROTMR0004"]);
    assert_eq!(
        all["summary"]["said"]["text"],
        "Added: 1 milestone, 2 progress updates, 1 piece of evidence. Changed: 1 milestone. Withdrawn: 1 milestone."
    );
    // The label that was changed and changed back.
    let counts = ["resources", "entries", "without_effect"].map(|field| all["summary"][field].clone());
    assert_eq!(counts, [json!(6), json!(7), json!(2)]);
}

#[actix_web::test]
async fn a_part_of_the_story_is_the_difference_between_two_days() {
    let app = TestApp::demo().await;
    let steps = story(&app).await;
    let asked = "from=2026-12-31&to=2027-01-31";
    let part = app.get(&changes(asked)).await.ok();
    let [first, second] = &part["groups"].as_array().unwrap()[..] else { panic!("{part:#}") };
    let moved = &first["changes"][0];
    assert_eq!(
        moved["sentence"],
        json!({
            "text": "Milestone 1.4 of ROTMR0001: due date moved from June 2023 to December 2023 \
                     (184 days later). Reason: “The budget came late.”",
            "language": "en"
        })
    );
    assert_eq!((&moved["action"], &moved["kind"]), (&json!("changed"), &json!("milestone")));
    assert_eq!(moved["resource_id"], *steps["1.4"]);
    assert_eq!(moved["url"], format!("/api/v1/milestones/{}", steps["1.4"]));
    assert_eq!(
        (&moved["name"]["text"], &moved["title"]),
        (&json!("Milestone 1.4 of ROTMR0001"), &json!("One-stop shop (portal)"))
    );
    let due = moved["fields"].as_array().unwrap().iter().find(|field| field["field"] == "due").unwrap();
    assert_eq!(
        (&due["name"], &due["before"]["date"], &due["after"]["date"]),
        (&json!("due date"), &json!("2023-06-30"), &json!("2023-12-31"))
    );
    let entries = moved["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1);
    for (field, value) in [
        ("recorded_at", json!("2027-01-10T12:00:00Z")),
        ("action", json!("changed")),
        ("role", json!("editor")),
        ("member", json!("ROTMR")),
        ("reason", json!("The budget came late.")),
    ] {
        assert_eq!(entries[0][field], value, "{field}");
    }
    assert_eq!(sentences(&second["changes"]).len(), 2);
    let quiet = app.get(&changes("from=2027-01-31&to=2027-01-31")).await.ok();
    assert_eq!(
        (&quiet["groups"], &quiet["summary"]["said"]["text"]),
        (&json!([]), &json!("Nothing changed."))
    );
    // A day's changes are those until its end.
    let day = app.get(&changes("from=2027-03-09&to=2027-03-10")).await.ok();
    assert_eq!(told(&day).len(), 2);
    assert_eq!(told(&app.get(&changes("from=2027-03-10")).await.ok()).len(), 0);
}

#[actix_web::test]
async fn the_whole_plan_is_new_before_the_record_began() {
    let app = TestApp::demo().await;
    let all = app.get(&changes("from=2020-01-01")).await.ok();
    assert_eq!(all["groups"][0]["commitment"], Value::Null);
    assert_eq!(all["groups"][0]["name"]["text"], "The plan itself");
    let sentences = told(&all);
    assert_eq!(
        sentences[0],
        "Action plan timisoara-2022-2024 added: “Action plan – Timișoara, Romania, 2022 – 2024”"
    );
    assert!(
        sentences.iter().any(|one| one == "Commitment ROTMR0001 added: “Increase citizens participation”")
    );
    let milestones =
        all["summary"]["counts"].as_array().unwrap().iter().find(|one| one["kind"] == "milestone");
    assert_eq!(milestones.unwrap(), &json!({"action": "created", "kind": "milestone", "count": 20}));
    // What is new tells what it says, not what it does not.
    let made = &all["groups"][0]["changes"][0];
    for field in made["fields"].as_array().unwrap() {
        assert_eq!(field["before"], Value::Null);
        assert_ne!(field["after"], Value::Null, "{field}");
    }
    assert_eq!(told(&app.get(&changes("")).await.ok()), Vec::<String>::new());
}

#[actix_web::test]
async fn it_is_told_in_romanian_and_as_text_too() {
    let app = TestApp::demo().await;
    story(&app).await;
    let asked = changes("from=2026-12-31&to=2027-03-31");
    let headers = [("accept", "text/plain"), ("accept-language", "ro")];
    let answer = app.get_with(&asked, &headers).await;
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.header("content-language"), Some("ro, en"));
    assert!(answer.header("vary").is_some());
    let text = String::from_utf8(answer.body.clone()).unwrap();
    insta::assert_snapshot!(text, @"
    Modificările planului de acțiune „Action plan – Timișoara, Romania, 2022 – 2024” de la 31 decembrie 2026 până la 31 martie 2027

    Adăugări: 1 jalon, 2 raportări de progres, 1 dovadă. Modificări: 2 jaloane. Retrageri: 1 jalon.

    ROTMR0001: Increase citizens participation
    - Jalonul 1.4 al angajamentului ROTMR0001: termenul s-a mutat din iunie 2023 în decembrie 2023 (cu 184 de zile mai târziu). Motiv: „The budget came late.”
    - S-a adăugat jalonul 1.5 al angajamentului ROTMR0001: „O aplicație”, cu termen septembrie 2027

    ROTMR0002: Operationalization of participatory budgeting
    - S-a retras jalonul 2.1 al angajamentului ROTMR0002. Motiv: „It was there twice.”

    ROTMR0004: Develop the capacity on open governance for the relevant stakeholders
    - Jalonul 4.3 al angajamentului ROTMR0004: eticheta s-a modificat din „4.3.a” în „4.3”. Motiv: „It was right.”
    - Progresul pentru jalonul 4.3 al angajamentului ROTMR0004 s-a raportat ca substanțial (80 %), la data de 3 mai 2023
    - Progresul pentru jalonul 4.3 al angajamentului ROTMR0004 s-a corectat: limitat (40 %), la data de 3 mai 2023. Motiv: „Half of them only began.”
    - S-a adăugat o dovadă la jalonul 4.3 al angajamentului ROTMR0004: „List of trainees”
    ");
    let etag = answer.header("etag").unwrap();
    let again = app.get_with(&asked, &[headers[0], headers[1], ("if-none-match", etag)]).await;
    assert_eq!(again.status, 304);
    let both = app.get(&format!("{asked}&lang=*")).await.ok();
    let translations = &both["groups"][0]["changes"][0]["sentence"]["translations"];
    assert!(
        translations["ro"].as_str().unwrap().contains("termenul s-a mutat din iunie 2023 în decembrie 2023")
    );
    assert!(translations["en"].is_string());
    for (accept, kind) in [
        ("application/json, text/plain;q=0.5", "application/json"),
        ("text/html, */*;q=0.1", "application/json"),
        ("*/*", "application/json"),
        ("text/plain, application/json", "application/json"),
        ("text/*, */*;q=0.8", "text/plain; charset=utf-8"),
        ("application/json;q=0.2, text/plain", "text/plain; charset=utf-8"),
    ] {
        let answer = app.get_with(&asked, &[("accept", accept)]).await;
        assert_eq!(answer.header("content-type"), Some(kind), "{accept}");
    }
}

#[actix_web::test]
async fn days_that_make_no_period_are_refused() {
    let app = TestApp::demo().await;
    for (query, parameters, code) in [
        ("from=2026-11-10&to=2026-11-09", vec!["to"], "parameter_invalid"),
        ("to=2030-01-01", vec!["to"], "parameter_invalid"),
        ("from=2030-01-01&to=2030-01-02", vec!["from", "to"], "parameter_invalid"),
        ("from=soon&to=2030-13-01", vec!["from", "to"], "parameter_invalid"),
        ("on=2026-11-10", vec!["on"], "parameter_unknown"),
    ] {
        let problem = app.get(&changes(query)).await.problem(400, code);
        let named: Vec<_> =
            problem["errors"].as_array().unwrap().iter().map(|one| &one["parameter"]).collect();
        assert_eq!(named, parameters, "{query}");
    }
}

#[actix_web::test]
async fn drafts_are_not_told_and_what_is_published_is_told_as_it_is() {
    let app = TestApp::demo().await;
    let staff = on(&app, "2026-12-01").await;
    let draft = Draft::make(&staff).await;
    let path = format!("/api/v1/action-plans/{DRAFT}/changes");
    app.get(&path).await.problem(404, "not_found");
    app.get("/api/v1/action-plans/no-such-plan/changes").await.problem(404, "not_found");
    let answer = staff.get(&format!("{path}?from=2020-01-01")).send().await;
    assert_eq!(answer.ok()["groups"], json!([]), "the public record knows nothing of it");
    assert!(answer.header("cache-control").unwrap().contains("private"));
    // A link leads from the draft to a public commitment; that is not told there either.
    assert_eq!(told(&app.get(&changes("")).await.ok()), Vec::<String>::new());

    let staff = on(&app, "2026-12-10").await;
    patch(
        &staff,
        &format!("/api/v1/milestones/{}", draft.milestone),
        json!({"title": {"en": "A first step"}}),
    )
    .await;
    take_steps(&staff, &draft.plan, &["consult", "adopt", "publish"]).await;
    let sentences = told(&app.get(&format!("{path}?from=2020-01-01")).await.ok());
    assert!(
        sentences.iter().any(|one| one.ends_with("“A secret promise” published: due 31 March 2027")),
        "{sentences:#?}"
    );
    assert!(
        sentences.contains(&"Link published: “A secret promise” continues ROTMR0001".to_owned()),
        "{sentences:#?}"
    );
    assert!(!sentences.iter().any(|one| one.contains("A secret step")), "{sentences:#?}");
}

#[actix_web::test]
async fn what_was_withdrawn_still_tells_how_it_changed() {
    let app = TestApp::demo().await;
    let staff = on(&app, "2026-12-01").await;
    let path = format!("/api/v1/action-plans/{PLAN}");
    let reason = json!({"reason": "It was the wrong document."});
    staff.post(&format!("{path}/withdraw"), &reason).send().await.ok();
    app.get(&path).await.problem(410, "withdrawn");
    let sentences = told(&app.get(&changes("")).await.ok());
    assert_eq!(sentences, [format!("Action plan {PLAN} withdrawn. Reason: “It was the wrong document.”")]);
}

#[actix_web::test]
async fn fields_are_told_by_their_names_and_institutions_by_theirs() {
    let app = TestApp::demo().await;
    let staff = on(&app, "2026-12-01").await;
    let path = "/api/v1/commitments/ROTMR0001";
    let body = json!({
        "title": {"en": "More participation"}, "budget": {"en": "10,000 euro"},
        "summary": {"en": "Another one."}, "policy_areas": ["open_data"],
        "supporters": [{"institution": "aid-ong-association"}, {"institution": "smart-city-association"}],
        "reason": "A new council."
    });
    patch(&staff, path, body).await;
    let [sentence] = &told(&app.get(&changes("")).await.ok())[..] else { panic!("one was expected") };
    for phrase in [
        "Commitment ROTMR0001: ",
        "title changed from “Increase citizens participation” to “More participation”",
        "summary changed",
        "budget set to “10,000 euro”",
        "leads and supporters changed: removed Banat IT Association",
    ] {
        assert!(sentence.contains(phrase), "{phrase}: {sentence}");
    }
    let romanian = told(&app.get(&changes("lang=ro")).await.ok()).remove(0);
    for phrase in ["Angajamentul ROTMR0001: ", "rezumatul s-a modificat", "Motiv: „A new council.”"] {
        assert!(romanian.contains(phrase), "{phrase}: {romanian}");
    }
}
