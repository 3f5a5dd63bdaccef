import type { Tensor } from './tensor.ts';

/** [rows x columns] -> [columns x rows] */
export function transposed({ shape: [rows, columns], data }: Tensor): Tensor {
  const result = new Float32Array(data.length);
  for (let r = 0; r < rows!; r++) for (let c = 0; c < columns!; c++) result[c * rows! + r] = data[r * columns! + c]!;
  return { shape: [columns!, rows!], data: result };
}
