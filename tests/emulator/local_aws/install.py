# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that is changed in moto, in one place. Additions and corrections: else moto does what it did before."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from moto.account import urls as account_urls
from moto.account.responses import AccountResponse
from moto.acmpca.responses import ACMPCAResponse
from moto.core.botocore_stubber import BotocoreStubber
from moto.iam import models as iam_models
from moto.kms.models import KmsBackend
from moto.s3.models import FakeBucket, S3Backend
from moto.s3.responses import S3Response
from moto.securityhub.models import SecurityHubBackend
from moto.sts.models import AssumedRole
from moto.sts.responses import TokenResponse

from local_aws import (
    access_keys,
    account_regions,
    caller_access,
    client_handler,
    copies,
    issuance,
    listing,
    managed_policies,
    object_lock,
    operations,
    organizations_api,
    principals,
    roles,
    security_hub,
    sessions,
    sharing,
)
from local_aws.emulator import emulator

_lock = threading.Lock()


def install() -> None:
    """Extend moto in this process. Calling it again does nothing."""
    with _lock:
        if hasattr(ACMPCAResponse, operations.create_certificate_authority_audit_report.__name__):
            return
        issuance.install()
        organizations_api.install()
        for operation in (
            operations.create_certificate_authority_audit_report,
            operations.describe_certificate_authority_audit_report,
            listing.list_certificate_authorities,
            listing.list_tags,
        ):
            setattr(ACMPCAResponse, operation.__name__, operation)
        # One place for all operations that name a CA, since each looks for it in this backend.
        ACMPCAResponse.acmpca_backend = property(sharing.backend_of)
        AssumedRole.__init__ = sessions.remembering(
            AssumedRole.__init__,
            lambda: emulator.settings.session_seconds,
            lambda: emulator.settings.session_token_version,
        )
        AccountResponse.list_regions = account_regions.list_regions
        account_urls.url_paths["{0}/listRegions$"] = AccountResponse.dispatch
        TokenResponse.assume_role = roles.checking(TokenResponse.assume_role)
        # Clients in this process reach moto through one method; a second before-send handler would not do, because
        # botocore asks every handler even when an earlier one has answered.
        BotocoreStubber.__call__ = client_handler.passing_through(BotocoreStubber.__call__)
        iam_models.AccessKey.__init__ = access_keys.remembering(iam_models.AccessKey.__init__)
        iam_models.get_account_id_from = access_keys.looking_up(iam_models.get_account_id_from)
        iam_models.IAMBackend._init_aws_policies = managed_policies.policies_of
        FakeBucket.get_permission = caller_access.get_permission
        S3Backend.put_bucket_policy = principals.of_bucket_policies(
            caller_access.limiting_size(S3Backend.put_bucket_policy)
        )
        S3Backend.put_object_lock_configuration = object_lock.changing_retention(
            S3Backend.put_object_lock_configuration
        )
        S3Response._key_response_put = object_lock.letting_copies_in(S3Response._key_response_put)
        for name in ("copy_object", "upload_part_copy"):
            setattr(S3Response, name, copies.checking_the_source(getattr(S3Response, name)))
        KmsBackend.put_key_policy = principals.of_key_policies(KmsBackend.put_key_policy)
        for function in (security_hub.batch_import_findings, security_hub.get_findings):
            setattr(SecurityHubBackend, function.__name__, function)
        # S3's conditional writes are atomic. moto looks first and writes then, which two threads do at the same time.
        S3Response.list_objects_v2 = listing.telling_the_region(S3Response.list_objects_v2)
        for name in ("put_object", "delete_object"):
            setattr(S3Response, name, _one_at_a_time(getattr(S3Response, name)))


_write_lock = threading.RLock()


def _one_at_a_time(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        with _write_lock:
            return method(*args, **kwargs)

    return guarded
