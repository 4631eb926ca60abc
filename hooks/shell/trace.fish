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
            if test -f $folder/.git -a -r $folder/.git
                read line <$folder/.git
                set -g __gittrace_git (string replace 'gitdir: ' '' -- $line)
            end
        end
        string match -q '/*' -- $__gittrace_git; or set -g __gittrace_git $folder/$__gittrace_git
        set folder $__gittrace_git
        if test -f $folder/commondir -a -r $folder/commondir
            read line <$folder/commondir
            # a linked work tree's says ../.., and a file has one name only
            string match -q '/*' -- $line; and set folder $line; or set folder (path normalize -- $folder/$line)
        end
        set -g __gittrace_trace $folder/trace
        set -g __gittrace_file $folder/trace/spool/shell-$fish_pid-$__gittrace_began.rec
        set -g __gittrace_cwd ''
        if string match -q -- "$__gittrace_root/*" "$PWD/"
            set __gittrace_cwd (string sub -s (math 2 + (string length -- $__gittrace_root)) -- $PWD)
        end
    end

    # Milliseconds since 1970, in hundredths of a second: fish has no clock.
    function __gittrace_now
        if test -n "$__gittrace_boot"
            read -l -d ' ' up rest </proc/uptime
            math -s0 $__gittrace_boot + 1000 x $up
        else
            command date +%s000
        end
    end

    # The stopped jobs, if any.
    function __gittrace_stopped
        string match -r '^[0-9]+(?=\s.*\sstopped\s)' -- (jobs)
    end

    function __gittrace_preexec --on-event fish_preexec
        begin
            set -g __gittrace_open ''
            if test "$PWD:$GIT_DIR" != "$__gittrace_where" -o -e .git -a "$PWD" != "$__gittrace_root"
                __gittrace_find
            end
            test -n "$__gittrace_trace"; or return 0
            # nothing is written to a folder of somebody else's
            test -O $__gittrace_trace/spool -a "$GITTRACE" != 0 -a "$DO_NOT_TRACK" != 1 -a ! -e $__gittrace_trace/paused -a ! -e $__gittrace_trace/pause/$__gittrace_session
            or return 0
            set -l head ''
            set -l branch ''
            # 'ref: <branch>' or an oid; fish says that a file cannot be opened, whatever is redirected
            test -r $__gittrace_git/HEAD; and read -d ' ' head branch <$__gittrace_git/HEAD
            if test "$head" = ref:
                set head ''
                test "$branch" = refs/heads/.invalid; and set branch (git symbolic-ref -q HEAD) # a reftable is git's to read
            else
                set branch ''
                # in a rebase the work belongs to the branch that is being rebased
                for name in rebase-merge rebase-apply
                    test -r $__gittrace_git/$name/head-name; and read branch <$__gittrace_git/$name/head-name
                end
                string match -q 'refs/heads/?*' -- $branch; or set branch ''
            end
            if not test -f $__gittrace_file -a -w $__gittrace_file
                command sh -c 'umask 077 && : >>"$1"' sh $__gittrace_file; or return 0
                contains -- $__gittrace_file $__gittrace_files; or set -ga __gittrace_files $__gittrace_file
            end
            set -g __gittrace_text $argv[1]
            set -l said 7 hidden=1
            if not string match -q ' *' -- $argv[1]; and test -z "$fish_private_mode"
                set said 8 cwd=$__gittrace_cwd command=$argv[1]
            end
            set -g __gittrace_jobs
            jobs -q; and set __gittrace_jobs (__gittrace_stopped)
            # whoever reads it adds up, since fish would take twice as long; two commands that are alike are told apart by 'nth'
            set __gittrace_nth $__gittrace_nth[2..] $__gittrace_nth[1]
            set -l now boot=$__gittrace_boot nth=$__gittrace_nth[1] up=
            if test -n "$__gittrace_boot"
                read -l -d ' ' up rest </proc/uptime
                set now[3] up=$up
            else
                set now[3] ts=(command date +%s000)
            end
            set -g __gittrace_written $__gittrace_file
            printf '%s\0' \ngt1 start $said[1] session=$__gittrace_session branch=$branch head=$head $now $said[2..] end >>$__gittrace_file
            set -g __gittrace_branch $branch
            set -g __gittrace_open yes
        end 2>/dev/null
    end

    function __gittrace_postexec --on-event fish_postexec
        set -l code $status
        set -l pipe $pipestatus
        begin
            test -n "$__gittrace_open"; or return 0
            set -g __gittrace_open ''
            test -f $__gittrace_written -a -w $__gittrace_written; or return 0
            # after ^Z fish tells the status of an older command
            if jobs -q
                for job in (__gittrace_stopped)
                    contains -- $job $__gittrace_jobs; or set code 148
                end
            end
            set -l said 2
            if set -q pipe[2]; and test $code != 148; and string match -q '*|*' -- $__gittrace_text
                set said 3 pipe="$pipe"
            end
            printf '%s\0' \ngt1 finish $said[1] exit=$code ms=$CMD_DURATION $said[2..] end >>$__gittrace_written
            # it goes when nothing is done for long, and comes again: it is looked for at the first command, and each tenth
            if not test -e $__gittrace_trace/recorder.lock; and begin; test $__gittrace_nth[1] = 0; or not contains -- $__gittrace_trace $__gittrace_recorders; end
                set -ga __gittrace_recorders $__gittrace_trace
                if test -x $__gittrace_trace/recorder-start
                    command sh -c '"$0" &' $__gittrace_trace/recorder-start </dev/null >/dev/null
                end
            end
        end 2>/dev/null
    end

    # A closed terminal ends the shell too, and then the command that was running has no end.
    function __gittrace_exit --on-event fish_exit
        set -l code $status
        begin
            set -l now (__gittrace_now)
            if test -n "$__gittrace_open" -a -f "$__gittrace_written" -a -w "$__gittrace_written"; and string match -qr '^exit\b' -- $__gittrace_text
                printf '%s\0' \ngt1 finish 2 exit=$code ms=0 end >>$__gittrace_written
            end
            for file in $__gittrace_files
                test -f $file -a -w $file; or continue
                printf '%s\0' \ngt1 session_ended 3 session=$__gittrace_session branch=$__gittrace_branch ts=$now end >>$file
                set -l pause (path dirname (path dirname $file))/pause/$__gittrace_session
                test -e $pause; and command rm -f $pause
            end
        end 2>/dev/null
    end

    set -g __gittrace_began (command date +%s)
    set -g __gittrace_boot ''
    if test -r /proc/uptime
        read -l __gittrace_up </proc/uptime
        set -g __gittrace_boot (math -s0 (command date +%s%3N)" - 1000 * "(string split -f1 ' ' -- $__gittrace_up))
    end
    set -g __gittrace_session fish-(string match -r '^[0-9.]+[0-9]' -- $version)-$fish_pid-$__gittrace_began
    set -gx GITTRACE_SESSION $__gittrace_session
    set -g __gittrace_open ''
    set -g __gittrace_nth 0 1 2 3 4 5 6 7 8 9
    set -g __gittrace_where ''
    set -g __gittrace_root ''
end
