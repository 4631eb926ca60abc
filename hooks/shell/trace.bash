# shellcheck shell=bash
# git-trace's shell integration for bash 4.4 and later: stage 1 of the path. 'git trace shell-init bash' prints it, a line
# in ~/.bashrc evaluates it. In a repository that records, each command leaves a record when it begins and one when it
# ends, in a file of this shell's own in the spool (docs/format.md). It never prints, waits or fails, forks nothing at a
# prompt, and leaves $?, $_, PIPESTATUS, BASH_REMATCH, options and history as they were.
#
# PS0, which bash expands between reading a command and running it, takes the time by arithmetic. The last element of
# PROMPT_COMMAND writes the end: bash gives each element the command's $?, $_ and PIPESTATUS. The start is written by a
# DEBUG trap that takes itself away when it fires for the first time, and is not set where somebody else has one.

if [[ $- != *i* || -n ${__gittrace_began-} ]]; then
  : # a script, or loaded already
elif ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
  printf 'git trace: bash %s is too old to record commands, 4.4 is wanted; git hooks record as before\n' "$BASH_VERSION" >&2
else

  # Finds the repository of PWD, or GIT_DIR: trace/ in its common git directory ('' for none), git directory, work tree.
  __gittrace_find() {
    local folder=$PWD line
    __gittrace_where=$PWD:${GIT_DIR-} __gittrace_trace='' __gittrace_root=''
    if [[ -n ${GIT_DIR-} ]]; then
      __gittrace_root=${GIT_WORK_TREE:-$PWD} __gittrace_git=$GIT_DIR
    else
      until [[ -e $folder/.git ]]; do
        if [[ -z $folder ]]; then return 0; fi
        folder=${folder%/*}
      done
      __gittrace_root=$folder __gittrace_git=$folder/.git
      if [[ -f $folder/.git ]]; then
        IFS= read -r line <"$folder/.git"
        __gittrace_git=${line#gitdir: }
      fi
    fi
    if [[ $__gittrace_git != /* ]]; then __gittrace_git=$folder/$__gittrace_git; fi
    folder=$__gittrace_git
    if [[ -f $folder/commondir ]] && IFS= read -r line <"$folder/commondir"; then
      # a linked work tree's says ../.., and a file has one name only
      case $line in
        /*) folder=$line ;;
        ../..) folder=${folder%/*/*} ;;
        *) folder=$folder/$line ;;
      esac
    fi
    __gittrace_trace=$folder/trace
  }

  # Tells whether commands are to be recorded here and now. Nothing is written to a folder of somebody else's.
  __gittrace_wanted() {
    [[ -n $__gittrace_trace && -O $__gittrace_trace/spool && ${GITTRACE-} != 0 && ${DO_NOT_TRACK-} != 1 &&
      ! -e $__gittrace_trace/paused && ! -e $__gittrace_trace/pause/$__gittrace_session ]]
  }

  # Makes the files of this shell in the repository: what it records, and the text of the last command.
  __gittrace_ready() {
    __gittrace_file=$__gittrace_trace/spool/shell-$$-$__gittrace_began
    if [[ -f $__gittrace_file.rec && -f $__gittrace_file.txt ]]; then return 0; fi
    (umask 077 && : >>"$__gittrace_file.rec" && : >>"$__gittrace_file.txt") || return 1
    if [[ -z ${__gittrace_old_exit+set} ]]; then
      __gittrace_old_exit=$(trap -p EXIT) # trap -- '…' EXIT
      eval "__gittrace_words=(${__gittrace_old_exit#trap --})"
      __gittrace_old_exit=${__gittrace_words[0]-}
      # an 'if', because under the person's 'set -e' a failing command would end the trap
      trap 'if { __gittrace_exit; } 2>/dev/null; then eval "$__gittrace_old_exit"; else eval "$__gittrace_old_exit"; fi' EXIT
    fi
  }

  # Writes a record, $1 its type and the rest its fields.
  __gittrace_record() {
    local kind=$1
    shift
    printf '%s\0' $'\ngt1' "$kind" "$#" "$@" end >>"$__gittrace_file.rec"
  }

  # Finds the text of the command: what history has that it had not before. Without anything new the command is private,
  # or one that repeats the one before it: __gittrace_same says how sure that is. A text stays empty that is private.
  __gittrace_read_text() {
    local HISTTIMEFORMAT='' line='' number
    __gittrace_text='' __gittrace_same=''
    if [[ ! -o history ]]; then return 0; fi
    { history 1 && printf '\0'; } 1<>"$__gittrace_file.txt"
    IFS= read -r -d '' line <"$__gittrace_file.txt"
    line=${line%$'\n'}
    line=${line#"${line%%[! ]*}"}
    number=${line%%[!0-9]*}
    line=${line:${#number}+2} # behind the number stand a space, or a star, and another space
    if ((${number:-0} > __gittrace_last_number)) || [[ $line != "$__gittrace_last_text" ]]; then
      __gittrace_last_number=${number:-0} __gittrace_last_text=$line __gittrace_last_first=$__gittrace_first
      __gittrace_same=new
    elif [[ $HISTCONTROL == *dups* && $HISTCONTROL != *ignorespace* && -z ${HISTIGNORE-} ]]; then
      __gittrace_same=surely
    elif [[ -n $__gittrace_first && $__gittrace_first == "$__gittrace_last_first" ]]; then
      __gittrace_same=perhaps
    fi
    if [[ $line == ' '* ]]; then
      : >"$__gittrace_file.txt"
    elif [[ -n $__gittrace_same ]]; then
      __gittrace_text=$line
    fi
  }

  # Writes a record that says which command it is; $1 is its type, $2 the directory, the rest more fields.
  __gittrace_command() {
    local kind=$1 folder=${2#"$__gittrace_root"} line='' branch='' head=''
    shift 2
    if IFS= read -r line <"$__gittrace_git/HEAD"; then
      case $line in
        'ref: refs/heads/.invalid') branch=$(git symbolic-ref -q HEAD) ;; # a reftable is git's to read
        'ref: '*) branch=${line#ref: } ;;
        *)
          head=$line
          # in a rebase the work belongs to the branch that is being rebased
          if IFS= read -r line <"$__gittrace_git/rebase-merge/head-name" ||
            IFS= read -r line <"$__gittrace_git/rebase-apply/head-name"; then
            case $line in refs/heads/?*) branch=$line ;; esac
          fi
          ;;
      esac
    fi
    if [[ -n $__gittrace_text ]]; then
      set -- "$@" "cwd=${folder#/}" "command=$__gittrace_text"
    else
      set -- "$@" hidden=1
    fi
    __gittrace_branches[$__gittrace_file]=$branch
    line=${__gittrace_time%???}
    # two commands that are alike are told apart by when they began
    if ((line <= __gittrace_ts)); then line=$((__gittrace_ts + 1)); fi
    __gittrace_ts=$line
    __gittrace_record "$kind" "session=$__gittrace_session" "branch=$branch" "head=$head" "ts=$line" "$@"
  }

  # The DEBUG trap: before the first simple command of what was typed. $1 is $_, which must come out again.
  __gittrace_start() {
    local - IFS=$' \t\n'
    set +aeux
    __gittrace_armed=0
    # at a prompt, and not in a command, these two differ: what fired the trap was somebody's prompt code
    if [[ $HISTCMD != "${__gittrace_number@P}" ]]; then return 0; fi
    __gittrace_first=$BASH_COMMAND
    if ! __gittrace_wanted || ! __gittrace_ready; then
      __gittrace_ok=''
      return 0
    fi
    __gittrace_read_text
    __gittrace_command start "$PWD"
    __gittrace_open=$__gittrace_time
  }

  # At each prompt. $1 is 1 where somebody else has a DEBUG trap; $_, $? and PIPESTATUS are in __gittrace_status.
  __gittrace_prompt() {
    local - IFS=$' \t\n'
    set +aeux
    local code=${__gittrace_status[1]} now pipe=()
    if ((__gittrace_time)); then
      now=${EPOCHREALTIME-}
      if [[ -n $now ]]; then now=${now//[!0-9]/}; else printf -v now '%(%s)T000000' -1; fi
      now=$((now > __gittrace_time ? (now - __gittrace_time) / 1000 : 0))
      if [[ $__gittrace_open == "$__gittrace_time" ]]; then
        if [[ -f $__gittrace_file.rec ]]; then __gittrace_finish; fi
      elif [[ -n $__gittrace_ok ]] && __gittrace_wanted && __gittrace_ready; then
        # nothing said that it began: a subshell, a function's definition, or the DEBUG trap was not to be had
        __gittrace_read_text
        __gittrace_finish "${__gittrace_where%:*}"
      fi
      __gittrace_time=0 __gittrace_open='' __gittrace_first=''
    fi
    if [[ $PWD:${GIT_DIR-} != "$__gittrace_where" || ($PWD != "$__gittrace_root" && -e $PWD/.git) ]]; then __gittrace_find; fi
    # whether it is wanted is asked again when the next command begins
    __gittrace_ok=''
    if [[ -n $__gittrace_trace && -e $__gittrace_trace/spool ]]; then __gittrace_ok=yes; fi
    # others may have put theirs in its place; without 'promptvars' it would be shown as it is
    if [[ $PS0 != *"$__gittrace_ps0"* && :$BASHOPTS: == *:promptvars:* ]]; then PS0=${PS0-}$__gittrace_ps0; fi
    if [[ -n $__gittrace_ok && $__gittrace_armed == 0 && $1 == 0 ]]; then
      __gittrace_armed=1
      trap '{ if ((__gittrace_time && !BASH_SUBSHELL)); then __gittrace_status="$_"; trap - DEBUG; __gittrace_start "$__gittrace_status"; fi; } 2>/dev/null' DEBUG
    fi
  }

  # Writes the end of the command, or all of it where $1, the directory, is given. Uses the variables of its caller.
  __gittrace_finish() {
    local last=${__gittrace_status[0]}
    # PIPESTATUS is an older command's after ^Z, and after what is no pipeline and no simple command either
    if [[ ${#__gittrace_status[@]} -gt 3 && $code != 148 && $__gittrace_text == *'|'* ]]; then
      pipe=("pipe=${__gittrace_status[*]:2}")
    fi
    case $__gittrace_same in
      new) __gittrace_last_arg=$last ;;
      perhaps) if [[ $last != "$__gittrace_last_arg" ]]; then __gittrace_text='' pipe+=(hidden=1); fi ;;
    esac
    if [[ -n ${1-} ]]; then
      __gittrace_command command "$1" "exit=$code" "ms=$now" "${pipe[@]}"
    else
      __gittrace_record finish "exit=$code" "ms=$now" "${pipe[@]}"
    fi
    # it goes when nothing is done for long, and comes again
    if [[ ! -e $__gittrace_trace/recorder.lock ]] && ((__gittrace_ts - ${__gittrace_recorders[$__gittrace_trace]:-0} > 60000)); then
      __gittrace_recorders[$__gittrace_trace]=$__gittrace_ts
      if [[ -x $__gittrace_trace/recorder-start ]]; then
        ("$__gittrace_trace/recorder-start" &) </dev/null >/dev/null 2>&1
      fi
    fi
  }

  # The EXIT trap, before the person's own, which finds $? as it was. A closed terminal runs it too, and then the command
  # that was running has no end.
  __gittrace_exit() {
    local code=$?
    local - IFS=$' \t\n' now file
    set +aeux
    printf -v now '%(%s)T000' -1
    if [[ -n ${EPOCHREALTIME-} ]]; then now=${EPOCHREALTIME//[!0-9]/} now=${now%???}; fi
    if [[ -n $__gittrace_open && -f $__gittrace_file.rec ]]; then
      case $BASH_COMMAND in exit | 'exit '* | logout*) __gittrace_record finish "exit=$code" "ms=0" ;; esac
    fi
    for file in "${!__gittrace_branches[@]}"; do
      __gittrace_file=$file
      if [[ -f $file.rec ]]; then
        __gittrace_record session_ended "session=$__gittrace_session" "branch=${__gittrace_branches[$file]}" "ts=$now"
      fi
      command rm -f "$file.txt" "${file%/*/*}/pause/$__gittrace_session"
    done
    return "$code"
  }

  printf -v __gittrace_began '%(%s)T' -1
  __gittrace_session=bash-${BASH_VERSION%%[!0-9.]*}-$$-$__gittrace_began
  export GITTRACE_SESSION=$__gittrace_session
  declare -gA __gittrace_branches=() __gittrace_recorders=()
  __gittrace_time=0 __gittrace_ts=0 __gittrace_open='' __gittrace_ok='' __gittrace_armed=0 __gittrace_where='' __gittrace_root='' __gittrace_trace=''
  __gittrace_first='' __gittrace_same='' __gittrace_last_number=0 __gittrace_last_text='' __gittrace_last_first=''
  __gittrace_number='\!' __gittrace_none='' __gittrace_status=() __gittrace_words=()

  # shellcheck disable=SC2016 # for later
  # the first test is for where nothing is recorded and nothing has changed
  # shellcheck disable=SC2016
  __gittrace_code='{ __gittrace_status=("${_-}" "$?" "${PIPESTATUS[@]}"); if [[ -z $__gittrace_trace && $PWD:${GIT_DIR-} == "$__gittrace_where" && ! -e .git ]]; then __gittrace_time=0; elif ((__gittrace_armed)) || trap -p DEBUG >&-; then __gittrace_prompt 0; else __gittrace_prompt 1; fi; } 2>/dev/null'
  # shellcheck disable=SC2016
  if [[ -n ${EPOCHREALTIME-} ]]; then
    # not [!0-9]: in posix mode a prompt's ! is the number of the command
    __gittrace_ps0='${__gittrace_none:$((__gittrace_time=${EPOCHREALTIME//[^0-9]/},0)):0}'
  else
    __gittrace_ps0='${__gittrace_none:$((__gittrace_time=\D{%s}000000,0)):0}'
  fi
  if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 501)); then
    # one string, and what comes after ours finds $? as the person's command left it
    PROMPT_COMMAND=$__gittrace_code'; (exit "${__gittrace_status[1]}")'${PROMPT_COMMAND:+$'\n'$PROMPT_COMMAND}
  else
    PROMPT_COMMAND[1000]=$__gittrace_code
    # should it be gone, the next command brings it back
    # shellcheck disable=SC2016
    __gittrace_ps0+='${__gittrace_none/${PROMPT_COMMAND[1000]:=$__gittrace_code}}'
  fi
fi
