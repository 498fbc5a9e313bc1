-- Copyright: Contributors to the cloudpki.aws project
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Issued certificates by month and template.
select date_trunc('month', issued_at) as issued_in, template_arn, count(*) as certificates
from certificates
where not own_certificate
group by 1, 2
order by 1, 2;
