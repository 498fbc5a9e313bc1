# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CreateCertificateAuthorityAuditReport and DescribeCertificateAuthorityAuditReport, as requests and responses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.acmpca.models import CertificateAuthority
from moto.acmpca.responses import ACMPCAResponse
from moto.core.exceptions import JsonRESTError

from local_aws import sharing
from local_aws.emulator import emulator

#: The API model's pattern, and then what makes it the ARN of a certificate authority.
_ARN = re.compile(r"arn:[\w+=/,.@-]+:acm-pca:[\w+=/,.@-]*:[0-9]*:[\w+=,.@-]+(/[\w+=,.@-]+)*")
_REPORT_ID = r"[a-z0-9]{8}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{12}"


@dataclass(frozen=True)
class _Parameter:
    """What the API model says of a parameter."""

    name: str
    shortest: int = 0
    longest: int = 1024
    pattern: str | None = None
    choices: tuple[str, ...] = ()

    def violations(self, value: str | None) -> list[str]:
        """In the words in which AWS's front end complains."""
        field = self.name[0].lower() + self.name[1:]
        if value is None:
            return [f"Value null at '{field}' failed to satisfy constraint: Member must not be null"]
        complaints = []
        if len(value) < self.shortest:
            complaints.append(f"Member must have length greater than or equal to {self.shortest}")
        if len(value) > self.longest:
            complaints.append(f"Member must have length less than or equal to {self.longest}")
        if self.pattern and re.fullmatch(self.pattern, value) is None:
            complaints.append(f"Member must satisfy regular expression pattern: {self.pattern}")
        if self.choices and value not in self.choices:
            complaints.append(f"Member must satisfy enum value set: [{', '.join(self.choices)}]")
        return [f"Value '{value}' at '{field}' failed to satisfy constraint: {complaint}" for complaint in complaints]


_CA = _Parameter("CertificateAuthorityArn", 5, 200)
_BUCKET = _Parameter("S3BucketName", 3, 63)
_FORMAT = _Parameter("AuditReportResponseFormat", choices=("JSON", "CSV"))
_REPORT = _Parameter("AuditReportId", 36, 36, pattern=_REPORT_ID)


def create_certificate_authority_audit_report(self: ACMPCAResponse) -> str:
    """Start a report: the answer comes before the file exists."""
    values = _parameters(self.body, _CA, _BUCKET, _FORMAT)
    ca = _certificate_authority(self, values[_CA.name], "CreateCertificateAuthorityAuditReport")
    report = emulator.reports.request(
        ca, values[_BUCKET.name], values[_FORMAT.name], sharing.caller_of(self), emulator.settings
    )
    return json.dumps({"AuditReportId": report.id, "S3Key": report.key})


def describe_certificate_authority_audit_report(self: ACMPCAResponse) -> str:
    """How a report is doing."""
    values = _parameters(self.body, _CA, _REPORT)
    ca = _certificate_authority(self, values[_CA.name], "DescribeCertificateAuthorityAuditReport")
    report = emulator.reports.find(ca, values[_REPORT.name])
    return json.dumps(
        {
            "AuditReportStatus": report.status,
            "S3BucketName": report.bucket_name,
            "S3Key": report.key,
            "CreatedAt": round(report.created_at.timestamp(), 3),
        }
    )


def _parameters(body: str, *parameters: _Parameter) -> Mapping[str, str]:
    """The checked parameters of a request. Raises SerializationException or ValidationException."""
    try:
        given: Any = json.loads(body or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise JsonRESTError("SerializationException", "The request body is not a JSON object.")
    values: dict[str, str] = {}
    violations: list[str] = []
    for parameter in parameters:
        value = given.get(parameter.name)
        if value is not None and not isinstance(value, str):
            raise JsonRESTError("SerializationException", f"{parameter.name} can not be converted to a String.")
        violations += parameter.violations(value)
        values[parameter.name] = value or ""
    if violations:
        noun = "error" if len(violations) == 1 else "errors"
        raise JsonRESTError(
            "ValidationException", f"{len(violations)} validation {noun} detected: {'; '.join(violations)}"
        )
    return values


def _certificate_authority(response: ACMPCAResponse, arn: str, action: str) -> CertificateAuthority:
    if sharing.CA_ARN.fullmatch(arn) is None or _ARN.fullmatch(arn) is None:
        raise JsonRESTError("InvalidArnException", f"{arn} is not the ARN of a certificate authority.")
    ca = sharing.find(arn, response.region)
    if ca is None:
        raise JsonRESTError("ResourceNotFoundException", f"Could not find certificate authority {arn}.")
    sharing.check_access(response, ca, action)
    return ca
