import type { Workload } from '../workload.ts';

/** A runtime on a back end, with the model that it takes. */
export interface Contestant {
  readonly name: string;
  readonly runtime: 'sandglass' | 'sandglass in a worker' | 'ort-web' | 'LiteRT.js';
  readonly backend: 'wasm' | 'webgpu' | 'webnn';
  /** File of the model, beside the page. */
  readonly model: string;
  /** Its model has per-tensor int8 weights, whose window scores are coarse. */
  readonly perTensor: boolean;
}

const forms = { 'ort-web': { fp32: 'fp32.onnx', int8: 'qdq.onnx' }, 'LiteRT.js': { fp32: 'fp32.tflite', int8: 'int8.tflite' } };
const backends = ['wasm', 'webgpu', 'webnn'] as const;

const ours = (['sandglass', 'sandglass in a worker'] as const).flatMap((runtime) =>
  backends.map((backend): Contestant => {
    const name = `${runtime}, ${backend}`;
    return { name, runtime, backend, model: 'artifact.wasm', perTensor: false };
  }),
);

const peers = (['ort-web', 'LiteRT.js'] as const).flatMap((runtime) =>
  (['fp32', 'int8'] as const).flatMap((form) =>
    backends.map((backend): Contestant => {
      const model = forms[runtime][form];
      return { name: `${runtime} ${form}, ${backend}`, runtime, backend, model, perTensor: form === 'int8' };
    }),
  ),
);

export const contestants: readonly Contestant[] = [...ours, ...peers];

/** File -> its bytes, or null where the workload has no such model. */
export const filesOf = ({ artifact, onnx, tflite }: Workload): Readonly<Record<string, Uint8Array | null>> => ({
  'artifact.wasm': artifact,
  'fp32.onnx': onnx.fp32,
  'qdq.onnx': onnx.qdq,
  'fp32.tflite': tflite?.fp32 ?? null,
  'int8.tflite': tflite?.int8 ?? null,
});
