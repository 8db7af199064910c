/** Reads a repository again and again until the file STOP is there: reader-child.ts DIR STOP. For publish.test.ts. */
import { existsSync } from 'node:fs';
import { failureText } from '../../src/model/index.ts';
import { checkRepository } from '../../src/publisher/index.ts';
import { publisherPorts } from '../support/repository.ts';

const [dir = '', stop = ''] = process.argv.slice(2);
const ports = publisherPorts();
const problems: string[] = [];
let reads = 0;
console.log('ready');
while (!existsSync(stop)) {
  const report = await checkRepository(ports, { dir });
  reads++;
  problems.push(...(report.ok ? report.value.problems : [report.failure]).map(failureText));
}
console.log(`read ${reads} times, ${problems.length} problems ${problems.slice(0, 5).join(' | ')}`);
