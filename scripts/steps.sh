# Sourced by quickstart and test: runs long commands quietly, says how far they are and how
# long they took, and shows the end of their output only where they fail.

readonly log_folder=build/logs
mkdir -p "$log_folder"

# Seconds as "12 s" or "3 min 05 s".
duration() {
  if (($1 < 60)); then printf '%d s' "$1"; else printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); fi
}

# How many compilers may run: one a core of the affinity mask, and 2 GB of memory for each,
# which is what a file that includes LibTorch takes.
build_jobs() {
  local jobs memory_kb limit
  jobs=$(nproc)
  memory_kb=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
  [[ $limit == max ]] || ((limit / 1024 >= memory_kb)) || memory_kb=$((limit / 1024))
  ((jobs <= memory_kb / 2000000)) || jobs=$((memory_kb / 2000000))
  echo $((jobs > 0 ? jobs : 1))
}

# Shows the last line of a growing log: redrawn on a terminal, once a minute elsewhere.
follow() {
  local log=$1 ticks=0 line
  while sleep 1 >/dev/null 2>&1; do
    ticks=$((ticks + 1))
    line=$(tail -n 1 "$log" 2>/dev/null | tr -d '\r' | cut -c 1-90) || continue
    if [[ -t 1 ]]; then
      printf '\r\033[K   %s' "$line"
    elif ((ticks % 60 == 0)); then
      printf '   %s: %s\n' "$(duration "$ticks")" "$line"
    fi
  done
}

# step TITLE LOG COMMAND...: ends the script where the command fails.
step() {
  local title=$1 log=$log_folder/$2.log start=$SECONDS status=0 follower
  shift 2
  printf '== %s\n' "$title"
  : >"$log"
  follow "$log" &
  follower=$!
  "$@" >"$log" 2>&1 </dev/null || status=$?
  kill "$follower" 2>/dev/null || true
  wait "$follower" 2>/dev/null || true
  [[ ! -t 1 ]] || printf '\r\033[K'
  if ((status)); then
    tail -n 40 "$log" >&2
    printf '== failed after %s (exit code %d): the whole output is in %s\n' \
      "$(duration $((SECONDS - start)))" "$status" "$log" >&2
    exit 1
  fi
  printf '   done in %s\n' "$(duration $((SECONDS - start)))"
}

# install_deps OPTIONS...: scripts/install-deps, in the open where sudo may ask for a password.
install_deps() {
  local title="Installing what is missing"
  if ((EUID != 0)) && [[ -t 0 && -t 1 ]]; then
    printf '== %s\n' "$title"
    scripts/install-deps "$@"
  else
    step "$title" install-deps scripts/install-deps "$@"
  fi
}

# configure NAME FOLDER CMAKE-ARGUMENTS...
configure() {
  local name=$1 folder=$2
  shift 2
  step "Configuring $folder" "configure-$name" cmake -B "$folder" "$@"
}

# compile NAME FOLDER BUILD-ARGUMENTS...
compile() {
  local name=$1 folder=$2
  shift 2
  step "Compiling $folder ($(build_jobs) at a time; minutes where nothing is built yet)" "build-$name" \
    cmake --build "$folder" --parallel "$(build_jobs)" "$@"
}
