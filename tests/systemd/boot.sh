#!/bin/sh
# boot.sh: runs a command under a systemd of its own, with journald and the D-Bus system bus, as root
# and without touching the host; shows its output and ends with its exit status.
#
#     boot.sh ─► mounts of our own ─► PID 1 of a new namespace: root, then systemd
#                                        └─► under-test.service: the command; its end is the exit
#
# usage: sh tests/systemd/boot.sh COMMAND [ARG]...      LIMIT=300 seconds at most
#
# The root is an overlay over the host's: what is written there goes to memory, and away. This tree
# is shown in its own place, read-only. /run, /tmp, /dev and the journal begin empty; of /dev there
# are copies of the harmless nodes, never the host's folder. The network is a loopback device and
# nothing else. Signals reach only processes of the new PID namespace, and no mount leaves its mount
# namespace: when the last process is gone, so is everything.
#
# Needs root, cgroup2 and overlayfs. Where the boot cannot work it says why and ends with 125.
set -eu

fail()
{
    printf 'boot.sh: %s\n' "$*" >&2
    exit 125
}

check()
{
    [ $# -gt 0 ] || fail "no command"
    [ "$(id -u)" -eq 0 ] || fail "must be run as root: it makes namespaces and mounts"
    [ -x /lib/systemd/systemd ] || fail "there is no /lib/systemd/systemd: install systemd"
    for tool in dbus-daemon unshare setpriv pivot_root mountpoint systemd-sysusers; do
        command -v "$tool" >/dev/null || fail "there is no $tool: install systemd, dbus, util-linux"
    done
}

# ---- PID 1 -----------------------------------------------------------------------------------

# layer DIR: what is in the host's DIR, and what is written over it.
layer()
{
    mkdir -p "$stage/layers$1/upper" "$stage/layers$1/work" "$root$1"
    mount -n -t overlay -o "lowerdir=${1:-/},upperdir=$stage/layers$1/upper,workdir=$stage/layers$1/work" \
        overlay "$root$1" || fail "cannot mount an overlay over the host's ${1:-/}"
}

# read_only DIR
read_only()
{
    mount -n --bind "$1" "$1"
    mount -n -o remount,bind,ro "$1"
}

make_dev()
{
    mount -n -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
    mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue"
    for node in null zero full random urandom tty; do
        cp -a "/dev/$node" "$root/dev/$node"
    done
    : >"$root/dev/kmsg" # what PID 1 says before there is a journal
    mount -n --bind "$stage/kmsg" "$root/dev/kmsg"
    ln -s pts/ptmx "$root/dev/ptmx"
    ln -s /proc/self/fd "$root/dev/fd"
    ln -s /proc/self/fd/0 "$root/dev/stdin"
    ln -s /proc/self/fd/1 "$root/dev/stdout"
    ln -s /proc/self/fd/2 "$root/dev/stderr"
    mount -n -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$root/dev/pts"
    mount -n -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
}

make_root()
{
    layer ""
    for folder in /usr /var /etc; do
        ! mountpoint -q "$folder" || layer "$folder"
    done
    mount -n -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
    mount -n -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/tmp"
    mount -n -t proc -o nosuid,nodev,noexec proc "$root/proc"
    read_only "$root/proc/sys"
    [ ! -e "$root/proc/sysrq-trigger" ] || read_only "$root/proc/sysrq-trigger"
    mount -n -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
    mount -n -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    make_dev
    mkdir -p "$root$tree"
    mount -n --bind "$tree" "$root$tree"
    mount -n -o remount,bind,ro "$root$tree"
    mkdir -p "$root/run/host/journal" "$root/run/log/journal"
    mount -n --bind "$stage/journal" "$root/run/log/journal"
    : >"$root/run/host/output"
    mount -n --bind "$stage/output" "$root/run/host/output"
}

# An empty file masks, as a link to /dev/null does.
mask()
{
    for name in "$@"; do
        : >"/run/systemd/$name"
    done
}

# Nothing that the host enables starts, no generator looks at its fstab, and nothing that would want
# a machine: devices, consoles, clocks, kernel settings.
mask_host()
{
    rm -rf /etc/systemd/system
    mkdir -p /etc/systemd/system /run/systemd/system /run/systemd/system-generators
    for generator in /lib/systemd/system-generators/* /etc/systemd/system-generators/*; do
        mask "system-generators/${generator##*/}"
    done
    for service in systemd-udevd systemd-udev-trigger systemd-logind systemd-networkd \
        systemd-resolved systemd-timesyncd systemd-remount-fs systemd-pstore systemd-modules-load \
        systemd-sysctl systemd-binfmt systemd-random-seed systemd-repart systemd-firstboot \
        systemd-hwdb-update systemd-tmpfiles-setup-dev systemd-update-utmp \
        systemd-machine-id-commit systemd-update-utmp-runlevel systemd-pcrphase \
        systemd-pcrphase-sysinit kmod-static-nodes dbus-org.freedesktop.login1 emergency rescue \
        console-getty systemd-journal-catalog-update ldconfig systemd-sysusers; do
        mask "system/$service.service"
    done
    mask system/getty.target system/dev-hugepages.mount system/sys-fs-fuse-connections.mount \
        system/systemd-udevd-control.socket system/systemd-udevd-kernel.socket \
        system/systemd-journald-audit.socket system/systemd-initctl.socket \
        system/systemd-ask-password-console.path system/systemd-ask-password-wall.path \
        system/proc-sys-fs-binfmt_misc.automount system/proc-sys-fs-binfmt_misc.mount \
        system/sys-kernel-config.mount system/sys-kernel-debug.mount \
        system/sys-kernel-tracing.mount system/systemd-tmpfiles-clean.timer
}

# drop_in FOLDER: standard input is the setting.
drop_in()
{
    mkdir -p "/run/systemd/$1"
    cat >"/run/systemd/$1/50-test.conf"
}

configure()
{
    tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id # set: this is no first boot
    mask_host
    drop_in journald.conf.d <<-'UNIT'
	[Journal]
	Storage=volatile
	Audit=
	ReadKMsg=no
	RateLimitIntervalSec=0
	UNIT
    drop_in system.conf.d <<-'UNIT'
	[Manager]
	DefaultTimeoutStopSec=10s
	UNIT
    drop_in system/systemd-tmpfiles-setup.service.d <<-'UNIT'
	[Service]
	ExecStart=
	ExecStart=systemd-tmpfiles --create --boot --exclude-prefix=/dev
	UNIT
    cat >/run/systemd/system/under-test.service <<-UNIT
	[Unit]
	SuccessAction=exit-force
	FailureAction=exit-force
	[Service]
	Type=exec
	Environment=LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
	WorkingDirectory=$tree
	StandardOutput=file:/run/host/output
	StandardError=inherit
	ExecStart=$command
	RuntimeMaxSec=${LIMIT:-300}
	UNIT
    mkdir -p /run/systemd/system/multi-user.target.wants
    ln -s ../under-test.service /run/systemd/system/multi-user.target.wants/
}

pid1()
{
    ip link set lo up 2>/dev/null || fail "cannot set up a loopback device: install iproute2"
    root=$stage/root
    mkdir "$root"
    make_root
    cd "$root"
    pivot_root . .
    umount -n -l .
    mount -n --make-rshared / # systemd hands credentials to services through shared mounts
    configure
    cd /
    exec env -i container=cmkd-test LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        setpriv --bounding-set -sys_time,-sys_module,-sys_rawio,-audit_control,-audit_read \
        /lib/systemd/systemd --system --unit=multi-user.target --show-status=no \
        --log-target=journal-or-kmsg
}

# ---- outside ---------------------------------------------------------------------------------

# The cgroup of the instance, at the top of what we see of the hierarchy.
open_cgroup()
{
    mkdir "$stage/cgroup"
    mount -n -t cgroup2 cgroup2 "$stage/cgroup" || fail "cannot mount cgroup2"
    cgroup=$stage/cgroup/cmkd-test.$$
    mkdir "$cgroup" || fail "cannot make a cgroup: the cgroup2 hierarchy is read-only here"
}

close_all()
{
    status=$?
    trap '' EXIT INT TERM HUP
    [ -z "${instance:-}" ] || kill -KILL "$instance" 2>/dev/null || true # takes the namespace along
    [ -z "${instance:-}" ] || wait "$instance" 2>/dev/null || true
    exec 9>&- # "cat" sees the end
    [ -z "${shown:-}" ] || wait "$shown" || true
    if [ "$status" -ne 0 ]; then
        printf -- '---- what PID 1 said, and the journal\n'
        cat "$stage/said" "$stage/kmsg"
        journalctl -D "$stage/journal" --no-pager -o short-precise 2>&1 || true
    fi >&2
    [ -z "${cgroup:-}" ] || find "$cgroup" -depth -type d -exec rmdir {} + || true
    umount -n -l "$stage"
    rmdir "$stage"
    exit "$status"
}

# In a mount namespace of our own: no mount outlives this process and its children.
outside()
{
    stage=$(mktemp -d "${TMPDIR:-/tmp}/cmkd-boot.XXXXXX")
    mount -n -t tmpfs -o mode=700 tmpfs "$stage"
    cgroup='' instance='' shown=''
    trap close_all EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    mkdir "$stage/journal"
    : >"$stage/said"
    : >"$stage/kmsg"
    mkfifo "$stage/output"
    open_cgroup
    cat "$stage/output" &
    shown=$!
    exec 9>"$stage/output" # until the instance has ended
    export stage tree
    sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' boot "$cgroup" \
        setpriv --pdeathsig KILL unshare --cgroup --pid --fork --kill-child --mount --uts --ipc \
        --net sh "$tree/tests/systemd/boot.sh" --pid1 "$@" <"/dev/null" >>"$stage/said" 2>&1 9>&- &
    instance=$!
    status=0
    wait "$instance" || status=$?
    instance=''
    exit "$status"
}

case ${1-} in
--pid1)
    shift
    command=$*
    pid1
    ;;
--outside)
    shift
    outside "$@"
    ;;
*)
    check "$@"
    tree=$(cd "$(dirname "$0")/../.." && pwd -P)
    export tree
    unshare --mount true || fail "namespaces are out of reach here: a container needs CAP_SYS_ADMIN"
    exec unshare --mount --propagation private sh "$tree/tests/systemd/boot.sh" --outside "$@"
    ;;
esac
