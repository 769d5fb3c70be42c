#!/usr/bin/env python3
"""Check an audit report of ogp-tracker without any code of ogp-tracker.

Needs Python 3.9 or newer and one package: python3 -m pip install cryptography

    python3 verify_report.py report.json 'ogp.example.org/ledger+c74f20a3+ARpc2QcU...'

Checks, by the public standards named below, that
  1. the file is canonical JSON (RFC 8785) and its digest is right,
  2. the detached JWS (RFC 7515, RFC 8037) over it is by the key that you trust,
  3. the checkpoint (C2SP signed-note, tlog-checkpoint) is signed by that key,
  4. each entry is in the Merkle tree of the checkpoint (RFC 6962, RFC 9162),
  5. no entry of a plan is missing between the first and the last,
  6. each state that is shown is the one that its entry has.
It does not compute progress and findings again: ogp-tracker verify does.
"""
import base64
import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def fail(what):
    sys.exit(f"FAILS: {what}")


def canonical(value):
    """RFC 8785, for what reports have: names in ASCII, and numbers that Python writes as JavaScript does."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def unb64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def read_key(text):
    """A verifier key (C2SP signed-note): name, the first four bytes of a hash, algorithm 1 and the key."""
    name, key_id, encoded = text.split("+", 2)
    data = base64.b64decode(encoded)
    if data[0] != 1 or sha256(f"{name}\n".encode(), data)[:4].hex() != key_id:
        fail("that is no Ed25519 verifier key")
    return name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(data[1:])


def holds(key, signature, message):
    try:
        key.verify(signature, message)
        return True
    except InvalidSignature:
        return False


def root_of(leaf, index, size, path):
    """RFC 9162, section 2.1.3.2."""
    if index >= size:
        return None
    node, last, root = index, size - 1, leaf
    for beside in path:
        if last == 0:
            return None
        if node % 2 == 1 or node == last:
            root = sha256(b"\x01", beside, root)
            while node % 2 == 0 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            root = sha256(b"\x01", root, beside)
        node, last = node >> 1, last >> 1
    return root if last == 0 else None


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    name, key_id, key = read_key(sys.argv[2])

    # 1. What was signed is the canonical form, and the file has to be just that.
    try:
        report = json.loads(data)
    except ValueError as error:
        fail(f"it is no JSON: {error}")
    if canonical(report) != data:
        fail("it is not in the canonical form")
    generation = report["generation"]
    before = {member: value for member, value in report.items() if member != "generation"}
    if generation["digest"] != "sha256:" + hashlib.sha256(canonical(before)).hexdigest():
        fail("the digest is another")

    # 2. The payload is the report without the signature itself.
    signature = generation.pop("signature")
    header, _, mark = signature.partition("..")
    if json.loads(unb64url(header)).get("alg") != "EdDSA":
        fail("the signature is of another kind")
    if not holds(key, unb64url(mark), header.encode() + b"." + b64url(canonical(report))):
        fail("the report is not signed by this key")

    # 3. The note: its text, an empty line, and lines with signatures.
    text, _, signatures = report["checkpoint"]["note"].rpartition("\n\n")
    text += "\n"
    lines = [line.rsplit(" ", 1) for line in signatures.splitlines()]
    marks = [base64.b64decode(mark) for who, mark in lines if who == f"\u2014 {name}"]
    if not any(mark[:4] == key_id and holds(key, mark[4:], text.encode()) for mark in marks):
        fail("the checkpoint is not signed by this key")
    origin, size, root = text.splitlines()
    if origin != name:
        fail("the checkpoint is of another log")
    size, root = int(size), base64.b64decode(root)

    # 4. to 6.
    count = shown = 0
    sections = [(None, report["common"])] + [(plan["id"], plan) for plan in report["action_plans"]]
    for plan, section in sections:
        by_index, previous = {}, None
        for proved in section["entries"]:
            entry = proved["entry"]
            path = [base64.b64decode(beside) for beside in proved["inclusion"]]
            if root_of(sha256(b"\x00", canonical(entry)), entry["index"], size, path) != root:
                fail(f"entry {entry['index']} is not in the log")
            if plan and entry["plan_id"] == plan:
                # Entries of the first form do not name the one before them; the first of a plan has none.
                if not entry["format"].endswith("/1") and entry.get("previous") != previous:
                    fail(f"before entry {entry['index']} an entry of the plan is missing")
                previous = entry["index"]
            by_index[entry["index"]] = entry
            count += 1
        for things in section.values():
            things = [things] if isinstance(things, dict) else things
            if not isinstance(things, list):
                continue
            for thing in things:
                if isinstance(thing, dict) and {"entry", "state"} <= thing.keys():
                    if by_index[thing["entry"]]["state"] != thing["state"]:
                        fail(f"what is shown of {thing['id']} is not what entry {thing['entry']} says")
                    shown += 1
    print(f"holds: {count} entries in a log of {size}, {shown} states, signed by {sys.argv[2]}")


if __name__ == "__main__":
    main()
