/**
 * Times as people write them in a scenario, in the units of the program.
 */

const TIME = /^(?:(\d+)d)?(?: ?(\d\d):(\d\d):(\d\d)(?:\.(\d{3}))?)?$/;

/**
 * Milliseconds from the start: "3d 07:30:00", "07:30:00.500", "3d" or whole seconds. The schema has checked the form.
 */
export function timeMs(time: string | number): number {
  if (typeof time === "number") return time * 1000;
  const [, days, hours, minutes, seconds, milliseconds] = TIME.exec(time) ?? [];
  const time_s =
    ((Number(days ?? 0) * 24 + Number(hours ?? 0)) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds ?? 0);
  return time_s * 1000 + Number(milliseconds ?? 0);
}

/** Seconds since 1970-01-01 UTC of an ISO 8601 time with offset or of a number. */
export function instantUtcS(instant: string | number): number {
  return typeof instant === "number" ? instant : Date.parse(instant) / 1000;
}

/** Minutes of the day of "07:30". */
export function minuteOfDay(time: string): number {
  const [hours, minutes] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

/** Days since 1970-01-01 of "2019-12-25". */
export function dayNumber(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 86_400_000;
}

/** "3d 07:30:00" of milliseconds, for messages. */
export function timeText(time_ms: number): string {
  const days = Math.floor(time_ms / 86_400_000);
  const clock = new Date(time_ms % 86_400_000).toISOString();
  const text = clock.slice(11, time_ms % 1000 === 0 ? 19 : 23);
  return days === 0 ? text : `${days}d ${text}`;
}
