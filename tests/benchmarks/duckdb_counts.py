# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The summary of a report by DuckDB. A program of its own: python duckdb_counts.py FILE NOW IN30 IN60 IN90."""

from __future__ import annotations

import json
import sys

import duckdb

COLUMNS = (
    *("awsAccountId", "requestedByServicePrincipal", "certificateArn", "serial", "subject", "notBefore", "notAfter"),
    *("issuedAt", "revokedAt", "revocationReason", "templateArn"),
)

# Texts, as they are compared as texts by all others too: DuckDB is slower if it has to read times.
QUERY = """
select
    count(*) as issued,
    count(*) filter (valid) as valid,
    count(*) filter (revokedAt is null and not valid) as expired,
    count(revokedAt) as revoked,
    histogram(coalesce(revocationReason, 'UNSPECIFIED')) filter (revokedAt is not null) as revoked_by_reason,
    count(*) filter (valid and notAfter <= $in30) as in30,
    count(*) filter (valid and notAfter <= $in60) as in60,
    count(*) filter (valid and notAfter <= $in90) as in90,
    histogram(coalesce(templateArn, 'none')) as by_template,
    histogram(coalesce(requestedByServicePrincipal, 'none')) as by_requesting_principal,
    histogram(substr(issuedAt, 1, 7)) as issued_by_month,
    histogram(substr(notAfter, 1, 7)) filter (valid) as expiring_by_month,
    min(issuedAt) as first_issued_at,
    max(issuedAt) as last_issued_at
from (select *, revokedAt is null and notAfter > $now as valid from {source})
"""


def main() -> None:
    """Print the summary as JSON."""
    path, *moments = sys.argv[1:]
    columns = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in COLUMNS) + "}"
    if path.endswith(".json"):
        source = f"read_json('{path}', columns = {columns}, format = 'array')"
    else:
        source = f"read_csv('{path}', columns = {columns}, header = true)"
    given = dict(zip(("now", "in30", "in60", "in90"), moments, strict=True))
    answer = duckdb.connect().execute(QUERY.format(source=source), given)
    row = dict(zip((column[0] for column in answer.description), answer.fetchall()[0], strict=True))
    row["expiring_within"] = {days: row.pop(f"in{days}") for days in ("30", "60", "90")}
    print(json.dumps(row))


if __name__ == "__main__":
    main()
