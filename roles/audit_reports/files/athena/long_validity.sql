-- Copyright: Contributors to the cloudpki.aws project
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Valid certificates that were issued for longer than a number of days, the parameter.
select certificate_authority_arn, account_id, region, serial, subject, template_arn, not_before, not_after
from certificates
where revoked_at is null
    and not own_certificate
    and not_after > current_timestamp
    -- AWS Private CA dates the beginning one hour back.
    and not_before + ? * interval '1' day + interval '1' hour < not_after
order by not_after desc;
