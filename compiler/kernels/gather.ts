import { bytesOf, defineKernel } from './define.ts';

export const gather = defineKernel<'gather'>({
  reference: ({ extent, count, run, float }, [x], [table], size) => {
    const out = float ? new Float32Array(size) : new Int16Array(size);
    return out.map((_, at) => {
      const [outer, i, rest] = [Math.floor(at / (count * run)), Math.floor(at / run) % count, at % run];
      return x![(outer * extent + table![i]!) * run + rest]!;
    });
  },
  pack: ([table]) => [bytesOf(table!.values)],
  inPlace: false,
  scratchBytes: () => 0,
  emit: ({ outer, extent, count, run, float }, { inputs, constants, output }) => [
    {
      module: 'kernels/move',
      name: 'gather_runs',
      args: [inputs[0]!.address, output.address, constants[0]!, outer, extent, count, run * (float ? 4 : 2)].map(String),
    },
  ],
});
