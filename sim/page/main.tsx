/**
 * Entry of the page.
 */
import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import { App } from "./app";
import { openLink } from "./link";

const place = document.getElementById("page");
if (place !== null) {
  openLink();
  render(<App />, place);
}
