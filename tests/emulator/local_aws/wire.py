# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which API call a request is, and how an error looks in the protocol of that call."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.exceptions import UnknownServiceError
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from moto.iam import models as iam_models
from werkzeug.exceptions import NotFound

_CREDENTIAL = re.compile(r"(?:Credential=)?([^/\s,]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")

_OWNER = "x-amz-expected-bucket-owner"
_COPY_SOURCE = "x-amz-copy-source"

#: Where the error's HTTP status is not what the protocol has for errors in general.
_STATUS_BY_CODE: Mapping[str, int] = {
    "AccessDenied": 403,
    "BadDigest": 400,
    "ConditionalRequestConflict": 409,
    "ExpiredToken": 400,
    "InternalError": 500,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "InternalServerException": 500,
    "InvalidAccessKeyId": 403,
    "InvalidClientTokenId": 403,
    "MethodNotAllowed": 405,
    "NoSuchBucket": 404,
    "NoSuchBucketPolicy": 404,
    "NoSuchEntity": 404,
    "NoSuchKey": 404,
    "NoSuchUpload": 404,
    "OperationAborted": 409,
    "PermanentRedirect": 301,
    "PreconditionFailed": 412,
    "RequestLimitExceeded": 503,
    "RequestTimeTooSkewed": 403,
    "ServiceUnavailable": 503,
    "ServiceUnavailableException": 503,
    "SignatureDoesNotMatch": 403,
    "SlowDown": 503,
    "Unavailable": 503,
}

#: Where one kind of API has another HTTP status for a code than the others.
_STATUS_BY_PROTOCOL: Mapping[tuple[str, str], int] = {
    ("ec2", "AuthFailure"): 401,
    ("query", "ExpiredToken"): 403,
    ("rest-json", "ExpiredTokenException"): 403,
    ("rest-json", "UnrecognizedClientException"): 403,
}

#: The kinds of APIs that answer in XML.
XML_PROTOCOLS = ("rest-xml", "query", "ec2")

#: The throttling error of each kind of API, as botocore's retries know them.
_THROTTLED_BY_PROTOCOL: Mapping[str, str] = {
    "rest-xml": "SlowDown",
    "query": "Throttling",
    "ec2": "RequestLimitExceeded",
}


@dataclass
class Call:
    """One API request: what it does, for whom, and to what."""

    service: str
    operation: str
    region: str
    access_key: str
    certificate_authority_arn: str | None = None
    bucket: str | None = None
    key: str | None = None
    method: str = "POST"
    forced_account: str | None = None
    #: The role that AssumeRole is about.
    role_arn: str | None = None
    #: The topic that an SNS request is about.
    topic_arn: str | None = None
    #: Whose bucket a request to S3 takes it to be.
    expected_bucket_owner: str | None = None
    #: The bucket and the key of the object that S3 is to copy.
    copy_source: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """``service:Operation``."""
        return f"{self.service}:{self.operation}"

    @cached_property
    def protocol(self) -> str:
        """How the service's API speaks, as botocore calls it: ``json``, ``query``, ``rest-xml`` and so on."""
        return str(determine_request_protocol(get_service_model(self.service)))

    @cached_property
    def account(self) -> str:
        """The account the credentials belong to. Asked of moto only when somebody wants to know."""
        return self.forced_account or iam_models.get_account_id_from(self.access_key)


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def call_of(request: Request) -> Call | None:
    """What a request to the server is. None for requests that are no API call of a service botocore knows."""
    scope = _CREDENTIAL.search(request.headers.get("Authorization", "") or request.args.get("X-Amz-Credential", ""))
    access_key, region, service = scope.groups() if scope else ("", "us-east-1", _unsigned_service(request))
    try:
        operation, parameters = get_service_router(service).match(request)
    except (NotFound, NotImplementedError, UnknownServiceError):
        return None
    return Call(
        service=service,
        operation=str(operation.name),
        region=region,
        access_key=access_key,
        certificate_authority_arn=_certificate_authority(service, request.get_data()),
        bucket=parameters.get("Bucket"),
        key=parameters.get("Key"),
        method=request.method,
        forced_account=request.headers.get("x-moto-account-id"),
        role_arn=request.values.get("RoleArn") if service == "sts" else None,
        topic_arn=request.values.get("TopicArn") if service == "sns" else None,
        expected_bucket_owner=request.headers.get(_OWNER),
        copy_source=_copy_source(request.headers.get(_COPY_SOURCE)),
    )


def call_in_process(event_name: str, request: Any) -> Call:
    """What a request of a client in this process is; ``before-send.<service>.<Operation>`` says most of it."""
    _event, service, operation = event_name.split(".", 2)
    headers = {name.lower(): _decoded(value) for name, value in request.headers.items()}
    scope = _CREDENTIAL.search(headers.get("authorization", ""))
    access_key, region, _service = scope.groups() if scope else ("", "us-east-1", service)
    bucket, key = _bucket_and_key(request.url) if service == "s3" else (None, None)
    return Call(
        service=service,
        operation=operation,
        region=region,
        access_key=access_key,
        certificate_authority_arn=_certificate_authority(service, request.body),
        bucket=bucket,
        key=key,
        method=request.method,
        forced_account=headers.get("x-moto-account-id"),
        role_arn=_parameter(request.body, "RoleArn") if service == "sts" else None,
        topic_arn=_parameter(request.body, "TopicArn") if service == "sns" else None,
        expected_bucket_owner=headers.get(_OWNER),
        copy_source=_copy_source(headers.get(_COPY_SOURCE)),
    )


def error_answer(call: Call, code: str, message: str) -> Answer:
    """An error as the service would send it, so that every SDK finds code and message."""
    if call.protocol not in XML_PROTOCOLS:
        body = json.dumps({"__type": code, "message": message})
        content_type = "application/x-amz-json-1.1"
    elif call.service == "s3":
        body = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        content_type = "application/xml"
    elif call.protocol == "ec2":
        error = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        body = f"<Response><Errors>{error}</Errors><RequestID>local-aws</RequestID></Response>"
        content_type = "text/xml"
    else:
        error = f"<Error><Type>Sender</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        body = f"<ErrorResponse>{error}<RequestId>local-aws</RequestId></ErrorResponse>"
        content_type = "text/xml"
    # A HEAD has no body, on AWS either: the client sees the status only.
    content = b"" if call.method == "HEAD" else body.encode()
    headers = {"Content-Type": content_type, "x-amzn-ErrorType": code, "x-amzn-RequestId": "local-aws"}
    status = _STATUS_BY_PROTOCOL.get((call.protocol, code)) or _STATUS_BY_CODE.get(code, 400)
    return Answer(status, headers, content)


def throttled(call: Call) -> Answer:
    """The answer to one request too many."""
    if call.service == "organizations":
        return error_answer(call, "TooManyRequestsException", "AWS Organizations can't complete your request.")
    return error_answer(call, _THROTTLED_BY_PROTOCOL.get(call.protocol, "ThrottlingException"), "Rate exceeded")


def _unsigned_service(request: Request) -> str:
    """Requests without a signature: a few of STS's, and whatever anonymous people read from S3."""
    return "sts" if request.form.get("Action", "").startswith("AssumeRole") else "s3"


def _certificate_authority(service: str, body: Any) -> str | None:
    if service != "acm-pca" or not isinstance(body, (str, bytes)):
        return None
    try:
        parameters = json.loads(body)
    except ValueError:
        return None
    if not isinstance(parameters, dict):
        return None
    arn = parameters.get("CertificateAuthorityArn") or parameters.get("ResourceArn")
    return arn if isinstance(arn, str) else None


def _parameter(body: Any, name: str) -> str | None:
    """A parameter in the form that a client of a query API sends."""
    return next(iter(parse_qs(_decoded(body)).get(name, [])), None) if body else None


def _bucket_and_key(url: str) -> tuple[str | None, str | None]:
    """The bucket is in the host name, or first in the path."""
    parts = urlsplit(url)
    path = unquote(parts.path).lstrip("/")
    bucket, dot, _rest = (parts.hostname or "").partition(".s3")
    if not dot:
        bucket, _slash, path = path.partition("/")
    return bucket or None, path or None


def _copy_source(header: str | None) -> tuple[str, str] | None:
    """Bucket and key, of whatever version."""
    bucket, _slash, key = unquote((header or "").partition("?")[0]).lstrip("/").partition("/")
    return (bucket, key) if key else None


def _decoded(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
