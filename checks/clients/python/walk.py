"""The walk of a dashboard, and of the member of staff whose change it shows, by a generated client."""

import csv
import datetime
import io
import json
import sys
import time
from collections.abc import Iterator
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

import openpyxl

from made import AuthenticatedClient, Client
from made.api.accounts import create_token
from made.api.changes import list_changes
from made.api.commitments import get_commitment, list_commitments, update_commitment
from made.api.progress import get_statistics
from made.models.commitment_listed import CommitmentListed
from made.models.commitment_list import CommitmentList
from made.models.commitment_page import CommitmentPage
from made.models.commitment_patch import CommitmentPatch
from made.models.change_list import ChangeList
from made.models.dimension import Dimension
from made.models.format_ import Format
from made.models.institution_role import InstitutionRole
from made.models.interval import Interval
from made.models.list_commitments_fields_item import ListCommitmentsFieldsItem as Field
from made.models.problem import Problem
from made.models.schedule import Schedule
from made.models.sector import Sector
from made.models.sign_in import SignIn
from made.models.statistics import Statistics
from made.models.tokens import Tokens
from made.types import UNSET, Unset

T = TypeVar("T")

# What the walk is about: what civil society supports in Iași and Timișoara.
MEMBERS = ["IAS", "ROTMR"]
ROLE = [InstitutionRole.SUPPORT]
SECTOR = [Sector.CIVIL_SOCIETY]
DAY = datetime.date(2024, 10, 1)
NUMBER = "1 (python)"
COLUMNS = [
    Field.ID,
    Field.CODE,
    Field.NUMBER,
    Field.MEMBER_CODE,
    Field.ACTION_PLAN_SLUG,
    Field.TITLE,
    Field.POLICY_AREAS_CODE,
    Field.OGP_VALUES,
    Field.STARTS_DATE,
    Field.STARTS_TEXT,
    Field.ENDS_DATE,
    Field.PROGRESS,
    Field.SCHEDULE,
    Field.LEADS_NAME,
    Field.SUPPORTERS_NAME,
    Field.SUPPORTERS_SECTOR,
    Field.VERSION,
]


def said(kind: type[T], answer: object) -> T:
    """What an answer says, or else why there is none."""
    assert isinstance(answer, kind), answer
    return answer


def commitments(
    client: Client,
    schedule: list[Schedule] | Unset = UNSET,
    on: datetime.date | Unset = UNSET,
    updated_since: datetime.datetime | Unset = UNSET,
) -> Iterator[CommitmentListed]:
    """All pages of the list of commitments."""
    cursor: str | Unset = UNSET
    while True:
        answer = list_commitments.sync(
            client=client,
            member=MEMBERS,
            role=ROLE,
            sector=SECTOR,
            schedule=schedule,
            on=on,
            updated_since=updated_since,
            limit=2,
            cursor=cursor,
        )
        page = said(CommitmentList, answer)
        yield from page.data
        if page.page.next_ is None:
            return
        cursor = page.page.next_


def is_in_record(client: Client, commitment: UUID, since: datetime.datetime) -> bool:
    """Whether the record tells of a change of a commitment."""
    after: str | Unset = UNSET
    while True:
        page = said(ChangeList, list_changes.sync(client=client, after=after, limit=200))
        if any(entry.resource_id == commitment and entry.recorded_at >= since for entry in page.data):
            return True
        if not page.page.more:
            return False
        after = page.page.next_


def change(client: Client, staff: AuthenticatedClient, commitment: UUID) -> None:
    """Changes a commitment as it was read; a second time it is another one."""
    read = get_commitment.sync_detailed(str(commitment), client=client)
    patch = CommitmentPatch(number=NUMBER, reason="As it is printed.")
    tag = read.headers["ETag"]
    changed = update_commitment.sync(str(commitment), client=staff, if_match=tag, body=patch)
    assert said(CommitmentPage, changed).number == NUMBER
    again = update_commitment.sync(str(commitment), client=staff, if_match=tag, body=patch)
    assert said(Problem, again).code == "version_stale"


def download(client: Client, form: Format) -> bytes:
    """The same list as a file; what the client would make of JSON alone is left as it comes."""
    request = list_commitments._get_kwargs(
        member=MEMBERS, role=ROLE, sector=SECTOR, fields=COLUMNS, format_=form, limit=200
    )
    answer = client.get_httpx_client().request(**request)
    answer.raise_for_status()
    return answer.content


def values(value: Any, path: list[str]) -> list[tuple[Any, bool]]:
    """What a dotted name leads to, each with whether it is in a list."""
    if isinstance(value, list):
        return [(found, True) for item in value for found, _ in values(item, path)]
    if not path:
        return [(value, False)]
    return values(value.get(path[0]) if isinstance(value, dict) else None, path[1:])


def cell(row: Any, name: str) -> str:
    """The text that a cell has: of a list, its items with `|` between."""
    texts = [(text(value), many) for value, many in values(row, name.split("."))]
    return "|".join(one.replace("\\", "\\\\").replace("|", "\\|") if many else one for one, many in texts)


def text(value: object) -> str:
    """A value as a cell has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return "" if value is None else str(value)


def take_away(client: Client) -> int:
    """Takes the list away, and reads both files back equal to the JSON."""
    rows = picked(client)
    names, *lines = csv.reader(io.StringIO(download(client, Format.CSV).decode("utf-8"), newline=""))
    assert sorted(names) == sorted(str(column) for column in COLUMNS), names
    expected = [[cell(row, name) for name in names] for row in rows]
    # What a spreadsheet program would take for a formula has an apostrophe before it.
    assert [[one.removeprefix("'") for one in line] for line in lines] == expected
    sheet = openpyxl.load_workbook(io.BytesIO(download(client, Format.XLSX))).active
    first, *cells = [[text(one) for one in line] for line in sheet.iter_rows(values_only=True)]
    assert first == names
    assert cells == expected
    return len(lines)


def picked(client: Client) -> list[Any]:
    """The picked fields of all rows."""
    found: list[Any] = json.loads(download(client, Format.JSON))["data"]
    return found


def walk(address: str, password: str) -> None:
    """From the list to the file."""
    client = Client(base_url=address)
    supported = list(commitments(client))
    assert len(supported) > 2
    for commitment in supported:
        assert commitment.member.code in MEMBERS
        assert any(supporter.sector == Sector.CIVIL_SOCIETY for supporter in commitment.supporters)

    overdue = list(commitments(client, schedule=[Schedule.OVERDUE], on=DAY))
    assert 0 < len(overdue) < len(supported)
    assert all(commitment.schedule == Schedule.OVERDUE for commitment in overdue)

    answer = get_statistics.sync(
        client=client,
        member=MEMBERS,
        role=ROLE,
        sector=SECTOR,
        group_by=[Dimension.MEMBER],
        from_=datetime.date(2023, 1, 1),
        to=datetime.date(2024, 12, 31),
        interval=Interval.QUARTER,
    )
    totals = said(Statistics, answer).totals
    assert len(totals) == 8
    assert all(total.commitments.total == len(supported) for total in totals)
    shares = [total.evidence.share for total in totals]
    assert any(share is not None and 0 < share < 1 for share in shares), shares

    since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=1)
    sign_in = SignIn(email="editor.rotmr@demo.invalid", password=password)
    session = said(Tokens, create_token.sync(client=client, body=sign_in))
    staff = AuthenticatedClient(base_url=address, token=session.access_token)
    chosen = next(commitment.id for commitment in supported if commitment.member.code == "ROTMR")
    change(client, staff, chosen)

    # The record numbers its entries a moment later.
    for tries in count():
        if is_in_record(client, chosen, since):
            break
        assert tries < 100, "the change is not in the record"
        time.sleep(0.1)
    assert [commitment.id for commitment in commitments(client, updated_since=since)] == [chosen]

    read = take_away(client)
    print(
        f"openapi-python-client: {len(supported)} supported, {len(overdue)} of them overdue on {DAY}, share with "
        f"evidence by quarter {', '.join(map(str, shares))}; one changed, and seen; {read} rows read back from CSV and XLSX"
    )


if __name__ == "__main__":
    walk(sys.argv[1], sys.argv[2])
