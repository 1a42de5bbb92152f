/**
 * The support bundle: one press, one file.
 */
import type { JSX } from "preact";
import { ask } from "../link";
import { t } from "../texts";

export function Bundle(): JSX.Element {
  return (
    <div class="row">
      <button type="button" onClick={() => ask({ do: "bundle" })}>
        {t("bundle")}
      </button>
      <p class="hint">{t("bundle_hint")}</p>
    </div>
  );
}
