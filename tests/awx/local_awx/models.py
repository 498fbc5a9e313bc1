# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX keeps: the kinds of objects, their fields, and what happens to an object when another one is deleted."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class OnDelete(Enum):
    """What happens to an object when one that it refers to is deleted."""

    CASCADE = "cascade"
    SET_NULL = "set null"


@dataclass(frozen=True)
class Field:
    """A field of an object. A field with `to` refers to objects of this kind, by their ids."""

    default: Any = ""
    required: bool = False
    choices: tuple[Any, ...] = ()
    to: str = ""
    on_delete: OnDelete = OnDelete.SET_NULL
    nullable: bool = False
    read_only: bool = False
    read_only_after_creation: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of objects, by the name of its endpoint."""

    type: str
    fields: dict[str, Field]
    # The fields that no two objects share all of, and how AWX says so.
    unique: tuple[str, ...] = ("name",)
    unique_error: str = ""
    # The lists of other objects that can be attached: their names, and the kind of their objects.
    lists: dict[str, str] = field(default_factory=dict)
    survey: bool = False


def text(default: str = "", **options: Any) -> Field:
    """A text. AWX takes null as an empty one."""
    return Field(default=default, **options)


def number(default: int = 0) -> Field:
    """A whole number."""
    return Field(default=default)


def flag(default: bool = False) -> Field:
    """A truth value."""
    return Field(default=default)


def refers_to(kind: str, on_delete: OnDelete = OnDelete.SET_NULL, **options: Any) -> Field:
    """The id of another object."""
    return Field(default=None, to=kind, on_delete=on_delete, nullable=not options.get("required", False), **options)


def _flags(*names: str) -> dict[str, Field]:
    return {name: flag() for name in names}


NAMED = {"name": text(required=True), "description": text()}
ORGANIZATION = {"organization": refers_to("organizations")}
OWNED = {"organization": refers_to("organizations", OnDelete.CASCADE)}
ENVIRONMENT = {"execution_environment": refers_to("execution_environments")}
NOTIFICATIONS = {
    f"notification_templates_{event}": "notification_templates" for event in ("started", "success", "error")
}
NULL_TEXT = Field(default=None, nullable=True)

KINDS: dict[str, Kind] = {
    "organizations": Kind(
        "organization",
        {**NAMED, "max_hosts": number(), "default_environment": refers_to("execution_environments")},
        unique_error="name: Organization with this Name already exists.",
        lists={**NOTIFICATIONS, "galaxy_credentials": "credentials"},
    ),
    "teams": Kind("team", {**NAMED, "organization": refers_to("organizations", OnDelete.CASCADE, required=True)}),
    "applications": Kind("o_auth2_application", {**NAMED, **OWNED}),
    "credential_types": Kind("credential_type", {**NAMED, "kind": text(), "inputs": Field(default={})}),
    "credentials": Kind(
        "credential",
        {
            **NAMED,
            **OWNED,
            "credential_type": refers_to("credential_types", OnDelete.CASCADE, required=True),
            "inputs": Field(default={}),
        },
        unique=("organization", "name", "credential_type"),
        unique_error="Credential with this Organization, Name and Credential type already exists.",
    ),
    "execution_environments": Kind(
        "execution_environment",
        {
            **NAMED,
            **OWNED,
            "image": text(required=True),
            "credential": refers_to("credentials"),
            "pull": text(choices=("", "always", "missing", "never")),
        },
        unique_error="name: Execution environment with this Name already exists.",
    ),
    "projects": Kind(
        "project",
        {
            **NAMED,
            **ORGANIZATION,
            "scm_type": text(choices=("", "git", "svn", "insights", "archive")),
            **dict.fromkeys(("scm_url", "scm_branch", "scm_refspec", "local_path"), text()),
            **_flags("scm_clean", "scm_track_submodules", "scm_delete_on_update", "scm_update_on_launch"),
            **_flags("allow_override"),
            "scm_revision": text(read_only=True),
            "scm_update_cache_timeout": number(),
            "timeout": number(),
            "credential": refers_to("credentials"),
            "default_environment": refers_to("execution_environments"),
        },
        unique=("name", "organization"),
        unique_error="Project with this (name, organization) combination already exists.",
        lists=NOTIFICATIONS,
    ),
    "inventories": Kind(
        "inventory",
        {
            **NAMED,
            "organization": refers_to("organizations", required=True),
            "kind": text(choices=("", "smart", "constructed")),
            "host_filter": NULL_TEXT,
            "variables": text(),
            "pending_deletion": Field(default=False, read_only=True),
        },
        unique=("name", "organization"),
        unique_error="Inventory with this Name and Organization already exists.",
    ),
    "inventory_sources": Kind(
        "inventory_source",
        {
            **NAMED,
            "inventory": refers_to("inventories", OnDelete.CASCADE, required=True, read_only_after_creation=True),
            "source": text(required=True, choices=("file", "scm", "ec2", "controller")),
            **dict.fromkeys(("source_path", "source_vars", "scm_branch", "limit"), text()),
            **dict.fromkeys(("enabled_var", "enabled_value", "host_filter"), text()),
            "credential": refers_to("credentials"),
            "source_project": refers_to("projects", OnDelete.CASCADE),
            **ENVIRONMENT,
            **_flags("overwrite", "overwrite_vars", "update_on_launch"),
            "update_cache_timeout": number(),
            "timeout": number(),
            "verbosity": Field(default=1, choices=(0, 1, 2)),
        },
        unique=("name", "inventory"),
        unique_error="InventorySource with this (name, inventory) combination already exists.",
        lists=NOTIFICATIONS,
    ),
    "notification_templates": Kind(
        "notification_template",
        {
            **NAMED,
            "organization": refers_to("organizations", OnDelete.CASCADE, required=True),
            "notification_type": text(required=True, choices=("awssns", "email", "mattermost", "slack", "webhook")),
            "notification_configuration": Field(default={}),
            "messages": Field(default=None, nullable=True),
        },
        unique=("organization", "name"),
        unique_error="Notification template with this Organization and Name already exists.",
    ),
    "job_templates": Kind(
        "job_template",
        {
            **NAMED,
            # AWX takes it from the project.
            "organization": refers_to("organizations", read_only=True),
            "job_type": text("run", choices=("run", "check")),
            "inventory": refers_to("inventories"),
            "project": refers_to("projects"),
            **ENVIRONMENT,
            **dict.fromkeys(("playbook", "scm_branch", "limit", "extra_vars"), text()),
            **dict.fromkeys(("job_tags", "skip_tags", "start_at_task", "host_config_key"), text()),
            **dict.fromkeys(("forks", "timeout"), number()),
            "verbosity": Field(default=0, choices=tuple(range(6))),
            "job_slice_count": number(1),
            **_flags("force_handlers", "use_fact_cache", "become_enabled", "diff_mode", "allow_simultaneous"),
            **_flags("survey_enabled", "prevent_instance_group_fallback"),
            **_flags(
                *(
                    f"ask_{what}_on_launch"
                    for what in (
                        *("scm_branch", "diff_mode", "variables", "limit", "tags", "skip_tags", "job_type"),
                        *("verbosity", "inventory", "credential", "execution_environment", "labels", "forks"),
                        *("job_slice_count", "timeout", "instance_groups"),
                    )
                )
            ),
        },
        unique=("name", "organization"),
        unique_error="JobTemplate with this (name, organization) combination already exists.",
        lists={**NOTIFICATIONS, "credentials": "credentials"},
        survey=True,
    ),
    "workflow_job_templates": Kind(
        "workflow_job_template",
        {
            **NAMED,
            **ORGANIZATION,
            "inventory": refers_to("inventories"),
            "extra_vars": text(),
            "limit": NULL_TEXT,
            "scm_branch": NULL_TEXT,
            **_flags("survey_enabled", "allow_simultaneous"),
            **_flags(*(f"ask_{what}_on_launch" for what in ("variables", "inventory", "limit", "scm_branch"))),
            **_flags(*(f"ask_{what}_on_launch" for what in ("labels", "tags", "skip_tags"))),
        },
        unique=("name", "organization"),
        unique_error="WorkflowJobTemplate with this (name, organization) combination already exists.",
        lists=NOTIFICATIONS,
        survey=True,
    ),
    "workflow_job_template_nodes": Kind(
        "workflow_job_template_node",
        {
            "workflow_job_template": refers_to(
                "workflow_job_templates", OnDelete.CASCADE, required=True, read_only_after_creation=True
            ),
            "unified_job_template": refers_to("unified_job_templates"),
            "identifier": text(required=True),
            "extra_data": Field(default={}),
            "all_parents_must_converge": flag(),
            "limit": NULL_TEXT,
        },
        unique=("identifier", "workflow_job_template"),
        unique_error="Workflow job template node with this Identifier and Workflow job template already exists.",
        lists=dict.fromkeys(("success_nodes", "failure_nodes", "always_nodes"), "workflow_job_template_nodes"),
    ),
    "schedules": Kind(
        "schedule",
        {
            **NAMED,
            "unified_job_template": refers_to("unified_job_templates", OnDelete.CASCADE, required=True),
            "rrule": text(required=True),
            "enabled": flag(True),
            "extra_data": Field(default={}),
        },
        unique=("unified_job_template", "name"),
        unique_error="Schedule with this Unified job template and Name already exists.",
    ),
    "project_updates": Kind(
        "project_update",
        {**NAMED, "status": text(), "project": refers_to("projects", OnDelete.CASCADE)},
        unique=(),
    ),
}

# What can be run. They have a common list, and no two of them the same id, as no two objects here do.
UNIFIED = ("projects", "inventory_sources", "job_templates", "workflow_job_templates")
