/** A simulated meter that answers on a service line, as the firmware does. */
import { answer } from "../../../firmware/service/read_out";
import { gather, type Asked } from "../../../tools/service/collect";
import type { BundleContent } from "../../../tools/service/support_bundle";
import type { Rig } from "../../firmware/rig";

export function lineOf(rig: Rig): Asked {
  return {
    ask: (request, argument) => {
      const said = answer(rig.meter, argument === undefined ? request : `${request} ${argument}`);
      return Promise.resolve(said.startsWith("error ") ? undefined : said);
    },
  };
}

export async function contentOf(rig: Rig, board: string | null = null): Promise<BundleContent> {
  return gather(lineOf(rig), board, rig.meter.hal.clock.now_utc_s(), () => undefined);
}
