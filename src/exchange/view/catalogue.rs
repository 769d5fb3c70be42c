//! The lists as a catalogue of data sets: DCAT-AP 3, in JSON-LD.

use super::ABOUT;
use crate::http::format::Format;
use crate::http::table::Table;
use serde_json::{Value, json};

/// The subject, in the European Union's vocabulary of data themes: government and public sector.
const THEME: &str = "http://publications.europa.eu/resource/authority/data-theme/GOVE";
/// How often the data changes, in its vocabulary of frequencies: continuously.
const FREQUENCY: &str = "http://publications.europa.eu/resource/authority/frequency/CONT";
/// The European Union's vocabulary of file types.
const FILE_TYPE: &str = "http://publications.europa.eu/resource/authority/file-type/";
/// The registry of media types.
const MEDIA_TYPE: &str = "https://www.iana.org/assignments/media-types/";

/// The catalogue of these lists, on the server that is found at `base`.
pub fn catalogue(base: &str, tables: &[&Table]) -> Value {
    json!({
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/"
        },
        "@id": format!("{base}/api/v1/datasets"),
        "@type": "dcat:Catalog",
        "dct:title": english("ogp-tracker"),
        "dct:description": english(ABOUT),
        "dct:publisher": publisher(base),
        "foaf:homepage": { "@id": format!("{base}/") },
        "dcat:themeTaxonomy": { "@id": "http://publications.europa.eu/resource/authority/data-theme" },
        "dcat:service": service(base),
        "dcat:dataset": tables.iter().map(|table| dataset(base, table)).collect::<Vec<_>>()
    })
}

fn english(text: &str) -> Value {
    json!({ "@value": text, "@language": "en" })
}

/// Whoever runs the server.
fn publisher(base: &str) -> Value {
    json!({ "@id": format!("{base}/#publisher"), "@type": "foaf:Agent", "foaf:name": "ogp-tracker" })
}

fn service(base: &str) -> Value {
    json!({
        "@id": format!("{base}/api/v1/datasets#service"),
        "@type": "dcat:DataService",
        "dct:title": english("ogp-tracker API"),
        "dcat:endpointURL": { "@id": format!("{base}/api/v1") },
        "dcat:endpointDescription": { "@id": format!("{base}/openapi.json") }
    })
}

fn dataset(base: &str, table: &Table) -> Value {
    let id = format!("{base}/api/v1/datasets#{}", table.name);
    json!({
        "@id": id,
        "@type": "dcat:Dataset",
        "dct:identifier": table.name,
        "dct:title": english(&table.subject()),
        "dct:description": english(&table.description),
        "dct:publisher": { "@id": format!("{base}/#publisher") },
        "dct:accrualPeriodicity": { "@id": FREQUENCY },
        "dcat:theme": { "@id": THEME },
        "dcat:keyword": [english("open government"), english(&table.subject())],
        "dcat:landingPage": { "@id": format!("{base}/docs/") },
        "dcat:distribution": Format::ALL.map(|format| distribution(base, table, format))
    })
}

fn distribution(base: &str, table: &Table, format: Format) -> Value {
    let address = format!("{base}{}", table.path);
    let (name, file_type) = match format {
        Format::Json => ("JSON, page by page", "JSON"),
        Format::Csv => ("CSV", "CSV"),
        Format::Xlsx => ("XLSX", "XLSX"),
        Format::Ndjson => ("NDJSON", "JSON"),
    };
    json!({
        "@type": "dcat:Distribution",
        "dct:title": english(&format!("{} as {name}", table.subject())),
        "dcat:accessURL": { "@id": address },
        "dcat:downloadURL": { "@id": format!("{address}?format={}", format.extension()) },
        "dct:format": { "@id": format!("{FILE_TYPE}{file_type}") },
        "dcat:mediaType": { "@id": format!("{MEDIA_TYPE}{}", format.essence()) },
        "dcat:accessService": { "@id": format!("{base}/api/v1/datasets#service") }
    })
}
