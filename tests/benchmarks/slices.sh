#!/usr/bin/env bash
# Copyright: Contributors to the cloudpki.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs a job for each slice, all at once, and fails if one of them does.
#   slices.sh ANSIBLE_PLAYBOOK INVENTORY VARIABLES HOSTS...

set -u
playbook=$1 inventory=$2 variables=$3
shift 3
jobs=()
for hosts in "$@"; do
    "$playbook" --inventory "$inventory" --limit "$hosts" --extra-vars "@$variables" cloudpki.aws.make_reports &
    jobs+=($!)
done
code=0
for job in "${jobs[@]}"; do
    wait "$job" || code=1
done
exit "$code"
