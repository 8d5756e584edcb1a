#!/bin/sh
# boot-systemd.sh PACKAGE NODE SHARED: boots a systemd that changes nothing of the machine it runs on.
#
# It is process 1 of its own process, mount, IPC, network, host-name and control-group namespaces. The machine's files
# are read-only to it, what programs write to is empty and in memory; the directory SHARED is the same inside and
# outside. PACKAGE is where it was, and where `npm install --global` would put it; NODE is /usr/local/lib/node. Of the
# machine's units there is a journal, and nothing else that starts by itself. Its end is the end of every process in it.
set -eu
package=$1 node=$2 shared=$3

if [ "${4-}" = inside ]; then
  mount -t proc none /proc
  # Process 1 sets limits of the kernel.
  mount --bind /proc/sys /proc/sys
  mount -o remount,bind,ro /proc/sys
  mount -o remount,bind,ro /sys
  mount -t cgroup2 none /sys/fs/cgroup
  mount -t tmpfs none /run
  mkdir /run/lock /run/shared
  touch /run/node
  mount --bind "$shared" /run/shared
  mount --bind "$node" /run/node
  mount -t tmpfs none /usr/local/lib
  mkdir -p /usr/local/lib/node_modules/lttng-ts
  touch /usr/local/lib/node
  mount --bind "$package" /usr/local/lib/node_modules/lttng-ts
  mount --move /run/node /usr/local/lib/node
  for directory in /tmp /var /home /root /etc/systemd; do
    mount -t tmpfs none "$directory"
  done
  chmod 1777 /tmp
  mkdir -p "$shared" "$package" /etc/systemd/system
  mount --move /run/shared "$shared"
  mount --bind /usr/local/lib/node_modules/lttng-ts "$package"
  mount -o remount,bind,ro /
  cd /lib/systemd/system
  for unit in sysinit.target.wants/* sockets.target.wants/* local-fs.target.wants/*; do
    case $unit in
      */systemd-journald.*) ;;
      *) ln -sf /dev/null "/etc/systemd/system/${unit##*/}" ;;
    esac
  done
  cd /
  export container=other
  exec /lib/systemd/systemd --system --unit=basic.target --log-target=console --show-status=no
fi

# A control group of its own, which is the root of all that is seen inside.
mount --make-rprivate /
groups=$shared/control-groups
mkdir "$groups"
mount -t cgroup2 none "$groups"
group=$groups$(sed -n 's/^0:://p' /proc/self/cgroup)/lttng-ts-$$
mkdir "$group"
sh -c 'echo $$ >"$0"; exec unshare --pid --fork --kill-child --mount --cgroup -- sh "$@"' \
  "$group/cgroup.procs" "$0" "$package" "$node" "$shared" inside || status=$?
find "$group" -depth -type d -exec rmdir {} +
umount "$groups"
rmdir "$groups"
exit "${status-0}"
