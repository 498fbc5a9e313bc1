# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local AWX: what the integration target relies on, and would not notice if it were missing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "awx"))

from local_awx.server import TOKEN, Api, Request  # noqa: E402
from local_awx.store import Store  # noqa: E402


class Client:
    """Asks the API as awx.awx does, without HTTP."""

    def __init__(self) -> None:
        self.api = Api(Store(ROOT / "extensions" / "awx"))

    def ask(self, method: str, path: str, authorization: str = f"Bearer {TOKEN}", **data: Any) -> tuple[int, Any]:
        path, _separator, query = path.partition("?")
        pairs = dict(pair.split("=") for pair in query.split("&") if pair)
        return self.api.answer(Request(method, f"/api/v2/{path}/", pairs, data, authorization))

    def make(self, kind: str, **data: Any) -> dict[str, Any]:
        status, answer = self.ask("POST", kind, **data)
        assert status == 201, answer
        return dict(answer)


@pytest.fixture
def client() -> Client:
    return Client()


def aws_type(client: Client) -> int:
    return int(client.ask("GET", "credential_types?name=Amazon Web Services")[1]["results"][0]["id"])


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Basic YWRtaW46d3Jvbmc="])
def test_nobody_is_answered_without_a_token_or_password(client: Client, authorization: str) -> None:
    assert client.ask("GET", "organizations", authorization)[0] == 401
    assert client.ask("GET", "ping", authorization)[0] == 200


def test_a_token_works_until_it_is_deleted(client: Client) -> None:
    basic = "Basic YWRtaW46bG9jYWwtYXd4LXBhc3N3b3Jk"
    token = client.ask("POST", "tokens", basic)[1]
    assert client.ask("GET", "me", f"Bearer {token['token']}")[0] == 200
    assert client.ask("DELETE", f"tokens/{token['id']}", basic)[0] == 204
    assert client.ask("GET", "me", f"Bearer {token['token']}")[0] == 401


def test_lists_have_pages(client: Client) -> None:
    for number in range(4):
        client.make("organizations", name=f"organization {number}")
    names, path = [], "organizations?page_size=2"
    while path:
        page = client.ask("GET", path)[1]
        assert page["count"] == 5
        names += [item["name"] for item in page["results"]]
        path = (page["next"] or "").removeprefix("/api/v2/").replace("/?", "?")
    assert names == ["Default", *(f"organization {number}" for number in range(4))]


@pytest.mark.parametrize(
    ("path", "data", "error"),
    [
        ("organizations", {}, {"name": ["This field is required."]}),
        ("organizations", {"name": "Default"}, {"name": ["Organization with this Name already exists."]}),
        ("teams", {"name": "x", "organization": 99}, {"organization": ['Invalid pk "99" - object does not exist.']}),
        ("projects", {"name": "x", "scm_clean": "maybe"}, {"scm_clean": ["Must be a valid boolean."]}),
        ("projects", {"name": "x", "scm_type": "cvs"}, {"scm_type": ['"cvs" is not a valid choice.']}),
    ],
)
def test_bad_fields_are_refused(client: Client, path: str, data: dict[str, Any], error: dict[str, Any]) -> None:
    assert client.ask("POST", path, **data) == (400, error)


def test_a_filter_by_an_unknown_field_is_refused(client: Client) -> None:
    assert client.ask("GET", "organizations?colour=red")[0] == 400


def test_secrets_are_kept_and_never_returned(client: Client) -> None:
    owner = {"organization": client.make("organizations", name="owner")["id"], "credential_type": aws_type(client)}
    credential = client.make("credentials", name="keys", inputs={"username": "id", "password": "secret"}, **owner)
    assert credential["inputs"] == {"username": "id", "password": "$encrypted$"}
    client.ask("PATCH", f"credentials/{credential['id']}", inputs={"username": "new", "password": "$encrypted$"})
    (kept,) = [each for each in client.api.store.everything()["credentials"] if each["id"] == credential["id"]]
    assert kept["inputs"] == {"username": "new", "password": "secret"}


def test_a_playbook_is_only_known_after_the_update_of_its_project(client: Client) -> None:
    organization = client.make("organizations", name="owner")["id"]
    inventory = client.make("inventories", name="inventory", organization=organization)["id"]
    project = client.make("projects", name="project", organization=organization, scm_type="git", scm_url="a")
    template = {"name": "template", "project": project["id"], "inventory": inventory, "playbook": "make_reports.yml"}
    refused = (400, {"playbook": ["Playbook not found for project."]})
    assert client.ask("POST", "job_templates", **template) == refused
    update = f"project_updates/{project['summary_fields']['current_update']['id']}"
    assert [client.ask("GET", update)[1]["status"] for _poll in range(2)] == ["running", "successful"]
    assert client.make("job_templates", **template)["organization"] == organization
    assert client.ask("POST", "job_templates", **{**template, "name": "b", "playbook": "other.yml"}) == refused


def test_what_cannot_be_without_a_deleted_object_is_deleted_too(client: Client) -> None:
    organization = client.make("organizations", name="owner")["id"]
    inventory = client.make("inventories", name="inventory", organization=organization)
    project = client.make("projects", name="project", organization=organization)
    team = client.make("teams", name="team", organization=organization)
    workflow = client.make("workflow_job_templates", name="workflow", organization=organization)
    rule = "DTSTART:20260101T030000Z RRULE:FREQ=DAILY;INTERVAL=1"
    schedule = client.make("schedules", name="daily", unified_job_template=workflow["id"], rrule=rule)
    node = client.make("workflow_job_template_nodes", identifier="a", workflow_job_template=workflow["id"])

    assert client.ask("DELETE", f"organizations/{organization}")[0] == 204
    assert client.ask("GET", f"teams/{team['id']}")[0] == 404
    for kept in (inventory, project, workflow):
        assert client.ask("GET", kept["url"].removeprefix("/api/v2/").strip("/"))[1]["organization"] is None
    assert client.ask("DELETE", f"workflow_job_templates/{workflow['id']}")[0] == 204
    assert client.ask("GET", f"schedules/{schedule['id']}")[0] == 404
    assert client.ask("GET", f"workflow_job_template_nodes/{node['id']}")[0] == 404


def test_an_inventory_is_deleted_in_the_background(client: Client) -> None:
    organization = client.make("organizations", name="owner")["id"]
    path = f"inventories/{client.make('inventories', name='inventory', organization=organization)['id']}"
    assert [client.ask("DELETE", path)[0] for _try in range(2)] == [202, 400]
    assert client.ask("GET", path)[1]["pending_deletion"]
    client.api.store.finish()
    assert client.ask("GET", path)[0] == 404


def test_nodes_of_a_workflow_form_no_circle(client: Client) -> None:
    workflow = client.make("workflow_job_templates", name="workflow")["id"]
    one, two = (
        client.make("workflow_job_template_nodes", identifier=name, workflow_job_template=workflow)["id"]
        for name in ("one", "two")
    )
    assert client.ask("POST", f"workflow_job_template_nodes/{one}/success_nodes", id=two)[0] == 204
    assert client.ask("POST", f"workflow_job_template_nodes/{two}/always_nodes", id=one) == (
        400,
        {"Error": "Cycle detected."},
    )
    assert client.ask("POST", f"workflow_job_template_nodes/{one}/always_nodes", id=two)[0] == 400


@pytest.mark.parametrize(
    "rule", ["RRULE:FREQ=DAILY;INTERVAL=1", "DTSTART:20260101T030000Z RRULE:FREQ=DAILY", "DTSTART:20260101T030000Z"]
)
def test_rules_that_awx_does_not_support_are_refused(client: Client, rule: str) -> None:
    workflow = client.make("workflow_job_templates", name="workflow")["id"]
    status, error = client.ask("POST", "schedules", name="daily", unified_job_template=workflow, rrule=rule)
    assert (status, list(error)) == (400, ["rrule"])
