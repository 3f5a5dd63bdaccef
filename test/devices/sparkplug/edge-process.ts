import { openEdge } from './world.ts';

// An edge node in a process of its own, for tests that kill it: node edge-process.ts URL NODE STATE-FILE VERSION

const [url = '', node = '', stateFile = '', version = ''] = process.argv.slice(2);
if (version !== '3.1.1' && version !== '5') throw new Error('edge-process.ts URL NODE STATE-FILE VERSION');
const { agent, sink } = openEdge(url, node, { stateFile, version });
agent.sensors.add('pump-1');
sink.start();
setInterval(() => agent.score('pump-1', 0.1), 5);
