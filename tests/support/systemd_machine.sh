#!/bin/bash
# systemd_machine.sh --check           says what is lacking to do the following, and fails, or nothing
# systemd_machine.sh STATE [PATH...]
# Boots this machine's own systemd as PID 1 of private namespaces (mount, pid, cgroup, uts, ipc,
# net), over a copy-on-write view of the root file system, and stays until SIGTERM or until that
# systemd ends; then nothing of it is left: no process, no mount, no control group. When that
# systemd reboots it is booted again, over what it has written.
# STATE is an empty directory; inside it is /run/share, and STATE/init holds systemd's pid as seen
# here. Each PATH, a file or directory, is there inside too, under the same name, to be read only.
#
# systemd moves every process it finds in its control group, and makes groups in every hierarchy
# it sees. So it gets a group of its own, as the root of its cgroup namespace, and sees cgroup2 only.
set -euo pipefail

fail() {
    echo "systemd_machine: $1" >&2
    exit 1
}

# A file of /dev, the pseudo-terminals and a console that is a file, readable from outside.
make_dev() {
    local root=$1 state=$2 node
    mount -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
    for node in null zero full random urandom tty; do
        : >"$root/dev/$node"
        mount --bind "/dev/$node" "$root/dev/$node"
    done
    mkdir "$root/dev/pts" "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    ln -s pts/ptmx "$root/dev/ptmx"
    ln -s /proc/self/fd "$root/dev/fd"
    ln -s /proc/self/fd/0 "$root/dev/stdin"
    ln -s /proc/self/fd/1 "$root/dev/stdout"
    ln -s /proc/self/fd/2 "$root/dev/stderr"
    : >"$root/dev/console"
    : >>"$state/console"
    mount --bind "$state/console" "$root/dev/console"
}

# What a machine without hardware and network needs not, and what takes time.
mask_units() {
    local units=$1/etc/systemd/system unit
    for unit in systemd-{udevd,logind,resolved,networkd,timesyncd,sysctl,modules-load,remount-fs}.service \
        systemd-{tmpfiles-setup-dev,update-utmp,sysusers}.service systemd-tmpfiles-clean.timer \
        systemd-udevd-{control,kernel}.socket systemd-udev-trigger.service \
        dev-hugepages.mount sys-kernel-{debug,tracing}.mount \
        getty.target console-getty.service cron.service e2scrub_reap.service; do
        ln -sfn /dev/null "$units/$unit"
    done
}

# In the namespaces, before they have a file system of their own.
inner() {
    local state=$1 base path root
    shift
    hostname lbdrain-test
    ip link set lo up
    # Opened before the root changes: the paths may lie below what a tmpfs hides inside.
    base=$state/machine
    root=$base/root
    mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$root"
    mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
    mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
    mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
    make_dev "$root" "$state"
    mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
    mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
    mkdir "$root/run/share"
    mount --bind "$state" "$root/run/share"
    for path; do
        if [[ -d $path ]]; then
            mkdir -p "$root$path"
        else
            mkdir -p "$root${path%/*}"
            [[ -e $root$path ]] || : >"$root$path"
        fi
        mount --bind "$path" "$root$path"
        mount -o remount,bind,ro "$root$path"
    done
    mount --bind "$root/proc/sys" "$root/proc/sys"
    mount -o remount,bind,ro "$root/proc/sys"
    if [[ ! -s $root/etc/machine-id ]]; then
        tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
    fi
    rm -f "$root/usr/sbin/policy-rc.d"
    mask_units "$root"
    # Empties /tmp, which is new and may hold a PATH.
    ln -sfn /dev/null "$root/etc/tmpfiles.d/tmp.conf"
    mkdir "$root/old"
    pivot_root "$root" "$root/old"
    cd /
    umount -l /old
    rmdir /old
    exec env -i container=lbdrain-test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin \
        /lib/systemd/systemd --system --unit=basic.target </dev/null >/dev/null 2>&1
}

# The mount point of cgroup2, the whole of it, or the end.
cgroup2_mount() {
    awk '$4 == "/" && / - cgroup2 / { print $5; found = 1; exit } END { exit !found }' \
        /proc/self/mountinfo || fail 'no cgroup2 is mounted'
}

remove_group() {
    local try
    [[ -d $group ]] || return 0
    for ((try = 0; try < 100; ++try)); do
        # The kernel takes a moment to let go of a process that has died.
        find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
        [[ -d $group ]] || return 0
        sleep 0.02
    done
    echo "systemd_machine: cannot remove $group" >&2
}

tear_down() {
    trap '' TERM INT HUP
    # With systemd, every process inside; unshare waits for that and ends. Before there is a
    # child, unshare itself.
    if [[ $boot ]]; then
        read -r init _ <"/proc/$boot/task/$boot/children" || true
        kill -KILL "${init:-$boot}" || true
    fi 2>/dev/null
    { wait || true; } 2>/dev/null
    remove_group
}

# Sets `group` to a new control group, and removes those of scripts that were killed.
make_group() {
    local mount own old
    mount=$(cgroup2_mount)
    own=$(awk -F: '$1 == "0" { print $3 }' /proc/self/cgroup)
    group=${mount}${own%/}/lbdrain-machine-$$
    for old in "${group%-*}"-*; do
        if [[ -d $old && ! -d /proc/${old##*-} ]]; then
            find "$old" -depth -type d -exec rmdir {} + 2>/dev/null || true
        fi
    done
    mkdir "$group" || fail 'no control group can be made'
}

check() {
    ((EUID == 0)) || fail 'root rights are needed'
    make_group
    rmdir "$group"
    unshare --mount --pid --fork --cgroup --uts --ipc --net --propagation private \
        "$BASH" "$0" --check-mounts || fail 'namespaces or the mounts in them are not allowed'
}

check_mounts() {
    mount -t tmpfs tmpfs /mnt
    mkdir /mnt/upper /mnt/work /mnt/root
    mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
    mount -t proc proc /mnt/root/proc
    mount -t cgroup2 cgroup2 /mnt/root/sys
}

# Until that systemd has ended. Its status is 129, by SIGHUP, when it asked for a reboot.
boot_once() {
    local state=$1
    (
        trap - TERM INT HUP EXIT
        echo "$BASHPID" >"$group/cgroup.procs"
        exec setpriv --pdeathsig KILL unshare --mount --pid --fork --cgroup --uts --ipc --net --propagation private \
            --kill-child=SIGKILL "$BASH" "$0" --inner "$@"
    ) &
    boot=$!
    while kill -0 "$boot" 2>/dev/null; do
        init=$(cat "/proc/$boot/task/$boot/children" 2>/dev/null || true)
        init=${init%% *}
        if [[ $init && $(cat "/proc/$init/comm" 2>/dev/null) == systemd ]]; then
            echo "$init" >"$state/init.new"
            mv "$state/init.new" "$state/init"
            break
        fi
        sleep 0.01
    done
    wait "$boot"
}

# In a mount namespace of its own, for what outlives a reboot.
outer() {
    local state=$1 base=$1/machine status
    mkdir "$base"
    mount -t tmpfs -o mode=755 tmpfs "$base"
    mkdir "$base/upper" "$base/work" "$base/root"
    make_group
    boot=
    trap tear_down EXIT
    trap 'exit 0' TERM INT HUP
    while true; do
        status=0
        boot_once "$@" || status=$?
        ((status == 129)) || break
        boot=
        remove_group
        mkdir "$group"
    done
}

case ${1-} in
    --check) check ;;
    --check-mounts) check_mounts ;;
    --inner) shift && inner "$@" ;;
    --outer) shift && outer "$@" ;;
    '' | -*) fail 'usage: systemd_machine.sh --check | STATE [PATH...]' ;;
    *) exec unshare --mount --propagation private "$BASH" "$0" --outer "$@" ;;
esac
