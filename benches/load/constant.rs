//! The floor of the load benchmark: answers from memory that are the same for every request, by actix-web alone.
//!
//! `constant ADDRESS FOLDER` serves each file of a folder under its name, as JSON; a file without content is an answer
//! 304. No middleware, no header fields besides the type.
#![expect(clippy::expect_used, reason = "a tool of the benchmark: it has nobody to report faults to")]

use actix_web::{App, HttpResponse, HttpServer, web};
use bytes::Bytes;
use std::collections::HashMap;

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().expect("an address");
    let folder = arguments.next().expect("a folder");
    let mut bodies = HashMap::new();
    for file in std::fs::read_dir(folder)? {
        let file = file?;
        let name = file.file_name().into_string().expect("a name in UTF-8");
        bodies.insert(name, Bytes::from(std::fs::read(file.path())?));
    }
    let bodies = web::Data::new(bodies);
    HttpServer::new(move || App::new().app_data(bodies.clone()).service(web::resource("/{name}").to(answer)))
        .workers(std::thread::available_parallelism()?.get())
        .bind(address)?
        .run()
        .await
}

async fn answer(name: web::Path<String>, bodies: web::Data<HashMap<String, Bytes>>) -> HttpResponse {
    match bodies.get(name.as_str()) {
        Some(body) if body.is_empty() => HttpResponse::NotModified().finish(),
        Some(body) => HttpResponse::Ok().content_type("application/json").body(body.clone()),
        None => HttpResponse::NotFound().finish(),
    }
}
