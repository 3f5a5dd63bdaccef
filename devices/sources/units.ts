/** Units that are written in several ways; keys as `spelling` leaves them. */
const aliases: Readonly<Record<string, string>> = {
  degC: '°C',
  celsius: '°C',
  Celsius: '°C',
  degF: '°F',
  percent: '%',
  'm/s/s': 'm/s2',
  'm*s-2': 'm/s2',
  rpm: '1/min',
  RPM: '1/min',
  'min-1': '1/min',
  hz: 'Hz',
};

/** Superscripts, the two letters micro and signs like ℃ are one with their plain form (Unicode NFKC); blanks and ^ say nothing. */
const spelling = (unit: string): string => unit.normalize('NFKC').replaceAll(/[\s^]/g, '').replaceAll('·', '*');

const canonical = (unit: string): string => {
  const plain = spelling(unit);
  return Object.hasOwn(aliases, plain) ? aliases[plain]! : plain;
};

/** Whether two texts mean the same unit. Upper and lower case differ (mV, MV); nothing is converted. */
export const isSameUnit = (a: string, b: string): boolean => a === b || canonical(a) === canonical(b);
