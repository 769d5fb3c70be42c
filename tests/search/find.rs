use super::{found, search, snippets};
use crate::harness::TestApp;
use serde_json::{Value, json};

/// What is asked for, of which kind (any where empty), and what comes first.
const QUERIES: [(&str, &str, &[&str]); 34] = [
    // By name and code.
    ("RO0048", "", &["RO0048"]),
    ("rotmr0002", "", &["ROTMR0002"]),
    ("timisoara-2022-2024", "", &["timisoara-2022-2024"]),
    ("Timișoara", "member", &["ROTMR"]),
    ("TIMISOARA", "member", &["ROTMR"]),
    ("iasi", "action_plan", &["iasi-2019-2021"]),
    // English, in whatever form.
    ("open data", "commitment", &["RO0077", "RO0065"]),
    ("citizens budgets", "commitment", &["RO0036"]),
    ("participatory budgets", "commitment", &["ROTMR0002", "RO0079"]),
    ("political party funding", "commitment", &["RO0056"]),
    ("domestic violence victims", "commitment", &["RO0086"]),
    ("access to justice", "commitment", &["RO0086"]),
    ("trainings for civil servants", "commitment", &["RO0042", "RO0058"]),
    ("consular service", "commitment", &["RO0055"]),
    ("seized asset", "commitment", &["RO0041", "RO0060"]),
    ("one-stop shop", "milestone", &["One-stop shop (portal)"]),
    // Romanian, with diacritics, with the old ones, without.
    ("sesiuni de informare", "commitment", &["RO0049"]),
    ("consultare publică", "commitment", &["RO0048"]),
    ("consultarea publica", "commitment", &["RO0048"]),
    ("bugete pentru cetățeni", "commitment", &["RO0036", "RO0050"]),
    ("bugete pentru cetăţeni", "commitment", &["RO0036", "RO0050"]),
    ("bugetul cetatenilor", "commitment", &["RO0036", "RO0050"]),
    ("educatie deschisa", "commitment", &["RO0063"]),
    ("consultarea tinerilor", "commitment", &["RO0051"]),
    ("finantarea partidelor", "commitment", &["RO0056"]),
    ("violență domestică", "commitment", &["RO0086"]),
    ("funcționar public", "commitment", &["RO0042", "RO0058"]),
    ("arii naturale", "commitment", &["RO0082"]),
    // Not yet typed to the end.
    ("participarea fem", "commitment", &["RO0085"]),
    ("extractive ind", "commitment", &["RO0087"]),
    // Mistyped.
    ("domestc violence", "commitment", &["RO0086"]),
    ("budgteing participatory", "commitment", &["ROTMR0002"]),
    ("cosnultare publica", "commitment", &["RO0048"]),
    ("partidleor politice", "commitment", &["RO0056"]),
];

#[actix_web::test]
async fn what_is_meant_comes_first() {
    let app = TestApp::demo().await;
    let mut wrong = Vec::new();
    for (q, kind, first) in QUERIES {
        let mut asked = vec![("q", q)];
        asked.extend((!kind.is_empty()).then_some(("kind", kind)));
        let page = search(&app, &asked).await;
        let found = found(&page);
        if !found.starts_with(&first.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>())
            || first.is_empty()
        {
            let top: Vec<_> = page["data"]
                .as_array()
                .unwrap()
                .iter()
                .take(4)
                .map(|row| format!("{} {}", row["code"], row["relevance"]))
                .collect();
            wrong.push(format!("{q}: {first:?} was expected, not {top:?} {}", page["corrections"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[actix_web::test]
async fn diacritics_and_how_they_are_encoded_do_not_matter() {
    let app = TestApp::demo().await;
    for same in [
        ["ședințe", "şedinţe", "sedinte", "s\u{326}edint\u{326}e", "ȘEDINȚE", "SEDINTE"],
        ["achiziții", "achiziţii", "achizitii", "achizit\u{326}ii", "ACHIZIȚII", "Achizitii"],
    ] {
        let expected = search(&app, &[("q", same[0])]).await;
        for q in same {
            assert_eq!(search(&app, &[("q", q)]).await["data"], expected["data"], "{q}");
        }
    }
    assert!(!found(&search(&app, &[("q", "achizitii")]).await).is_empty());
}

#[actix_web::test]
async fn every_word_must_be_there_in_whatever_order() {
    let app = TestApp::demo().await;
    let asked =
        async |q: &str| found(&search(&app, &[("q", q), ("kind", "commitment"), ("limit", "200")]).await);
    let both = asked("transparency procurement").await;
    assert_eq!(asked("procurement transparency").await.len(), both.len());
    let (one, other) = (asked("transparency").await, asked("procurement").await);
    assert!(!both.is_empty() && both.len() < one.len() && both.len() < other.len());
    assert!(both.iter().all(|code| one.contains(code) && other.contains(code)));
    // A commitment has its own words together with those of its milestones and institutions.
    assert_eq!(asked("operationalization regulation methodology timisoara").await, ["ROTMR0002"]);
}

/// Where a word stands decides, then how well it fits.
#[actix_web::test]
async fn titles_come_before_summaries_before_milestones_before_institutions() {
    let app = TestApp::empty().await;
    let commitment = |code: &str, title: &str, summary: &str, milestone: &str, lead: &str| {
        json!({"action_plan": "birds", "code": code, "title": {"en": title}, "summary": {"en": summary},
            "milestones": [{"key": "1", "title": {"en": milestone}}], "leads": [{"institution": lead}]})
    };
    let plain = "Nothing of the kind";
    let document = json!({
        "format": "ogp-tracker-import", "version": 1,
        "members": [{"code": "XXA", "kind": "national", "country": "XX", "name": {"en": "Here"}}],
        "institutions": [{"slug": "storks", "name": {"en": "Storks Office"}, "sector": "other"}, {"slug": "office", "name": {"en": "Office"}, "sector": "other"}],
        "action_plans": [{"slug": "birds", "member": "XXA", "title": {"en": "Plan"}}],
        "commitments": [
            commitment("XX0001", plain, plain, plain, "storks"),
            commitment("XX0002", plain, plain, "Storks counted", "office"),
            commitment("XX0003", plain, "Storks are counted", plain, "office"),
            commitment("XX0004", "A strock", plain, plain, "office"),
            commitment("XX0005", "A stork", plain, plain, "office"),
            commitment("XX0006", "Storks", plain, plain, "office"),
        ]
    });
    app.import(&document).await.unwrap();
    let asked = async |q: &str| search(&app, &[("q", q), ("kind", "commitment")]).await;
    assert_eq!(found(&asked("storks").await), ["XX0006", "XX0005", "XX0003", "XX0002", "XX0001"]);
    let mistyped = asked("stroks").await;
    assert_eq!(found(&mistyped), ["XX0006", "XX0003", "XX0002", "XX0001"]);
    assert_eq!(mistyped["corrections"], json!([{"asked": "stroks", "read_as": ["storks"]}]));
    let scores: Vec<_> =
        mistyped["data"].as_array().unwrap().iter().map(|row| row["relevance"].as_i64().unwrap()).collect();
    assert!(scores.is_sorted_by(|better, worse| better > worse), "{scores:?}");
}

#[actix_web::test]
async fn results_say_what_they_are_and_where_they_belong() {
    let app = TestApp::demo().await;
    let result = |page: &Value| page["data"][0].clone();
    let commitment =
        result(&search(&app, &[("q", "consultare publica"), ("kind", "commitment"), ("lang", "ro")]).await);
    assert_eq!(commitment["title"], "Uniformizarea practicilor privind procesele de consultare publică");
    assert_eq!(
        (&commitment["action_plan"]["slug"], &commitment["member"]["code"]),
        (&json!("romania-2018-2020"), &json!("ROU"))
    );
    assert_eq!(
        snippets(&commitment)[0],
        "Uniformizarea practicilor privind procesele de [consultare] [publică]"
    );
    assert_eq!(
        (&commitment["snippets"][0]["field"], &commitment["snippets"][0]["language"]),
        (&json!("title"), &json!("ro"))
    );
    let milestone = result(&search(&app, &[("q", "one-stop"), ("kind", "milestone")]).await);
    assert_eq!((&milestone["commitment"]["code"], &milestone["code"]), (&json!("ROTMR0001"), &json!(null)));
    assert_eq!(snippets(&milestone)[0], "[One]-[stop] shop (portal)");
    let member = result(&search(&app, &[("q", "timis"), ("kind", "member")]).await);
    assert_eq!((&member["code"], &member["action_plan"]), (&json!("ROTMR"), &json!(null)));
    assert!(snippets(&member)[0].starts_with("[Timișoara]"));
}

#[actix_web::test]
async fn what_stands_in_a_text_stays_text() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let title = "<script>alert('storks')</script> & \u{1}<b>more</b> {{storks}}";
    let patch = json!({"title": {"en": title}, "reason": "A test."});
    let answer = editor.patch("/api/v1/commitments/ROTMR0002", &patch).if_match("*").send().await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let page = search(&app, &[("q", "storks")]).await;
    assert_eq!(page["data"][0]["title"], title);
    assert_eq!(snippets(&page["data"][0])[0], title.replace("storks", "[storks]"));
}
