#!/bin/sh
# Starts git-trace's recorder and goes. 'git trace init' copies this file to <common git dir>/trace/recorder-start; shells
# run it once, in the background. Whatever goes wrong, nothing is said: the next command does the recorder's work.
gittrace_trace=${0%/*}
gittrace_node='' gittrace_script=''
if [ -r "$gittrace_trace/bin" ]; then
  { IFS= read -r gittrace_node && IFS= read -r gittrace_script; } <"$gittrace_trace/bin" || :
fi
if [ -x "$gittrace_node" ] && [ -f "$gittrace_script" ]; then
  # a session of its own, where the system can: neither ^C nor the closing of the terminal reaches it
  if command -v setsid >/dev/null 2>&1; then
    exec setsid "$gittrace_node" "$gittrace_script" recorder </dev/null >/dev/null 2>&1
  fi
  exec "$gittrace_node" "$gittrace_script" recorder </dev/null >/dev/null 2>&1
fi
