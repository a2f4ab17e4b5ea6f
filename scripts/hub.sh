#!/usr/bin/env bash
# A whole hub on one machine, from Debian's packages: broker, PostgreSQL, two workers and twenty devices that do not exist. Shows that it
# works, and takes everything away again. ./dev hub starts it.
set -euo pipefail

binaries=$1
shift
devices=20 seconds=60 backlog=20000 workers=2 live=10 spread='' keep=no
usage="usage: ./dev hub [--devices N] [--seconds N] [--backlog N] [--workers N] [--live SECONDS] [--spread SECONDS] [--keep]"
while (($#)); do
  case $1 in
    --devices | --seconds | --backlog | --workers | --live | --spread)
      [[ ${2-} =~ ^[1-9][0-9]*$ ]] || { printf '%s\n' "$usage" >&2; exit 64; }
      printf -v "${1#--}" '%s' "$2"
      shift 2
      ;;
    --keep) keep=yes; shift ;;
    *) printf '%s\n' "$usage" >&2; exit 64 ;;
  esac
done

# Time over which the devices connect.
: "${spread:=$((devices / 200))}"

say() { printf '\n==> %s\n' "$*"; }

folder=$(mktemp -d)
chmod 755 "$folder"
pids=()
finish() {
  # The workers before what they work with.
  local index
  for ((index = ${#pids[@]} - 1; index >= 0; index--)); do
    kill "${pids[index]}" 2>/dev/null || true
    wait "${pids[index]}" 2>/dev/null || true
  done
  rm -rf "$folder"
}
trap finish EXIT

# PostgreSQL refuses to run as root.
as_postgres=()
if [[ $(id -u) == 0 ]]; then
  as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
  chown postgres "$folder"
fi
programs=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -n 1)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
database="host=$folder user=postgres dbname=bombyx"
query() { psql -X -v ON_ERROR_STOP=1 "$database" "$@"; }

say "PostgreSQL, in $folder"
"${as_postgres[@]}" "$programs/initdb" -D "$folder/data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 >/dev/null
"${as_postgres[@]}" "$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c shared_buffers=256MB \
  -c max_wal_size=2GB >"$folder/postgres.log" 2>&1 &
pids+=($!)
until psql -X "host=$folder user=postgres dbname=postgres" -c 'CREATE DATABASE bombyx' >/dev/null 2>&1; do
  kill -0 "${pids[0]}" || { cat "$folder/postgres.log"; exit 1; }
  sleep 0.2
done

say "mosquitto on 127.0.0.1:$port"
{
  printf 'listener %s 127.0.0.1\nallow_anonymous true\npersistence false\n' "$port"
  printf 'max_queued_messages 0\nmax_queued_bytes 268435456\nmax_inflight_messages 200\n'
  [[ $(id -u) == 0 ]] && printf 'user root\n'
} >"$folder/mosquitto.conf"
/usr/sbin/mosquitto -c "$folder/mosquitto.conf" >"$folder/mosquitto.log" 2>&1 &
pids+=($!)

say "$workers workers"
for ((number = 1; number <= workers; number++)); do
  "$binaries/bombyx-hub" run --broker "mqtt://127.0.0.1:$port" --database "$database" --name "worker-$number" \
    --metrics "$folder/worker-$number.prom" 2>"$folder/worker-$number.log" &
  pids+=($!)
done
until query -Atc 'SELECT count(*) FROM hub.worker' 2>/dev/null | grep -qx "$workers"; do
  kill -0 "${pids[@]:2}" || { cat "$folder"/worker-*.log; exit 1; }
  sleep 0.2
done

# CPU time of processes and of the children that they have seen end, s.
cpu() {
  local process
  for process in "$@"; do cat "/proc/$process/stat" 2>/dev/null || true; done |
    awk -v hertz="$(getconf CLK_TCK)" '{ total += $14 + $15 + $16 + $17 } END { printf "%.1f", total / hertz }'
}
tell_cpu() {
  local servers
  mapfile -t servers < <(pgrep -P "${pids[0]}")
  printf 'CPU time so far: workers %s s, PostgreSQL %s s, mosquitto %s s\n' \
    "$(cpu "${pids[@]:2}")" "$(cpu "${pids[0]}" "${servers[@]}")" "$(cpu "${pids[1]}")"
}

say "$devices devices, each with $backlog samples waiting"
tell_cpu
"$binaries/hub-swarm" --port "$port" --devices "$devices" --backlog "$backlog" --seconds 3600 --spread "$spread"
tell_cpu
say "the same number with a window of means every $live s each, twelve samples a minute, and a state a minute"
"$binaries/hub-swarm" --port "$port" --devices "$devices" --prefix live --live "$live" --seconds "$seconds" \
  --spread "$spread"
tell_cpu

say "what is in the database"
query -c "SELECT count(*) AS samples, count(DISTINCT (install, seq)) AS different, min(at), max(at) FROM hub.sample"
query -c "SELECT tableoid::regclass AS month, count(*) AS samples FROM hub.sample GROUP BY 1 ORDER BY 1::text"
query -c "SELECT device, is_online, seen, waiting, missing, open_alarms FROM hub.fleet ORDER BY 1 LIMIT 5"
query -c "SELECT * FROM hub.last_values WHERE device = 'shed-0' ORDER BY channel LIMIT 4"
query -c "SELECT count(*) AS gaps FROM hub.gaps" -c "SELECT count(*) AS forks FROM hub.forks"
query -c "SELECT pg_size_pretty(pg_database_size('bombyx')) AS size,
  round((SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'hub.sample'::regclass)
    / greatest((SELECT count(*) FROM hub.sample), 1)) AS bytes_per_sample"

expected=$((devices * backlog))
stored=$(query -Atc "SELECT count(*) FROM hub.samples WHERE device LIKE 'shed-%'")
[[ $stored == "$expected" ]] || { printf 'FAIL: %s samples instead of %s\n' "$stored" "$expected"; exit 1; }
say "all $expected samples are there, each once"
if [[ $keep == yes ]]; then
  say "it stays until you press Enter; look at it with: psql \"$database\""
  read -r || true
fi
