#!/usr/bin/env bash
# A SLURM of one node on this machine, to try profiles/slurm with: docs/clusters.md. As root, on Debian or Ubuntu:
#   apt-get install --no-install-recommends slurm-wlm munge
#   profiles/slurm/one_node.sh start      GPUS=n: that many GPUs, or as many slots without a device where there are none
#   profiles/slurm/one_node.sh stop
# It listens on the loopback address alone, keeps no accounts, and does not limit memory. Not for a cluster.
set -euo pipefail

CONF=/etc/slurm # Not a folder of our own: Snakemake's plugin takes SLURM_CONF away from what runs inside a job.
STATE=/run/one_node_slurm
MARK="# Written by speech2face's one_node.sh, which takes it away again."

fail() {
    echo "one_node.sh: $1" >&2
    exit 1
}

ours() {
    [ "$(head -n 1 "$CONF/slurm.conf" 2>/dev/null)" = "$MARK" ]
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
    local tries=$(($1 * 5))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $((tries--)) -gt 0 ] || return 1
        sleep 0.2
    done
}

idle() {
    [ "$(sinfo --noheader --format %T)" = idle ]
}

gone() {
    ! kill -0 "$1" 2>/dev/null
}

write_conf() {
    local node devices slot
    node=$(hostname -s)
    devices=$(find /dev -maxdepth 1 -name 'nvidia[0-9]*' | wc -l)
    GPUS=${GPUS:-$devices}
    mkdir -p "$CONF"
    {
        echo "$MARK"
        echo "ClusterName=one_node"
        echo "SlurmctldHost=$node(127.0.0.1)"
        echo "CommunicationParameters=NoCtldInAddrAny,NoInAddrAny"
        echo "SlurmUser=slurm"
        echo "StateSaveLocation=$STATE/state"
        echo "SlurmdSpoolDir=$STATE/spool"
        echo "SlurmctldPidFile=$STATE/slurmctld.pid"
        echo "SlurmdPidFile=$STATE/slurmd.pid"
        echo "SlurmctldLogFile=$STATE/slurmctld.log"
        echo "SlurmdLogFile=$STATE/slurmd.log"
        # Without control groups, which a container may not have.
        echo "ProctrackType=proctrack/linuxproc"
        echo "TaskPlugin=task/none"
        echo "SelectType=select/cons_tres"
        echo "SelectTypeParameters=CR_CPU_Memory"
        echo "AccountingStorageType=accounting_storage/none"
        echo "JobAcctGatherType=jobacct_gather/none"
        echo "MinJobAge=3600"
        echo "ReturnToService=2"
        echo "GresTypes=gpu"
        echo "$(slurmd -C | grep '^NodeName=') NodeAddr=127.0.0.1 Gres=gpu:$GPUS"
        echo "PartitionName=all Nodes=ALL Default=YES State=UP"
    } >"$CONF/slurm.conf"
    # SLURM counts files: those of the devices, or empty ones that stand for them.
    local files="/dev/nvidia"
    if [ "$GPUS" -gt "$devices" ]; then
        files="$STATE/gpu"
        for ((slot = 0; slot < GPUS; slot++)); do : >"$files$slot"; done
    fi
    : >"$CONF/gres.conf"
    if [ "$GPUS" -gt 0 ]; then echo "Name=gpu File=$files[0-$((GPUS - 1))]" >"$CONF/gres.conf"; fi
}

start() {
    for program in munged slurmctld slurmd; do
        command -v $program >/dev/null ||
            fail "there is no $program here: apt-get install --no-install-recommends slurm-wlm munge"
    done
    if [ -e "$CONF/slurm.conf" ]; then
        ours || fail "$CONF/slurm.conf belongs to another SLURM; this one would take its place, and does not"
        sinfo >/dev/null 2>&1 && fail "it runs already: $0 stop"
    fi
    install -d -o slurm "$STATE" "$STATE/state"
    install -d "$STATE/spool"
    if ! munge -n 2>/dev/null | unmunge >/dev/null 2>&1; then
        install -d -o munge -m 755 /run/munge
        setpriv --reuid munge --regid munge --clear-groups \
            munged --pid-file=/run/munge/one_node_slurm.pid
    fi
    write_conf
    setpriv --reuid slurm --regid slurm --clear-groups slurmctld
    slurmd
    wait_for 30 idle || fail "the node does not come up: see $STATE/*.log"
    sinfo --noheader --format '%N: %c CPUs, %m MB, %G, partition %P'
}

stop() {
    local file pid
    ours || fail "no SLURM of this script runs here"
    scancel --user "$(id -un)" 2>/dev/null || true
    for file in "$STATE/slurmd.pid" "$STATE/slurmctld.pid" /run/munge/one_node_slurm.pid; do
        pid=$(cat "$file" 2>/dev/null) || continue
        kill "$pid" 2>/dev/null || continue
        wait_for 30 gone "$pid" || fail "process $pid ($file) does not end"
    done
    rm -rf "$STATE" "$CONF/slurm.conf" "$CONF/gres.conf"
}

[ "$(id -u)" -eq 0 ] || fail "SLURM's daemons are started by root"
case ${1:-} in
    start | stop) "$1" ;;
    *) fail "say start or stop" ;;
esac
