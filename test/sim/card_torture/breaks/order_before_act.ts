import type { CardBreak } from "./break";

export const broken: CardBreak = {
  does: "uses up the sequence of an order before it does what the order says",
  pieces: [
    {
      file: "firmware/card/acts.ts",
      find: `  readyForTariff(meter);
  if (!feasible(meter, order)) {
    return "order_refused";
  }
  const books = meter.card.books;
  const sequence = books.order_sequence;
  books.order_sequence = order.sequence;`,
      replace: `  const books = meter.card.books;
  const sequence = books.order_sequence;
  books.order_sequence = order.sequence;
  readyForTariff(meter);`,
    },
  ],
  sessions: ["tariff_weak"],
  noticed_by: ["whole_or_not_at_all"],
};
