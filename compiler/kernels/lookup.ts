import { bytesOf, defineKernel } from './define.ts';

export const lookup = defineKernel<'lookup'>({
  reference: ({ first }, [x], [table]) => Int16Array.from(x!, (value) => table![value - first]!),
  pack: ([table]) => [bytesOf(table!.values)],
  inPlace: true,
  scratchBytes: () => 0,
  emit: ({ first }, { inputs, constants, output }) => [
    {
      module: 'kernels/lookup',
      name: 'lookup_i16',
      args: [`${inputs[0]!.address}`, `${output.address}`, `${output.size}`, `${constants[0]}`, `${first}`],
    },
  ],
});
