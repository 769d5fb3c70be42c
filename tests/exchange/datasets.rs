//! What open-data portals read, and whether it is true.

use crate::harness::{TestApp, column, spec};
use chrono::{DateTime, NaiveDate};
use serde_json::Value;
use std::collections::BTreeSet;

#[actix_web::test]
async fn the_catalogue_has_every_public_list_in_every_form() {
    let app = TestApp::demo().await;
    let answer = app.get("/api/v1/datasets").await;
    assert_eq!(answer.header("content-type"), Some("application/ld+json"));
    let catalogue = answer.ok();
    assert_eq!(catalogue["@type"], "dcat:Catalog");
    for prefix in ["dcat", "dct", "foaf"] {
        assert!(catalogue["@context"][prefix].as_str().unwrap().starts_with("http"), "{prefix}");
    }
    let lists: BTreeSet<_> = spec::lists()
        .into_iter()
        .filter(|list| !list.path.contains('{') && list.id != "list_search_results")
        .map(|list| list.id.strip_prefix("list_").unwrap().to_owned())
        .collect();
    let datasets = catalogue["dcat:dataset"].as_array().unwrap();
    let named: BTreeSet<_> =
        datasets.iter().map(|dataset| dataset["dct:identifier"].as_str().unwrap().to_owned()).collect();
    assert_eq!(named, lists);
    let mut read = 0;
    for dataset in datasets {
        for field in ["dct:title", "dct:description"] {
            assert!(dataset[field]["@value"].as_str().is_some_and(|text| text.len() > 5), "{dataset}");
        }
        let distributions = dataset["dcat:distribution"].as_array().unwrap();
        assert_eq!(distributions.len(), 4);
        for distribution in distributions {
            let address = distribution["dcat:downloadURL"]["@id"].as_str().unwrap();
            let answer = app.get(address.strip_prefix(&app.address).expect("it is here")).await;
            let media_type = answer.header("content-type").unwrap().split(';').next().unwrap().to_owned();
            assert_eq!(answer.status, 200, "{address}");
            let said = distribution["dcat:mediaType"]["@id"].as_str().unwrap();
            assert!(said.ends_with(&format!("/media-types/{media_type}")), "{address}: {said}");
            read += 1;
        }
    }
    assert!(read >= 4 * 9, "only {read} were read");
}

/// What a cell of a column of this kind can be.
fn fits(kind: &str, cell: &str) -> bool {
    match kind {
        "integer" => cell.parse::<i64>().is_ok(),
        "number" => cell.parse::<f64>().is_ok(),
        "boolean" => ["true", "false"].contains(&cell),
        "date" => cell.parse::<NaiveDate>().is_ok(),
        "datetime" => DateTime::parse_from_rfc3339(cell).is_ok(),
        "string" => true,
        other => panic!("{other} is no kind"),
    }
}

#[actix_web::test]
async fn the_data_package_tells_the_truth_about_every_table() {
    let app = TestApp::demo().await;
    spec::report_some(&app).await;
    let package = app.get("/api/v1/datasets/datapackage.json").await.ok();
    let (mut kinds, mut words) = (BTreeSet::new(), 0);
    for resource in package["resources"].as_array().unwrap() {
        let path = resource["path"].as_str().unwrap().strip_prefix(&app.address).expect("it is here");
        let mut reader = csv::Reader::from_reader(std::io::Cursor::new(app.get(path).await.body));
        let names: Vec<_> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let fields = &resource["schema"]["fields"];
        assert_eq!(column(fields, "name"), names, "{path}");
        for record in reader.records() {
            for (field, cell) in fields.as_array().unwrap().iter().zip(&record.unwrap()) {
                if cell.is_empty() {
                    continue;
                }
                let kind = field["type"].as_str().unwrap();
                assert!(fits(kind, cell), "{path}: {cell:?} in {field}");
                kinds.insert(kind.to_owned());
                if let Some(known) = field["constraints"]["enum"].as_array() {
                    assert!(known.contains(&Value::from(cell)), "{path}: {cell:?} in {field}");
                    words += 1;
                }
            }
        }
        for field in fields.as_array().unwrap() {
            assert!(field["description"].as_str().is_some_and(|text| !text.is_empty()), "{path}: {field}");
        }
    }
    assert!(words > 300, "only {words} words of closed vocabularies were read");
    assert_eq!(Vec::from_iter(kinds), ["boolean", "date", "datetime", "integer", "string"]);
}
