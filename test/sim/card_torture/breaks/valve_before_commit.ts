import type { CardBreak } from "./break";

export const broken: CardBreak = {
  does: "opens the valve for an emergency credit and commits it then",
  pieces: [
    {
      file: "firmware/requests.ts",
      find: `  note(meter, "emergency_granted", meter.account.debt_milli);
  return storeChange(meter, before);`,
      replace: `  note(meter, "emergency_granted", meter.account.debt_milli);
  meter.hal.valve.drive(before === undefined ? "close" : "open");
  return storeChange(meter, before);`,
    },
  ],
  sessions: ["emergency"],
  noticed_by: ["told_is_kept"],
};
