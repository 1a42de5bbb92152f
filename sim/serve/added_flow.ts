/**
 * Added flow: rows of a flow CSV that are drawn from some second on, beside those that are there already. Between them
 * the file's own distances stay.
 */
import { EPOCH_MAX_S, type FlowRows } from "../scenario/flow_csv";
import { UserError } from "../scenario/user_error";

/** Both in one, in the order of time; what falls into one second is drawn together. */
export function addedFlow(before: FlowRows | undefined, rows: FlowRows, first_s: number): FlowRows {
  const shift_s = first_s - rows.epoch_s[0];
  const last_s = (rows.epoch_s.at(-1) ?? 0) + shift_s;
  if (last_s > EPOCH_MAX_S) throw new UserError("the flow goes on beyond all clocks (take a shorter file)");
  const by_second = new Map(before?.epoch_s.map((epoch_s, row) => [epoch_s, before.flow_ml[row]]));
  rows.epoch_s.forEach((row_s, row) => {
    const epoch_s = row_s + shift_s;
    by_second.set(epoch_s, (by_second.get(epoch_s) ?? 0) + rows.flow_ml[row]);
  });
  const epoch_s = [...by_second.keys()].sort((one, other) => one - other);
  return { epoch_s, flow_ml: epoch_s.map((second_s) => by_second.get(second_s) ?? 0) };
}
