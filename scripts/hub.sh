#!/usr/bin/env bash
# A whole hub on one machine, from Debian's packages: three brokers, PostgreSQL, two workers and twenty sheds. Kills a broker while the sheds
# send what they have, shows that all arrives, and takes everything away again. ./dev hub starts it.
set -euo pipefail

binaries=$1 library=$2
shift 2
brokers='' sheds=20 days=2 devices=0 seconds=60 backlog=20000 workers=2 live=10 spread='' keep=no
usage="usage: ./dev hub [--brokers rabbitmq|nats|mosquitto] [--sheds N] [--days N] [--workers N] [--seconds N] [--keep]
       ./dev hub --devices N [--brokers …] [--backlog N] [--live SECONDS] [--spread SECONDS] [--workers N] [--seconds N] [--keep]"
while (($#)); do
  case $1 in
    --brokers)
      [[ ${2-} =~ ^(rabbitmq|nats|mosquitto)$ ]] || { printf '%s\n' "$usage" >&2; exit 64; }
      brokers=$2
      shift 2
      ;;
    --sheds | --days | --devices | --seconds | --backlog | --workers | --live | --spread)
      [[ ${2-} =~ ^[1-9][0-9]*$ ]] || { printf '%s\n' "$usage" >&2; exit 64; }
      printf -v "${1#--}" '%s' "$2"
      shift 2
      ;;
    --keep) keep=yes; shift ;;
    *) printf '%s\n' "$usage" >&2; exit 64 ;;
  esac
done

# Clients without a shed, thousands of them, measure workers and database: one broker that takes little is enough.
: "${brokers:=$( ((devices)) && printf mosquitto || printf rabbitmq)}"
# Time over which the devices connect.
: "${spread:=$((devices / 200))}"
nodes=3
[[ $brokers == mosquitto ]] && nodes=1

say() { printf '\n==> %s\n' "$*"; }

folder=$(mktemp -d)
chmod 755 "$folder"
# In the order of their start.
pids=()
finish() {
  # Each before what it works with.
  local index node
  for ((index = ${#pids[@]} - 1; index >= 0; index--)); do
    kill "${pids[index]}" 2>/dev/null || true
    wait "${pids[index]}" 2>/dev/null || true
  done
  for ((node = 1; node <= nodes; node++)); do kill "$(node_pid "$node")" 2>/dev/null || true; done
  [[ -z ${database_pid-} ]] || { kill -INT "$database_pid"; wait "$database_pid"; } 2>/dev/null || true
  [[ -z ${epmd_pid-} ]] || kill "$epmd_pid" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

free_ports() {
  python3 -c '
import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in sockets: one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))' "$1"
}

# What to wait for, how long, and a command that is true then.
await() {
  local what=$1 left=$(($2 * 5))
  shift 2
  until "$@"; do
    ((left-- > 0)) || { printf 'FAIL: not in time: %s\n' "$what" >&2; tail -n 20 "$folder"/*.log >&2; exit 1; }
    sleep 0.2
  done
}

is_open() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# MARK: Database

# PostgreSQL refuses to run as root.
as_postgres=()
if [[ $(id -u) == 0 ]]; then
  as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
  chown postgres "$folder"
fi
programs=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -n 1)
database="host=$folder user=postgres dbname=bombyx"
query() { psql -X -v ON_ERROR_STOP=1 "$database" "$@"; }

say "PostgreSQL, in $folder"
"${as_postgres[@]}" "$programs/initdb" -D "$folder/data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 >/dev/null
"${as_postgres[@]}" "$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c shared_buffers=256MB \
  -c max_wal_size=2GB >"$folder/postgres.log" 2>&1 &
database_pid=$!
make_database() { psql -X "host=$folder user=postgres dbname=postgres" -c 'CREATE DATABASE bombyx' >/dev/null 2>&1; }
await "PostgreSQL serves" 60 make_database

# MARK: Brokers

# Of each node: MQTT, what the nodes say to one another, and what else the program wants.
read -r -a ports <<<"$(free_ports $((3 * nodes + 2)))"
port=${ports[3 * nodes]} epmd_port=${ports[3 * nodes + 1]}
mqtt_port() { printf '%s' "${ports[3 * $1 - 3]}"; }

rabbit=/usr/lib/rabbitmq/bin
with_rabbit=(env HOME="$folder" ERL_EPMD_PORT="$epmd_port" ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_CONF_ENV_FILE=/dev/null)

start_rabbitmq() {
  local node=$1 place=$folder/node-$1 other
  mkdir -p "$place"
  printf '[rabbitmq_mqtt].\n' >"$place/enabled_plugins"
  {
    printf 'listeners.tcp = none\nmqtt.listeners.tcp.1 = 127.0.0.1:%s\nmqtt.allow_anonymous = true\n' "$(mqtt_port "$node")"
    printf 'mqtt.prefetch = 200\ncluster_partition_handling = pause_minority\nlog.file.level = warning\n'
    printf 'cluster_formation.peer_discovery_backend = classic_config\n'
    for ((other = 1; other <= nodes; other++)); do
      printf 'cluster_formation.classic_config.nodes.%s = hub%s@localhost\n' "$other" "$other"
    done
  } >"$place/rabbitmq.conf"
  "${with_rabbit[@]}" RABBITMQ_NODENAME="hub$node@localhost" RABBITMQ_NODE_PORT="${ports[3 * node - 2]}" \
    RABBITMQ_DIST_PORT="${ports[3 * node - 1]}" RABBITMQ_MNESIA_BASE="$place" RABBITMQ_LOG_BASE="$place" \
    RABBITMQ_PID_FILE="$place/pid" RABBITMQ_CONFIG_FILE="$place/rabbitmq" RABBITMQ_ENABLED_PLUGINS_FILE="$place/enabled_plugins" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none" "$rabbit/rabbitmq-server" >>"$folder/broker-$node.log" 2>&1 &
}

start_nats() {
  local node=$1 place=$folder/node-$1 other routes=''
  mkdir -p "$place"
  for ((other = 1; other <= nodes; other++)); do routes+="\"nats-route://127.0.0.1:${ports[3 * other - 2]}\", "; done
  {
    printf 'server_name: hub%s\nlisten: "127.0.0.1:%s"\n' "$node" "${ports[3 * node - 1]}"
    printf 'jetstream { store_dir: "%s/store" }\n' "$place"
    printf 'cluster { name: hub, listen: "127.0.0.1:%s", routes: [%s] }\n' "${ports[3 * node - 2]}" "${routes%, }"
    printf 'mqtt { listen: "127.0.0.1:%s", max_ack_pending: 200, stream_replicas: %s }\n' "$(mqtt_port "$node")" "$nodes"
  } >"$place/nats.conf"
  /usr/sbin/nats-server -c "$place/nats.conf" >>"$folder/broker-$node.log" 2>&1 &
  printf '%s' $! >"$place/pid"
}

start_mosquitto() {
  mkdir -p "$folder/node-1"
  {
    printf 'listener %s 127.0.0.1\nallow_anonymous true\npersistence false\n' "$(mqtt_port 1)"
    printf 'max_queued_messages 0\nmax_queued_bytes 268435456\nmax_inflight_messages 200\n'
    [[ $(id -u) == 0 ]] && printf 'user root\n'
  } >"$folder/node-1/mosquitto.conf"
  /usr/sbin/mosquitto -c "$folder/node-1/mosquitto.conf" >"$folder/broker-1.log" 2>&1 &
  printf '%s' $! >"$folder/node-1/pid"
}

node_pid() { cat "$folder/node-$1/pid" 2>/dev/null || printf none; }

say "$nodes × $brokers"
if [[ $brokers == rabbitmq ]]; then
  printf 'a hub on one machine' >"$folder/.erlang.cookie"
  chmod 400 "$folder/.erlang.cookie"
  "${with_rabbit[@]}" epmd -port "$epmd_port" >"$folder/epmd.log" 2>&1 &
  epmd_pid=$!
fi
# Without a word of bash's when one is killed.
start_node() {
  "start_$brokers" "$1"
  disown
}
for ((node = 1; node <= nodes; node++)); do start_node "$node"; done
for ((node = 1; node <= nodes; node++)); do await "broker $node serves" 240 is_open "$(mqtt_port "$node")"; done
if [[ $brokers == rabbitmq ]]; then
  # A worker's queue that a killed node brings back has nobody left to take it away.
  "${with_rabbit[@]}" "$rabbit/rabbitmqctl" -q -n hub1@localhost set_policy orphans '^mqtt-subscription-bh-' '{"expires":600000}' \
    --apply-to queues
  "${with_rabbit[@]}" "$rabbit/rabbitmqctl" -q -n hub1@localhost cluster_status | sed -n '/^.*Running Nodes/,/^.*Versions/p' | grep @
fi

if ((nodes == 1)); then
  port=$(mqtt_port 1)
else
  say "haproxy on 127.0.0.1:$port, before the brokers"
  {
    printf 'global\n  maxconn 4000\ndefaults\n  mode tcp\n  timeout connect 2s\n  timeout client 5m\n  timeout server 5m\n'
    printf 'listen mqtt\n  bind 127.0.0.1:%s\n  balance leastconn\n  option redispatch\n' "$port"
    for ((node = 1; node <= nodes; node++)); do
      printf '  server hub%s 127.0.0.1:%s check inter 1s fall 2 rise 2 on-marked-down shutdown-sessions\n' "$node" \
        "$(mqtt_port "$node")"
    done
  } >"$folder/haproxy.cfg"
  /usr/sbin/haproxy -db -f "$folder/haproxy.cfg" >"$folder/haproxy.log" 2>&1 &
  pids+=($!)
  await "haproxy serves" 20 is_open "$port"
fi

# MARK: Workers

worker_pids=()
all_workers() { query -Atc 'SELECT count(*) FROM hub.worker' 2>/dev/null | grep -qx "$workers"; }
start_workers() {
  local number
  say "$workers workers"
  for ((number = 1; number <= workers; number++)); do
    "$binaries/bombyx-hub" run --broker "mqtt://127.0.0.1:$port" --database "$database" --name "worker-$number" \
      --metrics "$folder/worker-$number.prom" 2>"$folder/worker-$number.log" &
    worker_pids+=($!)
  done
  pids+=("${worker_pids[@]}")
  await "the workers serve" 60 all_workers
}

# CPU time of processes, their children, and those that they have seen end, s.
cpu() {
  local process
  for process in "$@" $(pgrep -P "$(IFS=,; printf '%s' "$*")"); do
    cat "/proc/$process/stat" 2>/dev/null || true
  done | awk -v hertz="$(getconf CLK_TCK)" '{ total += $14 + $15 + $16 + $17 } END { printf "%.1f", total / hertz }'
}
tell_cpu() {
  local node of_nodes=()
  for ((node = 1; node <= nodes; node++)); do of_nodes+=("$(node_pid "$node")"); done
  printf 'CPU time so far: workers %s s, PostgreSQL %s s, brokers %s s%s\n' "$(cpu "${worker_pids[@]}")" \
    "$(cpu "$database_pid")" "$(cpu "${of_nodes[@]}")" "${sheds_pid:+, sheds $(cpu "$sheds_pid") s}"
}

# MARK: Sheds

# What of the sheds' history the database holds, and what it should: lane, records, stored, stored twice.
compare() {
  query "$@" -c "
    WITH held(install, lane, seq, rows) AS (
      SELECT install, 'backlog', seq, count(*) FROM hub.sample GROUP BY 1, 3
      UNION ALL SELECT install, 'live', seq, 1 FROM hub.mean GROUP BY 1, 3
      UNION ALL SELECT install, 'diagnostic', seq, count(*) FROM hub.decision GROUP BY 1, 3
      UNION ALL SELECT install, 'alarm', seq, count(*) FROM hub.entry GROUP BY 1, 3)
    SELECT e.lane, (SELECT sum(newest) FROM expected WHERE lane = e.lane) AS records, count(*) AS stored,
      count(*) FILTER (WHERE rows > 1) AS twice
    FROM expected e JOIN hub.device d ON d.name = e.device JOIN hub.install i ON i.device = d.id
    JOIN held ON held.install = i.id AND held.lane = e.lane AND held.seq <= e.newest
    GROUP BY 1 ORDER BY 1"
}

# How many hundredths of it are there, as the workers know it; cheap to ask.
reached() {
  query -Atc "
    SELECT coalesce(floor(100 * sum(part.held) / (SELECT sum(newest) FROM expected)), 0)
    FROM expected e JOIN hub.device d ON d.name = e.device JOIN hub.install i ON i.device = d.id
    JOIN hub.lane l ON l.install = i.id AND l.lane = array_position(ARRAY['alarm', 'live', 'backlog', 'diagnostic'], e.lane) - 1,
    LATERAL (SELECT sum(upper(r) - lower(r)) AS held
      FROM unnest(l.received * int8multirange(int8range(1, e.newest, '[]'))) r) part"
}
has_reached() { (($(reached) >= $1)); }

# What each shed says itself.
sync() { "$binaries/bombyx" sync "${@:2}" --socket "$folder/sheds/shed-$1/bombyxd.sock"; }
all_connected() {
  local shed
  for ((shed = 0; shed < sheds; shed++)); do sync "$shed" --json | grep -q '"connected" *: *true' || return; done
}

run_sheds() {
  local begin records bombyxd shed
  say "$sheds sheds with a controller and a guardian each, and $days days that the county has not seen"
  python3 scripts/sheds.py "$folder/sheds" --binaries "$binaries" --library "$library" --broker "mqtt://localhost:$port" \
    --sheds "$sheds" --days "$days" >"$folder/sheds.log" 2>&1 &
  sheds_pid=$!
  pids+=("$sheds_pid")
  await "all sheds are in control" 600 grep -qx ready "$folder/sheds.log"
  await "all sheds are connected" 120 all_connected
  start_workers
  query -q -c 'CREATE TABLE expected(device text, lane text, newest bigint)' \
    -c "\\copy expected FROM '$folder/sheds/expected' (DELIMITER ' ')"
  records=$(query -Atc 'SELECT sum(newest) FROM expected')
  printf '%s records wait\n' "$records"
  tell_cpu
  begin=$EPOCHSECONDS
  for ((shed = 0; shed < sheds; shed++)); do sync "$shed" now >/dev/null; done
  if ((nodes > 1)); then
    await "a tenth is there" 600 has_reached 10
    say "$(reached) % is there: SIGKILL to broker 1"
    kill -KILL "$(node_pid 1)"
    await "all sheds are connected again" 180 all_connected
    printf 'all sheds are connected to the others, %s %% is there\n' "$(reached)"
  fi
  await "all is there" 1200 has_reached 100
  printf 'all is there after %s s\n' $((EPOCHSECONDS - begin))
  tell_cpu
  compare
  compare -At | awk -F'|' '$2 == $3 && $4 == 0 { right++ } END { exit right != 4 }' || { printf 'FAIL: something is missing or there twice\n'; exit 1; }
  if ((nodes > 1)); then
    say "broker 1 comes back, broker 2 is killed"
    start_node 1
    await "broker 1 serves" 240 is_open "$(mqtt_port 1)"
    kill -KILL "$(node_pid 2)"
  fi
  say "the sheds live for $seconds s"
  sleep "$seconds"
  await "all sheds are connected" 180 all_connected
  bombyxd=$(pgrep -c -P "$sheds_pid" -x bombyxd)
  printf '%s of %s controllers run, and all are connected\n' "$bombyxd" "$sheds"
  [[ $bombyxd == "$sheds" ]]
  tell_cpu
}

run_swarm() {
  start_workers
  say "$devices devices, each with $backlog samples waiting"
  tell_cpu
  "$binaries/hub-swarm" --port "$port" --devices "$devices" --backlog "$backlog" --seconds 3600 --spread "$spread"
  tell_cpu
  say "the same number with a window of means every $live s each, twelve samples a minute, and a state a minute"
  "$binaries/hub-swarm" --port "$port" --devices "$devices" --prefix live --live "$live" --seconds "$seconds" \
    --spread "$spread"
  tell_cpu
  local expected=$((devices * backlog)) stored
  stored=$(query -Atc "SELECT count(*) FROM hub.samples WHERE device LIKE 'shed-%'")
  [[ $stored == "$expected" ]] || { printf 'FAIL: %s samples instead of %s\n' "$stored" "$expected"; exit 1; }
  printf 'all %s samples are there, each once\n' "$expected"
}

if ((devices)); then run_swarm; else run_sheds; fi

say "what is in the database"
query -c "SELECT count(*) AS samples, count(DISTINCT (install, seq)) AS different, min(at), max(at) FROM hub.sample"
query -c "SELECT tableoid::regclass AS month, count(*) AS samples FROM hub.sample GROUP BY 1 ORDER BY 1::text"
query -c "SELECT device, is_online, seen, waiting, missing, open_alarms FROM hub.fleet ORDER BY 1 LIMIT 5"
query -c "SELECT * FROM hub.last_values WHERE device = 'shed-0' ORDER BY channel LIMIT 4"
query -c "SELECT count(*) AS gaps FROM hub.gaps" -c "SELECT count(*) AS forks FROM hub.forks"
query -c "SELECT pg_size_pretty(pg_database_size('bombyx')) AS size,
  round((SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'hub.sample'::regclass)
    / greatest((SELECT count(*) FROM hub.sample), 1)) AS bytes_per_sample"

say "it works"
if [[ $keep == yes ]]; then
  say "it stays until you press Enter; look at it with: psql \"$database\""
  read -r || true
fi
