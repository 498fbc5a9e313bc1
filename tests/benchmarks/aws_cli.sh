#!/usr/bin/env bash
# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What people do with the AWS CLI: bash aws_cli.sh PARALLEL BUCKET < LINES
# Each line: CA ARN, role ARN.
set -euo pipefail

export BUCKET=$2

audit() {
  local arn=$1 role=$2 id
  read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN < <(
    aws sts assume-role --role-arn "$role" --role-session-name audit \
      --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text
  )
  export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  id=$(aws acm-pca create-certificate-authority-audit-report --certificate-authority-arn "$arn" \
    --s3-bucket-name "$BUCKET" --audit-report-response-format JSON --query AuditReportId --output text)
  aws acm-pca wait audit-report-created --certificate-authority-arn "$arn" --audit-report-id "$id"
}
export -f audit

xargs -P "$1" -n 2 bash -euo pipefail -c 'audit "$@"' audit
