// Draws the figure that the server made. Only what the server cannot know is decided here: colour scheme and width.

import { fetched } from "./live.js";

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const PRINTED_PX = 690;
// Dragging and zooming come in bursts; the finer figure is fetched once they have come to rest.
const REST_MS = 300;
const at = (text) => Date.parse(`${String(text).replace(" ", "T").slice(0, 19)}Z`);
const text = (number) => new Date(number).toISOString().slice(0, 19);

// The script is large and loads beside everything else; the figure is fetched meanwhile.
const plotly = new Promise((found) => {
  if (window.Plotly) found(window.Plotly);
  else document.getElementById("plotly-script").addEventListener("load", () => found(window.Plotly));
});

export class Chart {
  constructor(element, form) {
    this.element = element;
    this.form = form;
    this.drawn = false;
    this.turn = 0;
    dark.addEventListener("change", () => this.redraw());
    window.addEventListener("beforeprint", () => this.forPrint());
    window.addEventListener("afterprint", () => this.redraw());
    if (form) {
      form.addEventListener("change", (event) => {
        // Another question on the same axis keeps the place; another period or unit begins anew.
        if (event.target.name !== "item") this.moved = null;
        this.load(false);
      });
    }
    const hand = document.getElementById("hand");
    if (hand) {
      hand.hidden = false;
      hand.addEventListener("click", (event) => {
        const button = event.target.closest("button");
        if (button) this.hand(button.value);
      });
    }
    element.addEventListener("keydown", (event) => {
      const done = { ArrowLeft: "earlier", ArrowRight: "later", "+": "in", "-": "out", 0: "whole" }[event.key];
      if (!done || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.hand(done);
    });
  }

  address() {
    const query = this.form ? new URLSearchParams(new FormData(this.form)) : new URLSearchParams();
    const seen = this.closely();
    if (seen) {
      query.set("seen_from", text(seen[0]));
      query.set("seen_to", text(seen[1]));
    }
    return `${this.element.dataset.url}?${query}`;
  }

  // What is seen of a figure that leaves marks out, where somebody has moved or scaled it; null for the rest.
  closely() {
    if (!this.moved || !this.figure || this.figure.whole === null) return null;
    if (this.moved.revision !== this.figure.layout.uirevision) return null;
    return this.moved.range.map(at);
  }

  // Fetches what is seen once more, with every mark, unless every mark of it is there already.
  lookCloser() {
    window.clearTimeout(this.resting);
    const seen = this.closely();
    if (!seen) return;
    const [from, to] = this.figure.whole.map(at);
    // A second: the axis is read in whole ones.
    if (this.figure.whole.length === 2 && from - 1000 <= seen[0] && seen[1] <= to + 1000) return;
    this.resting = window.setTimeout(() => this.load().catch((error) => console.warn(error)), REST_MS);
  }

  query() { return new URLSearchParams(new FormData(this.form)); }

  async load(isRefresh = true) {
    const turn = ++this.turn;
    let figure;
    try {
      figure = await (await fetched(this.address(), isRefresh)).json();
    } catch (error) {
      if (!this.drawn) this.element.querySelector(".graph-wait").textContent = this.element.dataset.failed;
      throw error;
    }
    await plotly;
    if (turn !== this.turn) return;
    this.figure = figure;
    await this.redraw();
  }

  // Moves or scales the time axis by steps: what dragging does, for keys and for buttons.
  async hand(what) {
    if (!this.drawn) return;
    const [from, to] = this.figure.layout.xaxis.range;
    if (what === "whole") {
      await Plotly.relayout(this.element, { "xaxis.range": [from, to] });
      this.moved = null;
      return;
    }
    const axis = this.element.layout.xaxis;
    let [left, right] = axis.range.map(at);
    const width = right - left;
    const [least, most] = [at(axis.minallowed), at(axis.maxallowed)];
    if (what === "in" || what === "out") {
      const wanted = Math.min(most - least, Math.max(86400000, width * (what === "in" ? 0.5 : 2)));
      // Towards today: what is new is what one zooms in on.
      left = right - wanted;
      if (left < least) { left = least; right = least + wanted; }
    } else {
      const step = Math.max(least - left, Math.min(most - right, width * (what === "earlier" ? -0.5 : 0.5)));
      left += step;
      right += step;
    }
    await Plotly.relayout(this.element, { "xaxis.range": [text(left), text(right)] });
  }

  async redraw() {
    if (!this.figure) return;
    const { data, layout, config } = this.figure;
    const ink = getComputedStyle(document.body).color;
    const narrow = this.element.clientWidth < 520;
    const dressed = {
      ...layout,
      font: { ...layout.font, color: ink, size: narrow ? 11 : layout.font.size },
      margin: narrow ? { ...layout.margin, l: 82, r: 6 } : layout.margin,
      dragmode: window.matchMedia("(pointer: coarse)").matches ? false : layout.dragmode,
      // Plotly writes what was moved into the layout it is given: the figure as it came has to stay as it was.
      xaxis: { ...layout.xaxis },
    };
    // What somebody moved to stays while new data comes, and ends when another period or unit is asked for.
    if (this.moved && this.moved.revision === layout.uirevision) dressed.xaxis.range = [...this.moved.range];
    const card = getComputedStyle(document.documentElement).getPropertyValue("--card").trim();
    dressed.hoverlabel = { bgcolor: card, font: { color: ink }, align: "left" };
    if (!this.drawn) this.element.replaceChildren();
    this.element.dataset.rooms = Object.keys(layout).filter((name) => name.startsWith("yaxis")).length;
    await Plotly.react(this.element, data, dressed, config);
    if (!this.drawn) {
      this.element.on("plotly_relayout", (changed) => {
        if (!Object.keys(changed).some((key) => key.startsWith("xaxis.range"))) return;
        const axis = this.element.layout.xaxis;
        this.moved = { revision: this.figure.layout.uirevision, range: [...axis.range] };
        this.lookCloser();
      });
    }
    this.drawn = true;
    this.element.dataset.drawn = String(Number(this.element.dataset.drawn ?? 0) + 1);
  }

  // Paper is narrower than most windows, and white.
  forPrint() {
    if (!this.drawn) return;
    Plotly.relayout(this.element, { width: PRINTED_PX, "font.color": "#000" });
  }
}
