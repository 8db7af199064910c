#!/bin/sh
# A glued plug-in in POSIX sh: keeps a file or a folder of YARA rules.
# Protocol: docs/plugin-protocol.md. glued unpacks, verifies, swaps and restores (swap: "files"); this program judges new rules before
# they are used, and tells a scanner to read them again afterwards.
#
# Settings: ReloadCommand   an absolute path of a program that makes the scanner read its rules again
#           PidFile         where the scanner keeps its process id while it runs, and only then: new rules must not make it die
#
# It wants one thing of JSON: glued sends each message on one line, its keys in a fixed order, and no blank between them.

hello='{"protocol":1,"id":"yara","version":"1.0","contentTypes":["av","ips"],
"settings":[{"key":"ReloadCommand","meaning":"absolute path of a program that makes the scanner read its rules again"},
{"key":"PidFile","meaning":"where the scanner keeps its process id while it runs"}],
"methods":["inventory","test","confirm","alive"],"swap":"files",
"samples":{"good":[{"path":"eicar.yar","text":"rule eicar {\n  strings:\n    $a = \"EICAR\"\n  condition:\n    $a\n}\n"}],
"bad":[{"path":"broken.yar","text":"rule broken {\n  strings:\n    $a = \"x\"\n"}]}}'

answer() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$1" "$2"; }

# refuse ID CODE SENTENCE: the sentence must be safe in JSON, so all but plain characters become '?'
refuse() {
  said=$(printf %s "$3" | tr -c 'A-Za-z0-9 .,:;_/(){}=+-' '?')
  printf '{"jsonrpc":"2.0","id":%s,"error":{"code":%s,"message":"%s"}}\n' "$1" "$2" "$said"
}

# value LINE KEY: the text of the first key of that name behind what is given as the third argument
value() { printf '%s\n' "$1" | sed -n "s/.*$3[^}]*\"$2\":\"\\([^\"]*\\)\".*/\\1/p"; }

# version: what `yara --version` says, as JSON
engine() {
  found=$(command -v yara >/dev/null 2>&1 && yara --version 2>/dev/null | head -n 1 | tr -cd '0-9.')
  if [ -n "$found" ]; then printf '"%s"' "$found"; else printf null; fi
}

# structure FILE: every rule has a name, braces that match and a condition. Comments, texts and patterns are left out of it.
structure() {
  awk '
    function bad(why) { printf "%s:%d: %s\n", FILENAME, FNR, why; failed = 1; exit }
    {
      line = $0
      gsub(/\\./, "", line)                                   # what is escaped ends no text
      gsub(/"[^"]*"/, "", line)
      if (comment) { if (!sub(/^.*\*\//, "", line)) next; comment = 0 }
      gsub(/\/\*[^*]*\*\//, "", line)
      if (sub(/\/\*.*$/, "", line)) comment = 1
      sub(/\/\/.*$/, "", line)
      if (line ~ /=[ \t]*\//) sub(/=.*$/, "", line)           # a pattern between slashes
      if (line ~ /"/) bad("a text without an end")
      if (depth == 0 && match(line, /(^|[ \t])rule[ \t]+[A-Za-z_][A-Za-z0-9_]*/)) { rules++; condition = 0 }
      else if (depth == 0 && line ~ /(^|[ \t])rule([ \t{]|$)/) bad("a rule without a name")
      if (line ~ /condition[ \t]*:/) condition = 1
      for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        if (c == "{") depth++
        if (c == "}" && --depth < 0) bad("a } too many")
        if (c == "}" && depth == 0 && !condition) bad("a rule without a condition")
      }
    }
    END {
      if (failed) exit 1
      if (depth > 0) { printf "%s: the last rule has no end\n", FILENAME; exit 1 }
      if (rules == 0) { printf "%s: no rule in it\n", FILENAME; exit 1 }
    }' "$1"
}

# judge FOLDER: prints what is wrong, and fails; every file must be rules
judge() {
  [ -n "$(find "$1" -type f | head -n 1)" ] || { echo 'there is no file in it'; return 1; }
  find "$1" -type f | {
    while IFS= read -r file; do
      case $file in *.yar | *.yara) ;; *) echo "$file: only .yar and .yara are rules"; exit 1 ;; esac
      if command -v yara >/dev/null 2>&1; then
        yara -w "$file" /dev/null </dev/null 2>&1 || { echo "$file: yara refuses it"; exit 1; }
      else
        structure "$file" || exit 1
      fi
    done
  }
}

# life FILE: how the scanner fares, as JSON. One that was killed leaves its process id behind.
life() {
  if [ -z "$1" ]; then echo '{"kind":"none"}'
  elif [ ! -e "$1" ]; then echo '{"kind":"stopped"}'
  elif pid=$(tr -cd 0-9 <"$1"); [ -z "$pid" ]; then echo '{"kind":"none"}'
  elif [ -d "/proc/$pid" ] || kill -0 "$pid"; then echo "{\"kind\":\"up\",\"identity\":\"$pid\"}"
  else echo "{\"kind\":\"dead\",\"detail\":\"its process $pid is gone\"}"; fi
}

while IFS= read -r line; do
  id=$(printf '%s\n' "$line" | sed -n 's/^{"jsonrpc":"2.0","id":\([0-9][0-9]*\),.*/\1/p')
  method=$(printf '%s\n' "$line" | sed -n 's/^{"jsonrpc":"2.0",\("id":[0-9]*,\)\{0,1\}"method":"\([a-z-]*\)".*/\2/p')
  if [ -z "$method" ]; then
    printf '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"not a message that I understand"}}\n'
    continue
  fi
  case ${id:+call}$method in
    bye) exit 0 ;;
    callhello) answer "$id" "$(printf %s "$hello" | tr '\n' ' ')" ;;
    callinventory) answer "$id" "{\"loaded\":null,\"engineVersion\":$(engine)}" ;;
    calltest)
      folder=$(value "$line" folder '"next":{')
      case $folder in
        /*\\*) refuse "$id" 2 'the path of the content has characters that this plug-in cannot read' ;;
        /*) if why=$(judge "$folder" 2>&1); then answer "$id" '{}'; else echo "$why" >&2; refuse "$id" 11 "$why"; fi ;;
        *) refuse "$id" -32602 'no folder to test' ;;
      esac ;;
    callconfirm)
      reload=$(value "$line" ReloadCommand '"settings":{')
      case $reload in
        '') answer "$id" '{"loaded":null}' ;;
        /*) if "$reload" </dev/null >&2; then answer "$id" '{"loaded":null}'; else refuse "$id" 12 "$reload failed"; fi ;;
        *) refuse "$id" 12 'ReloadCommand is no absolute path' ;;
      esac ;;
    callalive) answer "$id" "$(life "$(value "$line" PidFile '"settings":{')" 2>/dev/null)" ;;
    call*) refuse "$id" -32601 'I have no such method' ;;
    *) ;; # a notification that I do not know
  esac
done
