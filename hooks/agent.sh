# shellcheck shell=sh
# git-trace's hook for coding agents: stage 1 of the path. 'git trace init --agent' copies this file to
# <common git dir>/trace/agent.sh, and puts a line that runs it into the agent's settings:
#
#   sh <common>/trace/agent.sh <agent> <event>     with what the agent says on stdin
#
# It keeps that as a record of its own in the spool, as it came, and goes: no node, and no JSON is read here. It prints
# nothing, ends with 0, takes at most half a mebibyte, and waits five seconds at most for an agent that does not close its
# side. What it means is told at the flush (src/capture/agents/), which also takes the secrets out.
#
# Written for dash, bash 3.2 and later, busybox; correct under 'set -eu', any IFS, and names with any byte but NUL.

exec 3<&0 </dev/null >/dev/null 2>&1

gittrace_limit=524288
gittrace_trace=${0%/*}
gittrace_agent=${1-} gittrace_event=${2-}
gittrace_top=''

# the functions of hook.sh: is anything to be kept, where are we
gittrace_branch='' gittrace_head=''
set -- agent
[ -r "$gittrace_trace/hook.sh" ] || exit 0
# shellcheck source=/dev/null # checked by itself
. "$gittrace_trace/hook.sh"

# Runs a command that reads what the agent says, for five seconds at most.
gittrace_bounded() {
  if command -v timeout >/dev/null; then
    timeout 5 "$@" <&3
    return "$?"
  fi
  "$@" <&3 &
  gittrace_pid=$!
  { sleep 5 && kill "$gittrace_pid"; } 3<&- 4>&- &
  gittrace_watch=$!
  wait "$gittrace_pid" || return 1
  kill "$gittrace_watch"
  return 0
}

# Passes on at most gittrace_limit bytes of what the agent says. What is longer is taken to its end, so that the agent's pipe
# does not break; nobody waits for that.
gittrace_hear() {
  gittrace_bounded head -c "$gittrace_limit" >&4 || return 1
  cat <&3 4>&- &
}

# Finds the top of the work tree, and goes there.
gittrace_find() {
  gittrace_top=$PWD
  until [ -e "$gittrace_top/.git" ]; do
    [ -n "$gittrace_top" ] || return 1
    gittrace_top=${gittrace_top%/*}
  done
  cd -P "${gittrace_top:-/}" || return 1
  gittrace_top=$PWD
  # a linked work tree's says where its git directory is
  if [ -z "${GIT_DIR-}" ] && gittrace_first_line .git; then GIT_DIR=${gittrace_line#gitdir: }; fi
}

# Writes the record into a file of this process, which is made here or not at all.
gittrace_write() {
  umask 077
  set -C
  gittrace_name=$gittrace_trace/spool/hook-$$-${gittrace_head%"${gittrace_head#????????}"}a
  gittrace_n=0 gittrace_file=$gittrace_name.rec
  until printf '' >"$gittrace_file"; do
    { [ -e "$gittrace_file" ] && [ "$gittrace_n" -lt 1000 ]; } || return 1
    gittrace_n=$((gittrace_n + 1))
    gittrace_file=$gittrace_name-$gittrace_n.rec
  done
  exec 4>>"$gittrace_file"
  {
    printf '\ngt1\0agent_hook\0006\0agent=%s\0event=%s\0branch=%s\0head=%s\0top=%s\0payload=' "$gittrace_agent" \
      "$gittrace_event" "$gittrace_branch" "$gittrace_head" "$gittrace_top" >&4 &&
      gittrace_hear && printf '\0end\0' >&4
  } || {
    rm -f "$gittrace_file"
    return 1
  }
}

# At the beginning of a session: somebody must take snapshots and flush; and what the agent's commands let git do belongs
# to the agent, where it can be told (Claude Code sources a file before each command).
gittrace_begin() {
  if [ ! -e "$gittrace_trace/recorder.lock" ] && [ -x "$gittrace_trace/recorder-start" ]; then
    ("$gittrace_trace/recorder-start" 3<&- 4>&- &)
  fi
  [ -n "${CLAUDE_ENV_FILE-}" ] || return 0
  gittrace_line=$(sed -n 's/.*"session_id" *: *"\([A-Za-z0-9-]\{1,48\}\)".*/\1/p' "$gittrace_file") || return 0
  case $gittrace_line in
    '' | *[!A-Za-z0-9-]*) ;;
    *) printf 'export GITTRACE_SESSION=%s-%s\n' "$gittrace_agent" "$gittrace_line" >>"$CLAUDE_ENV_FILE" ;;
  esac
}

if gittrace_wanted && gittrace_find && gittrace_place; then
  gittrace_write || exit 0
  case $gittrace_event in SessionStart | sessionStart) gittrace_begin ;; esac
else
  exec 4>/dev/null
  gittrace_hear
fi
exit 0
