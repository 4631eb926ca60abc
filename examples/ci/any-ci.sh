#!/bin/sh
# Any other build server: runs the tests, then reports how they went and ends as they did. Set what your server knows:
# the run's name and the commit at least, and the number of the pull request or the branch (docs/ci.md lists them all).
#
#   GITTRACE_CI_RUN_ID=4711 GITTRACE_CI_PULL_REQUEST=42 GITTRACE_CI_SHA=$(git rev-parse HEAD) any-ci.sh npm test
set -u

status=0
"$@" || status=$?

if [ "$status" -eq 0 ]; then
	conclusion=success
else
	conclusion=failure
fi
# reports, and never fails: what goes wrong here is told, and is no reason for a red build
git trace ci report --conclusion "$conclusion" || true

exit "$status"
