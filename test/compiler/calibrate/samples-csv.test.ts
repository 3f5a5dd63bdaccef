import { expect, test } from 'vitest';
import { readWindows } from '../../../compiler/calibrate/samples.ts';

const read = (text: string | Uint8Array, name = 'a.csv') =>
  readWindows({ name, bytes: typeof text === 'string' ? Buffer.from(text) : text }, { size: null, hop: null });

const fourValues = [1.5, -2, 3000, 0.25];

test.each([
  ['comma', '1.5,-2\n3e3,.25\n'],
  ['semicolon', '1.5;-2\n3e3;.25\n'],
  ['tab', '1.5\t-2\n3e3\t.25\n'],
  ['blanks around the fields', ' 1.5 , -2\n3e3 ,\t.25 \n'],
  ['lines of Windows', '1.5,-2\r\n3e3,.25\r\n'],
  ['lines of old Macs', '1.5,-2\r3e3,.25\r'],
  ['no last newline', '1.5,-2\n3e3,.25'],
  ['empty lines at the end', '1.5,-2\n3e3,.25\n\n\r\n'],
  ['byte order mark', '\uFEFF1.5,-2\n3e3,.25\n'],
  ['quotes', '"1.5","-2"\n"3e3",.25\n'],
  ['plus signs and exponents', '+15E-1,-.2e+1\n3.e3,2500e-4\n'],
])('%s: the same two rows of two', (_, text) => {
  expect(read(text)).toMatchObject({ count: 2, size: 2, columns: null, data: Float32Array.from(fourValues) });
});

test.each([
  ['plain', 'a,b\n1.5,-2\n3e3,.25\n', ['a', 'b']],
  ['with a unit that holds the other delimiter', 'a [m;s],b\n1.5,-2\n3e3,.25\n', ['a [m;s]', 'b']],
  ['quoted, with the delimiter and doubled quotes', '"a, ""left""",b\n1.5,-2\n3e3,.25\n', ['a, "left"', 'b']],
  ['quoted, over two lines', '"a\n[m]",b\n1.5,-2\n3e3,.25\n', ['a\n[m]', 'b']],
  ['with an unnamed column', ',b\n1.5,-2\n3e3,.25\n', ['', 'b']],
])('a header %s gives the column names', (_, text, columns) => {
  expect(read(text)).toMatchObject({ columns, count: 2, data: Float32Array.from(fourValues) });
});

test('one column needs no delimiter', () => {
  expect(read('value\n1\n2\n')).toMatchObject({ columns: ['value'], count: 2, size: 1 });
});

test.each([
  ['a short row', 'a,b\n1,2\n3\n', 'a.csv, row 3: has 1 column; the rows before it have 2\n  Mend or remove the row.'],
  ['a long row', '1,2\n3,4,5\n', 'a.csv, row 2: has 3 columns; the rows before it have 2'],
  [
    'text',
    'a,b\n1,2\n3,high\n',
    'a.csv, row 3, column 2 "b": is text ("high"); expected a number\n  Keep only the model\'s inputs: name them with --channels, or remove this column, or the row.',
  ],
  ['a hexadecimal number', '1,0x10\n', 'a.csv, row 1, column 2: is text ("0x10")'],
  ['a name with digits', 'x\npump-A1\n', 'row 2, column 1 "x": is text ("pump-A1")'],
  ['a clock', 'x,y\n12:30:01,1\n', 'row 2, column 1 "x": is a time stamp ("12:30:01")'],
  [
    'decimal commas',
    'a;b\n1,5;2,5\n',
    'a.csv, row 2, column 1 "a": is "1,5"; expected a number with a decimal point\n  Write 1.5 rather than 1,5.',
  ],
  ['decimal commas without a header', '1,5;2,5\n1,5;2,5\n', 'row 1, column 1: is "1,5"'],
  ['a typo in the first row, which is no header', '1.0,2.o\n3,4\n', 'a.csv, row 1, column 2: is text ("2.o"); expected a number'],
  [
    'NaN',
    'a,b\n1,NaN\n',
    'a.csv, row 2, column 2 "b": is NaN; values must be finite\n  Remove the row, or find out why the sensor gave no value.',
  ],
  ['NaN all over the first row', 'nan,nan\n1,2\n', 'a.csv, row 1, column 1: is nan; values must be finite'],
  ['infinity', '1,-inf\n', 'a.csv, row 1, column 2: is -inf; values must be finite'],
  ['more than f32 holds', '1,4e38\n', 'a.csv, row 1, column 2: is 4e38; the largest f32 is 3.4e38'],
  ['more than f64 holds', '1,1e999\n', 'a.csv, row 1, column 2: is 1e999; the largest f32'],
  ['an empty field', 'a,b\n1,\n', 'a.csv, row 2, column 2 "b": is empty; expected a number\n  Fill the gap or remove the row.'],
  ['an empty line between rows', '1,2\n\n3,4\n', 'a.csv, row 2: is empty\n  Remove empty lines.'],
  ['a header alone', 'a,b\n', 'a.csv: has no rows of numbers\n  Give a file with one row of numbers per sample.'],
  ['empty lines alone', '\n\n', 'a.csv: has no rows of numbers'],
  ['a quote that is never closed', 'a,b\n1,2\n"3,4\n5,6\n', 'a.csv: is not readable CSV: Quote Not Closed'],
  ['text after a header of two lines', '"a\n[m]",b\n1,2\n3,x\n', 'a.csv, row 4, column 2 "b": is text ("x")'],
])('%s is explained', (_, text, message) => {
  expect(() => read(text)).toThrow(message);
});

test('UTF-16, as a spreadsheet may save it, is named', () => {
  expect(() => read(Buffer.from('\uFEFF1,2\n', 'utf16le'))).toThrow(
    'a.csv: is UTF-16 text; expected UTF-8\n  Save it again as "CSV UTF-8".',
  );
});

const million = Array.from({ length: 1_000_000 }, (_, row) => `${row},${row % 7}`);

test('a million rows, parsed in parts: each value is in its place', () => {
  const { data, count } = read(million.join('\n'));
  expect(count).toBe(1_000_000);
  expect(data.every((value, i) => value === (i % 2 === 0 ? i / 2 : ((i - 1) / 2) % 7))).toBe(true);
});

test('text in row 900,001 of a million is found there, quoted or not', () => {
  expect(() => read(million.with(900_000, '1,off').join('\n'))).toThrow('a.csv, row 900001, column 2: is text ("off")');
  expect(() => read(million.with(900_000, '1,"o\nff"').join('\n'))).toThrow('a.csv, row 900001, column 2: is text ("o\nff")');
  expect(() => read(million.with(900_000, '1,o"ff').join('\n'))).toThrow(/Invalid Opening Quote.* row 900001/);
});
