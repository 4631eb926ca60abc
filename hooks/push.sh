# shellcheck shell=sh disable=SC2154
# git-trace's pre-push hook: hook.sh sources this file, and only on a push. It records what is pushed once the person's
# own hook has let it pass, and gives node a moment to send the traces along. It prints nothing but what node has to say
# within that moment, and never fails on its own account.

gittrace_pre_push() {
  gittrace_read_stdin
  gittrace_this="pre-push ${1-} ${#gittrace_in} ${gittrace_in%%"$gittrace_nl"*}"
  gittrace_nested=''
  if [ "${GITTRACE_OUTER-}" = "$gittrace_this" ]; then gittrace_nested=yes; fi
  case $gittrace_mode in
    shim)
      if gittrace_has_next; then gittrace_feed "$gittrace_next" "$@" || return "$?"; fi
      ;;
    inline)
      # The lines stand at the top of a person's hook. Its verdict comes first, and it may 'exit' or 'exec' anywhere: so
      # it is run once more, as the chained hook, and in that second run the lines let it pass.
      if [ "$gittrace_nested" ]; then
        gittrace_give_back
        return 0
      fi
      if [ "${gittrace_flags-}" ]; then
        gittrace_feed sh "$gittrace_flags" "$gittrace_next" "$@" || exit "$?"
      else
        gittrace_feed "$gittrace_next" "$@" || exit "$?"
      fi
      ;;
  esac
  if [ -z "$gittrace_nested" ] && [ -n "$gittrace_in" ]; then
    gittrace_place
    gittrace_errors=$gittrace_trace/push-$$.err
    if (
      gittrace_record push "branch=$gittrace_branch" "head=$gittrace_head" "remote=${1-}" \
        "refs=${gittrace_in%"$gittrace_nl"}" &&
        set +C && { printf '' >"$gittrace_errors"; } 2>/dev/null
    ); then
      gittrace_send "$@"
    fi
  fi
  if [ "$gittrace_mode" = inline ]; then exit 0; fi
}

# Starts node in the background to send the traces, and waits for it, but not longer than the limit. Nothing that we
# leave behind holds a descriptor of ours: whoever reads git's output to its end does not wait for it.
gittrace_send() {
  gittrace_node='' gittrace_script=''
  if [ -r "$gittrace_trace/bin" ]; then
    { IFS= read -r gittrace_node && IFS= read -r gittrace_script; } <"$gittrace_trace/bin" || :
  fi
  if [ -f "$gittrace_script" ] && [ -x "$gittrace_node" ]; then
    set -- "$gittrace_node" "$gittrace_script" hook pre-push "$@"
  elif command -v git-trace >/dev/null 2>&1; then
    set -- git-trace hook pre-push "$@"
  else
    rm -f "$gittrace_errors" 2>/dev/null || :
    return 0
  fi
  # a session of its own, where the system can: neither ^C nor the closing of the terminal reaches it
  if command -v setsid >/dev/null 2>&1; then set -- setsid "$@"; fi

  gittrace_wait=300
  if gittrace_first_line "$gittrace_trace/push-wait"; then
    case $gittrace_line in
      '' | *[!0-9]* | 0?* | ??????*) ;;
      *) gittrace_wait=$gittrace_line ;;
    esac
  fi
  gittrace_n=$((1000 + gittrace_wait % 1000))
  # shellcheck disable=SC2217 # sleep reads nothing; it must not hold git's stdin either
  sleep "$((gittrace_wait / 1000)).${gittrace_n#1}" </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  gittrace_sleeper=$!
  # shellcheck disable=SC2094 # nothing below reads the file of errors
  (
    trap '' HUP INT
    # for node: no hook of ours below it, how long it is waited for; no certificates to read at its start, which takes as
    # long as the start itself: it reads them if it has to ask a host
    export GITTRACE_IN_HOOK=1 GITTRACE_PUSH_WAIT="$gittrace_wait" NODE_OPTIONS=''
    export GITTRACE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS-}" NODE_EXTRA_CA_CERTS=''
    printf '%s' "$gittrace_in" 2>/dev/null | "$@" || :
    if kill -0 "$$" 2>/dev/null; then
      # The file is there as long as the hook waits; only then is the sleeper's number certainly still the sleeper's.
      if [ -e "$gittrace_errors" ]; then kill "$gittrace_sleeper" 2>/dev/null || :; fi
    else
      rm -f "$gittrace_errors"
    fi
  ) </dev/null >/dev/null 2>"$gittrace_errors" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  gittrace_n=0
  # the redirection keeps bash from announcing that the sleeper was terminated
  { wait "$gittrace_sleeper" || gittrace_n=$?; } 2>/dev/null
  if [ -r "$gittrace_errors" ]; then
    # above 128 it was killed: node is done, and its last line is complete, too
    while IFS= read -r gittrace_line || { [ "$gittrace_n" -gt 128 ] && [ -n "$gittrace_line" ]; }; do
      printf '%s\n' "$gittrace_line" >&2 || :
    done <"$gittrace_errors"
  fi
  rm -f "$gittrace_errors" 2>/dev/null || :
}
