# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Surveys, schedules and notifications: what AWX refuses of them."""

from __future__ import annotations

import re
from typing import Any

from local_awx.errors import ApiError, bad_field

ENCRYPTED = "$encrypted$"

# The types of questions, and of their default values.
QUESTIONS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "textarea": (str,),
    "password": (str,),
    "multiplechoice": (str,),
    "multiselect": (str, list),
    "integer": (int,),
    "float": (float, int),
}

# The settings of each type of notifications: their types, and their default values, of those that have one.
NOTIFICATIONS: dict[str, dict[str, tuple[type, Any]]] = {
    "awssns": dict.fromkeys(
        ("aws_region", "aws_access_key_id", "aws_secret_access_key", "aws_session_token", "sns_topic_arn"), (str, "")
    ),
    "email": {
        **dict.fromkeys(("host", "username", "password", "sender"), (str, None)),
        **dict.fromkeys(("use_tls", "use_ssl"), (bool, None)),
        "port": (int, None),
        "recipients": (list, None),
        "timeout": (int, 30),
    },
    "mattermost": {"mattermost_url": (str, None), "mattermost_no_verify_ssl": (bool, None)},
    "slack": {"token": (str, None), "channels": (list, None)},
    "webhook": {
        "url": (str, None),
        "http_method": (str, "POST"),
        "disable_ssl_verification": (bool, False),
        "username": (str, ""),
        "password": (str, ""),
        "headers": (dict, None),
    },
}
NOTIFICATION_SECRETS = ("aws_secret_access_key", "aws_session_token", "password", "token")


def check_survey(survey: Any) -> None:
    """:raises ApiError: if AWX would refuse it"""
    for name, expected, label in (
        ("name", str, "string"),
        ("description", str, "string"),
        ("spec", list, "list of items"),
    ):
        if name not in survey:
            raise _survey_error(f"Field '{name}' is missing from survey spec.")
        if not isinstance(survey[name], expected):
            kind = type(survey[name]).__name__
            raise _survey_error(f"Expected {label} for field '{name}', received {kind} type.")
    if not survey["spec"]:
        raise _survey_error("'spec' doesn't contain any items.")
    variables: set[str] = set()
    for index, question in enumerate(survey["spec"]):
        _check_question(index, question)
        if question["variable"] in variables:
            raise _survey_error(f"'variable' '{question['variable']}' duplicated in survey question {index}.")
        variables.add(question["variable"])


def _check_question(index: int, question: Any) -> None:
    if not isinstance(question, dict):
        raise _survey_error(f"Survey question {index} is not a json object.")
    for name in ("type", "question_name", "variable", "required"):
        if name not in question:
            raise _survey_error(f"'{name}' missing from survey question {index}")
        expected, label = (bool, "boolean") if name == "required" else (str, "string")
        if not isinstance(question[name], expected):
            raise _survey_error(f"'{name}' in survey question {index} expected to be {label}.")
    kind, default = question["type"], question.get("default", "")
    if kind not in QUESTIONS:
        raise _survey_error(
            f"'{kind}' in survey question {index} is not one of '{', '.join(QUESTIONS)}' allowed question types."
        )
    if default != "" and not isinstance(default, QUESTIONS[kind]):
        raise _survey_error(f"Default value {default} in survey question {index} expected to be {kind}.")
    for name in ("min", "max"):
        if not isinstance(question.get(name, 0), int):
            raise _survey_error(f"The {name} limit in survey question {index} expected to be integer.")
    if kind in ("multiplechoice", "multiselect"):
        if "choices" not in question:
            raise _survey_error(f"Survey question {index} of type {kind} must specify choices.")
        chosen = default.splitlines() if isinstance(default, str) else default
        if any(choice not in question["choices"] for choice in chosen):
            raise _survey_error("Default choice must be answered from the choices listed.")


def _survey_error(message: str) -> ApiError:
    return ApiError(400, {"error": message})


def check_rule(rule: str) -> None:
    """:raises ApiError: if it is no recurrence rule, or one that AWX does not support"""
    errors = []
    starts = re.findall(r"DTSTART(?:;[^:]+)?:\d+T\d+Z?", rule)
    if not starts:
        errors.append("Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ")
    if re.search(r"DTSTART:\d+T\d+ ", rule):
        errors.append("DTSTART cannot be a naive datetime.  Specify ;TZINFO= or YYYYMMDDTHHMMSSZZ.")
    if len(starts) > 1:
        errors.append("Multiple DTSTART is not supported.")
    rules = re.findall(r"RULE:\S*", rule)
    if not rules:
        errors.append("One or more rule required in rrule.")
    for part in rules:
        if "INTERVAL" not in part:
            errors.append(f"INTERVAL required in rrule: {part}")
        if "SECONDLY" in part:
            errors.append(f"SECONDLY is not supported: {part}")
        if "COUNT" in part and "UNTIL" in part:
            errors.append(f"RRULE may not contain both COUNT and UNTIL: {part}")
    if errors:
        raise ApiError(400, {"rrule": errors})


def notification_settings(kind: str, given: dict[str, Any], stored: dict[str, Any]) -> dict[str, Any]:
    """The settings of a notification template, with those that were left out, and secrets that are kept.

    :raises ApiError: if AWX would refuse them
    """
    settings, missing, wrong = dict(given), [], []
    for name, (expected, default) in NOTIFICATIONS[kind].items():
        if name not in settings and default is None:
            missing.append(name)
            continue
        value = settings.setdefault(name, default)
        if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
            wrong.append(f"Configuration field '{name}' incorrect type, expected {expected.__name__}.")
        elif value == ENCRYPTED and name in NOTIFICATION_SECRETS:
            settings[name] = stored.get(name, "")
    if missing:
        wrong.insert(0, f"Missing required fields for Notification Configuration: {missing}.")
    if wrong:
        raise ApiError(400, {"non_field_errors": wrong})
    return settings


def credential_inputs(schema: dict[str, Any], given: dict[str, Any], stored: dict[str, Any]) -> dict[str, Any]:
    """The inputs of a credential, with secrets that are kept. :raises ApiError: for one that its type does not have"""
    known = {item["id"] for item in schema.get("fields", [])}
    for name in given:
        if name not in known:
            raise bad_field("inputs", f"Additional properties are not allowed ('{name}' was unexpected)")
    return {name: stored.get(name, "") if value == ENCRYPTED else value for name, value in given.items()}


def without_secrets(settings: dict[str, Any], secrets: tuple[str, ...]) -> dict[str, Any]:
    """The same, as AWX shows it: it never returns a secret."""
    return {name: ENCRYPTED if name in secrets and value else value for name, value in settings.items()}
