#!/bin/sh
# The first run on a machine, with a content server of its own. As root: first-run.sh [FOLDER]
# It writes /etc/glued/policy.json and root.json, and stops where a policy is there already.
set -eu
home=${1:-/srv/glued-first-run}
here=$(dirname "$0")
if [ -e /etc/glued/policy.json ]; then
  echo "first-run.sh: /etc/glued/policy.json is there already" >&2
  exit 1
fi
umask 022
mkdir -p "$home"

# the content server's side: a repository, its keys (which never go on the server), a component, a release
glued repo init "$home/site" --keys "$home/keys"
glued repo add "$home/site" demo --type av --plugin files --name "Demo rules"
echo "rules, first" > "$home/rules.txt"
glued repo publish "$home/site" demo "$home/rules.txt" --version 1.0
glued repo serve "$home/site" --port 8080 > "$home/serve.log" 2>&1 &
server=$!
trap 'kill "$server"' EXIT
tries=0
until grep -q . "$home/serve.log" || [ "$tries" -ge 300 ]; do
  sleep 0.1
  tries=$((tries + 1))
done

# the machine's side: where content is asked for, whom to trust, what is installed here
install -D -m 644 "$home/site/root.json" /etc/glued/root.json
install -D -m 644 "$here/policy.json" /etc/glued/policy.json
glued policy check
glued registry add demo --type av --plugin files --path "$home/live.txt"

# the service may write where components are installed that it knows of
glued service install

glued run
glued status
cat "$home/live.txt"
