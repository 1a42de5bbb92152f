/** Group of a meter's radio, as people write it. */
import { GROUP_MAX } from "../../firmware/radio/signed_content";

export { GROUP_MAX };

/** The group in a text, 0 for none; undefined where the text is no group. */
export function groupIn(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= GROUP_MAX ? Number(text) : undefined;
}
