# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is in the local AWX, and how it changes. Knows nothing of HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_awx import rules
from local_awx.errors import ApiError, bad_field, not_found
from local_awx.models import KINDS, UNIFIED, Field, OnDelete
from local_awx.values import from_query, value_of

API = "/api/v2"
PAGE_SIZE, MAX_PAGE_SIZE = 25, 200
NODES = ("success_nodes", "failure_nodes", "always_nodes")

# The types of credentials that are there from the beginning, with their inputs and those of them that are secret.
CREDENTIAL_TYPES = {
    "Amazon Web Services": ("cloud", {"username": False, "password": True, "security_token": True}),
    "Source Control": ("scm", {"username": False, "password": True, "ssh_key_data": True}),
    "Ansible Galaxy/Automation Hub API Token": ("galaxy", {"url": False, "token": True}),
    "Container Registry": ("registry", {"host": False, "username": False, "password": True, "verify_ssl": False}),
}


@dataclass
class Item:
    """An object of AWX."""

    kind: str
    id: int
    values: dict[str, Any]
    lists: dict[str, list[int]] = field(default_factory=dict)
    survey: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Its path."""
        return f"{API}/{self.kind}/{self.id}/"


class Store:
    """All objects.

    :param project: the folder whose files every project has, once it was updated
    """

    def __init__(self, project: Path | None = None) -> None:
        self._items: dict[int, Item] = {}
        self._last_id = 0
        self._project = project
        for name, (kind, inputs) in CREDENTIAL_TYPES.items():
            fields = [{"id": key, "type": "string", "secret": secret} for key, secret in inputs.items()]
            self.create("credential_types", {"name": name, "kind": kind, "inputs": {"fields": fields}})
        default = self.create("organizations", {"name": "Default"})
        (galaxy,) = self.select("credential_types", {"kind": "galaxy"})
        public = {"name": "Ansible Galaxy", "credential_type": galaxy.id, "organization": default.id}
        public_galaxy = self.create("credentials", {**public, "inputs": {"url": "https://galaxy.ansible.com/"}})
        public_galaxy.values["organization"] = None  # as only AWX itself can make one
        self.attach(default, "galaxy_credentials", {"id": public_galaxy.id})

    def items(self, kind: str) -> Iterator[Item]:
        """The objects of a kind, in the order of their creation."""
        kinds = UNIFIED if kind == "unified_job_templates" else (kind,)
        return (item for item in self._items.values() if item.kind in kinds)

    def get(self, kind: str, number: int) -> Item:
        """One of them. :raises ApiError: if there is none"""
        for item in self.items(kind):
            if item.id == number:
                return item
        raise not_found()

    def create(self, kind: str, data: dict[str, Any]) -> Item:
        """A new one, of a request's fields; AWX ignores fields that it does not know."""
        model = KINDS[kind]
        values: dict[str, Any] = {}
        for name, each in model.fields.items():
            if name in data and not each.read_only:
                values[name] = value_of(name, each, data[name])
            elif each.required:
                raise bad_field(name, "This field is required.")
            else:
                values[name] = each.default
        item = Item(kind, self._last_id + 1, {}, {name: [] for name in model.lists})
        self._check(item, values)
        self._last_id += 1
        item.values = values
        self._items[item.id] = item
        if kind == "projects":
            self._update_project(item)
        return item

    def change(self, item: Item, data: dict[str, Any]) -> None:
        """Change some fields of it."""
        values = dict(item.values)
        for name, each in KINDS[item.kind].fields.items():
            if name in data and not each.read_only and not each.read_only_after_creation:
                values[name] = value_of(name, each, data[name])
        self._check(item, values)
        moved = any(values.get(name) != item.values.get(name) for name in ("scm_url", "scm_branch", "scm_refspec"))
        item.values = values
        if item.kind == "projects" and moved:
            self._update_project(item)

    def delete(self, item: Item) -> int:
        """Delete it, with what cannot be without it. :returns: the status of the answer"""
        if item.kind == "inventories":
            if item.values["pending_deletion"]:
                raise ApiError(400, {"error": "Inventory is already pending deletion."})
            item.values["pending_deletion"] = True
            return 202
        self._remove(item)
        return 204

    def finish(self) -> None:
        """Do what AWX does in the background."""
        for item in [item for item in self.items("inventories") if item.values["pending_deletion"]]:
            self._remove(item)

    def attach(self, item: Item, name: str, data: dict[str, Any]) -> None:
        """Attach another object to it, or detach it."""
        number = data.get("id")
        if not isinstance(number, int):
            raise ApiError(400, {"msg": '"id" field must be an integer.'})
        attached = item.lists[name]
        other = next((each for each in self.items(KINDS[item.kind].lists[name]) if each.id == number), None)
        if other is None:
            raise ApiError(400, {"detail": f"{KINDS[item.kind].lists[name]} with id {number} does not exist."})
        if data.get("disassociate"):
            item.lists[name] = [each for each in attached if each != number]
        elif number not in attached:
            self._check_attachment(item, name, other)
            attached.append(number)

    def attached(self, item: Item, name: str) -> list[Item]:
        """What is attached to it."""
        return [self._items[number] for number in item.lists[name]]

    def set_survey(self, item: Item, survey: dict[str, Any]) -> None:
        """Set its survey."""
        rules.check_survey(survey)
        item.survey = survey

    def poll(self, item: Item) -> None:
        """Somebody looks at a project update: the first time it is still running, then the project has its files."""
        if item.values["status"] == "pending":
            item.values["status"] = "running"
        elif item.values["status"] == "running":
            item.values["status"] = "successful"
            self._items[item.values["project"]].values["scm_revision"] = "0123456789abcdef0123456789abcdef01234567"

    def select(self, kind: str, query: dict[str, str]) -> list[Item]:
        """The objects that a query string selects. :raises ApiError: for a field that they do not have"""
        found = list(self.items(kind))
        alternatives: list[tuple[str, str]] = []
        for name, value in query.items():
            if name in ("page", "page_size", "order_by"):
                continue
            if name.startswith("or__"):
                alternatives.append((name.removeprefix("or__"), value))
            else:
                found = [item for item in found if self._matches(kind, item, name, value)]
        if alternatives:
            found = [item for item in found if any(self._matches(kind, item, *each) for each in alternatives)]
        return found

    def shown(self, item: Item) -> dict[str, Any]:
        """The object as AWX returns it, without secrets."""
        model = KINDS[item.kind]
        values, related = dict(item.values), {name: f"{item.url}{name}/" for name in model.lists}
        summary = {}
        for name, each in model.fields.items():
            if each.to and values[name] is not None:
                other = self._items[values[name]]
                related[name] = other.url
                summary[name] = {"id": other.id, "name": other.values.get("name", "")}
        if model.survey:
            related["survey_spec"] = f"{item.url}survey_spec/"
        if item.kind == "projects":
            related["update"] = f"{item.url}update/"
            updates = [each for each in self.items("project_updates") if each.values["project"] == item.id]
            if updates and updates[-1].values["status"] != "successful":
                summary["current_update"] = {"id": updates[-1].id, "name": item.values["name"]}
        elif item.kind == "credentials":
            fields = self._items[values["credential_type"]].values["inputs"]["fields"]
            secrets = tuple(each["id"] for each in fields if each["secret"])
            values["inputs"] = rules.without_secrets(values["inputs"], secrets)
        elif item.kind == "notification_templates":
            shown = rules.without_secrets(values["notification_configuration"], rules.NOTIFICATION_SECRETS)
            values["notification_configuration"] = shown
        elif item.kind == "workflow_job_template_nodes":
            values.update(item.lists)
        names = {"id": item.id, "type": model.type, "url": item.url, "related": related, "summary_fields": summary}
        return {**names, **values}

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """All that is kept, secrets too."""
        shown: dict[str, list[dict[str, Any]]] = {}
        for kind in KINDS:
            shown[kind] = [
                {"id": item.id, **item.values, **item.lists, "survey": item.survey} for item in self.items(kind)
            ]
        return shown

    def _matches(self, kind: str, item: Item, name: str, value: str) -> bool:
        fields = KINDS[item.kind].fields
        if name == "id":
            return str(item.id) == value
        if name == "type":
            return KINDS[item.kind].type in value.split(",")
        if name == "organization" and kind == "unified_job_templates" and item.kind == "inventory_sources":
            return str(self._items[item.values["inventory"]].values["organization"]) == value
        if name not in fields:
            raise ApiError(400, {"detail": f"{KINDS[item.kind].type} has no field named '{name}'"})
        return bool(item.values[name] == from_query(name, fields[name], value))

    def _check(self, item: Item, values: dict[str, Any]) -> None:
        model = KINDS[item.kind]
        for name, each in model.fields.items():
            if each.to and values[name] is not None and all(other.id != values[name] for other in self.items(each.to)):
                raise bad_field(name, f'Invalid pk "{values[name]}" - object does not exist.')
        check = getattr(self, f"_check_{item.kind}", None)
        if check is not None:
            check(item, values)
        if not model.unique:
            return
        key = [values[name] for name in model.unique]
        for other in self.items(item.kind):
            if other.id != item.id and [other.values[name] for name in model.unique] == key:
                where, _separator, message = model.unique_error.rpartition(": ")
                raise bad_field(where or "__all__", message)

    def _check_credentials(self, item: Item, values: dict[str, Any]) -> None:
        if not item.values and values["organization"] is None:
            raise bad_field("detail", "Missing 'user', 'team', or 'organization'.")
        schema = self._items[values["credential_type"]].values["inputs"]
        values["inputs"] = rules.credential_inputs(schema, values["inputs"], item.values.get("inputs", {}))

    def _check_execution_environments(self, item: Item, values: dict[str, Any]) -> None:
        if item.values and values["organization"] not in (None, item.values["organization"]):
            raise bad_field("organization", "Cannot change the organization of an execution environment")
        self._check_kind_of_credential(values, "registry", "Only Container Registry credentials can be associated.")

    def _check_projects(self, _item: Item, values: dict[str, Any]) -> None:
        self._check_kind_of_credential(values, "scm", "Credential kind must be 'scm'.")

    def _check_kind_of_credential(self, values: dict[str, Any], kind: str, error: str) -> None:
        if values["credential"] is not None and self._kind_of(self._items[values["credential"]]) != kind:
            raise bad_field("credential", error)

    def _kind_of(self, credential: Item) -> str:
        return str(self._items[credential.values["credential_type"]].values["kind"])

    def _check_inventory_sources(self, _item: Item, values: dict[str, Any]) -> None:
        if values["source"] == "scm" and values["source_project"] is None:
            raise bad_field("source_project", "Project required for scm type sources.")

    def _check_notification_templates(self, item: Item, values: dict[str, Any]) -> None:
        stored = item.values.get("notification_configuration", {})
        values["notification_configuration"] = rules.notification_settings(
            values["notification_type"], values["notification_configuration"], stored
        )

    def _check_schedules(self, _item: Item, values: dict[str, Any]) -> None:
        rules.check_rule(values["rrule"])

    def _check_job_templates(self, _item: Item, values: dict[str, Any]) -> None:
        if values["project"] is None:
            raise bad_field("project", "Job Templates must have a project assigned.")
        if values["inventory"] is None and not values["ask_inventory_on_launch"]:
            raise bad_field("inventory", "You must either set a default value or ask to prompt on launch.")
        project = self._items[values["project"]]
        if not values["playbook"]:
            raise bad_field("playbook", "Must select playbook for project.")
        if values["playbook"] not in self._playbooks(project):
            raise bad_field("playbook", "Playbook not found for project.")
        values["organization"] = project.values["organization"]

    def _playbooks(self, project: Item) -> list[str]:
        if not project.values["scm_revision"] or self._project is None:
            return []
        return sorted(path.name for path in self._project.glob("*.yml"))

    def _update_project(self, project: Item) -> None:
        project.values["scm_revision"] = ""
        update = self.create("project_updates", {"name": project.values["name"], "status": "pending"})
        update.values["project"] = project.id

    def _check_attachment(self, item: Item, name: str, other: Item) -> None:
        if name == "galaxy_credentials" and self._kind_of(other) != "galaxy":
            raise ApiError(400, {"msg": f"Credential must be a Galaxy credential, not {self._kind_of(other)}."})
        if name == "credentials":
            if self._kind_of(other) not in ("ssh", "vault", "cloud", "net", "kubernetes"):
                raise ApiError(400, {"error": f"Cannot assign a Credential of kind `{self._kind_of(other)}`."})
            kinds = [self._items[each].values["credential_type"] for each in item.lists[name]]
            if other.values["credential_type"] in kinds:
                kind = self._items[other.values["credential_type"]].values["name"]
                raise ApiError(400, {"error": f"Cannot assign multiple {kind} credentials."})
        if name in NODES:
            if any(other.id in item.lists[each] for each in NODES if each != name):
                raise ApiError(400, {"Error": "Relationship not allowed."})
            if item.id in self._below(other):
                raise ApiError(400, {"Error": "Cycle detected."})

    def _below(self, node: Item) -> set[int]:
        found = {node.id}
        for name in NODES:
            for child in self.attached(node, name):
                found |= self._below(child)
        return found

    def _remove(self, item: Item) -> None:
        del self._items[item.id]
        for other in list(self._items.values()):
            for name, each in KINDS[other.kind].fields.items():
                if _refers(each, item.kind) and other.values[name] == item.id and other.id in self._items:
                    if each.on_delete is OnDelete.CASCADE:
                        self._remove(other)
                    else:
                        other.values[name] = None
            for name, kind in KINDS[other.kind].lists.items():
                if kind == item.kind:
                    other.lists[name] = [number for number in other.lists[name] if number != item.id]


def _refers(each: Field, kind: str) -> bool:
    return each.to == kind or (each.to == "unified_job_templates" and kind in UNIFIED)
