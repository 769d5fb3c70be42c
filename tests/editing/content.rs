//! What a request says: every fault told at once, each with its place; merge patches; versions.

use super::{assessment, faults, made, milestones, review};
use crate::harness::{Client, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

/// Where a noun is made and where one of it is changed.
struct Noun {
    made_at: &'static str,
    one: String,
    /// Who may do both.
    roles: &'static [&'static str],
}

async fn nouns(app: &TestApp) -> [Noun; 6] {
    let milestone = milestones(app, "ROTMR0001").await.remove(0);
    let assessment = assessment(app, "ROTMR0001").await;
    let noun = |made_at, one: &str, roles| Noun { made_at, one: format!("/api/v1/{one}"), roles };
    [
        noun("/api/v1/members", "members/IAS", &["admin"]),
        noun("/api/v1/institutions", "institutions/activewatch", &["admin"]),
        noun("/api/v1/action-plans", "action-plans/timisoara-2022-2024", &["editor@ROTMR"]),
        noun("/api/v1/commitments", "commitments/ROTMR0001", &["editor@ROTMR"]),
        noun(
            "/api/v1/commitments/ROTMR0001/milestones",
            &format!("milestones/{milestone}"),
            &["editor@ROTMR"],
        ),
        noun(
            "/api/v1/commitments/ROTMR0001/assessments",
            &format!("assessments/{assessment}"),
            &["assessor@ROTMR"],
        ),
    ]
}

type Expected<'a> = &'a [(&'a str, &'a str)];

#[track_caller]
fn assert_faults(what: &str, told: Vec<(String, String)>, expected: Expected<'_>) {
    let expected: Vec<_> =
        expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect();
    assert_eq!(told, expected, "{what}");
}

/// Sends a body to where a noun is made and to where one is changed; nothing may come of it.
async fn refused_by_both(
    app: &TestApp,
    noun: &Noun,
    body: &Value,
    (created, changed): (Expected<'_>, Expected<'_>),
) {
    let who = app.signed_in(noun.roles).await;
    let before = app.contents().await;
    assert_faults(noun.made_at, faults(&who.post(noun.made_at, body).send().await), created);
    assert_faults(&noun.one, faults(&who.patch(&noun.one, body).if_match("*").send().await), changed);
    assert_eq!(app.contents().await, before, "what was refused has stored something");
}

#[actix_web::test]
async fn every_fault_of_form_is_told_at_once() {
    let app = TestApp::demo().await;
    let long = "x".repeat(2_001);
    let day = json!({"date": "2023-02-30", "precision": "day"});
    let bodies = [
        (
            json!({"code": "ias", "kind": "global", "country": "Romania", "name": {"en": 5, "??": "x"},
                   "joined_year": 1999}),
            vec![
                ("/code", "format_wrong"),
                ("/country", "format_wrong"),
                ("/joined_year", "number_out_of_range"),
                ("/kind", "value_unknown"),
                ("/name", "language_wrong"),
                ("/name/en", "type_wrong"),
            ],
        ),
        (
            json!({"slug": "Not A Slug", "name": "text", "sector": "army", "is_class": "yes"}),
            vec![
                ("/is_class", "type_wrong"),
                ("/name", "type_wrong"),
                ("/sector", "value_unknown"),
                ("/slug", "format_wrong"),
            ],
        ),
        (
            json!({"slug": "a--b", "member": "", "number": 0, "starts": day, "period_text": "",
                   "documents": [{"url": "javascript:alert(1)"}], "events": [{"kind": "party", "title": {}}]}),
            vec![
                ("/documents/0/url", "format_wrong"),
                ("/events/0/kind", "value_unknown"),
                ("/member", "text_empty"),
                ("/number", "number_out_of_range"),
                ("/period_text", "text_empty"),
                ("/slug", "format_wrong"),
                ("/starts/date", "date_wrong"),
            ],
        ),
        (
            json!({"action_plan": 7, "code": "X1", "title": {"en": "x".repeat(20_001)}, "ends": day,
                   "ogp_values": ["love"], "leads": [{}], "supporters": {}}),
            vec![
                ("/action_plan", "type_wrong"),
                ("/code", "format_wrong"),
                ("/ends/date", "date_wrong"),
                ("/leads/0", "field_missing"),
                ("/ogp_values/0", "value_unknown"),
                ("/supporters", "type_wrong"),
                ("/title/en", "text_too_long"),
            ],
        ),
        (
            json!({"position": -1, "label": "x".repeat(61), "due": "2024", "starts": {"date": "soon"},
                   "disposition": "lost", "notes": [{"text": {"en": "n"}, "topic": "Two words"}]}),
            vec![
                ("/disposition", "value_unknown"),
                ("/due", "type_wrong"),
                ("/label", "text_too_long"),
                ("/notes/0/topic", "format_wrong"),
                ("/position", "number_out_of_range"),
                ("/starts/date", "date_wrong"),
            ],
        ),
        (
            json!({"scheme": {"code": "x"}, "stage": "late", "report": [], "report_year": "soon",
                   "codings": [{"value": "yes"}]}),
            vec![
                ("/codings/0", "field_missing"),
                ("/report", "type_wrong"),
                ("/report_year", "type_wrong"),
                ("/scheme", "field_missing"),
                ("/stage", "value_unknown"),
            ],
        ),
    ];
    // What no noun lets anybody write, and what all of them check.
    let common = json!({
        "reason": 5, "id": "x", "version": 3, "updated_at": "2026-01-01T00:00:00Z", "colour": "red",
        "sources": [{"url": "javascript:alert(1)"}, {"url": "https://example.org/", "note": long}]
    });
    let common_faults = [
        ("/colour", "field_unknown"),
        ("/id", "field_unknown"),
        ("/reason", "type_wrong"),
        ("/sources/0/url", "format_wrong"),
        ("/sources/1/note", "text_too_long"),
        ("/updated_at", "field_unknown"),
        ("/version", "field_unknown"),
    ];
    for (noun, (mut body, mut expected)) in nouns(&app).await.iter().zip(bodies) {
        let fields = common.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(fields);
        expected.extend(common_faults);
        expected.sort_unstable();
        // The scheme of an assessment that is changed has the version already.
        let kept: Vec<_> = expected.iter().copied().filter(|(place, _)| *place != "/scheme").collect();
        refused_by_both(&app, noun, &body, (&expected, &kept)).await;
    }
}

#[actix_web::test]
async fn every_fault_of_meaning_is_told_at_once() {
    let app = TestApp::demo().await;
    let [member, institution, plan, commitment, milestone, assessment] = nouns(&app).await;
    let (late, soon) = (
        json!({"date": "2024-05-31", "precision": "day"}),
        json!({"date": "2023-05-31", "precision": "day"}),
    );
    let body = json!({"code": "SPARE", "kind": "local", "country": "RO", "name": {"en": null}, "national_member": "NOPE"});
    let expected = [("/national_member", "reference_unknown")];
    let mut nameless = vec![("/name", "text_missing")];
    nameless.extend(expected);
    let mut created = body.clone();
    created["name"] = json!({});
    let admin = app.admin().await;
    assert_faults("members", faults(&admin.post(member.made_at, &created).send().await), &nameless);
    assert_faults(
        "members",
        faults(&admin.patch(&member.one, &json!({"national_member": "NOPE"})).if_match("*").send().await),
        &expected,
    );
    let local = json!({"national_member": "IAS"});
    let told = faults(&admin.patch("/api/v1/members/ROTMR", &local).if_match("*").send().await);
    assert_faults("members", told, &[("/national_member", "member_kind_wrong")]);
    let nameless = json!({"slug": "x", "name": {}, "sector": "other"});
    assert_faults(
        "institutions",
        faults(&admin.post(institution.made_at, &nameless).send().await),
        &[("/name", "text_missing")],
    );

    let body = json!({
        "slug": "another", "member": "NOPE", "title": {"en": "Another"}, "starts": late, "ends": soon,
        "events": [{"kind": "meeting", "title": {}, "starts": late, "ends": soon}], "reason": "Tidied."
    });
    let meaning = [
        ("/ends", "dates_reversed"),
        ("/events/0/ends", "dates_reversed"),
        ("/events/0/title", "text_missing"),
    ];
    let created: Vec<_> = meaning.into_iter().chain([("/member", "reference_unknown")]).collect();
    let changed: Vec<_> = meaning.into_iter().chain([("/member", "field_fixed")]).collect();
    refused_by_both(&app, &plan, &body, (&created, &changed)).await;

    let body = json!({
        "action_plan": "no-such-plan", "title": {"en": "Another"}, "starts": late, "ends": soon,
        "policy_areas": ["open_data", "open_data", "nope"], "disposition": "withdrawn", "disposition_reason": {},
        "leads": [{"institution": "municipality-of-timisoara"}, {"institution": "municipality-of-timisoara"}, {"institution": "nope"}],
        "supporters": [{"institution": "nope"}], "reason": "Tidied."
    });
    let meaning = [
        ("/disposition_reason", "reason_missing"),
        ("/ends", "dates_reversed"),
        ("/leads/1/institution", "participant_duplicate"),
        ("/leads/2/institution", "reference_unknown"),
        ("/policy_areas/1", "value_duplicate"),
        ("/policy_areas/2", "reference_unknown"),
        ("/supporters/0/institution", "reference_unknown"),
    ];
    let created: Vec<_> = [("/action_plan", "reference_unknown")].into_iter().chain(meaning).collect();
    let changed: Vec<_> = [("/action_plan", "field_fixed")].into_iter().chain(meaning).collect();
    refused_by_both(&app, &commitment, &body, (&created, &changed)).await;

    let body = json!({
        "title": {"en": "Another"}, "starts": late, "due": soon, "actual_start": late, "actual_end": soon,
        "disposition": "carried_over", "disposition_reason": {}, "events": [{"starts": late, "ends": soon}], "reason": "Tidied."
    });
    let meaning = [
        ("/actual_end", "dates_reversed"),
        ("/disposition_reason", "reason_missing"),
        ("/due", "dates_reversed"),
        ("/events/0/ends", "dates_reversed"),
    ];
    refused_by_both(&app, &milestone, &body, (&meaning, &meaning)).await;

    let mut body = review();
    body["codings"] = json!([
        {"indicator": "verifiable", "value": "perhaps"}, {"indicator": "ambition", "value": "high"},
        {"indicator": "relevant"}, {"indicator": "relevant", "absence": "no_data"}
    ]);
    body["milestones"] = json!([
        {"milestone": "1.1", "codings": [{"indicator": "verifiable", "value": "perhaps"}]},
        {"milestone": "1.1", "codings": [{"indicator": "verifiable", "value": "yes"}]},
        {"milestone": "9.9", "codings": [{"indicator": "verifiable", "value": "yes"}]}
    ]);
    let meaning = [
        ("/codings/0", "coding_wrong"),
        ("/codings/1", "coding_wrong"),
        ("/codings/2", "coding_wrong"),
        ("/codings/3/indicator", "coding_duplicate"),
        ("/milestones/0/codings/0", "coding_wrong"),
        ("/milestones/1/milestone", "milestone_duplicate"),
        ("/milestones/2/milestone", "reference_unknown"),
    ];
    refused_by_both(&app, &assessment, &body, (&meaning, &meaning)).await;
    body = review();
    body["scheme"]["version"] = json!("1821");
    let unknown = [("/scheme", "reference_unknown")];
    refused_by_both(&app, &assessment, &body, (&unknown, &unknown)).await;

    let editor = app.editor_of("ROTMR").await;
    for (to, code) in
        [("NOPE0001", "reference_unknown"), ("nope/1", "reference_unknown"), ("ROTMR0001", "link_to_itself")]
    {
        let body = json!({"kind": "related", "to": to});
        let refused = editor.post("/api/v1/commitments/ROTMR0001/links", &body).send().await;
        assert_faults(to, faults(&refused), &[("/to", code)]);
    }
}

/// Lists of one thing are not endless: the database counts their places in 16 bits.
#[actix_web::test]
async fn a_list_that_is_too_long_is_told() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let events = vec![json!({"kind": "other", "title": {"en": "E"}}); 20_000];
    let body = json!({"slug": "long", "member": "ROTMR", "title": {"en": "Long"}, "events": events});
    let told = faults(&editor.post("/api/v1/action-plans", &body).send().await);
    assert_faults("made", told, &[("/events", "list_too_long")]);
    let patch = json!({"events": events});
    let path = "/api/v1/action-plans/timisoara-2022-2024";
    let told = faults(&editor.patch(path, &patch).if_match("*").send().await);
    assert_faults("changed", told, &[("/events", "list_too_long")]);
}

#[actix_web::test]
async fn a_body_that_cannot_be_read_is_told_as_such() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let one = format!("/api/v1/milestones/{}", milestones(&app, "ROTMR0001").await[0]);
    let (json, patch) = ("application/json", "application/merge-patch+json");
    let places = [
        (Method::POST, "/api/v1/commitments/ROTMR0001/milestones".to_owned(), json),
        (Method::PATCH, one, patch),
    ];
    for (method, path, media_type) in places {
        let send = async |media_type: Option<&str>, body: Vec<u8>| {
            let mut request = editor.request(method.clone(), &path).if_match("*").raw().body(body);
            if let Some(media_type) = media_type {
                request = request.header("content-type", media_type);
            }
            app.send(request).await
        };
        let proper = Some(media_type);
        send(proper, b"".to_vec()).await.problem(400, "document_empty");
        send(proper, b"{\"title\":".to_vec()).await.problem(400, "json_broken");
        send(proper, b"{} {}".to_vec()).await.problem(400, "json_broken");
        send(proper, b"{\"title\": \"\xFF\"}".to_vec()).await.problem(400, "encoding_wrong");
        send(proper, b"[]".to_vec()).await.problem(422, "type_wrong");
        send(proper, b"null".to_vec()).await.problem(422, "type_wrong");
        let nul = send(proper, br#"{"title": {"en": "a\u0000b"}, "label": "c\u0000"}"#.to_vec()).await;
        assert_faults("NUL", faults(&nul), &[("/label", "text_has_nul"), ("/title/en", "text_has_nul")]);
        let twice =
            send(proper, br#"{"title": {"en": "a", "en": "b"}, "label": "1", "label": "2"}"#.to_vec()).await;
        assert_faults(
            "twice",
            faults(&twice),
            &[("/label", "field_repeated"), ("/title/en", "field_repeated")],
        );
        for wrong in
            [None, Some("text/plain"), Some("application/xml"), Some("application/x-www-form-urlencoded")]
        {
            send(wrong, b"{}".to_vec()).await.problem(415, "media_type_unsupported");
        }
        let large = format!("{{\"label\": \"{}\"}}", "x".repeat(1024 * 1024));
        send(proper, large.into_bytes()).await.problem(413, "body_too_large");
        let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
        send(proper, deep).await.problem(400, "json_broken");
    }
    // A patch is taken as plain JSON too, a new thing only as that.
    let path = format!("/api/v1/milestones/{}", milestones(&app, "ROTMR0001").await[0]);
    editor.request(Method::PATCH, &path).if_match("*").body(&json!({"position": 6})).send().await.ok();
    let request = editor.request(Method::POST, "/api/v1/commitments/ROTMR0001/milestones").raw();
    let request = request.header("content-type", patch).body(r#"{"title": {"en": "x"}}"#);
    app.send(request).await.problem(415, "media_type_unsupported");
    assert_eq!(app.entries().await.len(), 1);
}

/// Changes a milestone, in whatever version it is.
async fn patched(who: &Client<'_>, path: &str, patch: &Value) -> Value {
    who.patch(path, patch).if_match("*").send().await.ok()
}

#[actix_web::test]
async fn a_merge_patch_takes_away_replaces_and_merges() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let body = json!({
        "title": {"en": "Step", "ro": "Pas"}, "label": "9",
        "due": {"date": "2024-04-30", "precision": "month", "text": "April"},
        "notes": [{"text": {"en": "one"}}, {"text": {"en": "two"}}], "reason": "New."
    });
    let answer = editor.post("/api/v1/commitments/ROTMR0002/milestones", &body).send().await;
    let path = format!("/api/v1/milestones/{}", super::id(&made(&answer)));
    let romanian = async || app.get(&format!("{path}?lang=ro")).await.ok()["title"].clone();

    let after = patched(&editor, &path, &json!({"label": null, "reason": "R"})).await;
    assert_eq!((&after["label"], &after["due"]["text"]), (&Value::Null, &json!("April")));
    let after = patched(&editor, &path, &json!({"due": {"text": null}, "reason": "R"})).await;
    assert_eq!(after["due"]["text"], Value::Null);
    assert_eq!((&after["due"]["date"], &after["due"]["precision"]), (&json!("2024-04-30"), &json!("month")));
    let after = patched(&editor, &path, &json!({"title": {"en": "Stride"}, "reason": "R"})).await;
    assert_eq!((&after["title"], romanian().await), (&json!("Stride"), json!("Pas")));
    let after = patched(&editor, &path, &json!({"notes": [{"text": {"en": "three"}}]})).await;
    assert_eq!(after["notes"].as_array().unwrap().len(), 1);
    assert_eq!(after["notes"][0]["text"], "three");
    let after = patched(&editor, &path, &json!({"notes": null, "due": null, "reason": "R"})).await;
    assert_eq!((&after["notes"], &after["due"]), (&json!([]), &Value::Null));
    assert_eq!(after["version"], 6);
    // A field that there is none of is no less wrong for being taken away.
    let refused = editor.patch(&path, &json!({"colour": null})).if_match("*").send().await;
    assert_faults("unknown", faults(&refused), &[("/colour", "field_unknown")]);
}

/// JSON Schema knows one kind of number: `3.0` is an integer.
#[actix_web::test]
async fn a_whole_number_may_have_a_decimal_point() {
    let app = TestApp::demo().await;
    let editor = app.signed_in(&["editor@ROTMR"]).await;
    let path = format!("/api/v1/milestones/{}", milestones(&app, "ROTMR0001").await.remove(0));
    let patch = json!({"weight": 3.0});
    assert_eq!(patched(&editor, &path, &patch).await["weight"], 3);
    let half = editor.patch(&path, &json!({"weight": 3.5})).if_match("*").send().await;
    assert_faults("3.5", faults(&half), &[("/weight", "type_wrong")]);
}

#[actix_web::test]
async fn what_must_have_a_title_cannot_lose_it() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let milestone = milestones(&app, "ROTMR0001").await.remove(0);
    for path in
        ["action-plans/timisoara-2022-2024", "commitments/ROTMR0001", &format!("milestones/{milestone}")]
    {
        let path = format!("/api/v1/{path}");
        let refused = editor.patch(&path, &json!({"title": null, "reason": "R"})).if_match("*").send().await;
        assert_faults(&path, faults(&refused), &[("/title", "text_missing")]);
    }
}

#[actix_web::test]
async fn a_patch_that_changes_nothing_keeps_the_version_and_is_not_recorded() {
    let app = TestApp::demo().await;
    let nouns = nouns(&app).await;
    for noun in &nouns {
        let who = app.signed_in(noun.roles).await;
        let before = app.contents().await;
        let etag = who.etag(&noun.one).await;
        let kept = who.patch(&noun.one, &json!({"reason": "None."})).if_match(&etag).send().await;
        kept.ok();
        assert_eq!(kept.header("etag"), Some(etag.as_str()), "{}", noun.one);
        let read = app.get(&noun.one).await.ok();
        let sources = json!({"sources": read["sources"]});
        who.patch(&noun.one, &sources).if_match(&etag).send().await.ok();
        assert_eq!(app.get(&noun.one).await.ok(), read);
        assert_eq!(app.contents().await, {
            let mut before = before;
            // Signing in is no change of the data.
            for table in ["people", "sessions", "refresh_tokens"] {
                before.insert(table.to_owned(), app.contents().await[table].clone());
            }
            before
        });
    }
    assert_eq!(app.entries().await.len(), 0);
}

#[actix_web::test]
async fn a_code_is_given_once_and_then_changed_by_admins_only() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let body = json!({"action_plan": "timisoara-2022-2024", "title": {"en": "Uncoded"}});
    let path = format!(
        "/api/v1/commitments/{}",
        super::id(&made(&editor.post("/api/v1/commitments", &body).send().await))
    );
    assert_eq!(patched(&editor, &path, &json!({"code": "ROTMR0077"})).await["code"], "ROTMR0077");
    assert_eq!(app.get("/api/v1/commitments/ROTMR0077").await.ok()["title"], "Uncoded");
    // Saying what it is already changes nothing.
    patched(&editor, &path, &json!({"code": "ROTMR0077", "number": "5"})).await;
    for code in [json!("ROTMR0078"), Value::Null] {
        for who in [&editor, &app.publisher_of("ROTMR").await] {
            let refused = who.patch(&path, &json!({"code": code})).if_match("*").send().await;
            refused.problem(403, "commitment_code_fixed");
        }
    }
    let admin = app.admin().await;
    let refused = admin.patch(&path, &json!({"code": "ROTMR0002"})).if_match("*").send().await;
    refused.problem(409, "commitment_code_taken");
    let more = json!({"code": "ROTMR0079", "number": "6"});
    admin.patch(&path, &more).if_match("*").send().await.problem(403, "role_missing");
    admin.patch(&path, &json!({"number": "6"})).if_match("*").send().await.problem(403, "role_missing");
    let changed = patched(&admin, &path, &json!({"code": "ROTMR0079", "reason": "Numbered anew."})).await;
    assert_eq!(changed["code"], "ROTMR0079");
    app.get("/api/v1/commitments/ROTMR0077").await.problem(404, "not_found");
    let last = app.entries().await.pop().unwrap();
    assert_eq!((last.actor_role.as_str(), last.reason.as_deref()), ("admin", Some("Numbered anew.")));
}

#[actix_web::test]
async fn a_commitment_stays_in_its_plan() {
    let app = TestApp::demo().await;
    let editor = app.signed_in(&["editor@ROTMR", "editor@IAS"]).await;
    let path = "/api/v1/commitments/ROTMR0001";
    let plan = app.get(path).await.ok()["action_plan"]["id"].clone();
    for named in [plan, json!("timisoara-2022-2024")] {
        patched(&editor, path, &json!({"action_plan": named})).await;
    }
    for other in ["iasi-2019-2021", "no-such-plan"] {
        let refused = editor.patch(path, &json!({"action_plan": other})).if_match("*").send().await;
        assert_faults(other, faults(&refused), &[("/action_plan", "field_fixed")]);
    }
    assert_eq!(app.entries().await.len(), 0);
}

#[actix_web::test]
async fn dates_and_texts_of_what_is_public_change_for_a_reason() {
    let app = TestApp::demo().await;
    let [_, _, plan, commitment, milestone, _] = nouns(&app).await;
    let editor = app.editor_of("ROTMR").await;
    let day = json!({"date": "2024-11-30", "precision": "day"});
    for (noun, patch) in [
        (&plan, json!({"title": {"en": "Renamed"}})),
        (&plan, json!({"ends": day})),
        (&commitment, json!({"problem": {"en": "Another"}})),
        (&commitment, json!({"ends": day})),
        (&milestone, json!({"label": "1.1b"})),
        (&milestone, json!({"due": day})),
        (&milestone, json!({"actual_end": day})),
    ] {
        let etag = editor.etag(&noun.one).await;
        for reason in [None, Some(Value::Null)] {
            let mut patch = patch.clone();
            if let Some(reason) = reason {
                patch["reason"] = reason;
            }
            let refused = editor.patch(&noun.one, &patch).if_match(&etag).send().await;
            assert_faults(&patch.to_string(), faults(&refused), &[("/reason", "reason_missing")]);
        }
        let mut patch = patch.clone();
        patch["reason"] = json!("  It was misprinted. ");
        editor.patch(&noun.one, &patch).if_match(&etag).send().await.ok();
        let last = app.entries().await.pop().unwrap();
        assert_eq!(last.reason.as_deref(), Some("It was misprinted."));
    }
    // Told with whatever else is wrong.
    for (noun, mut patch, pointer) in [
        (&plan, json!({"member": "IAS"}), "/member"),
        (&commitment, json!({"leads": [{"institution": "nope"}]}), "/leads/0/institution"),
        (&milestone, json!({"disposition": "withdrawn"}), "/disposition_reason"),
    ] {
        patch["title"] = json!({"en": "Renamed again"});
        let told = faults(&editor.patch(&noun.one, &patch).if_match("*").send().await);
        let places: Vec<_> = told.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places, [pointer, "/reason"], "{told:?}");
    }
    let long = json!({"due": null, "reason": "x".repeat(2_001)});
    let refused = editor.patch(&milestone.one, &long).if_match("*").send().await;
    assert_faults("long", faults(&refused), &[("/reason", "text_too_long")]);
}

#[actix_web::test]
async fn if_match_takes_the_tags_that_reads_give() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let path = "/api/v1/commitments/ROTMR0001";
    let mut position = 0;
    let mut send = async |if_match: &str| {
        position += 1;
        editor.patch(path, &json!({"number": position.to_string()})).if_match(if_match).send().await
    };
    let etag = app.get(path).await.header("etag").unwrap().to_owned();
    for stale in [&format!("W/{etag}"), "\"2-abc\"", "\"abc\"", "\"\"", "W/\"1\"", "\"-1\"", "\"1.0\""] {
        let refused = send(stale).await;
        refused.problem(412, "version_stale");
        assert_eq!(refused.header("etag"), Some(etag.as_str()), "{stale}");
    }
    for malformed in ["1", "\"1", "1-abc", "W/1", ""] {
        send(malformed).await.problem(400, "if_match_malformed");
    }
    let changed = send(&etag).await;
    assert_eq!(changed.ok()["version"], 2);
    // The version counts: a tag of another language or content coding names it as well.
    for (header, value) in [("accept-encoding", "gzip"), ("accept-encoding", "br"), ("accept-language", "ro")]
    {
        let coded = app.get_with(path, &[(header, value)]).await;
        let etag = coded.header("etag").unwrap().to_owned();
        if header == "accept-encoding" {
            assert!(etag.ends_with(&format!("-{value}\"")), "{etag}");
        }
        send(&etag).await.ok();
        send(&etag).await.problem(412, "version_stale");
    }
    let several = format!("\"1-x\", {}", editor.etag(path).await);
    send(&several).await.ok();
    assert_eq!(send("*").await.ok()["version"], 7);
}

/// Texts in a language that was asked for, as reads have them; the tag is that of a read.
#[actix_web::test]
async fn the_answer_to_a_change_is_what_a_read_would_answer() {
    let app = TestApp::demo().await;
    let nouns = nouns(&app).await;
    for (noun, patch) in nouns.iter().zip([
        json!({"cohort": 2022}),
        json!({"country": "MD"}),
        json!({"number": 3}),
        json!({"number": "3"}),
        json!({"position": 3}),
        json!({"report_year": 2022}),
    ]) {
        let who = app.signed_in(noun.roles).await;
        let path = format!("{}?lang=ro", noun.one);
        let changed = who.patch(&path, &patch).if_match("*").send().await;
        let read = app.get(&path).await;
        assert_eq!((changed.ok(), changed.header("etag")), (read.ok(), read.header("etag")), "{path}");
        assert_eq!(changed.header("content-language"), read.header("content-language"));
        assert_eq!(changed.header("cache-control"), Some("no-store"));
    }
    assert_eq!(app.entries().await.len(), nouns.len());
}
