-- Copyright: Contributors to the cloudpki.aws project
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Revoked certificates by reason and month of the revocation.
select
    coalesce(revocation_reason, 'UNSPECIFIED') as revocation_reason,
    date_trunc('month', revoked_at) as revoked_in,
    count(*) as certificates
from certificates
where revoked_at is not null and not own_certificate
group by 1, 2
order by 2, 1;
