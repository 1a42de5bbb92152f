import type { FuzzBreak } from "./break";

export const broken: FuzzBreak = {
  does: "obeys orders signed by what every meter of the region knows",
  pieces: [
    {
      file: "firmware/card/judgement.ts",
      find: `  if (order.meter === ANY_METER) {
    return "order_refused";
  }
`,
      replace: "",
    },
  ],
  noticed_by: ["false_order"],
};
