import { existsSync } from 'node:fs';
import { gpuOfNode } from '../../runtime-js/node.ts';

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

/** The GPU of Node, on that driver. */
export function gpuOfTest(): Promise<GPU> {
  process.env['VK_ICD_FILENAMES'] = driver;
  return gpuOfNode();
}
