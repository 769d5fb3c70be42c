//! Lists in other forms than JSON, read back with other people's libraries.

use crate::harness::spec::{self, Operation};
use crate::harness::{Answer, TestApp, column};
use calamine::{Data, Reader, Xlsx};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{Cursor, Read};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const FORMS: [(&str, &str); 4] = [
    ("json", "application/json"),
    ("csv", "text/csv; charset=utf-8; header=present"),
    ("xlsx", XLSX),
    ("ndjson", "application/x-ndjson"),
];

/// The lines of a CSV file: the names of its columns, and the rows.
fn read_csv(answer: &Answer) -> (Vec<String>, Vec<Vec<String>>) {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let mut reader = csv::Reader::from_reader(answer.body.as_slice());
    let names = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    (names, rows)
}

/// The first sheet of a workbook: its name, the names of its columns, and the rows.
fn read_xlsx(answer: &Answer) -> (String, Vec<String>, Vec<Vec<Data>>) {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(answer.body.clone())).unwrap();
    let name = book.sheet_names()[0].clone();
    let sheet = book.worksheet_range(&name).unwrap();
    let mut rows = sheet.rows().map(<[Data]>::to_vec);
    let names = rows.next().unwrap().iter().map(ToString::to_string).collect();
    (name, names, rows.collect())
}

/// A part of a workbook, as it stands in the file.
fn part(answer: &Answer, name: &str) -> String {
    let mut book = zip::ZipArchive::new(Cursor::new(answer.body.as_slice())).unwrap();
    let mut text = String::new();
    book.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// What stands in a column of a row, told from the JSON alone: one value, or all items of a list.
fn told(row: &Value, name: &str) -> Vec<Value> {
    let mut found = vec![row.clone()];
    let mut in_list = false;
    for part in name.split('.') {
        let below = found.into_iter().flat_map(|value| match &value[part] {
            // What is in a list of a list is one value.
            Value::Array(items) if !in_list => items.clone(),
            other => vec![other.clone()],
        });
        let below: Vec<_> = below.collect();
        in_list |= below.len() > 1 || matches!(row.get(part), Some(Value::Array(_)));
        found = below;
    }
    found
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn cell_text(row: &Value, name: &str, in_list: bool) -> String {
    let items = told(row, name);
    match &items[..] {
        [only] if !in_list => text(only),
        several => {
            let escaped = several.iter().map(|item| text(item).replace('\\', "\\\\").replace('|', "\\|"));
            escaped.collect::<Vec<_>>().join("|")
        }
    }
}

/// Whether a column is in a list of some row.
fn in_list(rows: &[Value], name: &str) -> bool {
    let parts: Vec<_> = name.split('.').collect();
    rows.iter().any(|row| {
        let mut value = row;
        parts.iter().any(|part| {
            value = &value[*part];
            value.is_array()
        })
    })
}

/// The names of everything that a row has, as columns are named.
fn leaves(value: &Value, name: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(field, value)| {
            let name = if name.is_empty() { field.clone() } else { format!("{name}.{field}") };
            leaves(value, &name, found);
        }),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, name, found)),
        Value::Null => {}
        _ => drop(found.insert(name.to_owned())),
    }
}

/// Public lists with an address, after something has been reported.
async fn lists(app: &TestApp) -> Vec<(Operation, String)> {
    spec::report_some(app).await;
    let mut found = Vec::new();
    for list in spec::lists() {
        let address = list.address(app).await;
        found.push((list, address));
    }
    assert!(found.len() >= 10, "only {} lists were found", found.len());
    found
}

#[test]
fn the_document_offers_every_list_in_four_forms() {
    let lists: Vec<_> = spec::operations().into_iter().filter(Operation::is_list).collect();
    assert!(lists.len() >= 13, "only {} lists were found", lists.len());
    for list in lists {
        let success = &list.spec["responses"]["200"];
        let content = success["content"].as_object().unwrap();
        let offered: BTreeSet<_> = content.keys().map(String::as_str).collect();
        let expected = FORMS.map(|(_, media)| media.split(';').next().unwrap());
        assert_eq!(offered, BTreeSet::from(expected), "{}", list.id);
        assert!(success["headers"]["Content-Disposition"].is_object(), "{}", list.id);
        let refused = &list.spec["responses"]["406"]["content"]["application/problem+json"]["example"];
        assert_eq!(refused["code"], "not_acceptable", "{}", list.id);
        for name in ["format", "fields", "bom"] {
            assert!(list.query_names().contains(&name), "{} has no {name}", list.id);
        }
    }
}

#[actix_web::test]
async fn every_list_comes_in_four_forms_by_parameter_and_by_accept() {
    let app = TestApp::demo().await;
    for (list, address) in lists(&app).await {
        for (format, media_type) in FORMS {
            let by_parameter = app.get(&format!("{address}?format={format}")).await;
            let by_accept =
                app.get_with(&address, &[("accept", media_type.split(';').next().unwrap())]).await;
            for answer in [&by_parameter, &by_accept] {
                assert_eq!(answer.status, 200, "{address} {format}");
                assert_eq!(answer.header("content-type"), Some(media_type), "{address}");
                assert!(answer.header("vary").unwrap().contains("Accept,"), "{address}");
                assert!(answer.header("etag").is_some(), "{address}: it is short");
            }
            assert_eq!(by_parameter.body, by_accept.body, "{address} {format}");
            let name = list.id.strip_prefix("list_").unwrap().replace('_', "-");
            let file = format!("attachment; filename=\"{name}-2026-11-23.{format}\"");
            let expected = (format != "json").then_some(file.as_str());
            assert_eq!(by_parameter.header("content-disposition"), expected, "{address}");
            let head = app.send(app.request(Method::HEAD, &format!("{address}?format={format}"))).await;
            assert_eq!((head.status, head.body.len()), (200, 0), "{address} {format}");
            for name in ["content-type", "content-disposition", "etag", "content-language"] {
                assert_eq!(head.header(name), by_parameter.header(name), "{address} {format} {name}");
            }
            let tag = by_parameter.header("etag").unwrap();
            let again = app.get_with(&format!("{address}?format={format}"), &[("if-none-match", tag)]).await;
            assert_eq!((again.status, again.body.len()), (304, 0), "{address} {format}");
        }
    }
}

#[actix_web::test]
async fn csv_says_what_json_says() {
    let app = TestApp::demo().await;
    let mut compared = 0;
    for (_, address) in lists(&app).await {
        for lang in ["ro", "*"] {
            let rows = app.all(&format!("{address}?lang={lang}")).await;
            let (names, lines) = read_csv(&app.get(&format!("{address}?lang={lang}&format=csv")).await);
            assert_eq!(lines.len(), rows.len(), "{address}");
            for (row, line) in rows.iter().zip(&lines) {
                for (name, cell) in names.iter().zip(line) {
                    let cell = cell.strip_prefix('\'').unwrap_or(cell);
                    assert_eq!(cell, cell_text(row, name, in_list(&rows, name)), "{address} {name}");
                    compared += u32::from(!cell.is_empty());
                }
                let mut told = BTreeSet::new();
                leaves(row, "", &mut told);
                for leaf in told {
                    let shown = |name: &String| leaf == *name || leaf.starts_with(&format!("{name}."));
                    assert!(names.iter().any(shown), "{address}: {leaf} is in no column");
                }
            }
        }
    }
    assert!(compared > 10_000, "only {compared} cells were compared");
}

#[actix_web::test]
async fn a_workbook_says_what_json_says_with_typed_cells() {
    let app = TestApp::demo().await;
    let (mut numbers, mut days, mut instants, mut told) = (0, 0, 0, 0);
    for (list, address) in lists(&app).await {
        let rows = app.all(&address).await;
        let answer = app.get(&format!("{address}?format=xlsx")).await;
        let (sheet, names, lines) = read_xlsx(&answer);
        assert_eq!(sheet, list.id.strip_prefix("list_").unwrap());
        assert_eq!(lines.len(), rows.len(), "{address}");
        for (row, line) in rows.iter().zip(&lines) {
            for (name, cell) in names.iter().zip(line) {
                let many = in_list(&rows, name);
                let expected = cell_text(row, name, many);
                match cell {
                    Data::Empty => assert_eq!(expected, "", "{address} {name}"),
                    Data::String(text) => assert_eq!(*text, expected, "{address} {name}"),
                    Data::Bool(is) => {
                        assert_eq!(is.to_string(), expected, "{address} {name}");
                        told += 1;
                    }
                    Data::Float(number) => {
                        assert_eq!(*number, expected.parse::<f64>().unwrap(), "{address} {name}");
                        numbers += 1;
                    }
                    Data::DateTime(time) => match expected.parse::<NaiveDate>() {
                        Ok(day) => {
                            assert_eq!(instant_of(time.as_f64()).date(), day, "{address} {name}");
                            days += 1;
                        }
                        Err(_) => {
                            let instant = DateTime::parse_from_rfc3339(&expected).unwrap().naive_utc();
                            assert!(close(instant_of(time.as_f64()), instant), "{address} {name}");
                            instants += 1;
                        }
                    },
                    other => panic!("{address} {name}: {other:?}"),
                }
            }
        }
        let xml = part(&answer, "xl/worksheets/sheet1.xml");
        assert!(xml.contains("<pane ySplit=\"1\"") && xml.contains("state=\"frozen\""), "{address}");
        assert!(xml.contains("<autoFilter ref=\"A1:"), "{address}");
        assert!(!xml.contains("<hyperlink") && !xml.contains("<f>"), "{address}");
    }
    assert!(numbers > 300 && days > 100 && instants > 300 && told > 50, "{numbers} {days} {instants} {told}");
}

/// What a cell says, which counts days since the eve of 1900.
fn instant_of(days: f64) -> NaiveDateTime {
    let eve = NaiveDate::from_ymd_opt(1899, 12, 30).unwrap().and_hms_opt(0, 0, 0).unwrap();
    eve + TimeDelta::milliseconds((days * 86_400_000.0).round() as i64)
}

/// Cells know instants to the millisecond.
fn close(one: NaiveDateTime, other: NaiveDateTime) -> bool {
    (one - other).abs() <= TimeDelta::milliseconds(2)
}

#[actix_web::test]
async fn ndjson_has_the_rows_of_json_one_a_line() {
    let app = TestApp::demo().await;
    for (_, address) in lists(&app).await {
        let answer = app.get(&format!("{address}?format=ndjson&lang=*")).await;
        let text = String::from_utf8(answer.body).unwrap();
        assert!(text.ends_with('\n'), "{address}");
        let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(rows, app.all(&format!("{address}?lang=*")).await, "{address}");
    }
}

/// Texts that are formulas to a spreadsheet program, or that CSV must quote.
const ODD: [&str; 9] = [
    "=HYPERLINK(\"https://evil.invalid\";\"click\")",
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "'already quoted",
    "a \"quote\", a comma; a pipe | and a backslash \\",
    "two\nlines, and a \ttab",
    "ședință țară Ștefan \u{1F600}",
    "=1+1\",\"=2+2",
];

/// Institutions with those names.
async fn with_odd_names(app: &TestApp) {
    let admin = app.admin().await;
    for (number, name) in ODD.iter().enumerate() {
        let institution = json!({"slug": format!("odd-{number}"), "name": {"en": name}, "sector": "other"});
        let made = admin.post("/api/v1/institutions", &institution).send().await;
        assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
    }
}

#[actix_web::test]
async fn no_text_is_a_formula_and_every_text_reads_back() {
    let app = TestApp::demo().await;
    with_odd_names(&app).await;
    let address = "/api/v1/institutions?sector=other&sort=slug";
    let rows = app.all(address).await;
    let odd: Vec<_> = rows.iter().filter(|row| row["slug"].as_str().unwrap().starts_with("odd-")).collect();
    let names: Vec<_> = odd.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), ODD.len());

    let answer = app.get(&format!("{address}&format=csv&fields=slug,name")).await;
    let (header, lines) = read_csv(&answer);
    assert_eq!(header, ["slug", "name"]);
    let lines: Vec<_> = lines.into_iter().filter(|line| line[0].starts_with("odd-")).collect();
    for (line, name) in lines.iter().zip(&names) {
        assert!(!line[1].starts_with(['=', '+', '-', '@', '\t', '\r']), "{line:?}");
        assert_eq!(line[1].strip_prefix('\'').unwrap_or(&line[1]), *name);
    }
    let text = String::from_utf8(answer.body).unwrap();
    assert!(text.contains("odd-0,\"'=HYPERLINK(\"\"https://evil.invalid\"\";\"\"click\"\")\"\r\n"), "{text}");
    assert!(text.contains("odd-7,ședință țară Ștefan \u{1F600}\r\n"));
    assert_eq!(text.matches("\r\n").count(), rows.len() + 1);

    let book = app.get(&format!("{address}&format=xlsx&fields=slug,name")).await;
    let (_, _, lines) = read_xlsx(&book);
    let lines = lines.into_iter().filter(|line| line[0].to_string().starts_with("odd-"));
    for (line, name) in lines.zip(&names) {
        assert_eq!(line[1], Data::String((*name).to_owned()));
    }
    let xml = part(&book, "xl/worksheets/sheet1.xml");
    assert!(!xml.contains("<f>") && !xml.contains("hyperlink"));
}

#[actix_web::test]
async fn a_byte_order_mark_comes_on_demand() {
    let app = TestApp::demo().await;
    let plain = app.get("/api/v1/members?format=csv").await;
    let marked = app.get("/api/v1/members?format=csv&bom=true").await;
    assert_eq!(marked.body, [b"\xEF\xBB\xBF", plain.body.as_slice()].concat());
    assert!(!plain.body.starts_with(b"\xEF\xBB\xBF"));
    assert_ne!(plain.header("etag"), marked.header("etag"));
    app.get("/api/v1/members?bom=true").await.ok();
}

#[actix_web::test]
async fn filters_order_language_and_day_hold_in_every_form() {
    let app = TestApp::demo().await;
    for query in [
        "milestones?schedule=overdue&sort=-due&on=2024-01-01",
        "commitments?member=ROTMR&sort=-code&lang=ro",
        "commitments?policy_area=open_data&as_of=2026-11-23",
        "action-plans?active_on=2019-06-01",
    ] {
        let address = format!("/api/v1/{query}");
        let ids = column(&Value::from(app.all(&address).await), "id");
        assert!(!ids.is_empty(), "{query}");
        let (names, lines) = read_csv(&app.get(&format!("{address}&format=csv")).await);
        assert_eq!(names[0], "id");
        assert_eq!(lines.iter().map(|line| line[0].clone()).collect::<Vec<_>>(), ids, "{query}");
        let (_, _, lines) = read_xlsx(&app.get(&format!("{address}&format=xlsx")).await);
        assert_eq!(lines.iter().map(|line| line[0].to_string()).collect::<Vec<_>>(), ids, "{query}");
    }
    let day = app.get("/api/v1/commitments?as_of=2026-11-23&format=csv").await;
    app.clock.set("2026-11-25");
    let later = app.get("/api/v1/commitments?as_of=2026-11-23&format=csv").await;
    assert_eq!(later.header("content-disposition"), day.header("content-disposition"));
    app.get("/api/v1/commitments?sort=colour&format=csv").await.problem(400, "parameter_invalid");
    app.get("/api/v1/commitments?member=XYZ&format=xlsx").await.problem(400, "reference_unknown");
}

#[actix_web::test]
async fn a_limit_takes_one_page_and_says_where_the_next_one_is() {
    let app = TestApp::demo().await;
    let (mut address, mut codes, mut pages) =
        ("/api/v1/commitments?limit=40&format=csv&fields=id".to_owned(), Vec::new(), 0);
    loop {
        let answer = app.get(&address).await;
        codes.extend(read_csv(&answer).1.into_iter().flatten());
        pages += 1;
        let Some(link) = answer.header("link") else { break };
        address = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
    }
    assert_eq!(pages, 3);
    assert_eq!(codes, column(&Value::from(app.all("/api/v1/commitments").await), "id"));
}

#[actix_web::test]
async fn a_list_of_many_pages_comes_whole_and_each_row_once() {
    let app = TestApp::demo().await;
    let (mut conn, _) = app.database.target.connect().await.unwrap();
    let sql = "INSERT INTO institutions (id, slug, name, sector, is_class, country, notes, sources, created_at, updated_at)
        SELECT gen_random_uuid(), 'mass-' || n, jsonb_build_object('en', 'Mass ' || n), 'private', false, 'RO', '[]', '[]', now(), now()
        FROM generate_series(1, 1300) n";
    diesel_async::SimpleAsyncConnection::batch_execute(&mut conn, sql).await.unwrap();
    let expected: BTreeSet<_> =
        column(&Value::from(app.all("/api/v1/institutions").await), "slug").into_iter().collect();
    assert!(expected.len() > 1300);
    let address = "/api/v1/institutions?fields=slug&sort=-updated_at&format";
    let csv = app.get(&format!("{address}=csv")).await;
    assert_eq!(csv.header("etag"), None, "it was sent before it was known");
    assert_eq!(csv.header("link"), None);
    let text = String::from_utf8(app.get(&format!("{address}=ndjson")).await.body).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sheet = read_xlsx(&app.get(&format!("{address}=xlsx")).await).2;
    for slugs in [
        read_csv(&csv).1.into_iter().flatten().collect::<Vec<_>>(),
        column(&Value::from(lines), "slug"),
        sheet.iter().map(|line| line[0].to_string()).collect(),
    ] {
        assert_eq!(slugs.len(), expected.len());
        assert_eq!(slugs.into_iter().collect::<BTreeSet<_>>(), expected);
    }
    let head = app.send(app.request(Method::HEAD, &format!("{address}=csv"))).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[actix_web::test]
async fn what_is_not_made_is_not_acceptable() {
    let app = TestApp::demo().await;
    for (_, address) in lists(&app).await {
        for accept in ["text/html", "application/xml, image/*;q=0.5", "text/csv;q=0", "*/*;q=0"] {
            let problem = app.get_with(&address, &[("accept", accept)]).await.problem(406, "not_acceptable");
            let detail = problem["detail"].as_str().unwrap();
            assert!(
                FORMS.iter().all(|(_, media)| detail.contains(media.split(';').next().unwrap())),
                "{detail}"
            );
        }
        // The parameter is asked first, and an unknown one is a parameter like others.
        let answer = app.get_with(&format!("{address}?format=json"), &[("accept", "text/html")]).await;
        assert_eq!(answer.status, 200);
        for format in ["pdf", "CSV", "csv,json"] {
            app.get(&format!("{address}?format={format}")).await.problem(400, "parameter_invalid");
        }
    }
    let ranked = "text/csv;q=0.3, application/x-ndjson;q=0.9, application/json;q=0.2";
    let answer = app.get_with("/api/v1/members", &[("accept", ranked)]).await;
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    app.get_with("/api/v1/members", &[("accept", browser)]).await.ok();
}

#[actix_web::test]
async fn staff_take_away_their_own_lists_and_drafts_and_no_cache_keeps_them() {
    let app = TestApp::demo().await;
    let editor = app.editor_of("ROTMR").await;
    let plan = json!({"slug": "a-draft", "member": "ROTMR", "title": {"en": "A draft"}});
    assert_eq!(editor.post("/api/v1/action-plans", &plan).send().await.status, 201);
    let answer = editor.get("/api/v1/action-plans?format=csv&fields=slug").send().await;
    assert!(read_csv(&answer).1.contains(&vec!["a-draft".to_owned()]));
    assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
    let public = app.get("/api/v1/action-plans?format=csv&fields=slug").await;
    assert!(!read_csv(&public).1.contains(&vec!["a-draft".to_owned()]));
    let work = editor.get("/api/v1/me/worklist?format=xlsx").send().await;
    assert_eq!(read_xlsx(&work).0, "my_work");
    assert_eq!(work.header("cache-control"), Some("no-store"));
    let people = app.admin().await.get("/api/v1/people?format=csv").send().await;
    assert!(!read_csv(&people).1.is_empty());
}
