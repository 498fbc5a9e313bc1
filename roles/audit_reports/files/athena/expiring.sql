-- Copyright: Contributors to the cloudpki.aws project
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Valid certificates that expire within a number of days, the parameter, and their CAs.
select certificate_authority_arn, account_id, region, serial, subject, requested_by_service_principal, not_after
from certificates
where revoked_at is null
    and not own_certificate
    and not_after > current_timestamp
    and not_after <= current_timestamp + ? * interval '1' day
order by not_after;
