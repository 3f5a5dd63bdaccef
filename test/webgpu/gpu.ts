import { existsSync } from 'node:fs';
import { create, globals } from 'webgpu';

/** The software Vulkan driver that Debian's chromium brings; tests bring none. */
const driver = process.env['VK_ICD_FILENAMES'] ?? '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Why there is no adapter here, or null. On CI one is expected. */
export function missingGpu(): string | null {
  if (existsSync(driver)) return null;
  const why = `${driver} is not here (apt-get install chromium, or set VK_ICD_FILENAMES to the driver of a GPU)`;
  if (process.env['CI'] !== undefined) throw new Error(why);
  process.stderr.write(`skipped: ${why}\n`);
  return why;
}

/** Kept for good: when it is collected, dawn.node aborts the process. */
let kept: GPU | null = null;

/** The GPU of Node. */
export function gpuOfNode(): GPU {
  process.env['VK_ICD_FILENAMES'] = driver;
  Object.assign(globalThis, globals);
  kept ??= create([]);
  return kept;
}
