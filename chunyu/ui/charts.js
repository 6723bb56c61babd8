// Bundled by `python -m chunyu.ui.assets` into build/static/vendor/charts.min.js: four kinds of chart, drawn as SVG.
import { BarChart, LineChart, PieChart, SankeyChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, PieChart, SankeyChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

// Pixels. Printing makes the window one pixel wide for a moment, and a flow without room cannot be laid out.
const LEAST_WIDTH = 40;
const drawn = new Map();
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function look() {
  const ink = token("--ink"), soft = token("--soft"), line = token("--line"), card = token("--card");
  const axis = { axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, axisLabel: { color: soft }, splitLine: { lineStyle: { color: line } } };
  return {
    color: [1, 2, 3, 4, 5, 6].map((each) => token(`--chart-${each}`)),
    textStyle: { fontFamily: token("--sans"), color: ink },
    categoryAxis: { ...axis, splitLine: { show: false } },
    valueAxis: { ...axis, axisLine: { show: false } },
    legend: { textStyle: { color: soft }, itemWidth: 12, itemHeight: 8 },
    tooltip: { backgroundColor: card, borderColor: line, textStyle: { color: ink, fontSize: 13 }, confine: true },
    sankey: { label: { color: ink }, lineStyle: { color: "source", opacity: 0.42 }, itemStyle: { borderWidth: 0 } },
    pie: { label: { color: ink }, itemStyle: { borderColor: card, borderWidth: 2 } },
  };
}

function draw(figure) {
  const picture = figure.querySelector(".chart-picture");
  const options = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  picture.hidden = false;
  if (picture.clientWidth < LEAST_WIDTH) return;
  drawn.get(figure)?.dispose();
  const chart = init(picture, look(), { renderer: "svg" });
  paintFlow(options, picture.clientWidth);
  chart.setOption({ animation: false, ...options });
  chart.on("click", (event) => { if (event.data?.url) location.assign(event.data.url); });
  picture.querySelector("svg")?.setAttribute("aria-hidden", "true");
  drawn.set(figure, chart);
}

const lengthOf = (name) => [...name].reduce((sum, each) => sum + (each.charCodeAt(0) > 0x2e80 ? 12 : 7), 0);

// In a flow each source has a colour, what it flows into stays quiet.
// Names get the room they need, up to a third of the picture on each side.
function paintFlow(options, width) {
  for (const series of options.series.filter((each) => each.type === "sankey")) {
    const sources = [...new Set(series.links.map((link) => link.source))];
    const targets = new Set(series.links.map((link) => link.target));
    for (const node of series.data) {
      const place = sources.indexOf(node.name);
      node.itemStyle = { color: place < 0 ? token("--line-strong") : token(`--chart-${(place % 6) + 1}`) };
    }
    const room = (names) => Math.min(Math.max(0, ...names.map(lengthOf)) + 14, Math.round(width * 0.3));
    series.left = room(sources.filter((name) => !targets.has(name)));
    series.right = room([...targets].filter((name) => !sources.includes(name)));
    series.label = { overflow: "break", width: Math.max(series.left, series.right) - 10 };
  }
}

function drawAll(within) {
  for (const figure of within.querySelectorAll("[data-chart]")) if (!drawn.has(figure)) draw(figure);
  for (const figure of drawn.keys()) if (!figure.isConnected) { drawn.get(figure).dispose(); drawn.delete(figure); }
}

document.addEventListener("themechange", () => redraw());
document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));
const redraw = () => { for (const figure of document.querySelectorAll("[data-chart]")) draw(figure); };
addEventListener("resize", redraw);
matchMedia("print").addEventListener("change", redraw);
drawAll(document);
