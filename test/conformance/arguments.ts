/** The command line of tuf-conformance: options, each with a value, then the verb. */
export type Command =
  | { readonly verb: 'init'; readonly metadataDir: string; readonly root: string }
  | { readonly verb: 'refresh'; readonly metadataDir: string; readonly metadataUrl: string }
  | {
      readonly verb: 'download';
      readonly metadataDir: string;
      readonly metadataUrl: string;
      readonly targets: readonly string[];
      readonly targetDir: string;
      readonly targetUrl: string;
    };

/** The command, or what is wrong with the arguments. */
export function readCommand(argv: readonly string[]): Command | string {
  const options = new Map<string, string[]>();
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (!word.startsWith('--')) words.push(word);
    else options.set(word, [...(options.get(word) ?? []), argv[++i] ?? '']);
  }
  const one = (name: string): string => options.get(name)?.at(-1) ?? '';
  const [verb, root] = words;
  const metadataDir = one('--metadata-dir');
  const metadataUrl = withSlash(one('--metadata-url'));
  if (metadataDir === '') return '--metadata-dir is missing';
  switch (verb) {
    case 'init':
      return root === undefined ? 'init ROOT: the root is missing' : { verb, metadataDir, root };
    case 'refresh':
      return { verb, metadataDir, metadataUrl };
    case 'download': {
      const targetUrl = withSlash(one('--target-base-url'));
      return { verb, metadataDir, metadataUrl, targets: options.get('--target-name') ?? [], targetDir: one('--target-dir'), targetUrl };
    }
    default:
      return `no such command: ${verb ?? '(none)'}`;
  }
}

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`);
