# bash completion for glued. Made from the table of commands by make docs: edit that, not this.
_glued() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= word words=
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) ;; *) command="${command:+$command }$word" ;; esac
  done
  case $command in "policy "*|"repo "*|"registry "*|"service "*|"plugin "*) command=$(set -- $command; echo "$1 $2") ;; *' '*) command=${command%% *} ;; esac
  case "$command $previous" in
    "run --content") COMPREPLY=($(compgen -W "av ips product agent" -- "$current")); return ;;
    "run --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "status --format") COMPREPLY=($(compgen -W "jamf intune nagios prometheus" -- "$current")); return ;;
    "status --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "explain --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "policy show --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "policy check --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "policy schema --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "history --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "rollback --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "daemon --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "recover --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "doctor --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "repo init --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "repo add --type") COMPREPLY=($(compgen -W "av ips product agent" -- "$current")); return ;;
    "repo add --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "repo publish --severity") COMPREPLY=($(compgen -W "none low moderate important critical" -- "$current")); return ;;
    "repo publish --restart") COMPREPLY=($(compgen -W "none logout reboot" -- "$current")); return ;;
    "repo publish --os") COMPREPLY=($(compgen -W "linux darwin win32" -- "$current")); return ;;
    "repo publish --arch") COMPREPLY=($(compgen -W "x64 arm64" -- "$current")); return ;;
    "repo publish --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "repo revoke --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "repo pause --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "repo floor --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "repo refresh --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "repo renew --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "repo rotate --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "repo prune --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "repo check --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "repo serve --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "registry add --type") COMPREPLY=($(compgen -W "av ips product agent" -- "$current")); return ;;
    "registry add --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "registry remove --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "registry list --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "service install --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "service remove --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "service status --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
    "plugin check --log-level") COMPREPLY=($(compgen -W "error warn info debug" -- "$current")); return ;;
  esac
  case $command in
    '') words="run status explain policy history rollback daemon recover doctor repo registry service plugin --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    policy) words="show check schema" ;;
    repo) words="init add publish revoke pause floor refresh renew rotate prune check serve" ;;
    registry) words="add remove list" ;;
    service) words="install remove status" ;;
    plugin) words="check" ;;
    "run") words="--content --component --force --dry-run --json --quiet --no-input --no-daemon --trace --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "status") words="--json --field --format --watch --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "explain") words="--at --json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "policy show") words="--origin --json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "policy check") words="--json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "policy schema") words="--policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "history") words="--json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "rollback") words="--json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "daemon") words="--idle-exit --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "recover") words="--json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "doctor") words="--json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "repo init") words="--keys --root-threshold --targets-threshold --root-days --targets-days --snapshot-days --timestamp-days --json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "repo add") words="--type --plugin --name --keys --offline-keys --json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "repo publish") words="--version --channel --date --sequence --forced --optional --severity --restart --notes --license --rollout --requires --engine --os --arch --min-agent --deltas --vendor-delta --keys --json --policy --state --insecure-policy --log-level --no-color --help" ;;
    "repo revoke") words="--reason --safe --keys --json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "repo pause") words="--resume --keys --json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "repo floor") words="--keys --offline-keys --json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "repo refresh") words="--keys --json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "repo renew") words="--root-days --targets-days --keys --offline-keys --json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "repo rotate") words="--keys --offline-keys --only --new-key --json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "repo prune") words="--keep --days --dry-run --keys --json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "repo check") words="--json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "repo serve") words="--host --port --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "registry add") words="--type --plugin --path --channel --set --name --adopt --json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "registry remove") words="--json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "registry list") words="--json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "service install") words="--root --json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "service remove") words="--root --json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "service status") words="--root --json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
    "plugin check") words="--json --policy --state --insecure-policy --log-level --no-color --help --version" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _glued glued
