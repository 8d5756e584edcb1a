#!/bin/bash
# trace-cmd record in the instance $1, with the other arguments. A kernel that is locked down refuses the files of the
# function tracer, which trace-cmd resets before and after; so it sees plain files in their place, in a mount namespace
# of its own.
set -e
export INSTANCE=$1
shift
mkdir "/sys/kernel/tracing/instances/$INSTANCE"
exec unshare --mount bash -c '
plain=$(mktemp -d)
mount -t tmpfs none "$plain"
tracing=/sys/kernel/tracing
for file in /proc/sys/kernel/ftrace_enabled \
  $tracing{,/instances/"$INSTANCE"}/set_ftrace_{filter,notrace,pid,notrace_pid} \
  $tracing{,/instances/"$INSTANCE"}/set_graph_{function,notrace}; do
  [ -e "$file" ] || continue
  place=$plain/$(echo "$file" | tr / _)
  echo 1 > "$place"
  mount --bind "$place" "$file"
done
exec trace-cmd record -B "$INSTANCE" "$@"' trace-cmd "$@"
