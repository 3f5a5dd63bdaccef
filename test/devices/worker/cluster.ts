import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstMissing } from '../../browsers/expected.ts';

const binary = '/usr/sbin/nats-server';

/** Why there is no cluster here, or null. In CI it throws instead. */
export const missingServer = (): string | null => firstMissing([binary], 'apt-get install nats-server');

/** Real nats-servers with JetStream on loopback, which know each other. */
export interface Cluster {
  /** nats://, one for each node. */
  readonly servers: readonly string[];
  /** Of the processes that run. */
  readonly pids: readonly number[];
  /** kill -9 of the node with this name (n1, n2 ...), as streams name their leaders. */
  kill(name: string): Promise<void>;
  /** Again with what it had on disk. */
  start(name: string): Promise<void>;
  dispose(): Promise<void>;
}

interface Node {
  readonly name: string;
  readonly config: string;
  readonly port: number;
  child: ChildProcess | null;
}

/** `lines`: more of each node's config. */
export async function openCluster(count: number, lines: readonly string[] = []): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-nats-'));
  const ports = await freePorts(2 * count);
  const routes = ports.slice(count).map((port) => `nats://127.0.0.1:${port}`);
  const nodes = Array.from({ length: count }, (_, i): Node => {
    const name = `n${i + 1}`;
    const config = join(folder, `${name}.conf`);
    const cluster = `cluster { name: test, listen: "127.0.0.1:${ports[count + i]}", routes: ${JSON.stringify(routes)} }`;
    writeFileSync(
      config,
      [
        `server_name: ${name}`,
        `listen: "127.0.0.1:${ports[i]}"`,
        `jetstream { store_dir: "${join(folder, name)}", max_mem: 64MB, max_file: 2GB }`,
        ...(count > 1 ? [cluster] : []),
        ...lines,
      ].join('\n'),
    );
    return { name, config, port: ports[i]!, child: null };
  });
  const nodeOf = (name: string): Node => {
    const node = nodes.find((other) => other.name === name);
    if (node === undefined) throw new Error(`no node is called ${name}`);
    return node;
  };
  await Promise.all(nodes.map((node) => start(node)));
  return {
    servers: nodes.map(({ port }) => `nats://127.0.0.1:${port}`),
    get pids() {
      return nodes.flatMap(({ child }) => child?.pid ?? []);
    },
    kill: (name) => kill(nodeOf(name)),
    start: (name) => start(nodeOf(name)),
    async dispose() {
      await Promise.all(nodes.map((node) => kill(node)));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function kill(node: Node): Promise<void> {
  const { child } = node;
  node.child = null;
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

async function start(node: Node): Promise<void> {
  const child = spawn(binary, ['-c', node.config], { stdio: ['ignore', 'ignore', 'pipe'] });
  node.child = child;
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (chunk) => {
      said = (said + String(chunk)).slice(-4000);
      if (said.includes('Server is ready')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`nats-server ended with ${code}: ${said}`)));
  });
}

/** Taken at the same time, so that none is given twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
