import type { Break } from "./break";

export const broken: Break = {
  does: "acknowledges a credit, so that its carrier is marked as used, and commits it then",
  file: "firmware/requests.ts",
  find: 'return storeChange(meter, before) ? result : "not_stored";',
  replace: "meter.keeper.due = before === undefined ? 0 : 2;\n  return result;",
  noticed_by: ["acknowledged_is_committed", "credit_once_or_not_at_all"],
};
