//! A small valid document with one of everything, which tests break.

use serde_json::{Value, json};

/// A document with exactly these lists.
pub fn with(lists: Value) -> Value {
    let mut document = json!({ "format": "ogp-tracker-import", "version": 1 });
    for (name, list) in lists.as_object().expect("lists by name") {
        document[name] = list.clone();
    }
    document
}

/// Two members, two institutions, one plan, two commitments; the first has one of everything.
pub fn document() -> Value {
    with(json!({
        "policy_areas": [{ "code": "open_data", "name": { "en": "Open Data" } }],
        "institutions": [
            { "slug": "city-hall", "name": { "en": "City Hall" }, "sector": "government" },
            { "slug": "watchdogs", "name": { "en": "Watchdogs" }, "sector": "civil_society" },
        ],
        "assessment_schemes": [scheme()],
        "members": [
            { "code": "TST", "kind": "national", "country": "RO", "name": { "en": "Testland" } },
            { "code": "TSTL", "kind": "local", "country": "RO", "national_member": "TST",
              "name": { "en": "Test Town" } },
        ],
        "action_plans": [plan()],
        "commitments": [full_commitment(), commitment("TS0002")],
    }))
}

/// A scheme with one indicator.
pub fn scheme() -> Value {
    json!({
        "code": "town_review", "version": "2024", "assessor": "local_monitoring_body",
        "title": { "en": "Review of the town" },
        "indicators": [{ "code": "completion", "values": ["limited", "complete"] }],
    })
}

/// A plan of the local member, with an event and a report.
pub fn plan() -> Value {
    json!({
        "slug": "test-town-2024", "member": "TSTL", "ogp_plan_id": "AP_TST01",
        "title": { "en": "Plan of Test Town" },
        "starts": day("2024-01-01"), "ends": day("2025-12-31"),
        "events": [{ "kind": "meeting", "starts": day("2023-11-02"), "title": { "en": "Forum" } }],
        "reports": [{ "kind": "self_assessment", "published": day("2025-02-01") }],
    })
}

/// The least that a commitment can be.
pub fn commitment(code: &str) -> Value {
    json!({ "action_plan": "test-town-2024", "code": code, "title": { "en": format!("Promise {code}") } })
}

/// The commitment `TS0001`, with one of everything.
pub fn full_commitment() -> Value {
    json!({
        "action_plan": "test-town-2024", "code": "TS0001", "number": "1",
        "title": { "en": "Open the budget", "ro": "Buget deschis" },
        "policy_areas": ["open_data"], "ogp_values": ["civic_participation"],
        "starts": day("2024-02-01"), "ends": day("2025-06-30"),
        "leads": [{ "institution": "city-hall" }],
        "supporters": [{ "institution": "watchdogs", "partner_group": "civil_society" }],
        "milestones": [{ "key": "1", "label": "1.1", "title": { "en": "Publish" }, "due": day("2024-06-30") }],
        "evidence": [{ "key": "page", "title": { "en": "The page" }, "url": "https://example.org/budget",
                       "relation": "direct" }],
        "progress_reports": [{ "key": "first", "reported_by": "government", "reported": day("2024-09-01"),
                               "percent": 40, "milestones": [{ "milestone": "1", "percent": 60 }] }],
        "assessments": [{
            "key": "review", "scheme": { "code": "town_review", "version": "2024" }, "stage": "mid_term",
            "report": { "en": "First review" },
            "codings": [{ "indicator": "completion", "value": "limited" }],
            "milestones": [{ "milestone": "1",
                             "codings": [{ "indicator": "completion", "value": "complete" }] }],
        }],
        "links": [{ "kind": "related", "to": "TS0002" }],
    })
}

/// A date known to the day.
pub fn day(date: &str) -> Value {
    json!({ "date": date, "precision": "day" })
}
