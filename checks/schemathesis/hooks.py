"""What schemathesis cannot know by itself: how to get changes through, what is no fault, and that whatever one
member's editor has changed, another member's may not."""

import json
import os
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import requests
import schemathesis
from schemathesis import Case, Response
from schemathesis.core.failures import AcceptedNegativeData, CustomFailure, Failure
from schemathesis.openapi.checks import JsonSchemaError, MissingHeaderNotRejected, RejectedPositiveData

# --- What is no fault -----------------------------------------------------------------------------------------

# Refusals of what fits the schema: the code of the problem, the parameter or field where it matters, and why no
# schema can say it. A refusal is no fault where every reason for it is among these.
NO_SCHEMA_KNOWS: list[tuple[str, str | None, str]] = [
    ("reference_unknown", None, "A name that nothing has: only the data knows."),
    ("parameter_invalid", "cursor", "Cursors are made by the server, for one list with its filters and order."),
    ("parameter_invalid", "after", "The same of the places of the record."),
    ("parameter_invalid", "sort", "Each operation names its keys; none may come twice."),
    ("parameter_invalid", "as_of", "A day that has not come yet has no record: only the clock knows."),
    ("parameter_invalid", "q", "The record of another day cannot be searched: `q` and `as_of` exclude each other."),
    ("parameter_invalid", "from", "The beginning is after the end."),
    ("parameter_invalid", "to", "The end is before the beginning, or beyond the record as it is now."),
    ("parameter_invalid", "size", "The tree is not that large yet."),
    ("parameter_invalid", "index", "The tree is not that large yet."),
    ("parameter_invalid", "include", "Tables have no place for what is nested: that goes with JSON and NDJSON only."),
    ("parameter_invalid", "on", "A series of days takes no single day besides."),
    ("parameter_invalid", "interval", "A series takes `from`, `to` and `interval`, or none of them."),
    ("parameter_missing", None, "A series takes `from`, `to` and `interval`, or none of them."),
    ("parameter_invalid", "group_by", "At most two, and not the same twice."),
    ("idempotency_key_reused", None, "The same key came with another request before."),
    ("member_kind_wrong", None, "Only a local member has a national one: what one field may be depends on another."),
    ("value_duplicate", None, "A vocabulary has each word once in all its indicators together."),
    ("password_wrong", None, "Only whoever has the password knows it."),
    ("scope_refused", None, "Which scopes a token may get depends on who asks for it."),
    ("reason_missing", None, "Only what is public needs a reason."),
    ("text_missing", None, "A text that must be there can be in any language: an empty object fits, and says nothing."),
    ("field_fixed", None, "A patch may repeat what cannot be changed, as it is."),
    ("expiry_past", None, "Only the clock knows what is past."),
    ("date_in_past", None, "Only the clock knows what is past."),
    ("date_in_future", None, "Only the clock knows what is to come."),
    ("date_wrong", None, "Years from 1990 to 2200, which the format of dates cannot say."),
    ("date_before_plan", None, "Only the data knows when the plan began."),
    ("dates_reversed", None, "The end is before the beginning."),
    ("member_not_expected", None, "Some roles are held for a member, others for everything."),
    ("member_missing", None, "Some roles are held for a member, others for everything."),
    ("password_too_short", None, "A new password is of 12 to 128 characters; what is no new one is looked at whatever it is."),
    ("password_too_long", None, "A new password is of 12 to 128 characters; what is no new one is looked at whatever it is."),
    ("password_common", None, "The list of common passwords is no schema."),
    ("value_refused", "/email", "What an address is, the format says only roughly."),
    ("field_missing", "/url", "A link needs its address; a file has none, and both are evidence."),
    ("challenge_missing", None, "It goes with another field of the update."),
    ("challenge_text_missing", None, "It goes with another field of the update."),
    ("challenge_text_unexpected", None, "It goes with another field of the update."),
    ("completion_missing", None, "It goes with another field of the update."),
    ("completion_unexpected", None, "It goes with another field of the update."),
    ("percent_wrong", None, "It goes with another field of the update."),
    ("evidence_missing", None, "It goes with another field of the update, and with what is attached already."),
    ("reason_unexpected", None, "Only a correction has a reason."),
    ("checkpoint_malformed", None, "Only a log can sign a checkpoint."),
    ("parameter_empty", "token", "The document has no schema for the token of a calendar link, which is a credential."),
]


# Longer addresses are refused by the library that reads HTTP, before any code of ours sees them: each value has its
# limit in the document, but all of them together have none.
LONGEST_ADDRESS = 65_534


def reasons(problem: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Why something was refused: the codes, each with its parameter or the place in the body."""
    found = [(error["code"], error.get("parameter") or error.get("pointer")) for error in problem.get("errors", [])]
    return found or [(problem.get("code", ""), None)]


def cannot_be_in_a_schema(problem: dict[str, Any]) -> bool:
    """Whether all reasons for a refusal are of the kind that no schema can say."""
    known = {(code, place) for code, place, _ in NO_SCHEMA_KNOWS}
    return all((code, place) in known or (code, None) in known for code, place in reasons(problem))


@schemathesis.hook
def filter_failure(context: Any, failure: Failure, case: Case, response: Response) -> bool:
    """Lets go what is no fault."""
    if len(response.request.url or "") > LONGEST_ADDRESS:
        return False
    match failure:
        case RejectedPositiveData() if case.method == "PATCH" and response.json().get("code") == "field_missing":
            # A merge patch takes away what it says is null, also what a thing cannot be without.
            return False
        case RejectedPositiveData():
            return not cannot_be_in_a_schema(response.json())
        case AcceptedNegativeData():
            # Form data is text: what was spoilt there may be right again, which schemathesis says itself.
            return "Invalid component: positive test case" not in failure.message
        case MissingHeaderNotRejected():
            # Without a credential, but with a parameter that cannot be read: the form of a request is read first,
            # by the document alone, and says nothing about the data.
            return response.json().get("code") not in ("parameter_invalid", "if_match_malformed")
        case JsonSchemaError():
            # `fields` leaves out what is not named, whatever the schema requires (also inside a `oneOf` with null).
            left_out = ("is a required property", "schemas listed in the 'oneOf' keyword")
            return "fields" not in (case.query or {}) or not any(words in failure.message for words in left_out)
    return True


# --- How to get changes through -------------------------------------------------------------------------------

# What each editor can put their things below.
OF_EDITOR = {
    "editor of ROTMR": {"member": "ROTMR", "action_plan": "timisoara-2022-2024"},
    "editor of IAS": {"member": "IAS", "action_plan": "iasi-2019-2021"},
}
PEERS = {"editor of ROTMR": "editor of IAS", "editor of IAS": "editor of ROTMR"}


@schemathesis.hook
def before_call(context: Any, case: Case, kwargs: dict[str, Any]) -> None:
    """Aims what was made up: at any version, at a member of one's own, and never at the accounts of this check."""
    spare_accounts(case)
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if "If-Match" in case.headers:
        case.headers["If-Match"] = "*"
    if case.method == "POST" and isinstance(case.body, dict):
        for field, value in OF_EDITOR.get(case.auth_identity or "", {}).items():
            if field in case.body:
                case.body[field] = value


def spare_accounts(case: Case) -> None:
    """Changes nobody who signs in here: the rest of the run needs them."""
    person = (case.path_parameters or {}).get("person")
    if case.method != "GET" and person in accounts():
        case.path_parameters["person"] = str(uuid4())


# --- Object-level authorization of changes ---------------------------------------------------------------------

# Changes that are about oneself, or that every editor may make.
NOBODYS = ("/api/v1/me", "/api/v1/auth/", "/api/v1/institutions", "/api/v1/ledger/")


@schemathesis.check
def changes_are_for_the_members_own_editors(ctx: Any, response: Response, case: Case) -> bool | None:
    """Whatever one member's editor has changed or made, another member's editor is refused: 403, or 404 where
    they do not even see it. (Schemathesis' own check, `object_level_authorization`, does the same for reads.)"""
    other = PEERS.get(case.auth_identity or "")
    if other is None or case.method in ("GET", "HEAD", "OPTIONS") or not 200 <= response.status_code < 300:
        return None
    if case.operation.path.startswith(NOBODYS):
        return None
    again = response.request.copy()
    again.headers["Authorization"] = f"Bearer {token(other, origin(again.url))}"
    again.headers["Idempotency-Key"] = str(uuid4())
    with requests.Session() as session:
        answer = session.send(again, timeout=30)
    if answer.status_code not in (403, 404):
        raise CustomFailure(
            operation=case.operation.label,
            title="Another member's editor may do this",
            message=f"{case.method} {again.url} as the {other}: {answer.status_code}\n\n{answer.text[:500]}",
        )
    return None


def origin(url: str | None) -> str:
    """Where the tracker is."""
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}"


# Signed in anew after a while: tokens are good for 15 minutes, and one may be signed out by what is tried.
def token(name: str, address: str) -> str:
    """The access token of one of the accounts."""
    with open(os.environ["CHECK_ACCOUNTS"], encoding="utf-8") as file:
        entries = {entry["name"]: entry for entry in json.load(file)["auth"]}
    login = entries[name]["loginEndpointAuth"]["payloadUserPwd"]
    answer = requests.post(
        f"{address}/api/v1/auth/token",
        json={"email": login["username"], "password": login["password"]},
        timeout=30,
    )
    answer.raise_for_status()
    found: str = answer.json()["access_token"]
    return found


@cache
def accounts() -> frozenset[str]:
    """The ids of everybody who signs in here; nobody where the check is anonymous."""
    if "CHECK_ACCOUNTS" not in os.environ:
        return frozenset()
    address = os.environ["CHECK_ADDRESS"]
    with open(os.environ["CHECK_ACCOUNTS"], encoding="utf-8") as file:
        names = [entry["name"] for entry in json.load(file)["auth"]]
    return frozenset(person_id(name, address) for name in names)


def person_id(name: str, address: str) -> str:
    """Who an account belongs to."""
    headers = {"Authorization": f"Bearer {token(name, address)}"}
    answer = requests.get(f"{address}/api/v1/me", headers=headers, timeout=30)
    answer.raise_for_status()
    found: str = answer.json()["id"]
    return found
