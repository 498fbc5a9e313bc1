# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""botocore clients: made once per service and region, from one session, so that model data is loaded once."""

from __future__ import annotations

import threading
import typing as t
from urllib.parse import urlsplit

try:
    import botocore.session
    from botocore.config import Config
    from botocore.credentials import Credentials
    from botocore.exceptions import BotoCoreError, PartialCredentialsError
    from botocore.utils import is_valid_endpoint_url, is_valid_ipv6_endpoint_url
except ImportError:
    pass  # AnsibleAWSModule says that boto3 is missing before anything here is used.

from ansible_collections.amazon.aws.plugins.module_utils.botocore import get_aws_connection_info
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry, RetryingBotoClientWrapper

from .credentials import AssumedRoles, CurrentCredentials, acting_with
from .errors import THROTTLING_CODES, AWSError, InvalidOption, aws_errors
from .text import clean, quoted
from .times import parse_aws_time

if t.TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

    from .accounts import Account

# On top of botocore's own few retries: a fleet shares the API's request rates with everything else in its accounts.
RETRY: dict[str, t.Any] = {"retries": 6, "delay": 1, "backoff": 2, "max_delay": 20}

# What only one service means by it: that there were too many requests at once. To Private CA it is a quota.
# https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html#API_BatchImportFindings_Errors
_THROTTLING_OF = {"securityhub": frozenset({"LimitExceededException"})}

_GLOBAL_STS = "sts.amazonaws.com"

_CREDENTIALS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")


def retry_of(service: str) -> t.Any:
    """How calls of a service are repeated: a decorator for functions that make them."""
    codes = sorted(THROTTLING_CODES | _THROTTLING_OF.get(service, frozenset()))
    return AWSRetry.jittered_backoff(catch_extra_error_codes=codes, **RETRY)


class Clients:
    """Clients with the credentials, endpoint and configuration that the task's common AWS options give."""

    def __init__(
        self,
        *,
        region: str | None,
        endpoint_url: str | None = None,
        profile_name: str | None = None,
        aws_config: Config | None = None,
        **connection: t.Any,
    ) -> None:
        """:raises AWSError: where the profile or the credentials cannot be used."""
        self.region = region
        self._endpoint_url = endpoint_url
        self._config = aws_config
        self._clients: dict[tuple[str, str, bool], t.Any] = {}
        self._lock = threading.Lock()
        self._home_region = region
        given = {name: connection.pop(name, None) for name in _CREDENTIALS}
        self._connection = connection
        try:
            self._session = botocore.session.Session(profile=profile_name)
            # The global endpoint of STS gives sessions that are refused in regions that an account has to enable.
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html
            self._session.set_config_variable("sts_regional_endpoints", "regional")
            self._session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=parse_aws_time)
            self._credentials = CurrentCredentials(self._own_credentials(**given))
            self._session.register_component("credential_provider", self._credentials)
        except BotoCoreError as e:
            raise AWSError("Failed to use the AWS profile or credentials", exception=e) from e
        self._roles = AssumedRoles(self._sts)

    @classmethod
    def of_module(cls, module: AnsibleAWSModule) -> Clients:
        """Clients as amazon.aws's own modules would make them from the same options.

        :raises AWSError: for options that botocore does not accept.
        """
        try:
            region, endpoint_url, connection = get_aws_connection_info(module)
        except (AttributeError, TypeError, ValueError, BotoCoreError) as e:
            raise InvalidOption(f"aws_config: botocore does not accept it: {e}.") from e
        if endpoint_url is not None and not _is_endpoint(endpoint_url):
            raise InvalidOption(
                f"endpoint_url: {quoted(clean(endpoint_url))} is not the URL of an endpoint; accepted: http:// or "
                "https://, a host, and if needed a port and a path."
            )
        return cls(region=region, endpoint_url=endpoint_url, **connection)

    def prepare(self, home_region: str, concurrency: int) -> None:
        """Get ready for a task.

        :param home_region: where the task's own credentials ask S3 and STS.
        :param concurrency: how many requests are in flight at most; each client keeps as many connections open.
        """
        self._home_region = home_region
        # botocore puts its own user agent together anew for each request, a tenth of what a request costs here.
        agent = f"{self._session.user_agent()} ansible-collection/cloudpki.aws"
        pool = Config(max_pool_connections=concurrency, user_agent=agent)
        self._config = pool.merge(self._config) if self._config else pool

    def client(self, service: str, region: str, *, repeat: bool = True) -> t.Any:
        """The client of a service in a region. Calls take ``aws_retry=True``.

        :param repeat: whether botocore itself repeats what fails, as it does by default.
        """
        key = (service, region, repeat)
        client = self._clients.get(key)
        if client is not None:
            return client
        # Calling a client is thread-safe, making one is not.
        # https://boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._make(*key)
            return self._clients[key]

    def s3(self) -> t.Any:
        """The client of S3. Calls take ``aws_retry=True``. It follows a bucket to its region, within the partition."""
        return self.client("s3", t.cast(str, self._home_region))

    def acting_as(self, account: Account) -> t.ContextManager[None]:
        """Requests of this thread are signed with the credentials for an account until the block ends.

        :raises AWSError: where its role cannot be assumed.
        """
        return acting_with(self._roles.credentials_of(account) if account.role_arn else None)

    def has_to_assume(self, account: Account) -> bool:
        """Whether ``acting_as`` has to ask AWS first."""
        return account.role_arn is not None and not self._roles.is_known(account)

    def may_have_old_token(self, account: Account) -> bool:
        """Whether the session token for an account may be of version 1, which only regions enabled by default accept.

        Whoever handed the task its own session, may have got it from the global endpoint of STS. Sessions of roles are
        got here, from a regional endpoint, whose tokens every region accepts, unless the configuration of the SDK
        names the global one (AWS_ENDPOINT_URL_STS).
        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html
        """
        if account.role_arn is None:
            return self._credentials.own_have_token()
        return urlsplit(str(self._sts().meta.endpoint_url)).hostname == _GLOBAL_STS

    @aws_errors("get the account of the credentials")
    def own_account_id(self) -> str:
        """The account of the task's own credentials. One request, which needs no permission."""
        return str(self._sts().get_caller_identity(aws_retry=True)["Account"])

    def partition_of(self, region: str) -> str | None:
        """The AWS partition that a region is in, or None for a name that is no region's."""
        try:
            return str(self._session.get_partition_for_region(region))
        except BotoCoreError:
            return None

    def regions_of(self, service: str, partition: str) -> list[str]:
        """The regions of a partition that offer a service, as this botocore knows them."""
        return sorted(self._session.get_available_regions(service, partition))

    def _own_credentials(
        self, aws_access_key_id: str | None, aws_secret_access_key: str | None, aws_session_token: str | None
    ) -> t.Any:
        if aws_access_key_id is None and aws_secret_access_key is None:
            return self._session.get_component("credential_provider").load_credentials()
        if aws_access_key_id is None or aws_secret_access_key is None:
            missing = "access_key" if aws_access_key_id is None else "secret_key"
            raise PartialCredentialsError(provider="the task's options", cred_var=missing)
        return Credentials(aws_access_key_id, aws_secret_access_key, aws_session_token, method="explicit")

    def _sts(self) -> t.Any:
        return self.client("sts", t.cast(str, self._home_region))

    def _make(self, service: str, region: str, repeat: bool) -> t.Any:
        once = Config(retries={"total_max_attempts": 1})
        config = self._config if repeat else (self._config.merge(once) if self._config else once)
        try:
            client = self._session.create_client(
                service,
                region_name=region,
                endpoint_url=self._endpoint_url,
                config=config,
                **self._connection,
            )
        except (ValueError, BotoCoreError) as e:
            raise AWSError(f"Failed to connect to {service} in {region}", exception=e) from e
        return RetryingBotoClientWrapper(client, retry_of(service))


def _is_endpoint(url: str) -> bool:
    """Whether botocore accepts an endpoint. It says so only when a client is made, and not of which option."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - fails for a port that is none
        return parts.scheme in ("http", "https") and bool(is_valid_endpoint_url(url) or is_valid_ipv6_endpoint_url(url))
    except ValueError:
        return False
