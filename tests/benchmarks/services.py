# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The services: what a request means, and how the answer is written down."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import fleet
from http11 import Request, Response
from state import State

ISSUED = "ASIASTUB"  # an access key that the stub has handed out goes on with the account

Fields = dict[str, Any]


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class Caller:
    """Who signed a request, and for which service and region."""

    def __init__(self, headers: dict[str, str]) -> None:
        signature = headers.get("authorization", "")
        start = signature.find("Credential=")
        scope = signature[start + 11 :].split(",", 1)[0].split("/") if start >= 0 else []
        key, _date, self.region, self.service = scope[:4] if len(scope) == 5 else ("", "", fleet.REGION, "s3")
        self.account = key[len(ISSUED) :] if key.startswith(ISSUED) else fleet.HUB


class Services:
    """Answers requests."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._private_ca: dict[str, Callable[[Caller, Fields], Fields]] = {
            "ListCertificateAuthorities": self._list_authorities,
            "DescribeCertificateAuthority": self._describe_authority,
            "CreateCertificateAuthorityAuditReport": self._create_report,
            "DescribeCertificateAuthorityAuditReport": self._describe_report,
            "ListTags": self._list_tags,
        }
        self._organizations: dict[str, Callable[[Caller, Fields], Fields]] = {
            "ListAccounts": self._list_accounts,
            "DescribeOrganizationalUnit": self._describe_unit,
        }

    def answer(self, request: Request) -> Response:
        """Answer a request to whatever service."""
        if request.path.startswith("/_stub/"):
            return self._control(request)
        caller = Caller(request.headers)
        target = request.headers.get("x-amz-target")
        if target:
            return self._json(caller, target.rpartition(".")[2], request.body)
        if caller.service in ("sts", "iam", "sns"):
            return self._query(caller, request.body)
        if caller.service == "securityhub":
            return self._security_hub(request)
        return self._s3(request)

    # Control

    def _control(self, request: Request) -> Response:
        state = self._state
        if request.path == "/_stub/calls":
            used = resource.getrusage(resource.RUSAGE_SELF)
            answer: Fields = {
                "calls": dict(sorted(state.calls.items())),
                "errors": dict(sorted(state.errors.items())),
                "fetched": dict(sorted(state.fetched.items())),
                "reports": len(state.created),
                "first_report": min(state.created, default=None),
                "last_report": max(state.created, default=None),
                "cpu_seconds": round(used.ru_utime + used.ru_stime, 3),
            }
        elif request.path == "/_stub/reset":
            state.reset()
            answer = {}
        elif request.path == "/_stub/settings":
            try:
                state.change(json.loads(request.body or b"{}"))
            except ValueError as error:
                return Response(400, json.dumps({"error": str(error)}).encode(), "application/json")
            answer = vars(state.settings)
        else:
            return Response(
                404, b'{"error": "there are /_stub/calls, /_stub/reset and /_stub/settings"}', "application/json"
            )
        return Response(200, json.dumps(answer).encode(), "application/json")

    # Private CA and Organizations

    def _json(self, caller: Caller, operation: str, body: bytes) -> Response:
        name = f"{caller.service}:{operation}"
        self._state.calls[name] += 1
        try:
            if not self._state.admit(operation, caller.account, caller.region):
                raise Refused("ThrottlingException", "Rate exceeded")
            operations = self._organizations if caller.service == "organizations" else self._private_ca
            carry_out = operations.get(operation)
            if carry_out is None:
                raise Refused("UnknownOperationException", f"The stub has no {operation}.")
            answer = carry_out(caller, json.loads(body or b"{}"))
            status = 200
        except Refused as error:
            self._state.errors[f"{name} {error.code}"] += 1
            answer, status = {"__type": error.code, "message": error.message}, error.status
        return Response(status, json.dumps(answer).encode(), "application/x-amz-json-1.1")

    def _list_authorities(self, caller: Caller, given: Fields) -> Fields:
        arns = self._state.arns(caller.account, caller.region)
        start, size = int(given.get("NextToken") or 0), min(100, int(given.get("MaxResults") or 100))
        answer: Fields = {"CertificateAuthorities": [_authority(arn) for arn in arns[start : start + size]]}
        if start + size < len(arns):
            answer["NextToken"] = str(start + size)
        return answer

    def _describe_authority(self, caller: Caller, given: Fields) -> Fields:
        return {"CertificateAuthority": _authority(self._own(caller, given))}

    def _create_report(self, caller: Caller, given: Fields) -> Fields:
        arn = self._own(caller, given)
        extension = given["AuditReportResponseFormat"].lower()
        report_id = self._state.create_report(arn, given["S3BucketName"], extension)
        return {"AuditReportId": report_id, "S3Key": self._state.reports[report_id].key}

    def _describe_report(self, caller: Caller, given: Fields) -> Fields:
        arn = self._own(caller, given)
        report = self._state.reports.get(given["AuditReportId"])
        if report is None or report.arn != arn:
            raise Refused("ResourceNotFoundException", "Could not find the audit report.")
        return {
            "AuditReportStatus": "SUCCESS" if report.finished <= time.time() else "CREATING",
            "S3BucketName": report.bucket,
            "S3Key": report.key,
            "CreatedAt": round(report.created, 3),
        }

    def _list_tags(self, caller: Caller, given: Fields) -> Fields:
        self._own(caller, given)
        return {"Tags": [{"Key": "stage", "Value": "production"}]}

    def _list_accounts(self, _caller: Caller, given: Fields) -> Fields:
        """Twenty accounts, which is all that AWS Organizations returns at a time."""
        start = int(given.get("NextToken") or 0)
        end = min(start + 20, self._state.settings.accounts)
        answer: Fields = {"Accounts": [fleet.account(number) for number in range(start, end)]}
        if end < self._state.settings.accounts:
            answer["NextToken"] = str(end)
        return answer

    def _describe_unit(self, _caller: Caller, given: Fields) -> Fields:
        unit = str(given["OrganizationalUnitId"])
        return {"OrganizationalUnit": {"Id": unit, "Name": f"Unit {unit[-2:]}"}}

    def _own(self, caller: Caller, given: Fields) -> str:
        """The CA that is asked about: only its own account may."""
        arn = str(given["CertificateAuthorityArn"])
        if not self._state.owns(caller.account, arn):
            raise Refused("ResourceNotFoundException", f"Account {caller.account} has no certificate authority {arn}.")
        return arn

    # STS, IAM and SNS

    def _query(self, caller: Caller, body: bytes) -> Response:
        given = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        action = given.get("Action", "")
        self._state.calls[f"{caller.service}:{action}"] += 1
        if action == "AssumeRole":
            account, name = given["RoleArn"].split(":")[4], given["RoleSessionName"]
            role = given["RoleArn"].rpartition("/")[2]
            until = _iso(time.time() + int(given.get("DurationSeconds", 3600)))
            result = (
                f"<Credentials><AccessKeyId>{ISSUED}{account}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
                f"<SessionToken>token</SessionToken><Expiration>{until}</Expiration></Credentials>"
                f"<AssumedRoleUser><AssumedRoleId>AROASTUB:{escape(name)}</AssumedRoleId>"
                f"<Arn>arn:aws:sts::{account}:assumed-role/{escape(role)}/{escape(name)}</Arn></AssumedRoleUser>"
            )
        elif action == "GetCallerIdentity":
            result = (
                f"<Arn>arn:aws:iam::{caller.account}:user/audit</Arn><UserId>AIDASTUB</UserId>"
                f"<Account>{caller.account}</Account>"
            )
        elif action == "ListAccountAliases":
            result = "<IsTruncated>false</IsTruncated><AccountAliases><member>example-corp</member></AccountAliases>"
        elif action == "Publish":
            result = f"<MessageId>{self._state.calls['sns:Publish']:032x}</MessageId>"
        else:
            self._state.errors[f"{caller.service}:{action} InvalidAction"] += 1
            error = f"<Error><Code>InvalidAction</Code><Message>The stub has no {action}.</Message></Error>"
            return Response(400, f"<ErrorResponse>{error}</ErrorResponse>".encode())
        answer = f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"
        return Response(200, answer.encode())

    # Security Hub

    def _security_hub(self, request: Request) -> Response:
        given, findings = json.loads(request.body), self._state.findings
        if request.path == "/findings/import":
            self._state.calls["securityhub:BatchImportFindings"] += 1
            findings.update({each["Id"]: each for each in given["Findings"]})
            answer: Fields = {"FailedCount": 0, "SuccessCount": len(given["Findings"]), "FailedFindings": []}
        else:
            self._state.calls["securityhub:GetFindings"] += 1
            active = [each for each in findings.values() if each["RecordState"] == "ACTIVE"]
            start, size = int(given.get("NextToken") or 0), int(given.get("MaxResults") or 100)
            answer = {"Findings": active[start : start + size]}
            if start + size < len(active):
                answer["NextToken"] = str(start + size)
        return Response(200, json.dumps(answer).encode(), "application/json")

    # S3

    def _s3(self, request: Request) -> Response:
        bucket, key = _place(request)
        operation = _s3_operation(request.method, key, request.query)
        self._state.calls[f"s3:{operation}"] += 1
        try:
            return self._s3_answer(operation, request, bucket, key)
        except Refused as error:
            self._state.errors[f"s3:{operation} {error.code}"] += 1
            if request.method == "HEAD":
                return Response(error.status, None)
            body = f"<Error><Code>{error.code}</Code><Message>{error.message}</Message></Error>"
            return Response(error.status, body.encode(), "application/xml")

    def _s3_answer(self, operation: str, request: Request, bucket: str, key: str) -> Response:
        if operation == "ListObjectsV2":
            return self._list(bucket, request.query)
        if operation == "GetObjectTagging":
            return Response(200, b"<Tagging><TagSet></TagSet></Tagging>", "application/xml")
        if operation in ("GetObject", "HeadObject"):
            self._state.fetched[key] += operation == "GetObject"
            path = self._state.settings.files.get(f"{bucket}/{key}")
            if path:
                return _file_answer(operation, Path(path))
            stored = self._state.get(bucket, key)
            if stored is None:
                raise Refused("NoSuchKey", "The specified key does not exist.", 404)
            headers = (("ETag", stored.etag), ("Last-Modified", formatdate(stored.modified, usegmt=True)))
            if operation == "GetObject":
                return Response(200, stored.body, "application/json", headers)
            return Response(200, None, "application/json", (*headers, ("Content-Length", str(len(stored.body)))))
        if operation in ("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"):
            return self._upload(operation, request, bucket, key)
        if operation == "PutObject":
            self._check_condition(request.headers, bucket, key)
            return Response(200, headers=(("ETag", self._state.put(bucket, key, _content(request))),))
        if operation == "GetBucketLocation":
            return Response(200, b"<LocationConstraint></LocationConstraint>", "application/xml")
        if operation == "HeadBucket":
            return Response(200, None, headers=(("x-amz-bucket-region", fleet.REGION), ("Content-Length", "0")))
        raise Refused("NotImplemented", f"The stub has no {request.method} here.", 501)

    def _upload(self, operation: str, request: Request, bucket: str, key: str) -> Response:
        """The parts of one object after the other, as this collection sends them."""
        if operation == "CreateMultipartUpload":
            self._state.uploads[key] = []
            answer = f"<Bucket>{bucket}</Bucket><Key>{escape(key)}</Key><UploadId>upload</UploadId>"
            return Response(200, f"<InitiateMultipartUploadResult>{answer}</InitiateMultipartUploadResult>".encode())
        parts = self._state.uploads[key]
        if operation == "UploadPart":
            parts.append(_content(request))
            return Response(200, headers=(("ETag", f'"{len(parts)}"'),))
        etag = self._state.put(bucket, key, b"".join(self._state.uploads.pop(key)))
        answer = f"<Bucket>{bucket}</Bucket><Key>{escape(key)}</Key><ETag>{escape(etag)}</ETag>"
        return Response(200, f"<CompleteMultipartUploadResult>{answer}</CompleteMultipartUploadResult>".encode())

    def _check_condition(self, headers: dict[str, str], bucket: str, key: str) -> None:
        stored = self._state.get(bucket, key) if "if-match" in headers or "if-none-match" in headers else None
        if "if-none-match" in headers and stored:
            raise Refused("PreconditionFailed", "At least one of the preconditions you specified did not hold.", 412)
        if "if-match" in headers:
            if stored is None:
                raise Refused("NoSuchKey", "The specified key does not exist.", 404)
            if stored.etag.strip('"') != headers["if-match"].strip('"'):
                raise Refused(
                    "PreconditionFailed", "At least one of the preconditions you specified did not hold.", 412
                )

    def _list(self, bucket: str, query: str) -> Response:
        given = {name: values[0] for name, values in parse_qs(query).items()}
        prefix, token = given.get("prefix", ""), given.get("continuation-token", "")
        limit = min(1000, int(given.get("max-keys", 1000)))
        listed, more = self._state.page(bucket, prefix, token, limit)
        parts = [
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{bucket}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(listed)}</KeyCount>"
            f"<MaxKeys>{limit}</MaxKeys><IsTruncated>{'true' if more else 'false'}</IsTruncated>"
        ]
        if more:
            parts.append(f"<NextContinuationToken>{escape(listed[-1].key)}</NextContinuationToken>")
        parts += [
            f"<Contents><Key>{escape(each.key)}</Key><LastModified>{_iso(each.modified)}</LastModified>"
            "<ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>512</Size>"
            "<StorageClass>STANDARD</StorageClass></Contents>"
            for each in listed
        ]
        parts.append("</ListBucketResult>")
        return Response(200, "".join(parts).encode(), "application/xml", (("x-amz-bucket-region", fleet.REGION),))


def _file_answer(operation: str, path: Path) -> Response:
    found = path.stat()
    headers = (
        ("ETag", f'"{found.st_mtime_ns:x}-{found.st_size:x}"'),
        ("Last-Modified", formatdate(found.st_mtime, usegmt=True)),
    )
    if operation == "GetObject":
        return Response(200, content_type="application/octet-stream", headers=headers, file=str(path))
    return Response(200, None, headers=(*headers, ("Content-Length", str(found.st_size))))


def _authority(arn: str) -> Fields:
    made = 1_700_000_000.0
    return {
        "Arn": arn,
        "OwnerAccount": arn.split(":")[4],
        "CreatedAt": made,
        "LastStateChangeAt": made,
        "Type": "SUBORDINATE",
        "Serial": "4118",
        "Status": "ACTIVE",
        "NotBefore": made,
        "NotAfter": made + 10 * 365 * 86400,
        "CertificateAuthorityConfiguration": {
            "KeyAlgorithm": "RSA_2048",
            "SigningAlgorithm": "SHA256WITHRSA",
            "Subject": {"Organization": "Example Corp", "CommonName": f"Example CA {arn[-4:]}"},
        },
        "RevocationConfiguration": {"CrlConfiguration": {"Enabled": False}},
        "KeyStorageSecurityStandard": "FIPS_140_2_LEVEL_3_OR_HIGHER",
        "UsageMode": "GENERAL_PURPOSE",
    }


def _place(request: Request) -> tuple[str, str]:
    """Bucket and key, whether the bucket is in the path or in the name of the host."""
    host = request.headers.get("host", "").partition(":")[0]
    for local in (".localhost", ".127.0.0.1"):
        if host.endswith(local):
            return host[: -len(local)], request.path[1:]
    bucket, _slash, key = request.path[1:].partition("/")
    return bucket, key


def _s3_operation(method: str, key: str, query: str) -> str:
    if key and method == "GET" and query.startswith("tagging"):
        return "GetObjectTagging"
    if key and method == "PUT" and "uploadId=" in query:
        return "UploadPart"
    if key and method == "POST":
        return "CompleteMultipartUpload" if "uploadId=" in query else "CreateMultipartUpload"
    if key:
        return {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject"}.get(method, method)
    if method == "GET":
        return "GetBucketLocation" if query.startswith("location") else "ListObjectsV2"
    return {"HEAD": "HeadBucket"}.get(method, method)


def _content(request: Request) -> bytes:
    """The object that is put; botocore may wrap it in chunks with a checksum behind."""
    if "aws-chunked" not in request.headers.get("content-encoding", ""):
        return request.body
    content, rest = b"", request.body
    while rest:
        size, _line, rest = rest.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        if not length:
            break
        content, rest = content + rest[:length], rest[length + 2 :]
    return content


def _iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))
