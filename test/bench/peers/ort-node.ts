import { readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { Workload } from '../workload.ts';
import type { Peer } from './define.ts';

type Form = 'fp32' | 'qdq';

/** The native runtime is installed apart, in test/bench; its interface is that of onnxruntime-web. */
interface Ort {
  readonly InferenceSession: { create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession> };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => Tensor;
}

const require = createRequire(join(import.meta.dirname, '../package.json'));
const entry = require.resolve('onnxruntime-node');
const binaries = join(entry, `../../bin/napi-v6/${process.platform}/${process.arch}`);

const runtimeBytes = (): number => readdirSync(binaries).reduce((sum, file) => sum + statSync(join(binaries, file)).size, 0);

const options: InferenceSession.SessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: 'all' };

const ortNode = (name: string, form: Form): Peer => ({
  name,
  perTensor: form !== 'fp32',
  supports: ({ onnx }) => onnx[form] !== null,
  async open({ onnx, shape }: Workload, batch) {
    const ort = require('onnxruntime-node') as Ort;
    const session = await ort.InferenceSession.create(onnx[form]!, options);
    const [input] = session.inputNames;
    const [output] = session.outputNames;
    return {
      async run(windows) {
        const result = await session.run({ [input!]: new ort.Tensor('float32', windows, [batch, ...shape]) });
        return result[output!]!.data as Float32Array;
      },
      dispose: () => session.release(),
    };
  },
  bytesToShip: ({ onnx }) => runtimeBytes() + onnx[form]!.length,
  coldStart: ({ shape }, folder) => `
    const { createRequire } = await import('node:module');
    const ort = createRequire('/')(${JSON.stringify(entry)});
    const session = await ort.InferenceSession.create(${JSON.stringify(join(folder, `${form}.onnx`))}, ${JSON.stringify(options)});
    const result = await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', window, ${JSON.stringify([1, ...shape])}) });
    done(result[session.outputNames[0]].data);`,
});

export const ortNodePeers = [ortNode('ort-node fp32 (native)', 'fp32'), ortNode('ort-node int8 QDQ (native)', 'qdq')];
