import type { Break } from "./break";

export const broken: Break = {
  does: "commits the register first and the books in a second commit",
  file: "firmware/keeping.ts",
  find: "  const fields = beginCommit();\n  stateFields(fields, meter, savedNow(meter));\n  keeper.storage =",
  replace: `  const books = { ...meter.account };
  Object.assign(meter.account, (keeper as any).books ?? books);
  const register_only = beginCommit();
  stateFields(register_only, meter, savedNow(meter));
  endCommit(journal, register_only, supply_good);
  Object.assign(meter.account, books);
  (keeper as any).books = books;
  const fields = beginCommit();
  stateFields(fields, meter, savedNow(meter));
  keeper.storage =`,
  noticed_by: ["recovered_state_was_passed", "charge_is_the_price_of_the_litres", "acknowledged_is_committed"],
};
