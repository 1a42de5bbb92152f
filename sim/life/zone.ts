/**
 * Local days of the life's meter, which is in Rome, from the time-zone data of ICU: the firmware has a calendar of its
 * own, and books that shared it would share its mistakes.
 */
const DAY_S = 86_400;

const ROME = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Europe/Rome",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
});

/** Days since 1970-01-01 in Rome. */
export function localDay(utc_s: number): number {
  const [day, month, year] = ROME.format(utc_s * 1000)
    .split("/")
    .map(Number);
  return Date.UTC(year, month - 1, day) / (DAY_S * 1000);
}

/** First second (UTC) of a local day. Rome's midnights fall on whole hours of UTC. */
export function dayStartUtcS(day: number): number {
  let start_s = day * DAY_S;
  while (localDay(start_s - 1) === day) start_s -= 3600;
  return start_s;
}

/** A number that rises by one from month to month. */
export function monthOfDay(day: number): number {
  const date = new Date(day * DAY_S * 1000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}
