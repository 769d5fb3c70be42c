use super::*;
use chrono::TimeDelta;

#[actix_web::test]
async fn what_is_not_used_goes_after_a_day() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let (unused, used) = (uploaded(&editor).await, made(&upload(&editor, "a.png", "image/png", PNG).await));
    assert_eq!(attach(&editor, &milestone(&app, "ROTMR0001").await, &used).await.status, 201);
    app.clock.advance(TimeDelta::hours(23));
    app.house.tidy_up().await;
    assert_eq!(files(app.folder.path()).len(), 2);
    app.clock.advance(TimeDelta::hours(2));
    app.house.tidy_up().await;
    assert_eq!(files(app.folder.path()).len(), 1);
    assert_eq!(app.get(&content(&used)).await.body, PNG);
    assert_eq!(app.count(&format!("evidence WHERE id = '{unused}'")).await, 0);
    let deleted =
        format!("ledger_entries WHERE resource_id = '{unused}' AND action = 'deleted' AND NOT public");
    assert_eq!(app.count(&deleted).await, 1);
    // Links of imports are used by their commitments.
    assert!(app.count("evidence WHERE commitment_id IS NOT NULL").await > 0);
    app.house.tidy_up().await;
    assert_eq!(app.count(&deleted).await, 1);
}

#[actix_web::test]
async fn what_began_to_come_in_and_never_arrived_goes_after_a_day() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    uploaded(&editor).await;
    let began = ogp_tracker::kernel::Clock::now(&app.clock).timestamp_millis();
    let folder = app.folder.path().join("incoming");
    for name in [format!("{began:015}-x"), format!("{began:015}-y#1"), "somebody's notes".to_owned()] {
        std::fs::write(folder.join(name), "half").unwrap();
    }
    app.clock.advance(TimeDelta::hours(23));
    app.house.tidy_up().await;
    assert_eq!(files(&folder).len(), 3);
    app.clock.advance(TimeDelta::hours(2));
    app.house.tidy_up().await;
    assert_eq!(files(&folder), ["somebody's notes"]);
}

#[actix_web::test]
async fn clearing_up_and_uploading_the_same_at_once_loses_nothing() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    for _ in 0..5 {
        let id = uploaded(&editor).await;
        assert_eq!(editor.delete(&page(&id)).if_match("*").send().await.status, 204);
        let again = async { (uploaded(&editor).await, uploaded(&editor).await) };
        let (_, (one, other)) = futures_util::future::join(app.house.tidy_up(), again).await;
        for id in [one, other] {
            assert_eq!(editor.get(&content(&id)).send().await.body, PDF);
            assert_eq!(editor.delete(&page(&id)).if_match("*").send().await.status, 204);
        }
    }
    app.house.tidy_up().await;
    assert_eq!(files(app.folder.path()), Vec::<String>::new());
}

#[actix_web::test]
async fn what_is_detached_has_a_day_as_well() {
    let app = TestApp::demo().await;
    let publisher = app.publisher_of("ROTMR").await;
    let (step, id) = (draft_milestone(&publisher).await, uploaded(&publisher).await);
    assert_eq!(attach(&publisher, &step, &id).await.status, 201);
    app.clock.advance(TimeDelta::hours(25));
    let publisher = app.publisher_of("ROTMR").await;
    let gone = publisher.delete(&format!("/api/v1/milestones/{step}")).if_match("*").send().await;
    assert_eq!(gone.status, 204);
    app.house.tidy_up().await;
    assert_eq!(app.count(&format!("evidence WHERE id = '{id}'")).await, 1);
    app.clock.advance(TimeDelta::hours(25));
    app.house.tidy_up().await;
    assert_eq!(app.count(&format!("evidence WHERE id = '{id}'")).await, 0);
}

#[actix_web::test]
async fn a_content_that_cannot_be_removed_does_not_keep_the_others() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let (stuck, other) = (uploaded(&editor).await, made(&upload(&editor, "a.png", "image/png", PNG).await));
    let sha256 = editor.get(&page(&stuck)).send().await.ok()["file"]["sha256"].as_str().unwrap().to_owned();
    for id in [&stuck, &other] {
        assert_eq!(editor.delete(&page(id)).if_match("*").send().await.status, 204);
    }
    let kept = app.folder.path().join("sha256").join(&sha256[..2]).join(&sha256[2..4]).join(&sha256);
    std::fs::remove_file(&kept).unwrap();
    std::fs::create_dir(&kept).unwrap();
    std::fs::write(kept.join("in the way"), "").unwrap();
    app.house.tidy_up().await;
    assert_eq!(files(app.folder.path()), ["in the way"]);
    assert_eq!(app.count("files").await, 1);
}

#[actix_web::test]
async fn a_content_that_nothing_remembers_goes_after_a_day() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let id = uploaded(&editor).await;
    assert_eq!(attach(&editor, &milestone(&app, "ROTMR0001").await, &id).await.status, 201);
    // As a transaction leaves it that fails after the file was kept.
    let folder = app.folder.path().join("sha256").join("ab").join("ab");
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["ab".repeat(32), "somebody's notes".to_owned()] {
        std::fs::write(folder.join(name), "half").unwrap();
    }
    app.house.tidy_up().await;
    assert_eq!(files(&folder).len(), 2);
    // Files have the time of the machine.
    app.clock.set("2100-01-01");
    app.house.tidy_up().await;
    assert_eq!(files(&folder), ["somebody's notes"]);
    assert_eq!(app.get(&content(&id)).await.body, PDF);
}
