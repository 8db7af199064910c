// runtimes: node
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runCycle, type World } from '../../src/engine/index.ts';
import { type Http, ok, type Policy } from '../../src/model/index.ts';
import { must } from '../support/outcome.ts';
import { testRepository } from '../support/repository.ts';
import { EngineWorld, part } from './world.ts';

test('two components with the very same package: it is fetched once, though both want it at the same time', async () => {
  const world = new EngineWorld(await testRepository('twins'));
  for (const id of ['alpha', 'beta']) {
    await world.add(id);
    await world.repository.publish(id, { 'rules.txt': 'the same\n' }, { version: '1.0' });
  }
  const bare = world.world();
  const late = async (policy: Policy): ReturnType<World['network']> => {
    const network = must(await bare.network(policy));
    const stream: Http['stream'] = async (request, sink) => {
      await new Promise((resolve) => setImmediate(resolve));
      return network.http.stream(request, sink);
    };
    return ok({ ...network, http: { ...network.http, stream } });
  };
  const document = await runCycle({ ...bare, network: late }, world.options());
  assert.equal([document.code, world.content('alpha'), world.content('beta')], [0, 'the same', 'the same']);
  assert.equal([part(document, 'alpha').via, part(document, 'beta').via], ['full', 'cache']);
  assert.is(world.requests.filter((path) => path.startsWith('/packages/')).length, 1);
});

test.run();
