# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one exception type, the edge where botocore's exceptions become it, and which kinds of errors there are."""

from __future__ import annotations

import dataclasses
import functools
import re
import typing as t

try:
    from botocore.exceptions import BotoCoreError, ClientError, ResponseStreamingError
    from botocore.parsers import ResponseParserError
    from urllib3.exceptions import HTTPError
except ImportError:
    pass  # AnsibleAWSModule says that boto3 is missing before anything here is used.

from ansible_collections.amazon.aws.plugins.module_utils.errors import AWSErrorHandler
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError

_Function = t.TypeVar("_Function", bound=t.Callable[..., t.Any])


class AWSError(AnsibleAWSError):
    """Something failed: ``message`` says what was tried, ``exception`` is botocore's, where there is one."""

    @property
    def code(self) -> str:
        """The AWS error code, or the kind of failure where no answer of AWS's is behind it."""
        if isinstance(self.exception, ClientError):
            return str(self.exception.response.get("Error", {}).get("Code") or "Unknown")
        return type(self.exception or self).__name__

    @property
    def aws_message(self) -> str:
        """The text of the error as AWS or botocore gave it: not trusted, not trimmed."""
        if isinstance(self.exception, ClientError):
            return str(self.exception.response.get("Error", {}).get("Message") or "")
        return str(self.exception or "")

    @property
    def operation(self) -> str | None:
        """The API operation that AWS refused, for example ``GetObject``."""
        return self.exception.operation_name if isinstance(self.exception, ClientError) else None


@dataclasses.dataclass(frozen=True)
class Problem:
    """Why something failed: a stable code (the AWS error code where there is one) and a sentence for people.

    ``traceback`` is that of a fault of this collection's own, for whoever mends it.
    """

    code: str
    message: str
    traceback: str | None = dataclasses.field(default=None, compare=False, repr=False)

    def to_dict(self) -> dict[str, str]:
        """As results have it."""
        return {"code": self.code, "message": self.message}

    def after(self, earlier: Problem | None) -> Problem:
        """Both, where something else had failed before: under the code of what comes last."""
        return dataclasses.replace(self, message=f"{earlier.message} {self.message}") if earlier else self


class NoAWSAnswer(Exception):
    """Something answered, but not as AWS does."""

    def __str__(self) -> str:
        return "the answer is not one of AWS, or it was changed on its way"


class InvalidOption(AWSError):
    """An option of the task cannot be used: a whole sentence that names it, its value and what is accepted."""


class _Handler(AWSErrorHandler):
    _CUSTOM_EXCEPTION = AWSError


def aws_errors(description: str) -> t.Callable[[_Function], _Function]:
    """Decorator: whatever AWS or botocore raises becomes ``AWSError("Failed to <description>")``."""

    def decorate(function: _Function) -> _Function:
        handled = _Handler.common_error_handler(description)(function)

        @functools.wraps(function)
        def wrapper(*args: t.Any, **kwargs: t.Any) -> t.Any:
            try:
                return handled(*args, **kwargs)
            except (ResponseParserError, AttributeError, KeyError, TypeError, ValueError) as e:
                # An answer that is not one of AWS (a proxy's page, say), to botocore or to the code that reads it.
                raise AWSError(message=f"Failed to {description}", exception=NoAWSAnswer()) from e
            except HTTPError as e:
                # botocore passes on what happens in the body of an error, where the operation's body is a stream.
                raise AWSError(message=f"Failed to {description}", exception=ResponseStreamingError(error=e)) from e

        return t.cast("_Function", wrapper)

    return decorate


_DENIED = frozenset({"403", "AccessDenied", "AccessDeniedException", "Forbidden", "UnauthorizedOperation"})
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
_EXPLICIT = re.compile(
    r"\bwith an explicit deny in an? ((?:identity-based|resource-based|service control|resource control|session"
    r"|VPC endpoint) policy|permissions boundary)\b"
)
_ORGANIZATION = re.compile(r"\b(?:explicit deny in a|because no) (?:service|resource) control policy\b")
_BAD_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
# How a region answers that the account has not enabled: it knows neither the account nor its credentials.
_REFUSED_BY_REGION = frozenset({"AuthFailure", "InvalidClientTokenId", "OptInRequired", "UnrecognizedClientException"})
_NO_CREDENTIALS = frozenset(
    {
        "CredentialRetrievalError",
        "NoCredentialsError",
        "PartialCredentialsError",
        "ProfileNotFound",
        "SSOTokenLoadError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
    }
)
THROTTLING_CODES = frozenset(
    {"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"}
)
_LOST_CONNECTION = frozenset(
    {
        "ConnectTimeoutError",
        "ConnectionClosedError",
        "EndpointConnectionError",
        "HTTPClientError",
        "IncompleteReadError",
        "ReadTimeoutError",
        "ResponseStreamingError",
    }
)


def is_foreign(error: AWSError) -> bool:
    """Whether what answered is not AWS: a proxy, say, or a wrong endpoint."""
    # HEAD requests have no body, so there AWS's own answers have nothing but a status either.
    no_code = error.operation not in (None, "HeadObject") and (error.code == "Unknown" or error.code.isdigit())
    return no_code or isinstance(error.exception, NoAWSAnswer)


def is_denied(error: AWSError) -> bool:
    """Whether permission is missing."""
    return error.code in _DENIED


def denied_by(error: AWSError) -> str | None:
    """The kind of policy that says no, where one does and permission is not only missing; in AWS's words."""
    found = _EXPLICIT.search(error.aws_message) if is_denied(error) else None
    return found.group(1) if found else None


def is_denied_by_organization(error: AWSError) -> bool:
    """Whether a policy of the organization is why permission is missing, which nobody in the account can change."""
    return is_denied(error) and bool(_ORGANIZATION.search(error.aws_message))


def is_refused_by_region(error: AWSError) -> bool:
    """Whether the region does not accept the credentials: it is not enabled for the account, or they are wrong."""
    return error.code in _REFUSED_BY_REGION


def has_bad_credentials(error: AWSError) -> bool:
    """Whether AWS does not accept the credentials."""
    return error.code in _BAD_CREDENTIALS


def has_no_credentials(error: AWSError) -> bool:
    """Whether no credentials were found, or they could not be read."""
    return error.code in _NO_CREDENTIALS


def is_throttled(error: AWSError) -> bool:
    """Whether there were too many requests at once."""
    return error.code in THROTTLING_CODES


def is_transient(error: AWSError) -> bool:
    """Whether the same request may succeed a little later: throttling, a fault of the service, a lost connection."""
    if isinstance(error.exception, ClientError):
        status = error.exception.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return is_throttled(error) or status >= 500
    return isinstance(error.exception, BotoCoreError) and error.code in _LOST_CONNECTION


def is_interrupted(error: AWSError) -> bool:
    """Whether the connection was lost in the middle of an answer."""
    return error.code in ("IncompleteReadError", "ResponseStreamingError")


def is_unreadable(error: AWSError) -> bool:
    """Whether an answer came that was changed on its way: what was asked for may have been done."""
    return isinstance(error.exception, NoAWSAnswer)
