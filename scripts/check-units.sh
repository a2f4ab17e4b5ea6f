#!/usr/bin/env bash
# The systemd units use options that the programs have, load without a complaint, and expose no more than they may.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../deploy"

status=0

# A program that is started with an option it does not know ends at once, for ever. Options are written out in the source, or
# are the names of ArgumentParser's properties.
while read -r program file; do
  while read -r option; do
    property=$(sed -E 's/^--//; s/-(.)/\U\1/g' <<<"$option")
    grep -qE -- "\"$option\"|\bvar $property\b" "../Sources/$program/"*.swift || {
      printf '%s: %s has no option %s\n' "$file" "$program" "$option" >&2
      status=1
    }
  done < <(sed -E 's/^# *(STORE|ARGUMENTS)=/\1=/; /^#/d' "$file" | grep -oE -- '[ "]--[a-z-]+' | tr -d ' "' | sort -u)
done <<'FILES'
bombyxd systemd/bombyxd.service
bombyx-guardian systemd/bombyx-guardian.service
bombyx-hub hub/bombyx-hub@.service
bombyx-hub hub/bombyx-hub-expire.service
bombyx-hub hub/hub.env
FILES

command -v systemd-analyze >/dev/null || {
  printf '      systemd-analyze is not installed: only the options were checked\n'
  exit "$status"
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The programs are not installed here, and systemd asks for them: a program that is everywhere stands in.
for unit in systemd/*.service hub/*.service hub/*.timer; do
  # Of a template, one instance.
  name=$(basename "${unit/@./@1.}")
  sed -E 's#/usr/(libexec/bombyx|bin)/[a-z-]+#/bin/true#' "$unit" >"$folder/$name"
done

complaints=$(systemd-analyze verify --man=no --recursive-errors=no "$folder"/*.service "$folder"/*.timer 2>&1) || status=1
if [[ -n $complaints ]]; then
  printf '%s\n' "$complaints" >&2
  status=1
fi

# Unit and highest exposure, in tenths.
while read -r unit threshold; do
  systemd-analyze security --offline=true --threshold="$threshold" --no-pager "$folder/$unit" >"$folder/report" || {
    cat "$folder/report" >&2
    printf '%s: exposure above %s tenths\n' "$unit" "$threshold" >&2
    status=1
  }
done <<'LIMITS'
bombyx-guardian.service 10
bombyxd.service 15
bombyx-hub@1.service 20
bombyx-hub-expire.service 45
LIMITS
exit "$status"
