import type { Break } from "./break";

export const broken: Break = {
  does: "moves the valve and commits then why",
  file: "firmware/supervision.ts",
  find: `  keepChanges(meter);
  takeValveNews(meter, wantValve(meter.supervisor, meter.hal.valve, !anyReason(meter.reasons)), now_ms);`,
  replace: `  takeValveNews(meter, wantValve(meter.supervisor, meter.hal.valve, !anyReason(meter.reasons)), now_ms);
  keepChanges(meter);`,
  noticed_by: ["acknowledged_is_committed"],
};
