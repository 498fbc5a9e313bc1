# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two filters, alone and in a playbook."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.cloudpki.aws.plugins.filter import audit_summary as summary_plugin
from ansible_collections.cloudpki.aws.plugins.filter import audit_summary_html as page_plugin
from ansible_collections.cloudpki.aws.plugins.plugin_utils import _text
from ansible_collections.cloudpki.aws.plugins.plugin_utils._page.view import ATTENTION_AT_MOST
from ansible_collections.cloudpki.aws.plugins.plugin_utils._summary.document import fleet_document
from project import clean_environment, program
from sample_fleet import NOW, sample_fleet

audit_summary = summary_plugin.FilterModule().filters()["audit_summary"]
audit_summary_html = page_plugin.FilterModule().filters()["audit_summary_html"]


@pytest.mark.parametrize("now", ["2026-11-23T08:30:00Z", "2026-11-23T09:30:00+01:00", "2026-11-23T08:30:00", NOW])
def test_the_document_is_that_of_fleet_document(now: t.Any) -> None:
    fleet = sample_fleet().arguments()
    assert audit_summary(**fleet, now=now, expiring_within="60") == fleet_document(**fleet, now=NOW, expiring_within=60)


def test_all_but_the_reports_can_be_left_out() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    document = audit_summary([])
    assert before <= datetime.fromisoformat(document["generated_at"]) <= datetime.now(UTC)
    assert audit_summary(None, now=datetime(2026, 1, 1)) == audit_summary([], now="2026-01-01T00:00:00Z")  # noqa: DTZ001


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"now": "yesterday"}, "cloudpki.aws.audit_summary: now is 'yesterday', which is not a time such as"),
        ({"now": 7}, "cloudpki.aws.audit_summary: now is 7, which is not a time such as"),
        ({"now": date(2026, 1, 1)}, "which is not a time such as"),
        ({"expiring_within": "soon"}, "cloudpki.aws.audit_summary: expiring_within is 'soon', but"),
        ({"stale_after": "-1"}, "cloudpki.aws.audit_summary: stale_after is '-1', which is not"),
        ({"reports": [7]}, "cloudpki.aws.audit_summary: reports[0] is of the type int, not a dictionary."),
        (
            {"reports": "/nowhere/at/all"},
            "audit_summary: /nowhere/at/all could not be read: No such file or directory.",
        ),
        ({"reports": __file__}, "is not JSON, so it is not what a module or a filter of this collection made."),
    ],
)
def test_errors_are_sentences(options: dict[str, t.Any], sentence: str) -> None:
    with pytest.raises(AnsibleFilterError) as raised:
        audit_summary([], **options)
    assert sentence in str(raised.value)


def test_the_page_has_its_title() -> None:
    document = audit_summary(**sample_fleet().arguments(), now=NOW)
    assert "<h1>Example &amp; Co</h1>" in audit_summary_html(document, title="Example & Co")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (({},), "cloudpki.aws.audit_summary_html: The document has the schema version None, but the page"),
        (({"schema_version": 1},), "cloudpki.aws.audit_summary_html: The document is not in the format"),
        (({}, " "), "cloudpki.aws.audit_summary_html: title must be a non-empty string."),
        (({}, 7), "cloudpki.aws.audit_summary_html: title must be a non-empty string."),
    ],
)
def test_errors_of_the_page_are_sentences(arguments: tuple[t.Any, ...], sentence: str) -> None:
    with pytest.raises(AnsibleFilterError) as raised:
        audit_summary_html(*arguments)
    assert sentence in str(raised.value)


def test_texts_are_marked_as_data_where_ansible_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    marked: list[t.Any] = []
    monkeypatch.setattr("ansible.utils.unsafe_proxy.wrap_var", lambda value: marked.append(value) or "marked")
    value = {"a": "{{ b }}"}
    # Since ansible-core 2.19.
    monkeypatch.setattr("ansible.template.trust_as_template", lambda text: text, raising=False)
    assert _text.as_data(value) is value
    monkeypatch.delattr("ansible.template.trust_as_template")
    assert _text.as_data(value) == "marked"
    assert marked == [value]


def test_results_are_read_from_files(tmp_path: Path) -> None:
    fleet = sample_fleet().arguments()
    (tmp_path / "results.json").write_text(json.dumps(fleet["results"][0]), encoding="utf-8")
    path = str(tmp_path / "results.json")
    assert audit_summary(path, fleet["reports"], now=NOW) == fleet_document(**fleet, now=NOW)
    assert audit_summary(fleet["results"][0], fleet["reports"][0], now=NOW) == fleet_document(**fleet, now=NOW)


@pytest.mark.parametrize("plugin", [summary_plugin, page_plugin])
def test_every_option_is_documented(plugin: t.Any) -> None:
    documentation = yaml.safe_load(Path(plugin.__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    ((name, function),) = plugin.FilterModule().filters().items()
    assert documentation["DOCUMENTATION"]["name"] == name
    options = documentation["DOCUMENTATION"]["options"]
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    assert list(options)[1:] == list(names)[1:]
    defaults = dict(zip(names[::-1], function.__defaults__[::-1], strict=False))
    for option in list(options)[1:]:
        assert (options[option].get("default") or None) == defaults[option]


def test_in_a_playbook_texts_are_no_templates(tmp_path: Path) -> None:
    fleet = sample_fleet()
    fleet.contents[0]["certificate_authority"]["name"] = "{{ 7 * 7 }}<script>"
    (tmp_path / "fleet.json").write_text(json.dumps(fleet.arguments()), encoding="utf-8")
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {
            "ansible_python_interpreter": sys.executable,
            "fleet": "{{ lookup('ansible.builtin.file', 'fleet.json') | from_json }}",
        },
        "tasks": [
            {
                "ansible.builtin.set_fact": {
                    "summary": "{{ fleet.results | cloudpki.aws.audit_summary(fleet.reports, '2026-11-23T08:30:00Z') }}"
                }
            },
            {"ansible.builtin.copy": {"content": "{{ summary | to_json }}", "dest": "{{ playbook_dir }}/out.json"}},
            {
                "ansible.builtin.copy": {
                    "content": "{{ summary | cloudpki.aws.audit_summary_html }}",
                    "dest": "{{ playbook_dir }}/out.html",
                }
            },
        ],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    done = subprocess.run(
        [program("ansible-playbook"), "-i", "localhost,", "play.yml"],
        cwd=tmp_path,
        env=clean_environment(ANSIBLE_LOCAL_TEMP=str(tmp_path / "tmp")),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert document == fleet_document(**fleet.arguments(), now=NOW)
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "&#123;&#123; 7 * 7 &#125;&#125;&lt;script&gt;" in page
    assert page == audit_summary_html(document)


def test_the_documentation_says_how_many_items_are_listed() -> None:
    text = Path(page_plugin.__file__).with_suffix(".yml").read_text(encoding="utf-8")
    assert f"at most {ATTENTION_AT_MOST} of the items" in text
