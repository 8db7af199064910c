import type { ChangeMade, MadeDelta, Package, PausedHere, ReleaseBrief, ReplacedKeys, RepoAddDocument, RepoCheckDocument, RepoCounts, RepoFinding, RepoFloorDocument, RepoInitDocument, RepoPauseDocument, RepoPruneDocument, RepoPublishDocument, RepoRefreshDocument, RepoRenewDocument, RepoRevokeDocument, RepoRotateDocument, RevokedHere, RepoRoleEnd, UnusedFiles } from '../../model/index.ts';
import { constant, count, flag, group, list, number, oneOf, orNull, published, type Schema, text, timestamp } from './build.ts';
import { codeName, exitCode } from './parts.ts';

/** What the content server's commands print. */

const sha256 = (what: string): Schema => ({ description: what, type: 'string', pattern: '^[0-9a-f]{64}$' });
const sequence = count('Orders releases.');
const id = text("The component's.");
const warnings = list(text(), 'What a person should know: signatures that end soon, what does less than it says.');
const change = oneOf(['made', 'none'] satisfies readonly ChangeMade[], 'none: it was so already, and nothing was signed.');

const BRIEF = { sequence, version: text('As published.'), channel: text() };
const brief: Schema = group<ReleaseBrief>(BRIEF, []);

const finding: Schema = group<RepoFinding>({ code: exitCode, codeName, text: text('What is wrong.'), remedy: text('What to do.') }, []);

const packed: Schema = group<Package>(
  {
    sha256: sha256('Of the package, which is its name too.'),
    size: count('Bytes to be downloaded.'),
    unpackedSize: count('Bytes of the tar in it.'),
    unpackedSha256: sha256('Of the tar in it.'),
    format: oneOf(['tar+zstd']),
  },
  ['unpackedSha256'],
);

const delta: Schema = group<MadeDelta>(
  {
    fromSequence: count('The release that it leads from.'),
    sha256: sha256('Of the delta, which is its name too.'),
    size: count('Bytes to be downloaded.'),
    algorithm: text("`zstd`, or a vendor's own, as `cdiff`."),
    outcome: group<NonNullable<MadeDelta['outcome']>>({ sha256: sha256("As the algorithm's plug-in counts it."), size: count('Bytes of what it changes, unpacked.') }, [], "What a vendor's own delta must make."),
    percent: number("Of the package's size."),
  },
  ['outcome'],
);

export const REPO_INIT_SCHEMA: Schema = published(
  'repo-init:1',
  'glued.repo-init/1: a new repository and its keys',
  group<RepoInitDocument>(
    {
      schema: constant('glued.repo-init/1'),
      dir: text("The repository's folder."),
      keys: text('The folder of signing keys.'),
      rootFile: text('What endpoints start from: trust.rootFile of a policy.'),
      keyFiles: list(text(), 'Names in the folder of keys.'),
    },
    [],
  ),
);

export const REPO_ADD_SCHEMA: Schema = published(
  'repo-add:1',
  'glued.repo-add/1: a component that was added to a repository',
  group<RepoAddDocument>({ schema: constant('glued.repo-add/1'), id, keyFile: text('Its key, in the folder of keys.') }, []),
);

export const REPO_PUBLISH_SCHEMA: Schema = published(
  'repo-publish:1',
  'glued.repo-publish/1: a release that was published',
  group<RepoPublishDocument>(
    {
      schema: constant('glued.repo-publish/1'),
      id,
      ...BRIEF,
      date: timestamp("The content's."),
      package: packed,
      deltas: list(delta),
      deltasSkipped: list(group<RepoPublishDocument['deltasSkipped'][number]>({ fromSequence: count(), reason: text() }, []), 'Releases that no delta leads from, and why.'),
      notes: list(text(), 'About all deltas.'),
      warnings,
    },
    [],
  ),
);

export const REPO_REVOKE_SCHEMA: Schema = published(
  'repo-revoke:1',
  'glued.repo-revoke/1: a release that was withdrawn',
  group<RepoRevokeDocument>(
    {
      schema: constant('glued.repo-revoke/1'),
      id,
      ...BRIEF,
      sha256: sha256('Of its package.'),
      reason: text('What administrators read.'),
      change,
      safe: orNull(brief),
      newest: orNull(brief),
      alsoRevoked: list(brief, 'Other releases that are the same package.'),
      warnings,
    },
    [],
  ),
);

export const REPO_PAUSE_SCHEMA: Schema = published(
  'repo-pause:1',
  'glued.repo-pause/1: a release that was paused or goes on',
  group<RepoPauseDocument>(
    { schema: constant('glued.repo-pause/1'), id, ...BRIEF, paused: flag(), instead: orNull(count('The release that its channel offers besides.')), change, warnings },
    [],
  ),
);

export const REPO_FLOOR_SCHEMA: Schema = published(
  'repo-floor:1',
  'glued.repo-floor/1: the oldest glued that machines may be given',
  group<RepoFloorDocument>({ schema: constant('glued.repo-floor/1'), version: text(), before: orNull(text('What it was before; null: there was none.')) }, []),
);

export const REPO_REFRESH_SCHEMA: Schema = published(
  'repo-refresh:1',
  'glued.repo-refresh/1: signatures whose dates go on',
  group<RepoRefreshDocument>({ schema: constant('glued.repo-refresh/1'), timestampVersion: count() }, []),
);

const roles = list(
  group<RepoRoleEnd>({ role: text("root, targets, snapshot, timestamp, or a component's id."), version: count("Its document's."), expires: timestamp('Clients refuse it from then on.'), change }, []),
  'Every role, those of TUF first.',
);

export const REPO_RENEW_SCHEMA: Schema = published(
  'repo-renew:1',
  'glued.repo-renew/1: offline signatures whose dates go on',
  group<RepoRenewDocument>({ schema: constant('glued.repo-renew/1'), roles, warnings }, []),
);

const replaced: Schema = group<ReplacedKeys>(
  {
    role: text(),
    files: list(text(), 'Paths of the new private keys, in the order of keyids.'),
    keyids: list(sha256('As metadata names the key.')),
    retired: list(text(), 'Paths of old private keys, under their new names.'),
    elsewhere: list(sha256('As metadata named the key.'), 'Old keys that are in none of the folders, or could not be put aside.'),
  },
  [],
);

export const REPO_ROTATE_SCHEMA: Schema = published(
  'repo-rotate:1',
  'glued.repo-rotate/1: roles that got new keys',
  group<RepoRotateDocument>(
    {
      schema: constant('glued.repo-rotate/1'),
      keys: list(replaced, 'Of each role that was named.'),
      bridged: list(text(), 'Roles whose old keys were not there, so that a root that trusts old and new was published first.'),
      roles,
      warnings,
    },
    [],
  ),
);

const files = { files: count(), bytes: count() };

export const REPO_PRUNE_SCHEMA: Schema = published(
  'repo-prune:1',
  'glued.repo-prune/1: old releases that were taken out, and files that nothing names',
  group<RepoPruneDocument>(
    {
      schema: constant('glued.repo-prune/1'),
      dryRun: flag('Where true, nothing was done: the document says what would be.'),
      components: list(
        group<RepoPruneDocument['components'][number]>({ id, kept: count('Releases that stayed.'), removed: list(sequence, 'Releases that were taken out of the catalog.') }, []),
      ),
      removed: { description: 'Catalogs, packages and deltas that are gone.', ...group<UnusedFiles>(files, []) },
      waiting: {
        description: 'Those that nothing names any more, and that a client may still read.',
        ...group<RepoPruneDocument['waiting']>({ ...files, next: orNull(timestamp('When the first of them may go.')) }, []),
      },
      warnings,
    },
    ['dryRun'],
  ),
);

export const REPO_CHECK_SCHEMA: Schema = published(
  'repo-check:1',
  'glued.repo-check/1: a whole repository, read as a client would',
  group<RepoCheckDocument>(
    {
      schema: constant('glued.repo-check/1'),
      dir: text("The repository's folder."),
      expires: list(
        group<RepoCheckDocument['expires'][number]>({ role: text("root, targets, snapshot, timestamp, or a component's id."), at: timestamp('Clients refuse it from then on.') }, []),
        'Of each role that is rightly signed, the first to end first.',
      ),
      counts: group<RepoCounts>({ metadata: count(), components: count(), releases: count(), packages: count(), deltas: count(), bytes: count('Of packages and deltas.') }, []),
      revoked: list(group<RevokedHere>({ id, sequence, version: orNull(text('Null where the catalog does not list it.')), reason: text(), safeSequence: orNull(count()) }, [])),
      paused: list(group<PausedHere>({ id, sequence, version: text() }, [])),
      problems: list(finding, 'What makes clients refuse something; the first gives the exit code.'),
      warnings: list(finding, 'What soon will, or does less than it says.'),
    },
    [],
  ),
);
