#!/bin/sh
# Imports what an ERP has put into a directory, and archives the file when it is in:
#
#   import-tonight.sh ORG DIRECTORY
#
# A good night prints nothing. Any other prints what happened, for the mail of cron or the journal of systemd.
set -u
org=$1
directory=$2
cd "$directory" || exit 2
mkdir -p archive

orderflow-customers import customers.csv --org "$org" --source erp --snapshot --max-file-age 26h --quiet \
  --report-to report.html --metrics-to "$org-erp.prom"
code=$?

# 0: every row is in. 3: some rows were rejected, the others are in. After any other code nothing was written, and the file
# stays where it is.
if [ "$code" -eq 0 ] || [ "$code" -eq 3 ]; then
  mv customers.csv "archive/customers-$(date +%Y-%m-%dT%H%M%S).csv"
fi
exit "$code"
