//! The floor of the load benchmark: one answer from memory, whatever is asked, by actix-web alone.
//!
//! `constant ADDRESS FILE FIELDS` gives out a file; one without content is an answer 304. FIELDS is a file of the header
//! fields, a line each. No routes, no middleware.
#![expect(clippy::expect_used, reason = "a tool of the benchmark: it has nobody to report faults to")]

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{App, HttpResponse, HttpServer, web};
use bytes::Bytes;

struct Constant {
    fields: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().expect("an address");
    let body = std::fs::read(arguments.next().expect("a file"))?;
    let fields = std::fs::read_to_string(arguments.next().expect("a file of header fields"))?;
    let field = |line: &str| {
        let (name, value) = line.split_once(": ").expect("a header field");
        (name.parse().expect("a name"), value.parse().expect("a value"))
    };
    HttpServer::new(move || {
        // Each thread has its own: none waits for another to count who uses it.
        let constant =
            Constant { fields: fields.lines().map(field).collect(), body: Bytes::copy_from_slice(&body) };
        App::new().app_data(web::Data::new(constant)).default_service(web::to(answer))
    })
    .workers(std::thread::available_parallelism()?.get())
    .bind(address)?
    .run()
    .await
}

async fn answer(constant: web::Data<Constant>) -> HttpResponse {
    let unchanged = constant.body.is_empty();
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    for field in &constant.fields {
        response.append_header(field.clone());
    }
    if unchanged { response.finish() } else { response.body(constant.body.clone()) }
}
