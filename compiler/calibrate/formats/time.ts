const dateTime = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?(Z|[+-]\d{2}:?\d{2})?$/;

/** Seconds since 1970 of an ISO 8601 time stamp (2020-03-09 10:14:33); without a zone it is UTC. null: it is none. */
export function parseTime(text: string): number | null {
  const [, date, time = '00:00', zone = 'Z'] = dateTime.exec(text) ?? [];
  if (date === undefined) return null;
  const milliseconds = Date.parse(`${date}T${time}${zone}`);
  return Number.isNaN(milliseconds) ? null : milliseconds / 1000;
}
