import { create } from 'webgpu';
import { firstMissing } from '../browsers/expected.ts';

/** The software Vulkan driver that Debian's chromium brings; tests bring none. */
const driver = process.env['VK_ICD_FILENAMES'] ?? '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Why there is no adapter here, or null. In CI it throws instead. */
export const missingGpu = (): string | null =>
  firstMissing([driver], 'apt-get install chromium, or set VK_ICD_FILENAMES to the driver of a GPU');

/** Kept for good: when it is collected, dawn.node aborts the process. */
let kept: GPU | null = null;

/** Whoever makes a GPU in this process from now on finds that driver. */
export function useSoftwareDriver(): void {
  process.env['VK_ICD_FILENAMES'] = driver;
}

/** The GPU of Node, on that driver. */
export function gpuOfTest(): GPU {
  useSoftwareDriver();
  kept ??= create([]);
  return kept;
}
