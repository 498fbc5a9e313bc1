# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""botocore clients: made once per service and region, from one session, so that model data is loaded once."""

from __future__ import annotations

import threading
import typing as t

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError
except ImportError:
    pass  # AnsibleAWSModule says that boto3 is missing before anything here is used.

from ansible_collections.amazon.aws.plugins.module_utils.botocore import get_aws_connection_info
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry, RetryingBotoClientWrapper

from .errors import THROTTLING_CODES, InvalidOption, PrivateCAError

if t.TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

# On top of botocore's own few retries: a fleet shares the API's request rates with everything else in its accounts.
_RETRY = {"retries": 6, "delay": 1, "backoff": 2, "max_delay": 20}

_FALLBACK_REGION = "us-east-1"


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
        """:raises PrivateCAError: where the profile cannot be used."""
        self._region = region
        self._endpoint_url = endpoint_url
        self._config = aws_config
        self._connection = connection
        self._clients: dict[tuple[str, str, bool], t.Any] = {}
        self._lock = threading.Lock()
        try:
            self._session = boto3.session.Session(profile_name=profile_name)
        except BotoCoreError as e:
            raise PrivateCAError("Failed to use the AWS profile", exception=e) from e

    @classmethod
    def of_module(cls, module: AnsibleAWSModule) -> Clients:
        """Clients as amazon.aws's own modules would make them from the same options.

        :raises PrivateCAError: for options that botocore does not accept.
        """
        try:
            region, endpoint_url, connection = get_aws_connection_info(module)
        except (AttributeError, TypeError, ValueError, BotoCoreError) as e:
            raise InvalidOption(f"aws_config: botocore does not accept it: {e}.") from e
        return cls(region=region, endpoint_url=endpoint_url, **connection)

    def private_ca(self, region: str, *, repeat: bool = True) -> t.Any:
        """The client of AWS Private CA in a region. Calls take ``aws_retry=True``.

        :param repeat: whether botocore itself repeats what fails, as it does by default.
        """
        return self._client("acm-pca", region, repeat)

    def s3(self, likely_region: str | None = None) -> t.Any:
        """The client of S3, always with the module's own credentials. Calls take ``aws_retry=True``.

        :param likely_region: where to begin if the task has no region: a client follows a bucket to its own, but not
            into another partition.
        """
        return self._client("s3", self._region or likely_region or _FALLBACK_REGION)

    def partition_of(self, region: str) -> str | None:
        """The AWS partition that a region is in, or None for a name that is no region's."""
        try:
            return str(self._session.get_partition_for_region(region))
        except BotoCoreError:
            return None

    def set_concurrency(self, concurrency: int) -> None:
        """Let each client keep as many connections open as there are requests in flight."""
        pool = Config(max_pool_connections=concurrency, user_agent_extra="ansible-collection/cloudpki.aws")
        self._config = pool.merge(self._config) if self._config else pool

    def _client(self, service: str, region: str, repeat: bool = True) -> t.Any:
        # Calling a client is thread-safe, making one is not.
        # https://boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html
        with self._lock:
            key = (service, region, repeat)
            if key not in self._clients:
                self._clients[key] = self._make(*key)
            return self._clients[key]

    def _make(self, service: str, region: str, repeat: bool) -> t.Any:
        once = Config(retries={"total_max_attempts": 1})
        config = self._config if repeat else (self._config.merge(once) if self._config else once)
        try:
            client = self._session.client(
                service,
                region_name=region,
                endpoint_url=self._endpoint_url,
                config=config,
                **self._connection,
            )
        except (ValueError, BotoCoreError) as e:
            raise PrivateCAError(f"Failed to connect to {service} in {region}", exception=e) from e
        retry = AWSRetry.jittered_backoff(catch_extra_error_codes=sorted(THROTTLING_CODES), **_RETRY)
        return RetryingBotoClientWrapper(client, retry)
