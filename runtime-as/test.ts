// Every kernel, for the tests (asconfig.json, target "test").
export { matmul_i16_i32 } from './kernels/matmul';
export { matmul_sparse_i16_i32 } from './kernels/matmul-sparse';
export { quantize_f32_i16, dequantize_i16_f32 } from './kernels/quantize';
export { halo_i16 } from './kernels/halo';
export { conv_pairs } from './kernels/conv';
export { conv_rows } from './kernels/conv-rows';
export { winograd, prepare_winograd } from './kernels/winograd';
export { binary_i16, affine_i16, add_fixed } from './kernels/binary';
export { pool_i16 } from './kernels/pool';
export { move_i16, move_f32, clear, gather_runs } from './kernels/move';
export { reduce_rows, normalize_rows, softmax_rows, softmax_fixed, resample } from './kernels/rows';
export { product_i16 } from './kernels/product';
export { recurrent } from './kernels/recurrent';
export { depthwise } from './kernels/depthwise';
export { lookup_i16 } from './kernels/lookup';
export { interpolate_f32 } from './kernels/interpolate';
export { join_sums_i16, join_sums_f32 } from './kernels/join-sums';
export { scale_f32 } from './kernels/scale';
export { requantize_i32_i16, dequantize_i32_f32, requantize_fixed } from './requantize';
export { mse } from './score/mse';
export { mae } from './score/mae';
export { max } from './score/max';
export { weighted } from './score/weighted';
export { mahalanobis } from './score/mahalanobis';
export { latent_score } from './score/latent';
export { kl } from './score/kl';
export { ssim } from './score/ssim';
export { sum_f32 } from './sum';
export { fnv1a_words } from './checksum';
export { sample_normal } from './sample';
export { statistics_blocks, statistics_merge } from './signal/statistics';
export {
  feature_partial,
  feature_share,
  feature_root,
  feature_peak_to_peak,
  feature_crest,
  feature_skewness,
  feature_kurtosis,
} from './signal/values';
export { magnitudes, log_scale, band_energy, spectral_centroid, mel_bands, copy_values, log_mel } from './signal/spectrum';
