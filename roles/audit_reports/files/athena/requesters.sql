-- Copyright: Contributors to the cloudpki.aws project
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Certificates by the service that requested them, which is null for IAM principals.
select
    requested_by_service_principal,
    count(*) as issued,
    count(case when revoked_at is null and not_after > current_timestamp then 1 end) as valid,
    count(revoked_at) as revoked,
    count(distinct certificate_authority_arn) as certificate_authorities,
    max(issued_at) as last_issued_at
from certificates
where not own_certificate
group by 1
order by 2 desc;
