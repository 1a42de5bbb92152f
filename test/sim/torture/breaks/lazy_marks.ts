import type { Break } from "./break";

export const broken: Break = {
  does: "marks litres only every thirty",
  file: "firmware/keeping.ts",
  find: "export const QUANTUM_L = 10;",
  replace: "export const QUANTUM_L = 30;",
  noticed_by: ["at_most_one_quantum_unbilled"],
};
