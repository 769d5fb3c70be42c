"""Writes down who signs in at a tracker with demo data, as schemathesis reads it (Web Fuzzing Commons)."""

import json
import os
import sys

DEMO = {
    "editor of ROTMR": "editor.rotmr@demo.invalid",
    "editor of IAS": "editor.ias@demo.invalid",
    "publisher of ROTMR": "publisher.rotmr@demo.invalid",
    "assessor of ROTMR": "assessor.rotmr@demo.invalid",
}


def entry(name: str, email: str, password: str) -> dict[str, object]:
    """How one of them signs in."""
    return {
        "name": name,
        "loginEndpointAuth": {
            "verb": "POST",
            "endpoint": "/api/v1/auth/token",
            "contentType": "application/json",
            "payloadUserPwd": {
                "usernameField": "email",
                "passwordField": "password",
                "username": email,
                "password": password,
            },
            "token": {
                "extractFrom": "body",
                "extractSelector": "/access_token",
                "sendIn": "header",
                "sendName": "Authorization",
                "sendTemplate": "Bearer {token}",
            },
        },
    }


if __name__ == "__main__":
    people = [entry(name, email, os.environ["OGP_DEMO_PASSWORD"]) for name, email in DEMO.items()]
    people.append(entry("admin", "admin@localhost", os.environ["OGP_ADMIN_PASSWORD"]))
    json.dump({"auth": people}, sys.stdout)
