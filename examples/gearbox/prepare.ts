import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readNamed, readWindows } from '../../compiler/index.ts';

// Cuts the recordings of OpenNuvoton/ML_Gearbox_Fault_Diagnosis (SOURCE.txt) down to what this example needs: the first
// 30,000 samples of each, as int16 in steps of 0.002, gzipped.
//
//   node examples/gearbox/prepare.ts ../shared/data/gearbox

const samples = 30_000;
const step = 0.002;

/** A NumPy file, version 1.0, of int16 [rows x columns]. */
function npy(values: Int16Array, columns: number): Uint8Array {
  const header = `{'descr': '<i2', 'fortran_order': False, 'shape': (${values.length / columns}, ${columns}), }`.padEnd(117);
  const start = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${header}\n`, 'latin1');
  return Buffer.concat([start, Buffer.from(values.buffer)]);
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('give the folder with the recordings: h30hz0.csv.gz ...');
for (const file of readdirSync(folder).filter((name) => name.endsWith('.csv.gz'))) {
  const { data, size } = readWindows(readNamed(join(folder, file)), { size: null, hop: null });
  const cut = Int16Array.from(data.subarray(0, samples * size), (value) => Math.round(value / step));
  writeFileSync(
    join(import.meta.dirname, 'recordings', file.replace('.csv.gz', '.npy.gz')),
    gzipSync(npy(cut, size), { level: 9 }),
  );
}
