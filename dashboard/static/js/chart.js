// Draws the figure that the server made. Only what the server cannot know is decided here: colour scheme and width.

import { fetched } from "./live.js";

const dark = window.matchMedia("(prefers-color-scheme: dark)");

export class Chart {
  constructor(element, form) {
    this.element = element;
    this.form = form;
    this.drawn = false;
    this.turn = 0;
    dark.addEventListener("change", () => this.redraw());
    if (form) form.addEventListener("change", () => this.load(false));
  }

  address() {
    const query = this.form ? new URLSearchParams(new FormData(this.form)) : new URLSearchParams();
    return `${this.element.dataset.url}?${query}`;
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
    if (turn !== this.turn) return;
    this.figure = figure;
    await this.redraw();
  }

  async redraw() {
    if (!this.figure) return;
    const { data, layout, config } = this.figure;
    const text = getComputedStyle(document.body).color;
    const narrow = this.element.clientWidth < 520;
    const dressed = {
      ...layout,
      font: { ...layout.font, color: text, size: narrow ? 11 : layout.font.size },
      margin: narrow ? { ...layout.margin, l: 82, r: 6 } : layout.margin,
      dragmode: window.matchMedia("(pointer: coarse)").matches ? false : layout.dragmode,
    };
    const card = getComputedStyle(document.documentElement).getPropertyValue("--card").trim();
    dressed.hoverlabel = { bgcolor: card, font: { color: text }, align: "left" };
    if (!this.drawn) this.element.replaceChildren();
    this.element.dataset.rooms = Object.keys(layout).filter((name) => name.startsWith("yaxis")).length;
    await Plotly.react(this.element, data, dressed, config);
    this.drawn = true;
    this.element.dataset.drawn = String(Number(this.element.dataset.drawn ?? 0) + 1);
  }
}
