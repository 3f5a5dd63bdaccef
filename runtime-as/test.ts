// Every kernel, for the tests (asconfig.json, target "test").
export { matmul_i16_i32 } from './kernels/matmul';
export { matmul_sparse_i16_i32 } from './kernels/matmul-sparse';
export { quantize_f32_i16, dequantize_i16_f32 } from './kernels/quantize';
export { halo_i16 } from './kernels/halo';
export { conv_pairs, conv_rows } from './kernels/conv';
export { binary_i16, affine_i16 } from './kernels/binary';
export { pool_i16 } from './kernels/pool';
export { move_i16, move_f32, clear, gather_runs } from './kernels/move';
export { depthwise } from './kernels/depthwise';
export { lookup_i16 } from './kernels/lookup';
export { interpolate_f32 } from './kernels/interpolate';
export { scale_f32 } from './kernels/scale';
export { requantize_i32_i16, dequantize_i32_f32 } from './requantize';
export { mse } from './score/mse';
export { mae } from './score/mae';
export { max } from './score/max';
export { sum_f32 } from './sum';
export { fnv1a_words } from './checksum';
