# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The summary of a report in JSON. Arguments: now, in30, in60 and in90, written like the times in the report.
def tally(values): reduce values as $value ({}; .[$value] += 1);

[.[] | select(.revokedAt == null and .notAfter > $now)] as $valid
| [.[] | select(.revokedAt)] as $revoked
| {
    issued: length,
    valid: ($valid | length),
    expired: (length - ($valid | length) - ($revoked | length)),
    revoked: ($revoked | length),
    revoked_by_reason: tally($revoked[].revocationReason // "UNSPECIFIED"),
    expiring_within: {
      "30": ([$valid[] | select(.notAfter <= $in30)] | length),
      "60": ([$valid[] | select(.notAfter <= $in60)] | length),
      "90": ([$valid[] | select(.notAfter <= $in90)] | length)
    },
    by_template: tally(.[] | .templateArn // "none"),
    by_requesting_principal: tally(.[] | .requestedByServicePrincipal // "none"),
    issued_by_month: tally(.[].issuedAt[0:7]),
    expiring_by_month: tally($valid[].notAfter[0:7]),
    first_issued_at: (map(.issuedAt) | min),
    last_issued_at: (map(.issuedAt) | max)
  }
