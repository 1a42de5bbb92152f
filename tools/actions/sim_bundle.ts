/**
 * What `curbstop sim run --bundle` does besides: the support bundle of a run.
 */
import { prepareScenario, type ScenarioOptions } from "../../sim/run";
import { readCardImages } from "../../sim/scenario/card_images";
import { bundleText } from "../../sim/serve/bundle";
import { LiveRun } from "../../sim/serve/live_run";
import { saveText } from "../output";

/** Runs it to its end as the page would, on this process's engine, and saves what helps someone else. */
export async function saveBundle(to: string, options: ScenarioOptions): Promise<void> {
  const { file, scenario, flow, flow_file } = await prepareScenario(options);
  const run = new LiveRun({ scenario, file, flow, flow_file, card_images: readCardImages(scenario, file) });
  run.runTo(run.end_ms);
  saveText(to, bundleText(run));
}
