#!/bin/bash
# Installs the outside servers and the browser that the tests talk to, on Debian 12 or newer.
#
#   tools/provide_peers.sh                all of them
#   tools/provide_peers.sh mail redis     only these
#
# Names: mail snac bluesky postgres rabbitmq redis chromium. What is there already costs no time.
# Nothing is left running: each test run starts its own servers and stops them (tests/peers/).
# Debian packages need root; the Bluesky network goes to ${HARKEN_PEERS_CACHE:-~/.cache/harken-peers}.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
cache=${HARKEN_PEERS_CACHE:-$HOME/.cache/harken-peers}
all="mail snac postgres rabbitmq redis chromium bluesky gettext"
lists_are_fresh=

say() { printf 'peers: %s\n' "$*"; }
fail() { printf 'peers: %s\n' "$*" >&2; exit 1; }

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

refresh_lists() {
  [ -n "$lists_are_fresh" ] || apt-get update -qq
  lists_are_fresh=1
}

# Service packages start their server at once; the tests start their own, on other ports, so ask Debian not to.
without_starting_services() {
  local policy=/usr/sbin/policy-rc.d status=0
  if [ -e "$policy" ]; then "$@"; return; fi
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
  "$@" || status=$?
  rm -f "$policy"
  return "$status"
}

install_debian() {
  local missing=() package
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || fail "installing ${missing[*]} needs root: sudo $0"
  say "installing ${missing[*]}"
  refresh_lists
  without_starting_services env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}" >/dev/null
}

# snac2 is in Debian 13; for Debian 12 it is in backports. Those come from the archive this machine already uses.
add_backports() {
  local codename archive
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  archive=$(apt-get indextargets --format '$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(CREATED_BY)' |
    awk -F'|' -v release="$codename" '$2 == release && $3 == "main" && $4 == "Packages" { print $1; exit }')
  [ -n "$archive" ] || fail "no apt source for $codename main is set up, so backports can't be derived from it"
  say "adding $codename-backports"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $codename-backports main" \
    > /etc/apt/sources.list.d/harken-backports.list
  lists_are_fresh=
}

provide_mail() { install_debian dovecot-imapd dovecot-lmtpd postfix openssl; }

provide_snac() {
  is_installed snac2 && return
  [ "$(id -u)" = 0 ] || fail "installing snac2 needs root: sudo $0"
  refresh_lists
  if ! apt-cache policy snac2 | grep -q 'Candidate: [0-9]'; then
    add_backports
    refresh_lists
  fi
  install_debian snac2
}

provide_postgres() { install_debian postgresql; }
provide_rabbitmq() { install_debian rabbitmq-server; }
provide_redis() { install_debian redis-server; }

# The fonts are for the pages' pictures: without them Thai, Arabic, Chinese, Japanese and emoji are empty boxes.
provide_gettext() { install_debian gettext; }  # what `make check` collects words with
provide_chromium() { install_debian chromium fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji; }

provide_bluesky() {
  provide_postgres
  provide_redis
  command -v npm >/dev/null || install_debian npm
  local missing=() tool
  for tool in make g++; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  [ ${#missing[@]} -eq 0 ] || install_debian "${missing[@]}"
  # The same key is computed by tests/peers/bluesky.py: another list of packages is another installation.
  local source=$here/tests/peers/bluesky key folder
  key=$(cat "$source/package.json" "$source/package-lock.json" "$source/node22/package.json" | sha256sum | cut -c1-12)
  folder=$cache/bluesky-$key
  [ -e "$folder/complete" ] && return
  mkdir -p "$folder"
  # Two checkouts may ask at the same time: the second waits, then finds it done.
  (
    flock 9
    [ -e "$folder/complete" ] && exit 0
    say "installing the Bluesky network into $folder (some minutes, once)"
    cp "$source/package.json" "$source/package-lock.json" "$folder/"
    # better-sqlite3 is compiled where its ready-made file can't be had: it needs the headers of this very node.
    local headers
    headers=$(node_headers "$folder/node22")
    if [ -z "$headers" ]; then
      rm -rf "$folder/node22"
      cp -r "$source/node22" "$folder/node22"
      retry_in "$folder/node22" npm install --no-audit --no-fund --loglevel=error
      headers=$(node_headers "$folder/node22")
      [ -n "$headers" ] || fail "the npm package node brought no headers for this machine"
    fi
    export PATH=$folder/node22/node_modules/node/bin:$PATH npm_config_nodedir=$headers
    retry_in "$folder" npm ci --no-audit --no-fund --loglevel=error
    (cd "$folder" && node -e "new (require('better-sqlite3'))(':memory:')")
    touch "$folder/complete"
  ) 9> "$folder/.lock"
}

node_headers() {
  [ -d "$1" ] || return 0
  find "$1" -path '*/include/node/common.gypi' | sed -n '1s,/include/node/common.gypi$,,p'
}

# A registry mirror that is behind for a minute should not fail the whole set-up.
retry_in() {
  local folder=$1 attempt
  shift
  for attempt in 1 2 3 4; do
    (cd "$folder" && "$@" 2> >(grep -v 'Unknown user config' >&2)) && return 0
    [ "$attempt" -lt 4 ] || break
    say "attempt $attempt of '$*' failed; trying again"
    sleep $((attempt * 5))
  done
  fail "'$*' failed in $folder"
}

for peer in "${@:-$all}"; do
  for name in $peer; do
    case " $all " in
      *" $name "*) "provide_$name"; say "$name is there" ;;
      *) fail "there is no peer '$name'; the peers are: $all" ;;
    esac
  done
done
