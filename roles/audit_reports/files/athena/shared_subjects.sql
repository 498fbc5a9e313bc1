-- Copyright: Contributors to the cloudpki.aws project
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Subjects that have valid certificates of several CAs.
select
    subject,
    count(distinct certificate_authority_arn) as certificate_authorities,
    count(*) as certificates,
    array_agg(distinct certificate_authority_arn) as certificate_authority_arns
from certificates
where revoked_at is null
    and not own_certificate
    and not_after > current_timestamp
    and subject is not null
group by 1
having count(distinct certificate_authority_arn) > 1
order by 2 desc, 1;
