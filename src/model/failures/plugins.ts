import type { FailureRow } from '../failure-row.ts';

/** Failures of the built-in plug-ins. `{component}` is an id, `{version}` the release that was to be installed. */
export const PLUGIN_FAILURES = {
  'test-program-not-run': {
    code: 'plugin-load',
    text: 'The content test of {component} could not be run: {program} {problem}.',
    remedy: 'Install {program}, or correct {setting} of the component; the installed content was not touched.',
    retry: true,
  },
  'content-test-failed': {
    code: 'content-test',
    text: 'Release {version} of {component} failed its content test: {program} ended with exit status {exit}.',
    remedy: 'The installed content was not touched. Read the output in the detail and tell the publisher; a newer release is tried by itself.',
    retry: false,
  },
  'content-test-killed': {
    code: 'content-test',
    text: 'Release {version} of {component} failed its content test: {program} was killed by {signal}.',
    remedy: 'The installed content was not touched. Look in the system log for who killed it (SIGKILL: often the kernel, for want of memory; SIGSEGV: a crash).',
    retry: false,
  },
  'content-test-timeout': {
    code: 'content-test',
    text: 'Release {version} of {component} failed its content test: {program} did not end within {seconds} seconds and was killed.',
    remedy: 'The installed content was not touched. Where the machine is only slow, raise verify.timeoutSeconds in policy.',
    retry: false,
  },
  'content-test-memory': {
    code: 'content-test',
    text: 'Release {version} of {component} failed its content test: {program} used more than {bytes} bytes of memory and was killed.',
    remedy: 'The installed content was not touched. Where the content may need that much, raise verify.maxMemoryBytes in policy.',
    retry: false,
  },
  'must-detect-missed': {
    code: 'content-test',
    text: 'Release {version} of {component} does not detect {path}, which verify.mustDetect says that it must.',
    remedy: 'The installed content was not touched. Check that {path} is still the sample; if it is, the release is blind: tell the publisher.',
    retry: false,
  },
  'false-positive': {
    code: 'content-test',
    text: 'Release {version} of {component} calls {path} infected ({signature}).',
    remedy: 'The installed content was not touched. Check {path} with another engine; if it is clean, tell the publisher of the false alarm.',
    retry: false,
  },
  'sample-absent': {
    code: 'policy-invalid',
    text: 'Release {version} of {component} was not tested: {path}, named by verify.mustDetect, cannot be read here ({problem}).',
    remedy: 'Put the sample there, or take it out of verify.mustDetect; the installed content was not touched.',
    retry: true,
  },
  shrunk: {
    code: 'content-test',
    text: 'Release {version} of {component} is {percent} % smaller than what is installed: {after} {unit} after {before}; policy allows {allowed} %.',
    remedy: 'The installed content was not touched. If the publisher means it, raise verify.maxShrinkPercent in policy for this release.',
    retry: false,
  },
  'content-layout': {
    code: 'content-test',
    text: 'Release {version} of {component} cannot be used by the plug-in {plugIn}: {problem}.',
    remedy: 'The installed content was not touched. Publish it in the form that the plug-in takes.',
    retry: false,
  },
  'content-damaged': {
    code: 'content-test',
    text: 'The unpacked content of release {version} of {component} in {folder} is not whole: {problem}.',
    remedy: 'The installed content was not touched. Run again; if it comes again, look for a failing disk or a program that changes {folder}.',
    retry: true,
  },
  'cvd-bad': {
    code: 'content-test',
    text: 'Release {version} of {component} was refused: {file} is no good ClamAV database, {problem}.',
    remedy: 'The installed content was not touched. On the content server, `sigtool --info {file}` must say "Verification OK": publish the file as ClamAV signed it.',
    retry: false,
  },
  'nothing-loaded': {
    code: 'content-test',
    text: 'Release {version} of {component} was refused: {program} loaded none of the {signatures} signatures that it should hold.',
    remedy: 'The installed content was not touched. Read the output in the detail; the engine may be too old for this content.',
    retry: false,
  },
  'install-path-foreign': {
    code: 'install',
    text: '{path}, the install path of {component}, holds something that glued did not put there: {found}.',
    remedy: 'Nothing was changed. Take it over with: glued registry add {component} --adopt (and the options as before), or move it away.',
    retry: false,
  },
  'install-path-unfit': {
    code: 'install',
    text: '{path} cannot be the install path of {component}: {problem}.',
    remedy: 'Nothing was changed. Correct it with: glued registry remove {component}, then glued registry add with another --path or id.',
    retry: false,
  },
  'install-read': {
    code: 'install',
    text: 'What is installed of {component} cannot be read: {op} of {path} failed ({problem}).',
    remedy: 'Check the permissions and the disk at {path}; nothing was changed.',
    retry: true,
  },
  'swap-failed': {
    code: 'install',
    text: 'Release {version} of {component} could not be put in place: {op} of {path} failed ({problem}).',
    remedy: 'The content before it is put back. Free the cause (space, permissions, a read-only disk) at {path} and run again.',
    retry: true,
  },
  'swap-disk-full': {
    code: 'disk-space',
    text: 'Release {version} of {component} could not be put in place: no space or no inode is left for {path}.',
    remedy: 'The content before it is put back. Free space or inodes on the file system that holds {path} and run again.',
    retry: true,
  },
  'confirm-not-whole': {
    code: 'install',
    text: 'Release {version} of {component} is not whole at {path} after it was put in place: {problem}.',
    remedy: 'The content before it is put back. Look for another program that writes to {path}.',
    retry: true,
  },
  'confirm-failed': {
    code: 'install',
    text: 'The engine of {component} did not confirm release {version} within {seconds} seconds: {problem}.',
    remedy: 'The content before it is put back. Read the log of the engine; check that {socket} belongs to the engine that loads {path}.',
    retry: false,
  },
  'restore-failed': {
    code: 'rollback-failed',
    text: 'The content of {component} before release {version} could not be put back: {op} of {path} failed ({problem}).',
    remedy: 'Free the cause at {path} and run again: what is to be put back is kept in {folder}.',
    retry: true,
  },
  'restore-incomplete': {
    code: 'rollback-failed',
    text: 'The content of {component} before release {version} is not whole any more in {folder}: {problem}.',
    remedy: 'Run `glued run --force` to install the newest release that policy allows.',
    retry: false,
  },
  'finish-failed': {
    code: 'install',
    text: 'Old versions of {component} could not be removed: {op} of {path} failed ({problem}).',
    remedy: 'The installed content is good. Free the cause at {path}; the next run tries again.',
    retry: true,
  },
  'adopt-failed': {
    code: 'install',
    text: 'What is at {path} could not be taken over for {component}: {problem}.',
    remedy: 'Nothing of it was lost: it is at {path}, or in {folder}. Free the cause and give the same command again.',
    retry: true,
  },
} as const satisfies Record<string, FailureRow>;
