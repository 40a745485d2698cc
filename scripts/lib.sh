# What the scripts share. Sourced, with `set -eu` on, from the repository's root.

logs=build/logs
mkdir -p "$logs"

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  green=$'\e[32m' red=$'\e[31m' dim=$'\e[2m' plain=$'\e[0m' redraw=$'\r\e[K'
else
  green='' red='' dim='' plain='' redraw=''
fi

# step LABEL COMMAND...: runs a long command with its output in a log; shows the label, then how long it took.
# A failure shows the end of the log and ends the script.
step() {
  local label=$1 log started=$SECONDS
  shift
  log=$logs/$(tr -cs 'A-Za-z0-9' '-' <<<"$label" | sed 's/^-//; s/-$//').log
  [ -z "$redraw" ] || printf '%s ...' "$label"
  if "$@" >"$log" 2>&1; then
    printf '%s%s%s %s(%d s)%s\n' "$redraw" "$green" "$label" "$dim" $((SECONDS - started)) "$plain"
  else
    local status=$?
    printf '%s%s%s: failed%s\n' "$redraw" "$red" "$label" "$plain"
    tail -n 40 "$log"
    echo "The whole log: $log"
    exit "$status"
  fi
}
