/** Run as a child by terminal.test.ts. */
import { createTerminal } from '../../src/platform/terminal.ts';

const terminal = createTerminal({ colour: 'auto' });
process.exitCode = 7;
switch (process.argv[2]) {
  case 'say':
    terminal.out(`data out=${terminal.stdoutIsTerminal} err=${terminal.stderrIsTerminal} colour=${terminal.colour}\n`);
    terminal.err('else\n');
    break;
  case 'flood':
    for (let i = 0; i < 30; i++) terminal.out(`${'x'.repeat(99_999)}\n`);
    break;
  case 'ask': {
    const answer = await terminal.ask('well? ', 1000, new AbortController().signal);
    terminal.out(`answer ${answer === undefined ? 'none' : JSON.stringify(answer)}\n`);
    break;
  }
}
