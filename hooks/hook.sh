# shellcheck shell=sh
# git-trace's git hooks: stage 1 of the path. 'git trace init' copies this file to <common git dir>/trace/hook.sh; what
# stands in the hooks folder only sources it. It adds one record to the spool, and on a push it has push.sh send the
# traces along. It never prints, waits or fails on its own account: whatever goes wrong, git goes on.
#
# Called as a program:  sh <common>/trace/hook.sh <hook> [<args of the hook>]
# or sourced, with the same words as "$@" and these set:
#   gittrace_trace   the folder <common>/trace
#   gittrace_mode    'shim': the file in the hooks folder is ours; gittrace_next, if executable, was there before
#                    'inline': some lines in a person's hook; gittrace_next is that hook, gittrace_flags the 'sh' options
#                    it is run with, where it is not run as a program
#                    'config': git's configuration runs us, as it does in git 2.54 and later
#
# Written for dash, bash 3.2 and later, busybox; correct under 'set -eu', any IFS, and names with any byte but NUL. A
# commit forks nothing where HEAD and its branch are plain files: the shell's builtins read them. A checkout forks one
# 'tail', for the reflog alone tells which branch was left. What git runs when is in docs/hooks.md.

gittrace_nl='
'
gittrace_tab='	'

gittrace_main() {
  gittrace_hook=$1
  shift
  case $gittrace_hook in
    post-commit | post-applypatch | post-checkout | post-merge | post-rewrite) gittrace_after "$@" ;;
    pre-push)
      if gittrace_wanted && [ -r "$gittrace_trace/push.sh" ]; then
        # shellcheck source=/dev/null # checked by itself
        . "$gittrace_trace/push.sh"
        gittrace_pre_push "$@"
      elif [ "$gittrace_mode" = shim ] && gittrace_has_next; then
        "$gittrace_next" "$@"
      fi
      ;;
  esac
}

# Tells whether anything is to be kept here and now.
gittrace_wanted() {
  [ "${GITTRACE-}" != 0 ] && [ "${DO_NOT_TRACK-}" != 1 ] && [ -z "${GITTRACE_IN_HOOK-}" ] &&
    [ -d "$gittrace_trace/spool" ] && [ ! -e "$gittrace_trace/paused" ] &&
    [ ! -e "$gittrace_trace/pause/${GITTRACE_SESSION:-none}" ] && ! gittrace_is_configured
}

# Tells whether git's configuration runs this hook as well: then what stands elsewhere, in the work tree maybe, lets it.
gittrace_is_configured() {
  [ "$gittrace_mode" != config ] && gittrace_first_line "$gittrace_trace/configured" &&
    case " $gittrace_line " in *" $gittrace_hook "*) ;; *) return 1 ;; esac
}

# --- the hooks ---------------------------------------------------------------------------------------------------

# A hook that git runs after the fact: records, and runs the hook that was there before, whose status is the answer.
gittrace_after() {
  gittrace_this='' gittrace_in=''
  if gittrace_wanted; then
    gittrace_git=${GIT_DIR:-.git}
    case $gittrace_hook in
      post-commit | post-applypatch) gittrace_commit || : ;;
      post-checkout) gittrace_checkout "$@" || : ;;
      post-merge) gittrace_merge "$@" || : ;;
      post-rewrite)
        gittrace_read_stdin
        gittrace_rewrite "$@" || :
        ;;
    esac
  fi
  case $gittrace_mode in
    inline) if [ -n "$gittrace_in" ]; then gittrace_give_back; fi ;;
    shim)
      if ! gittrace_has_next; then return 0; fi
      if [ -n "$gittrace_in" ]; then
        gittrace_feed "$gittrace_next" "$@" || return "$?"
      else
        if [ -n "$gittrace_this" ]; then export GITTRACE_OUTER="$gittrace_this"; fi
        # no 'exec': bash would make the hook's $0 an absolute path
        "$gittrace_next" "$@" || return "$?"
      fi
      ;;
  esac
}

# post-commit and post-applypatch ('git am'): a commit that is no step of a rebase.
gittrace_commit() {
  if gittrace_is_step; then return 0; fi
  gittrace_place
  if [ -z "$gittrace_head" ]; then return 0; fi
  set -- "branch=$gittrace_branch" "head=$gittrace_head"
  if [ "$gittrace_hook" = post-applypatch ]; then
    set -- "$@" applied=1
  elif gittrace_pseudo CHERRY_PICK_HEAD; then
    set -- "$@" "picked=$gittrace_line"
  fi
  gittrace_keep "$gittrace_head" commit "$@"
}

# post-checkout <old> <new> <flag>: HEAD went to another branch or commit, because a person wanted it to.
gittrace_checkout() {
  # 0: files were checked out; a bisection goes from commit to commit by itself, and returns
  if [ "${3-}" != 1 ] || [ -e "$gittrace_git/BISECT_LOG" ]; then return 0; fi
  gittrace_place
  gittrace_last_move "$2" "${gittrace_on#refs/heads/}"
  case $gittrace_moved in
    git) return 0 ;;
    '')
      # HEAD did not move; but 'checkout --orphan' writes no reflog
      if [ "$1" = "$2" ] && [ -n "$gittrace_head" ]; then return 0; fi
      ;;
    *)
      if [ "$1" = "$2" ]; then
        # 'git checkout' alone moves nothing, and the reflog still ends with an earlier move
        if [ "$gittrace_from" = "$gittrace_to" ] ||
          { gittrace_first_line "$gittrace_trace/checkout" && [ "$gittrace_line" = "$gittrace_moved" ]; }; then
          return 0
        fi
        (umask 077 && printf '%s\n' "$gittrace_moved" >|"$gittrace_trace/checkout") 2>/dev/null || :
      fi
      ;;
  esac
  # on a detached HEAD it belongs to the branch that was left
  if [ -z "$gittrace_branch" ] && [ -n "$gittrace_from" ] && ! gittrace_is_oid "$gittrace_from"; then
    set -- "$1" "$2" "refs/heads/$gittrace_from"
  else
    set -- "$1" "$2" "$gittrace_branch"
  fi
  gittrace_keep "$1 $2 $gittrace_to" checkout "branch=$3" "head=$gittrace_head" "old=$1" "new=$2" \
    "on=$gittrace_on" "from=$gittrace_from" "to=$gittrace_to"
}

# post-merge <squash>: a merge that went through; one with conflicts is concluded by a commit.
gittrace_merge() {
  if gittrace_is_step; then return 0; fi
  gittrace_place
  if [ -z "$gittrace_head" ]; then return 0; fi
  gittrace_merged='' gittrace_old=''
  if gittrace_first_line "$gittrace_git/MERGE_HEAD"; then gittrace_merged=$gittrace_line; fi
  if gittrace_pseudo ORIG_HEAD; then gittrace_old=$gittrace_line; fi
  gittrace_keep "$gittrace_head ${1-}" merge "branch=$gittrace_branch" "head=$gittrace_head" "squash=${1-}" \
    "merged=$gittrace_merged" "old=$gittrace_old" "command=${GIT_REFLOG_ACTION-}"
}

# post-rewrite amend|rebase, with lines '<old> <new>' on stdin: commits were replaced.
gittrace_rewrite() {
  if [ -z "$gittrace_in" ] || { [ "${1-}" = amend ] && gittrace_is_step; }; then return 0; fi
  gittrace_place
  gittrace_onto='' gittrace_count='' gittrace_map=${gittrace_in%"$gittrace_nl"}
  if [ "${1-}" = rebase ] && { gittrace_first_line "$gittrace_git/rebase-merge/onto" ||
    gittrace_first_line "$gittrace_git/rebase-apply/onto"; }; then
    gittrace_onto=$gittrace_line
  fi
  if [ -z "$gittrace_branch" ] && [ -d "$gittrace_git/rebase-apply" ] && [ ! -e "$gittrace_git/rebase-apply/head-name" ] &&
    gittrace_pseudo ORIG_HEAD; then
    # a 'rebase --apply' that never stopped keeps no name: it is the branch that is still where it was, if only one is
    gittrace_line=$(git for-each-ref --format='%(refname)' --points-at="$gittrace_line" refs/heads/ 2>/dev/null) || gittrace_line=''
    case $gittrace_line in *"$gittrace_nl"*) ;; *) gittrace_branch=$gittrace_line ;; esac
  fi
  if [ "${#gittrace_map}" -gt 65536 ]; then
    gittrace_count=$(printf '%s\n' "$gittrace_map" | wc -l)
    gittrace_map=$(printf '%s\n' "$gittrace_map" 2>/dev/null | head -n 500)
  fi
  gittrace_keep "${1-} ${#gittrace_in} ${gittrace_in%%"$gittrace_nl"*}" rewrite "branch=$gittrace_branch" \
    "head=$gittrace_head" "command=${1-}" "onto=$gittrace_onto" "count=$gittrace_count" "map=$gittrace_map"
}

# Tells whether git is in the middle of a rebase and takes this step by itself. Where it waits for a person REBASE_HEAD is
# there, or, at a 'break' and for what an 'exec' runs, nothing of the kind is.
gittrace_is_step() {
  if [ -d "$gittrace_git/rebase-merge" ]; then
    case ${GIT_REFLOG_ACTION-} in rebase*'('*) return 0 ;; esac
    ! gittrace_pseudo REBASE_HEAD && {
      gittrace_pseudo CHERRY_PICK_HEAD || [ -s "$gittrace_git/rebase-merge/current-fixups" ]
    }
  else
    [ -e "$gittrace_git/rebase-apply/rebasing" ] && [ "$gittrace_hook" = post-applypatch ]
  fi
}

# Reads a ref that git keeps beside HEAD into gittrace_line; fails where there is none.
gittrace_pseudo() {
  gittrace_first_line "$gittrace_git/$1" ||
    { [ -d "$gittrace_git/reftable" ] && gittrace_line=$(git rev-parse -q --verify "$1" 2>/dev/null); }
}

# Reads HEAD's last move, to commit $1 and branch $2, from its reflog: into gittrace_moved the whole line, 'git' where a
# rebase moved it, '' where there is none; into gittrace_from and gittrace_to the branches, or what stood for them.
gittrace_last_move() {
  gittrace_moved='' gittrace_from='' gittrace_to=''
  if [ -f "$gittrace_git/logs/HEAD" ]; then
    gittrace_line=$(tail -n 1 "$gittrace_git/logs/HEAD" 2>/dev/null) || return 0
    case ${gittrace_line#* } in "$1 "*) ;; *) return 0 ;; esac
  else
    gittrace_line=$(git reflog -1 --date=unix --format='%H %gd%x09%gs' HEAD -- 2>/dev/null) || return 0
    case $gittrace_line in "$1 "*) ;; *) return 0 ;; esac
  fi
  case $gittrace_line in
    *"$gittrace_tab"'checkout: moving from '*' to '*)
      gittrace_from=${gittrace_line#*"$gittrace_tab"'checkout: moving from '}
      gittrace_to=${gittrace_from##*' to '}
      gittrace_from=${gittrace_from%" to $gittrace_to"}
      # an earlier move, to another branch: this one is not in the reflog
      if [ -n "$2" ] && [ "$2" != "$gittrace_to" ]; then
        gittrace_from='' gittrace_to=''
      else
        gittrace_moved=$gittrace_line
      fi
      ;;
    *"$gittrace_tab"*': checkout '*) gittrace_moved=git ;;
  esac
}

# --- the hook that was there before ------------------------------------------------------------------------------

# Tells whether there is a hook to run after ours.
gittrace_has_next() {
  { [ -n "${gittrace_next-}" ] && [ -x "$gittrace_next" ] && [ ! -d "$gittrace_next" ]; } || return 1
  # 'pre-commit install' may have moved us to '<hook>.legacy', which it calls. If the hook that we in turn replaced is
  # an older one of pre-commit's own, it must not run: it would call '<hook>.legacy' once more.
  case $0 in
    *.legacy) ;;
    *) return 0 ;;
  esac
  if [ ! -r "$gittrace_next" ]; then return 0; fi
  gittrace_n=0
  while [ "$gittrace_n" -lt 5 ] && IFS= read -r gittrace_line; do
    case $gittrace_line in *'generated by pre-commit'*) return 1 ;; esac
    gittrace_n=$((gittrace_n + 1))
  done <"$gittrace_next"
  return 0
}

# Runs a hook with the stdin that git gave us. GITTRACE_OUTER tells our own lines in it that this event is taken care of.
gittrace_feed() {
  # a hook need not read its stdin: no SIGPIPE then, which 'pipefail' would take for a failure
  (
    trap '' PIPE
    printf '%s' "$gittrace_in" || :
  ) 2>/dev/null | GITTRACE_OUTER=$gittrace_this "$@"
}

# Reads stdin, byte for byte, into gittrace_in: a few lines with builtins, many with one 'cat'.
gittrace_read_stdin() {
  gittrace_in='' gittrace_line='' gittrace_n=0
  while [ "$gittrace_n" -lt 50 ]; do
    if ! IFS= read -r gittrace_line; then
      gittrace_in=$gittrace_in$gittrace_line
      return 0
    fi
    gittrace_in=$gittrace_in$gittrace_line$gittrace_nl
    gittrace_n=$((gittrace_n + 1))
  done
  gittrace_line=$(cat && echo x) || gittrace_line=''
  gittrace_in=$gittrace_in${gittrace_line%x}
}

# Puts what was read back on stdin, for the rest of a person's hook.
gittrace_give_back() {
  if [ -z "$gittrace_in" ]; then
    exec </dev/null
  else
    exec <<EOF
${gittrace_in%"$gittrace_nl"}
EOF
  fi
}

# --- the record --------------------------------------------------------------------------------------------------

# Reads the first line of a plain file into gittrace_line.
gittrace_first_line() {
  gittrace_line=''
  [ -f "$1" ] && [ -r "$1" ] && { IFS= read -r gittrace_line <"$1" || [ -n "$gittrace_line" ]; }
}

gittrace_is_oid() {
  case ${#1} in 40 | 64) ;; *) return 1 ;; esac
  case $1 in *[!0123456789abcdef]*) return 1 ;; esac
}

# Finds HEAD's commit ('' where there is none), its branch (gittrace_on, '' where it is detached), and the branch that
# the work belongs to.
gittrace_place() {
  gittrace_branch='' gittrace_head='' gittrace_git=${GIT_DIR:-.git}
  if ! gittrace_look && ! gittrace_ask; then
    # no commit yet
    gittrace_branch=$(git symbolic-ref -q HEAD 2>/dev/null) || gittrace_branch=''
  fi
  gittrace_on=$gittrace_branch
  # in a rebase HEAD is detached: the work belongs to the branch that is being rebased
  if [ -z "$gittrace_branch" ]; then
    if gittrace_first_line "$gittrace_git/rebase-merge/head-name" ||
      gittrace_first_line "$gittrace_git/rebase-apply/head-name"; then
      case $gittrace_line in refs/heads/?*) gittrace_branch=$gittrace_line ;; esac
    fi
  fi
}

# Reads HEAD and its branch as files; fails where they are anything but the plain case (reftable, packed, a symlink …).
gittrace_look() {
  if [ -h "$gittrace_git/HEAD" ]; then return 1; fi
  gittrace_first_line "$gittrace_git/HEAD" || return 1
  case $gittrace_line in
    'ref: refs/heads/'?*)
      gittrace_ref=${gittrace_line#'ref: '}
      gittrace_common=${GIT_COMMON_DIR:-$gittrace_git}
      if [ -z "${GIT_COMMON_DIR-}" ] && gittrace_first_line "$gittrace_git/commondir"; then
        case $gittrace_line in
          /*) gittrace_common=$gittrace_line ;;
          *) gittrace_common=$gittrace_git/$gittrace_line ;;
        esac
      fi
      gittrace_first_line "$gittrace_common/$gittrace_ref" || return 1
      gittrace_is_oid "$gittrace_line" || return 1
      gittrace_branch=$gittrace_ref
      ;;
    *) gittrace_is_oid "$gittrace_line" || return 1 ;;
  esac
  gittrace_head=$gittrace_line
}

# Asks git, once, for all of it.
gittrace_ask() {
  gittrace_answer=$(git rev-parse HEAD --symbolic-full-name HEAD --git-dir 2>/dev/null) || return 1
  gittrace_line=${gittrace_answer%%"$gittrace_nl"*}
  gittrace_is_oid "$gittrace_line" || return 1
  gittrace_head=$gittrace_line
  gittrace_answer=${gittrace_answer#*"$gittrace_nl"}
  gittrace_line=${gittrace_answer%%"$gittrace_nl"*}
  gittrace_git=${gittrace_answer#*"$gittrace_nl"}
  case $gittrace_line in refs/heads/?*) gittrace_branch=$gittrace_line ;; esac
}

# Records what a hook saw, once: $1 tells this event from others of the hook, the type and the fields come after it. A
# hook that is chained to us, and calls us again, finds it in GITTRACE_OUTER.
gittrace_keep() {
  gittrace_this="$gittrace_hook $1"
  shift
  if [ "${GITTRACE_OUTER-}" = "$gittrace_this" ]; then return 0; fi
  if [ "$gittrace_mode" = inline ] || gittrace_has_next; then
    # a subshell, because umask and noclobber are not ours to change for what comes after
    (gittrace_record "$@")
  else
    gittrace_record "$@"
  fi
}

# Writes a record, $1 its type and the rest its fields (src/spool/record.ts), into a new file of this process. It has no
# time: that is the file's. Leaves umask and noclobber changed.
gittrace_record() {
  gittrace_type=$1
  shift
  case ${GITTRACE_SESSION-} in
    '' | *[!A-Za-z0-9._-]*) ;;
    *) if [ "${#GITTRACE_SESSION}" -le 64 ]; then set -- "$@" "session=$GITTRACE_SESSION"; fi ;;
  esac
  gittrace_format='\ngt1\0%s\0%s\0'
  for gittrace_line; do gittrace_format=$gittrace_format'%s\0'; done
  umask 077
  set -C
  # Nobody else's file is ever written to: it is made here or not at all. Process numbers come again, in containers
  # soon; with HEAD's commit in its name a file is not taken for an earlier one that is already in the journal.
  gittrace_name=$gittrace_trace/spool/hook-$$-${gittrace_head%"${gittrace_head#????????}"}
  gittrace_n=0 gittrace_file=$gittrace_name.rec
  until { printf '' >"$gittrace_file"; } 2>/dev/null; do
    { [ -e "$gittrace_file" ] && [ "$gittrace_n" -lt 1000 ]; } || return 1
    gittrace_n=$((gittrace_n + 1))
    gittrace_file=$gittrace_name-$gittrace_n.rec
  done
  # shellcheck disable=SC2059 # the format is made of constants, one '%s\0' for each field
  { printf "$gittrace_format"'end\0' "$gittrace_type" "$#" "$@" >>"$gittrace_file"; } 2>/dev/null || {
    rm -f "$gittrace_file" 2>/dev/null || :
    return 1
  }
}

case ${gittrace_mode-} in
  shim | inline | config) ;;
  *)
    gittrace_mode=program
    gittrace_trace=${0%/*}
    ;;
esac
gittrace_main "$@"
