# What the scripts share. Sourced, with `set -eu` on, from the repository's root.

logs=build/logs
mkdir -p "$logs"

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  green=$'\e[32m' red=$'\e[31m' dim=$'\e[2m' plain=$'\e[0m' redraw=$'\r\e[K'
else
  green='' red='' dim='' plain='' redraw=''
fi

# The log that step LABEL writes.
log_of() {
  echo "$logs/$(tr -cs 'A-Za-z0-9' '-' <<<"$1" | sed 's/^-//; s/-$//').log"
}

# step LABEL COMMAND...: runs a long command with its output in a log; shows the label, then how long it took. When it
# fails, shows the end of the log and returns the command's status, which ends a script under `set -e`.
step() {
  local label=$1 log started=$SECONDS status=0
  shift
  log=$(log_of "$label")
  [ -z "$redraw" ] || printf '%s ...' "$label"
  "$@" >"$log" 2>&1 || status=$?
  if [ "$status" = 0 ]; then
    printf '%s%s%s %s(%d s)%s\n' "$redraw" "$green" "$label" "$dim" $((SECONDS - started)) "$plain"
  else
    printf '%s%s%s: failed%s\n' "$redraw" "$red" "$label" "$plain"
    tail -n 40 "$log"
    echo "The whole log: $log"
  fi
  return "$status"
}
