//! Problems as the OpenAPI document shows them: groups that operations name, with real problems as
//! examples.

use super::{MEDIA_TYPE, Problem};
use crate::kernel::document::Fault;
use crate::kernel::{Error, ParameterError};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::IntoResponses;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::Header;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Response, ResponseBuilder};

type Responses = BTreeMap<String, RefOr<Response>>;

/// Makes a group of problems from smaller groups and single problems.
macro_rules! problems {
    ($(#[$doc:meta])+ $name:ident: $($group:ident),* $(; $($description:literal => $error:expr),+)?) => {
        $(#[$doc])+
        #[derive(Debug)]
        pub struct $name;

        impl IntoResponses for $name {
            fn responses() -> Responses {
                let mut responses = Responses::new();
                $(responses.extend($group::responses());)*
                $($({
                    let problem = Problem::from($error);
                    responses.insert(problem.status.to_string(), documented($description, problem));
                })+)?
                responses
            }
        }
    };
}

problems!(
    /// The problems that every operation can answer with.
    PlainProblems: ;
    "Parameters that are unknown or make no sense, all of them at once." => Error::BadParameters(vec![
        ParameterError::new("colour", "parameter_unknown", "this operation has no such parameter"),
    ]),
    "A fault of ours; nothing internal is told." => Error::Internal(String::new())
);
problems!(
    /// The problems of every operation that needs the database.
    DatabaseProblems: ;
    "The database cannot answer now, or took too long; `Retry-After` says when to try again." =>
        Error::Unavailable(String::new())
);
problems!(
    /// The problem of a path that names something.
    NameProblems: ;
    "Nothing visible has this name." => Error::not_found("resource", "no-such-name")
);
problems!(
    /// The problem of what comes in several forms.
    AcceptProblems: ;
    "`Accept` takes none of the types that there are." => Error::NotAcceptable("application/json, text/csv".to_owned())
);
problems!(
    /// The problem of what was public and is withdrawn.
    GoneProblems: ;
    "It was public and has been withdrawn; `last_state` is what it said." => Error::Gone {
        kind: "resource",
        name: "no-such-name".to_owned(),
        last_state: Value::Object(Map::new()),
    }
);
problems!(
    /// The problems that every read of a list can answer with. Nobody needs a token to read what is public; a
    /// wrong one is told all the same.
    ListProblems: PlainProblems, DatabaseProblems, NotModified;
    "A token is shown that does not hold." => Error::Unauthenticated {
        code: "token_expired",
        detail: "the token has expired; get another one".to_owned(),
    }
);
problems!(
    /// The problems that every read of one thing can answer with.
    ItemProblems: ListProblems, NameProblems
);
problems!(
    /// The problems that every read of one thing can answer with that can be withdrawn.
    PageProblems: ItemProblems, GoneProblems
);
problems!(
    /// The problem of asking for a part that a file does not have.
    RangeProblems: ;
    "The file has no such part." => Problem::no_such_range(4_096)
);
problems!(
    /// The problem of asking for a contact that no operator has set.
    ContactProblems: ;
    "The operator has not said whom to tell." => Problem::no_contact()
);
problems!(
    /// The problems of signing in.
    SignInProblems: ;
    "What was shown does not hold." => Error::Unauthenticated {
        code: "sign_in_refused",
        detail: "e-mail address or password is wrong, or the account is closed".to_owned(),
    }
);
problems!(
    /// The problems of what can be tried too often.
    ThrottleProblems: ;
    "It was tried too often; `Retry-After` says when to try again." => Error::TooMany { retry_after: 4 }
);
problems!(
    /// The problems of every operation that asks who asks.
    ScopeProblems: ;
    "There is no token, or none that holds." => Error::Unauthenticated {
        code: "token_expired",
        detail: "the token has expired; get another one".to_owned(),
    },
    "The token does not reach so far, or its person may not." => Error::Forbidden {
        code: "scope_missing",
        detail: "the token does not have the scope \"account\"".to_owned(),
    }
);
problems!(
    /// The problems of every operation that takes a body.
    BodyProblems: ;
    "The body is larger than this operation takes." => Error::TooLarge,
    "A body of a type that is not taken." => Error::MediaType("application/json"),
    "Content that makes no sense: every fault at once, each with its JSON pointer." =>
        Error::Invalid(vec![Fault::new("/colour", "field_unknown", "there is no field \"colour\" here")])
);
problems!(
    /// The problem of what a rule of the stored data can stand against.
    ConflictProblems: ;
    "A rule of the stored data stands against it." =>
        Error::conflict("person_email_taken", "another person has this e-mail address")
);
problems!(
    /// The problems of changes that must say which version they are meant for.
    VersionProblems: ;
    "It has changed meanwhile; `ETag` is the present one." =>
        Error::Stale { etag: Some("\"4-c2a4fe0f8a1a4a10\"".to_owned()) },
    "`If-Match` is missing." => Error::PreconditionMissing
);
problems!(
    /// The problems that everything can answer with that makes something.
    CreateProblems: PlainProblems, DatabaseProblems, ScopeProblems, BodyProblems;
    "A rule of the stored data stands against it, or the same request is still in flight." =>
        Error::conflict("commitment_code_taken", "another commitment has this code")
);
problems!(
    /// The problems that everything can answer with that makes something below something else.
    CreateBelowProblems: CreateProblems, NameProblems
);
problems!(
    /// The problems that everything can answer with that reports about something else.
    ReportProblems: CreateBelowProblems, GoneProblems
);
problems!(
    /// The problems that reading the list of what belongs to something can answer with.
    ListBelowProblems: ListProblems, NameProblems, GoneProblems
);
problems!(
    /// The problems that changes of many things at once can answer with.
    BulkProblems: CreateBelowProblems;
    "All of them have changed meanwhile." => Error::Stale { etag: None }
);
problems!(
    /// The problems that everything can answer with that changes something in a version.
    ChangeProblems: CreateBelowProblems, GoneProblems, VersionProblems
);
problems!(
    /// The problems that whatever is done to one thing can answer with, which may say the version it is meant for.
    ActProblems: CreateBelowProblems, GoneProblems;
    "Another version is meant; `ETag` is the present one." =>
        Error::Stale { etag: Some("\"4-c2a4fe0f8a1a4a10\"".to_owned()) }
);
problems!(
    /// The problems that every step in the life of something can answer with.
    StepProblems: ActProblems;
    "The step cannot be taken from where the plan stands; `allowed` says which can." => Error::Conflict {
        code: "action_plan_step_wrong",
        detail: "a plan that is \"draft\" does not take the step \"publish\"; it takes consult, withdraw".to_owned(),
        allowed: vec!["consult".to_owned(), "withdraw".to_owned()],
    }
);
problems!(
    /// The problems that every removal can answer with.
    RemoveProblems: PlainProblems, DatabaseProblems, ScopeProblems, NameProblems, GoneProblems, VersionProblems;
    "Something still refers to it." =>
        Error::conflict("member_in_use", "it has action plans; withdraw or delete those first"),
    "What is public is withdrawn for a reason." =>
        Error::invalid("", "reason_missing", "say in the parameter `reason` why it is withdrawn")
);

/// No problem: the copy that the caller has still holds.
#[derive(Debug)]
struct NotModified;

impl IntoResponses for NotModified {
    fn responses() -> Responses {
        let description = "`If-None-Match` names what would be answered: use the copy you have.";
        Responses::from([("304".to_owned(), ResponseBuilder::new().description(description).build().into())])
    }
}

/// A problem response, with a real problem as its example; `app` knows the paths and fits the example
/// to each.
fn documented(description: &str, mut example: Problem) -> RefOr<Response> {
    example.request_id = "0193a5a0-7c1e-7d6a-9a3e-3f6b8f0f2a11".to_owned();
    let mut response = ResponseBuilder::new().description(description).content(
        MEDIA_TYPE,
        ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("Problem")))
            .example(serde_json::to_value(&example).ok())
            .build(),
    );
    if matches!(example.status, 429 | 503) {
        let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
        response = response.header("Retry-After", Header::new(seconds));
    }
    if example.status == 401 {
        response = response.header("WWW-Authenticate", Header::new(Object::with_type(Type::String)));
    }
    if example.status == 412 {
        response = response.header("ETag", Header::new(Object::with_type(Type::String)));
    }
    if example.status == 416 {
        response = response.header("Content-Range", Header::new(Object::with_type(Type::String)));
    }
    response.build().into()
}
