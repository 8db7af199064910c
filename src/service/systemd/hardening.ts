/**
 * What a root service that updates content gives up (systemd.exec(5)). Not given up, each because of something that the agent does:
 * User=root (it writes into engines' folders and reads secrets of root), the network, MemoryDenyWriteExecute (V8 compiles), AF_NETLINK (is
 * an interface up?), ProtectProc (a freshclam that runs already, an engine that died), CAP_DAC_OVERRIDE and CAP_FOWNER (folders that
 * belong to the engine's user), CAP_SETUID, CAP_SETGID and CAP_KILL (an engine that gives up root in its test, and must be ended).
 */
export const HARDENING = [
  ['CapabilityBoundingSet', 'CAP_DAC_OVERRIDE CAP_FOWNER CAP_SETUID CAP_SETGID CAP_KILL'],
  ['NoNewPrivileges', 'yes'],
  ['ProtectSystem', 'strict'],
  ['ProtectHome', 'read-only'],
  ['PrivateTmp', 'yes'],
  ['PrivateDevices', 'yes'],
  ['PrivateMounts', 'yes'],
  ['ProtectClock', 'yes'],
  ['ProtectControlGroups', 'yes'],
  ['ProtectHostname', 'yes'],
  ['ProtectKernelLogs', 'yes'],
  ['ProtectKernelModules', 'yes'],
  ['ProtectKernelTunables', 'yes'],
  ['LockPersonality', 'yes'],
  ['RestrictAddressFamilies', 'AF_UNIX AF_INET AF_INET6 AF_NETLINK'],
  ['RestrictNamespaces', 'yes'],
  ['RestrictRealtime', 'yes'],
  ['RestrictSUIDSGID', 'yes'],
  ['SystemCallArchitectures', 'native'],
  ['SystemCallFilter', '@system-service'],
  ['SystemCallErrorNumber', 'EPERM'],
  // what others read (status.json, content) gets its mode when it is made; nothing is writable for others
  ['UMask', '0022'],
] as const satisfies readonly (readonly [string, string])[];
