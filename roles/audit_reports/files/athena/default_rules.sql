-- Copyright: Contributors to the cloudpki.aws project
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- Certificates that match the default rules of the role audit_reports, once for each rule.
with
    rules (rule, severity, days) as (
        values ('expires within 7 days', 'critical', 7), ('expires within 30 days', 'warning', 30)
    ),
    -- Certificates that expire within the days of a rule, and those that expire later and may replace them.
    considered as (
        select
            rules.rule,
            rules.severity,
            certificates.*,
            not_after > current_timestamp + days * interval '1' day as lasts
        from certificates
        cross join rules
        where revoked_at is null
            and (
                not_after > current_timestamp + days * interval '1' day
                or (
                    not_after > current_timestamp
                    and not own_certificate
                    -- Certificates that are never valid for longer are no finding.
                    and not_before + days * interval '1' day + interval '1' hour < not_after
                )
            )
    ),
    -- How many certificates with the same subject and template were issued later and last, minus how many expire and
    -- would need one of them, up to this one.
    counted as (
        select
            *,
            count(case when lasts then 1 end) over later - count(case when not lasts then 1 end) over later as spare
        from considered
        window later as (
            partition by rule, certificate_authority_arn, subject, template_arn
            order by issued_at desc, lasts, serial
            rows unbounded preceding
        )
    ),
    -- Each certificate replaces only one. So when fewer are left than ever before, one is not replaced.
    compared as (
        select
            *,
            coalesce(
                min(spare) over (
                    partition by rule, certificate_authority_arn, subject, template_arn
                    order by issued_at desc, serial
                    rows between unbounded preceding and 1 preceding
                ),
                0
            ) as least_before
        from counted
        where not lasts
    )
select
    rule, severity, certificate_authority_arn, account_id, region, serial, subject, template_arn, not_after, revoked_at
from compared
where subject is null or spare < least(0, least_before)
union all
select
    'key compromise', 'critical', certificate_authority_arn, account_id, region, serial, subject, template_arn,
    not_after, revoked_at
from certificates
where revocation_reason in (
        'KEY_COMPROMISE', 'CERTIFICATE_AUTHORITY_COMPROMISE', 'CA_COMPROMISE', 'A_A_COMPROMISE', 'AA_COMPROMISE'
    )
    and revoked_at > current_timestamp - interval '30' day
    and not_after > current_timestamp
order by severity, rule, not_after;
