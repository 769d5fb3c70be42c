"""Reports progress on what the walk looks at, so that there is something to see: run ADDRESS PASSWORD, once."""

import json
import sys
from typing import Any
from urllib.request import Request, urlopen

ADDRESS, PASSWORD = sys.argv[1:3]
LINK = {"url": "https://example.org/minutes.pdf", "title": {"ro": "Proces-verbal"}, "kind": "document"}


def ask(path: str, body: object = None, token: str = "") -> Any:
    """An answer of the tracker."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{ADDRESS}/api/v1/{path}", data, headers), timeout=30) as answer:
        return json.load(answer)


session = ask("auth/token", {"email": "editor.rotmr@demo.invalid", "password": PASSWORD})
first, second, *_ = ask("milestones?commitment=ROTMR0001")["data"]
for milestone, day, links in [(first, "2023-02-15", [LINK]), (second, "2023-08-15", []), (second, "2024-02-15", [LINK])]:
    update = {"progress": "limited", "effective_on": day, "links": links}
    ask(f"milestones/{milestone['id']}/updates", update, session["access_token"])
