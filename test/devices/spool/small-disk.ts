import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own in memory, so small that it gets full. */
export interface SmallDisk {
  readonly folder: string;
  /** Leaves so many bytes, up to a page. */
  fill(leaveBytes: number): void;
  /** Takes away what `fill` put there. */
  empty(): void;
  dispose(): void;
}

/** Why none can be made here, or null: to mount one takes a right that containers often do not give, so CI does not insist on it. */
export function noSmallDisk(): string | null {
  try {
    makeSmallDisk(65_536).dispose();
    return null;
  } catch (cause) {
    process.stderr.write(`skipped: ${String(cause)}\n`);
    return String(cause);
  }
}

export function makeSmallDisk(bytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-small-disk-'));
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { encoding: 'utf8' });
  if (status !== 0) {
    rmSync(folder, { recursive: true });
    throw new Error(`a small disk cannot be mounted (root may): ${stderr}`);
  }
  const filler = join(folder, 'filler');
  return {
    folder,
    fill(leaveBytes) {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)));
    },
    empty: () => rmSync(filler, { force: true }),
    dispose() {
      spawnSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true });
    },
  };
}
