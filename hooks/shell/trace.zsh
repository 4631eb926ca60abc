# git-trace's shell integration for zsh 5.3 and later: stage 1 of the path. 'git trace shell-init zsh' prints it, a line in
# ~/.zshrc evaluates it. In a repository that records, each command leaves a record when it begins and one when it ends,
# in a file of this shell's own in the spool (docs/format.md). It never prints, waits or fails, and forks nothing at a
# prompt. Its functions run under zsh's own options, whatever the person has set.

if [[ ! -o interactive || -n ${__gittrace_began-} ]]; then
  : # a script, or loaded already
elif [[ ${ZSH_VERSION} != (5.(<3->|<3->.*)|<6->.*) ]] || ! zmodload zsh/datetime zsh/system; then
  print -ru2 "git trace: zsh $ZSH_VERSION cannot record commands, 5.3 with zsh/datetime and zsh/system is wanted; git hooks record as before"
else

  # Finds the repository of PWD, or GIT_DIR: trace/ in its common git directory ('' for none), git directory, work tree.
  function __gittrace_find {
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
      if [[ -f $__gittrace_git ]]; then
        line=$(<$__gittrace_git) # does not fork
        __gittrace_git=${line#gitdir: }
      fi
    fi
    if [[ $__gittrace_git != /* ]]; then __gittrace_git=$folder/$__gittrace_git; fi
    folder=$__gittrace_git
    if [[ -f $folder/commondir ]]; then
      line=$(<$folder/commondir)
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
  function __gittrace_wanted {
    [[ -n $__gittrace_trace && -O $__gittrace_trace/spool && ${GITTRACE-} != 0 && ${DO_NOT_TRACK-} != 1 &&
      ! -e $__gittrace_trace/paused && ! -e $__gittrace_trace/pause/$__gittrace_session ]]
  }

  # Writes a record, $1 its type and the rest its fields, with one write(2). No child inherits the file.
  function __gittrace_record {
    local kind=$1 fd
    shift
    local -a all=($'\ngt1' $kind $# "$@" end '')
    sysopen -a -o cloexec,create -m 600 -u fd $__gittrace_file && {
      syswrite -o $fd -- ${(pj:\0:)all}
      exec {fd}>&-
    }
  }

  # Before a command; $1 is its text as history has it.
  function __gittrace_preexec {
    __gittrace_open=''
    # where nothing is recorded and nothing has changed
    if [[ -z $__gittrace_trace && $PWD:${GIT_DIR-} == $__gittrace_where && ! -e .git ]]; then return 0; fi
    {
      if [[ $PWD:${GIT_DIR-} != $__gittrace_where || ($PWD != $__gittrace_root && -e $PWD/.git) ]]; then __gittrace_find; fi
      if ! __gittrace_wanted; then return 0; fi
      local line='' branch='' head='' name folder=${PWD#$__gittrace_root}
      local -a said
      line=$(<$__gittrace_git/HEAD)
      case $line in
        'ref: refs/heads/.invalid') branch=$(git symbolic-ref -q HEAD) ;; # a reftable is git's to read
        'ref: '*) branch=${line#ref: } ;;
        *)
          head=$line
          # in a rebase the work belongs to the branch that is being rebased
          for name in rebase-merge rebase-apply; do
            if [[ -f $__gittrace_git/$name/head-name ]]; then branch=$(<$__gittrace_git/$name/head-name); fi
          done
          if [[ $branch != refs/heads/?* ]]; then branch=''; fi
          ;;
      esac
      if [[ -z $1 || $1 == ' '* ]]; then said=(hidden=1); else said=(cwd=${folder#/} command=$1); fi
      __gittrace_text=$1 __gittrace_file=$__gittrace_trace/spool/shell-$$-$__gittrace_began.rec
      integer now=$((EPOCHREALTIME * 1000))
      # two commands that are alike are told apart by when they began
      if ((now <= __gittrace_last)); then now=$((__gittrace_last + 1)); fi
      __gittrace_last=$now
      __gittrace_record start session=$__gittrace_session branch=$branch head=$head ts=$now $said
      __gittrace_open=$now __gittrace_branches[$__gittrace_file]=$branch
    } 2>/dev/null
  }

  # At each prompt.
  function __gittrace_precmd {
    local -a ended=($? $pipestatus) said
    if [[ -z $__gittrace_open ]]; then return 0; fi
    {
      integer took=$((EPOCHREALTIME * 1000 - __gittrace_open))
      said=(exit=$ended[1] ms=$((took > 0 ? took : 0)))
      # pipestatus is an older command's after ^Z, and after what is no pipeline
      if ((ended[1] != 148 && $#ended > 2)) && [[ $__gittrace_text == *'|'* ]]; then said+=("pipe=${ended[2,-1]}"); fi
      __gittrace_open=''
      if [[ ! -f $__gittrace_file ]]; then return 0; fi
      __gittrace_record finish $said
      # it goes when nothing is done for long, and comes again
      if [[ ! -e $__gittrace_trace/recorder.lock ]] && ((__gittrace_last - ${__gittrace_recorders[$__gittrace_trace]:-0} > 60000)); then
        __gittrace_recorders[$__gittrace_trace]=$__gittrace_last
        if [[ -x $__gittrace_trace/recorder-start ]]; then
          ($__gittrace_trace/recorder-start &) </dev/null >/dev/null
        fi
      fi
    } 2>/dev/null
  }

  # When the shell exits. A closed terminal runs this too, and then the command that was running has no end.
  function __gittrace_zshexit {
    integer code=$? now=$((EPOCHREALTIME * 1000))
    # an 'exit' in a subshell runs this too
    if ((ZSH_SUBSHELL)); then return 0; fi
    {
      if [[ -n $__gittrace_open && $__gittrace_text == (exit|logout|bye)(| *) && -f $__gittrace_file ]]; then
        __gittrace_record finish exit=$code ms=0
      fi
      for __gittrace_file in ${(k)__gittrace_branches}; do
        if [[ ! -f $__gittrace_file ]]; then continue; fi
        __gittrace_record session_ended session=$__gittrace_session branch=$__gittrace_branches[$__gittrace_file] ts=$now
        local pause=${__gittrace_file:h:h}/pause/$__gittrace_session
        if [[ -e $pause ]]; then command rm -f $pause; fi
      done
    } 2>/dev/null
  }

  # the functions of the moment, parsed again so that zsh gives them these options whenever it calls them
  emulate -R zsh -o no_xtrace -o extended_glob -c 'for __gittrace_open in ${(k)functions[(I)__gittrace_*]}; do
    functions[$__gittrace_open]=$functions[$__gittrace_open]
  done'

  typeset -g __gittrace_open='' __gittrace_where='' __gittrace_root='' __gittrace_trace='' __gittrace_text='' __gittrace_file=''
  typeset -g __gittrace_began=$EPOCHSECONDS __gittrace_last=0
  typeset -g __gittrace_session=zsh-$ZSH_VERSION-$$-$__gittrace_began
  typeset -gx GITTRACE_SESSION=$__gittrace_session
  typeset -gA __gittrace_branches __gittrace_recorders
  typeset -ga preexec_functions precmd_functions zshexit_functions
  preexec_functions+=(__gittrace_preexec)
  precmd_functions=(__gittrace_precmd $precmd_functions)
  zshexit_functions+=(__gittrace_zshexit)
fi
