/**
 * Numbers of GPUBufferUsage, GPUMapMode and GPUShaderStage (https://www.w3.org/TR/webgpu/#buffer-usage): in Node they are no globals, unless
 * somebody makes them so.
 */
export const usage = { mapRead: 1, copyFrom: 4, copyTo: 8, uniform: 64, storage: 128 } as const;
export const readMode = 1;
export const computeStage = 4;
