/** What the operating system says when a disk does not do, in words. */
const words: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the limit of the size of files is reached',
  EIO: 'the disk fails',
  EROFS: 'the file system is read-only',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  ENOENT: 'the file or folder is gone',
  ENOTDIR: 'a part of the path is not a folder',
  EMFILE: 'too many files are open in this process',
  ENFILE: 'too many files are open on this machine',
};

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';

/** 'ENOSPC' -> 'the disk is full (ENOSPC)'. Rethrows what is no error of the system: a mistake of ours is not a disk's. */
export function describeDiskError(error: unknown): string {
  const code = codeOf(error);
  if (!/^E[A-Z0-9]+$/.test(code)) throw error;
  return `${words[code] ?? 'the disk cannot be used'} (${code})`;
}

/** Whether room would help. */
export const isFullDisk = (error: unknown): boolean => ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error));
