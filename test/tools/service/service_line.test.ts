/** The service line, with a meter that answers when it has the time. */
import assert from "node:assert/strict";
import type { Link } from "../../../tools/flash/link";
import { ServiceLine } from "../../../tools/service/service_line";

/** A meter that says nothing within the first limit, and answers everything after it, one request after the other. */
function busyAtFirst(): ServiceLine {
  const answers: string[] = [];
  let is_busy = true;
  const link = {
    forget: () => undefined,
    send: (words: string) => {
      const number = words.trim().split(" ")[1];
      answers.push(`event=${number} utc_s=0 code=boot value=0\n`);
    },
    waitFor: (wanted: RegExp) => {
      const line = is_busy ? undefined : answers.shift();
      is_busy = false;
      return Promise.resolve(line === undefined ? undefined : (wanted.exec(line) ?? undefined));
    },
  };
  return new ServiceLine(link as unknown as Link);
}

describe("a service line", () => {
  it("takes the late answer to a question that was asked twice for no other event's", async () => {
    const line = busyAtFirst();
    for (const number of ["5", "50", "6", "7"]) {
      assert.match((await line.ask("log", number)) ?? "", new RegExp(`^event=${number} `));
    }
  });
});
