import type { CardBreak } from "./break";

export const broken: CardBreak = {
  does: "writes the read-back and commits then what it says",
  pieces: [
    {
      file: "firmware/card/acts.ts",
      find: `return storeVoucher(meter, before) ? "accepted" : "not_stored";
}

/** Puts the meter into service`,
      replace: `meter.keeper.due = before === undefined ? 0 : 2;
  return "accepted";
}

/** Puts the meter into service`,
    },
    {
      file: "firmware/card/session.ts",
      find: `  meter.hal.buzzer.beep(good ? "good" : "bad");`,
      replace: `  settle(meter, now_ms);
  meter.hal.buzzer.beep(good ? "good" : "bad");`,
    },
  ],
  sessions: ["top_up"],
  noticed_by: ["read_back_not_ahead"],
};
