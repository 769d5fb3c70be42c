use super::{found, list, search};
use crate::editing::{made, milestones};
use crate::harness::{Client, TestApp};
use diesel::sql_types::{Array, BigInt, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use futures_util::future::join_all;
use ogp_tracker::search::model::fold;
use serde_json::{Value, json};

async fn change(who: &Client<'_>, path: &str, patch: Value) {
    let mut patch = patch;
    patch["reason"] = json!("A test.");
    let answer = who.patch(path, &patch).if_match("*").send().await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}

async fn commitments(app: &TestApp, q: &str) -> Vec<String> {
    found(&list(app, "commitments", &[("q", q)]).await)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Each document is what would be made of its thing now, and each thing that is not withdrawn has one.
async fn every_document_is_up_to_date(app: &TestApp) {
    let sql = "WITH things AS ( \
            SELECT 'member' AS kind, id FROM members UNION ALL SELECT 'institution', id FROM institutions \
            UNION ALL SELECT 'action_plan', id FROM action_plans UNION ALL SELECT 'commitment', id FROM commitments \
            UNION ALL SELECT 'milestone', id FROM milestones \
        ), now AS (SELECT t.kind, t.id, d.* FROM things t, search_document(t.kind, t.id) d) \
        SELECT count(*) FILTER (WHERE (d.kind, d.code, d.plan_id, d.texts) IS DISTINCT FROM (n.kind, n.code, n.plan_id, n.texts)) \
            + (SELECT count(*) FROM search_stale) + (SELECT count(*) FROM search_rounds) AS count \
        FROM now n FULL JOIN search_documents d ON d.resource_id = n.id";
    let found: Count = sql_query(sql).get_result(&mut app.database.connect().await).await.unwrap();
    assert_eq!(found.count, 0);
}

#[actix_web::test]
async fn an_institution_is_found_by_its_new_name_and_so_is_what_it_leads() {
    let app = TestApp::demo().await;
    let admin = app.admin().await;
    let institution = "/api/v1/institutions/municipality-of-timisoara";
    let led = admin.get(institution).send().await.ok()["leads"].as_array().unwrap().len();
    assert!(led > 1);
    change(&admin, institution, json!({"name": {"ro": "Sfatul Bătrânilor"}})).await;
    assert_eq!(commitments(&app, "sfatul batranilor").await.len(), led);
    assert_eq!(
        found(&list(&app, "institutions", &[("q", "sfat batrani")]).await),
        ["municipality-of-timisoara"]
    );
    every_document_is_up_to_date(&app).await;
}

#[actix_web::test]
async fn a_commitment_is_found_by_what_is_part_of_it() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let path = "/api/v1/commitments/ROTMR0002";
    made(
        &editor
            .post(&format!("{path}/milestones"), &json!({"title": {"ro": "Numărarea berzelor"}}))
            .send()
            .await,
    );
    assert_eq!(commitments(&app, "barza").await, Vec::<String>::new());
    assert_eq!(commitments(&app, "berzele").await, ["ROTMR0002"]);
    change(&editor, path, json!({"supporters": [{"institution": "expert-forum"}]})).await;
    assert!(commitments(&app, "berzelor expert forum").await == ["ROTMR0002"]);
    change(&editor, path, json!({"supporters": []})).await;
    assert_eq!(commitments(&app, "berzelor expert forum").await, Vec::<String>::new());
    let milestone = milestones(&app, "ROTMR0002").await.pop().unwrap();
    change(
        &editor,
        &format!("/api/v1/milestones/{milestone}"),
        json!({"title": {"ro": "Numărarea cucilor"}}),
    )
    .await;
    assert_eq!(commitments(&app, "berzelor").await, Vec::<String>::new());
    assert_eq!(commitments(&app, "cucilor").await, ["ROTMR0002"]);
    every_document_is_up_to_date(&app).await;
}

#[actix_web::test]
async fn a_change_that_is_refused_is_not_found() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let title = json!({"title": {"en": "Something about herons"}, "ends": {"date": "1999-01-01", "precision": "day", "text": null}});
    let answer = editor.patch("/api/v1/commitments/ROTMR0002", &title).if_match("*").send().await;
    assert_eq!(answer.status, 422, "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(commitments(&app, "herons").await, Vec::<String>::new());
    every_document_is_up_to_date(&app).await;
}

#[actix_web::test]
async fn an_import_is_found_at_once_and_again_changes_nothing() {
    let app = TestApp::demo().await;
    let document = json!({
        "format": "ogp-tracker-import", "version": 1,
        "institutions": [{"slug": "ornithologists", "name": {"en": "Society of Ornithologists"}, "sector": "civil_society"}],
        "action_plans": [{"slug": "iasi-2026", "member": "IAS", "title": {"en": "Plan of the birds"}}],
        "commitments": [{"action_plan": "iasi-2026", "code": "IAS0099", "title": {"en": "Birdhouses"},
            "supporters": [{"institution": "ornithologists"}]}]
    });
    for _ in 0..2 {
        app.import(&document).await.unwrap();
        assert_eq!(commitments(&app, "birdhouse ornithologist").await, ["IAS0099"]);
        assert_eq!(found(&search(&app, &[("q", "birds")]).await), ["iasi-2026"]);
        every_document_is_up_to_date(&app).await;
    }
}

/// Each of many that change parts of one commitment at once finds the others' parts in it.
#[actix_web::test]
async fn changes_at_once_of_parts_of_one_commitment_are_all_found() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    for round in 0..5 {
        let milestones = milestones(&app, "ROTMR0001").await;
        assert!(milestones.len() >= 5);
        let changes = milestones.iter().enumerate().map(|(at, milestone)| {
            let title = json!({"title": {"en": format!("Step bird{at}round{round}")}});
            let path = format!("/api/v1/milestones/{milestone}");
            let editor = &editor;
            async move { change(editor, &path, title).await }
        });
        join_all(changes).await;
        let all: Vec<_> = (0..milestones.len()).map(|at| format!("bird{at}round{round}")).collect();
        assert_eq!(commitments(&app, &all.join(" ")).await, ["ROTMR0001"], "round {round}");
    }
    every_document_is_up_to_date(&app).await;
}

/// What is far too long for an index is stored all the same; the beginning is found.
#[actix_web::test]
async fn texts_of_any_length_can_be_written() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let long = |letter: char| (0..4_000).map(|at| format!("{letter}{at:x}")).collect::<Vec<_>>().join(" ");
    let text = |text: &str| json!({"ro": text, "en": text});
    let fields = json!({"summary": text(&long('a')), "problem": text(&long('ș')), "solution": text(&long('ж')), "objective": text(&"x".repeat(20_000))});
    change(&editor, "/api/v1/commitments/ROTMR0002", fields).await;
    assert_eq!(commitments(&app, "operationalization a1f").await, ["ROTMR0002"]);
    every_document_is_up_to_date(&app).await;
}

#[derive(QueryableByName)]
struct Folded {
    #[diesel(sql_type = Array<Text>)]
    words: Vec<String>,
}

/// The database folds words to find them, the service to highlight them.
#[actix_web::test]
async fn the_database_and_the_service_fold_words_alike() {
    let app = TestApp::demo().await;
    let words = [
        "Ședință",
        "ŞEDINŢĂ",
        "s\u{326}edint\u{327}a",
        "ÎNVĂȚĂMÂNT",
        "Œuvre",
        "Straße",
        "Łódź",
        "Đakovo",
        "İstanbul",
        "ﬁnanțe",
        "RO0026",
        "2018",
        "naïve",
        "Ærø",
        "ĳssel",
    ];
    let sql = "SELECT array_agg(search_fold(w) ORDER BY place) AS words FROM unnest($1) WITH ORDINALITY u(w, place)";
    let query = sql_query(sql).bind::<Array<Text>, _>(words.to_vec());
    let folded: Folded = query.get_result(&mut app.database.connect().await).await.unwrap();
    assert_eq!(folded.words, words.map(fold));
}
