"""Limits of an OpenAPI document: what a request may break that fits the document. Everything else is a failure."""

import re

import schemathesis

# Problems of the form of a request. Any other one is about the state of the system, such as the limits of a listing.
FORM = {"invalid_request", "malformed_json", "unsupported_media_type", "body_too_large"}

# A value depends on another one: a day on the first day, an amount on its currency, a text on its encoding.
RELATIONS = re.compile(r"days after|after from|after the check-in|check-out|must be an amount of|not base64")

CONSISTENCY_TOKEN = re.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

used_keys = set()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Omits headers that are valid but would keep the request from its handler."""
    token = case.headers.get("Consistency-Token", "")
    # A read waits 5 seconds for an invented write.
    if CONSISTENCY_TOKEN.fullmatch(str(token).strip()):
        del case.headers["Consistency-Token"]
    key = case.headers.get("Idempotency-Key", "")
    # The coverage phase sends one key with every body; the second body would be refused.
    if key in used_keys and case.meta and case.meta.generation.mode.is_positive:
        del case.headers["Idempotency-Key"]
    elif key:
        used_keys.add(key)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    return failure.code != "ST202" or not is_beyond_document(response.json())


def is_beyond_document(problem):
    details = [error["detail"] for error in problem.get("errors", [])] or [problem.get("detail", "")]
    return problem.get("code", "invalid_request") not in FORM or all(RELATIONS.search(detail) for detail in details)
