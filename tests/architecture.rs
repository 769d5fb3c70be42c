//! Who may import whom: reads every path in `src` and holds it against the table in the README.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::Visit;

/// All rooms, in the order in which they stand: first those that stand under the domain.
const ROOMS: [&str; 13] = [
    "accounts",
    "ledger",
    "members",
    "plans",
    "commitments",
    "evidence",
    "milestones",
    "assessments",
    "search",
    "insight",
    "changes",
    "exchange",
    "audit",
];
/// The rooms under the domain: everybody may ask who asks and record a change, nobody reaches into
/// how that is kept.
const FOUNDATIONS: [&str; 2] = ["accounts", "ledger"];

/// The furniture of a room. What only one room has stands where its likes do: the import
/// document, its parser and its checks are words and rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Furniture {
    Model,
    Store,
    View,
    Service,
    Api,
}

fn furniture(name: &str) -> Option<Furniture> {
    Some(match name {
        "model" | "document" | "parse" | "check" => Furniture::Model,
        "store" => Furniture::Store,
        "view" => Furniture::View,
        "service" => Furniture::Service,
        "api" => Furniture::Api,
        _ => return None,
    })
}

/// A place in the crate: the room, and below it the furniture.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    module: String,
    below: Option<String>,
}

impl Place {
    fn room(&self) -> Option<usize> {
        ROOMS.iter().position(|room| *room == self.module)
    }

    fn furniture(&self) -> Option<Furniture> {
        furniture(self.below.as_deref()?)
    }
}

/// Why `from` may not use `to`; `None` where it may.
fn objection(from: &Place, to: &Place) -> Option<String> {
    let only = |allowed: &[&str]| {
        let fine = allowed.contains(&to.module.as_str()) || to.module == from.module;
        (!fine).then(|| format!("{} may use only {allowed:?}", from.module))
    };
    if to.module == "app" && !["app", "cli"].contains(&from.module.as_str()) {
        return Some("nobody uses the roof but the command line".to_owned());
    }
    if to.module == "cli" && !["cli", "main"].contains(&from.module.as_str()) {
        return Some("nobody uses the command line".to_owned());
    }
    match from.module.as_str() {
        "kernel" | "config" => return only(&[]),
        "db" | "http" | "files" => return only(&["kernel"]),
        "app" | "cli" | "lib" | "main" => return None,
        _ => {}
    }
    let (Some(own), Some(floor)) = (from.room(), from.furniture()) else {
        // A room's `mod.rs` only introduces it.
        return Some("a room's mod.rs names its furniture and nothing else".to_owned());
    };
    let Some(other) = to.room() else {
        let allowed: &[&str] = match floor {
            Furniture::Model => &["kernel"],
            Furniture::Store => &["kernel", "db"],
            Furniture::Service => &["kernel", "db", "files"],
            Furniture::View => &["kernel", "http"],
            Furniture::Api => &["kernel", "db", "http", "files"],
        };
        return (!allowed.contains(&to.module.as_str()))
            .then(|| format!("{floor:?} may use only {allowed:?}"));
    };
    let Some(target) = to.furniture() else { return Some("name the furniture, not the room".to_owned()) };
    if other == own {
        return (target > floor).then(|| format!("imports point down: {floor:?} may not use {target:?}"));
    }
    if FOUNDATIONS.contains(&to.module.as_str()) && other < own {
        // The record is shown by the rooms whose history it is; people are shown by accounts alone.
        let shown = (to.module.as_str(), target, floor) == ("ledger", Furniture::View, Furniture::Api);
        let allowed = target == Furniture::Model
            || (target == Furniture::Service && matches!(floor, Furniture::Service | Furniture::Api))
            || shown;
        return (!allowed).then(|| format!("{floor:?} may not use {target:?} of {}", to.module));
    }
    if FOUNDATIONS.contains(&from.module.as_str()) {
        return Some(format!("{} knows no room of the domain", from.module));
    }
    let allowed = match (floor, target) {
        (Furniture::Model, Furniture::Model) | (Furniture::Store, Furniture::Model | Furniture::Store) => {
            other < own
        }
        (Furniture::View, Furniture::Model) => true,
        (Furniture::Service, Furniture::Model | Furniture::Store) => true,
        // Whatever is written is written with its evidence, in one transaction: the services of other
        // rooms attach and detach it. That of evidence uses no other room's, so there is no circle.
        (Furniture::Service, Furniture::Service) => {
            matches!((from.module.as_str(), to.module.as_str()), ("exchange", _) | (_, "evidence"))
        }
        (Furniture::Api, Furniture::Model | Furniture::Store | Furniture::View) => true,
        // A workbook is made of the same pages that the lists of other rooms answer with; statistics count what the
        // list of commitments finds.
        (Furniture::Api, Furniture::Api) => {
            matches!(from.module.as_str(), "exchange" | "insight") && other < own
        }
        _ => false,
    };
    (!allowed).then(|| format!("{}'s {floor:?} may not use {target:?} of {}", from.module, to.module))
}

/// Crates that a piece of furniture must not name.
fn foreign(from: &Place, krate: &str) -> bool {
    match (from.module.as_str(), from.furniture()) {
        ("kernel", _) | (_, Some(Furniture::Model)) => is_web(krate) || is_sql(krate),
        ("files", _) => is_web(krate) || is_sql(krate),
        ("db", _) | (_, Some(Furniture::Store)) => is_web(krate) || krate == "object_store",
        ("http", _) | (_, Some(Furniture::View)) => is_sql(krate),
        (_, Some(Furniture::Api)) => is_sql(krate),
        (_, Some(Furniture::Service)) => is_web(krate),
        _ => false,
    }
}

fn is_web(krate: &str) -> bool {
    krate.starts_with("actix") || krate.starts_with("tracing_actix")
}

fn is_sql(krate: &str) -> bool {
    krate.starts_with("diesel") && krate != "diesel_derive" || krate.starts_with("tokio_postgres")
}

/// Every path that a file names, from the crate's root where it is one of ours.
#[derive(Default)]
struct Paths {
    here: Vec<String>,
    found: BTreeSet<Vec<String>>,
}

impl Paths {
    fn add(&mut self, segments: Vec<String>) {
        let mut absolute = Vec::new();
        let mut rest = segments.as_slice();
        match rest.first().map(String::as_str) {
            Some("super") => {
                absolute.push("crate".to_owned());
                absolute.extend(self.here.iter().cloned());
                while let Some(("super", others)) =
                    rest.split_first().map(|(first, others)| (first.as_str(), others))
                {
                    absolute.pop();
                    rest = others;
                }
            }
            Some("self") => {
                absolute.push("crate".to_owned());
                absolute.extend(self.here.iter().cloned());
                rest = &rest[1..];
            }
            _ => {}
        }
        absolute.extend(rest.iter().cloned());
        self.found.insert(absolute);
    }

    fn tree(&mut self, prefix: &[String], tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => {
                let mut prefix = prefix.to_vec();
                prefix.push(path.ident.to_string());
                self.tree(&prefix, &path.tree);
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(prefix, tree)),
            syn::UseTree::Name(name) => self.add([prefix, &[name.ident.to_string()]].concat()),
            syn::UseTree::Rename(rename) => self.add([prefix, &[rename.ident.to_string()]].concat()),
            syn::UseTree::Glob(_) => self.add(prefix.to_vec()),
        }
    }
}

impl Visit<'_> for Paths {
    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        self.tree(&[], &item.tree);
    }

    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        // Unit tests may reach further.
        if item.attrs.iter().any(|attribute| attribute.path().is_ident("cfg")) {
            return;
        }
        self.here.push(item.ident.to_string());
        syn::visit::visit_item_mod(self, item);
        self.here.pop();
    }

    fn visit_path(&mut self, path: &syn::Path) {
        if path.segments.len() > 1 {
            self.add(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        syn::visit::visit_path(self, path);
    }
}

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// `src/members/store.rs` is `members`, `store`.
fn module_of(path: &Path, root: &Path) -> Vec<String> {
    let relative = path.strip_prefix(root).expect("below src").with_extension("");
    let mut module: Vec<_> = relative.iter().map(|part| part.to_str().expect("UTF-8").to_owned()).collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}

fn place(module: &[String]) -> Place {
    Place { module: module.first().cloned().unwrap_or_default(), below: module.get(1).cloned() }
}

#[test]
fn imports_point_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut objections, mut scanned, mut checked) = (Vec::new(), 0, 0);
    for file in sources(&root) {
        let module = module_of(&file, &root);
        let from = place(&module);
        let text = fs::read_to_string(&file).expect("a source file");
        let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut paths = Paths { here: module.clone(), ..Paths::default() };
        paths.visit_file(&syntax);
        scanned += 1;
        for path in &paths.found {
            let complaint = match path.split_first().map(|(first, rest)| (first.as_str(), rest)) {
                Some(("crate", rest)) if !rest.is_empty() => {
                    checked += 1;
                    let to = place(rest);
                    if to.module == from.module && to.room().is_none() { None } else { objection(&from, &to) }
                }
                Some((krate, _)) if foreign(&from, krate) => {
                    Some(format!("{:?} must not name {krate}", from.below))
                }
                _ => None,
            };
            if let Some(complaint) = complaint {
                objections.push(format!("{}: {} ({complaint})", file.display(), path.join("::")));
            }
        }
    }
    assert!(scanned > 40 && checked > 200, "only {scanned} files and {checked} imports were seen");
    assert!(objections.is_empty(), "{}", objections.join("\n"));
}

#[test]
fn every_room_is_introduced_and_has_its_furniture() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for room in ROOMS {
        let introduction = fs::read_to_string(root.join(room).join("mod.rs")).expect("a room's mod.rs");
        assert!(introduction.starts_with("//!"), "{room} does not say what it is");
        for file in sources(&root.join(room)) {
            // A piece that grew is a folder of its own name.
            let module = module_of(&file, &root);
            let fits = module.get(1).is_none_or(|name| furniture(name).is_some());
            assert!(fits, "{}: no such furniture", file.display());
        }
    }
}

#[test]
fn the_rules_notice_what_they_forbid() {
    let place = |text: &str| place(&text.split("::").map(str::to_owned).collect::<Vec<_>>());
    let forbidden = [
        ("members::model", "members::store"),
        ("members::store", "plans::store"),
        ("members::store", "http::reply"),
        ("commitments::view", "milestones::view"),
        ("commitments::view", "db::types"),
        ("commitments::api", "milestones::api"),
        ("members::api", "exchange::service"),
        ("kernel::date", "members::model"),
        ("http::query", "db::page"),
        ("db::page", "http::query"),
        ("plans::api", "app::openapi"),
        ("accounts::store", "members::store"),
        ("accounts::service", "members::model"),
        ("accounts::model", "accounts::service"),
        ("members::store", "accounts::store"),
        ("members::view", "accounts::service"),
        ("plans::api", "accounts::view"),
        ("kernel::ask", "accounts::model"),
        ("accounts::service", "ledger::service"),
        ("ledger::service", "members::store"),
        ("members::service", "ledger::store"),
        ("milestones::view", "ledger::view"),
        ("accounts::api", "ledger::view"),
        ("evidence::service", "milestones::service"),
        ("milestones::store", "evidence::service"),
        ("milestones::store", "files::store"),
        ("files::store", "db::page"),
    ];
    for (from, to) in forbidden {
        assert!(objection(&place(from), &place(to)).is_some(), "{from} -> {to}");
    }
    for (from, to) in [
        ("plans::store", "members::store"),
        ("plans::api", "commitments::view"),
        ("plans::store", "accounts::model"),
        ("plans::service", "accounts::service"),
        ("plans::api", "accounts::service"),
        ("accounts::service", "accounts::view"),
        ("accounts::api", "http::reply"),
        ("ledger::service", "accounts::service"),
        ("members::store", "ledger::model"),
        ("milestones::api", "ledger::view"),
        ("milestones::service", "evidence::service"),
        ("commitments::service", "evidence::service"),
        ("evidence::service", "milestones::store"),
        ("evidence::service", "files::store"),
    ] {
        assert_eq!(objection(&place(from), &place(to)), None, "{from} -> {to}");
    }
    assert!(foreign(&place("members::api"), "diesel") && foreign(&place("members::store"), "actix_web"));
}
