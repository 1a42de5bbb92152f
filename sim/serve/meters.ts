/**
 * Meters: the sessions behind one server, numbered from 1, each with a run, a pace and recordings of its own. Pages may
 * ask for more, up to a limit: each takes its share of this machine.
 */
import { UserError } from "../scenario/user_error";
import type { Session } from "./session";

export const METERS_MAX = 4;

export class Meters {
  private readonly sessions: Session[];
  private opening = 0;

  /** `open` makes another session; without it there is one meter. */
  constructor(
    first: Session,
    private readonly open?: () => Promise<Session>,
  ) {
    this.sessions = [first];
  }

  get count(): number {
    return this.sessions.length;
  }

  get count_max(): number {
    return this.open === undefined ? 1 : METERS_MAX;
  }

  /** The session of a meter, undefined when there is no such. */
  session(number: number): Session | undefined {
    return this.sessions.at(number < 1 ? Infinity : number - 1);
  }

  async add(): Promise<void> {
    const { open, count } = this;
    if (open === undefined || count + this.opening >= this.count_max) {
      throw new UserError(`there are ${count} meters, and no more are simulated at once (begin another server)`);
    }
    this.opening += 1;
    try {
      this.sessions.push(await open());
    } finally {
      this.opening -= 1;
    }
  }

  close(): void {
    for (const session of this.sessions) session.close();
  }
}
