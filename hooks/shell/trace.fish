# git-trace's shell integration for fish 3.5 and later: stage 1 of the path. 'git trace shell-init fish' prints it, a line in
# config.fish sources it. In a repository that records, each command leaves a record when it begins and one when it ends,
# in a file of this shell's own in the spool (docs/format.md). It never prints, waits or fails, and forks nothing at a
# prompt where /proc/uptime tells the time.

if not status is-interactive; or set -q __gittrace_began
    # a script, or loaded already
else if not builtin -q path
    echo "git trace: fish $version is too old to record commands, 3.5 is wanted; git hooks record as before" >&2
else

    # Finds the repository of PWD, or GIT_DIR: trace/ in its common git directory ('' for none), git directory, work tree.
    function __gittrace_find
        set -l folder $PWD
        set -l line
        set -g __gittrace_where "$PWD:$GIT_DIR"
        set -g __gittrace_trace ''
        set -g __gittrace_root ''
        if test -n "$GIT_DIR"
            set -g __gittrace_root $PWD
            test -n "$GIT_WORK_TREE"; and set -g __gittrace_root $GIT_WORK_TREE
            set -g __gittrace_git $GIT_DIR
        else
            while not test -e "$folder/.git"
                test -n "$folder"; or return 0
                set folder (string replace -r '/[^/]*$' '' -- $folder)
            end
            set -g __gittrace_root $folder
            set -g __gittrace_git $folder/.git
            if test -f $folder/.git
                read line <$folder/.git
                set -g __gittrace_git (string replace 'gitdir: ' '' -- $line)
            end
        end
        string match -q '/*' -- $__gittrace_git; or set -g __gittrace_git $folder/$__gittrace_git
        set folder $__gittrace_git
        if test -f $folder/commondir
            read line <$folder/commondir
            # a linked work tree's says ../.., and a file has one name only
            string match -q '/*' -- $line; and set folder $line; or set folder (path normalize -- $folder/$line)
        end
        set -g __gittrace_trace $folder/trace
    end

    # Tells whether commands are to be recorded here and now. Nothing is written to a folder of somebody else's.
    function __gittrace_wanted
        test -n "$__gittrace_trace" -a "$GITTRACE" != 0 -a "$DO_NOT_TRACK" != 1
        and test -O "$__gittrace_trace/spool"
        and not test -e "$__gittrace_trace/paused"
        and not test -e "$__gittrace_trace/pause/$__gittrace_session"
    end

    # Writes a record, the first argument its type and the rest its fields.
    function __gittrace_record
        printf '%s\0' \ngt1 $argv[1] (math (count $argv) - 1) $argv[2..] end >>$__gittrace_file
    end

    # Milliseconds since 1970, in hundredths of a second: fish has no clock.
    function __gittrace_now
        if test -n "$__gittrace_boot"
            read -l up </proc/uptime
            math -s0 "$__gittrace_boot + 1000 * "(string split -f1 ' ' -- $up)
        else
            command date +%s000
        end
    end

    # The stopped jobs, if any.
    function __gittrace_stopped
        jobs -q; and string match -r '^[0-9]+(?=\s.*\sstopped\s)' -- (jobs)
    end

    function __gittrace_preexec --on-event fish_preexec
        set -g __gittrace_open ''
        if test "$PWD:$GIT_DIR" != "$__gittrace_where"; or test "$PWD" != "$__gittrace_root" -a -e "$PWD/.git"
            __gittrace_find
        end
        __gittrace_wanted; or return 0
        set -l line ''
        set -l branch ''
        set -l head ''
        read line <$__gittrace_git/HEAD
        if test "$line" = 'ref: refs/heads/.invalid' # a reftable is git's to read
            set branch (git symbolic-ref -q HEAD)
        else if string match -q 'ref: *' -- $line
            set branch (string sub -s 6 -- $line)
        else
            set head $line
            # in a rebase the work belongs to the branch that is being rebased
            for name in rebase-merge rebase-apply
                test -f $__gittrace_git/$name/head-name; and read branch <$__gittrace_git/$name/head-name
            end
            string match -q 'refs/heads/?*' -- $branch; or set branch ''
        end
        set -g __gittrace_file $__gittrace_trace/spool/shell-$fish_pid-$__gittrace_began.rec
        if not test -f $__gittrace_file
            command sh -c 'umask 077 && : >>"$1"' sh $__gittrace_file; or return 0
            contains -- $__gittrace_file $__gittrace_files; or set -ga __gittrace_files $__gittrace_file
        end
        set -g __gittrace_text $argv[1]
        set -l said hidden=1
        if not string match -q ' *' -- $argv[1]; and test -z "$fish_private_mode"
            set said cwd=(string replace -r '^/' '' -- (string sub -s (math 1 + (string length -- $__gittrace_root)) -- $PWD)) command=$argv[1]
        end
        set -g __gittrace_jobs (__gittrace_stopped)
        set -l now (__gittrace_now)
        # two commands that are alike are told apart by when they began
        test $now -gt $__gittrace_last; or set now (math $__gittrace_last + 1)
        set -g __gittrace_last $now
        __gittrace_record start session=$__gittrace_session branch=$branch head=$head ts=$now $said
        set -g __gittrace_branch $branch
        set -g __gittrace_open yes
    end 2>/dev/null

    function __gittrace_postexec --on-event fish_postexec
        set -l code $status
        set -l pipe $pipestatus
        test -n "$__gittrace_open"; or return 0
        set -g __gittrace_open ''
        test -f $__gittrace_file; or return 0
        # after ^Z fish tells the status of an older command
        for job in (__gittrace_stopped)
            contains -- $job $__gittrace_jobs; or set code 148
        end
        set -l said exit=$code ms=$CMD_DURATION
        if test (count $pipe) -gt 1 -a $code != 148; and string match -q '*|*' -- $__gittrace_text
            set -a said pipe="$pipe"
        end
        __gittrace_record finish $said
        if not contains -- $__gittrace_trace $__gittrace_recorders
            set -ga __gittrace_recorders $__gittrace_trace
            if test -x $__gittrace_trace/recorder-start
                command sh -c '"$0" &' $__gittrace_trace/recorder-start </dev/null >/dev/null
            end
        end
    end 2>/dev/null

    # A closed terminal ends the shell too, and then the command that was running has no end.
    function __gittrace_exit --on-event fish_exit
        set -l code $status
        set -l now (__gittrace_now)
        if test -n "$__gittrace_open" -a -f "$__gittrace_file"; and string match -qr '^exit\b' -- $__gittrace_text
            __gittrace_record finish exit=$code ms=0
        end
        for file in $__gittrace_files
            test -f $file; or continue
            set -g __gittrace_file $file
            __gittrace_record session_ended session=$__gittrace_session branch=$__gittrace_branch ts=$now
            set -l pause (path dirname (path dirname $file))/pause/$__gittrace_session
            test -e $pause; and command rm -f $pause
        end
    end 2>/dev/null

    set -g __gittrace_began (command date +%s)
    set -g __gittrace_boot ''
    if test -r /proc/uptime
        read -l __gittrace_up </proc/uptime
        set -g __gittrace_boot (math -s0 (command date +%s%3N)" - 1000 * "(string split -f1 ' ' -- $__gittrace_up))
    end
    set -g __gittrace_session fish-(string match -r '^[0-9.]+[0-9]' -- $version)-$fish_pid-$__gittrace_began
    set -gx GITTRACE_SESSION $__gittrace_session
    set -g __gittrace_open ''
    set -g __gittrace_last 0
    set -g __gittrace_where ''
    set -g __gittrace_root ''
end
