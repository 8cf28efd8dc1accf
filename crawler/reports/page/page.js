"use strict";
// Sorting and filtering. What is compared is read from the page once, and rows are moved at once.
(() => {
  // One table of all rows, or one for each section.
  const tables = Array.from(document.querySelectorAll(".ranking"));
  if (!tables.length) return;
  const rows = tables.flatMap((table) => Array.from(table.tBodies[0].rows));
  const headed = tables.map((table) => Array.from(table.tHead.rows[0].cells));
  const heads = headed[0];
  const form = document.querySelector(".filters");
  const count = document.querySelector(".count");
  const column = (key) => heads.findIndex((head) => head.classList.contains(key));

  const remembered = (compute) => {
    const known = new Map();
    return (key) => {
      if (!known.has(key)) known.set(key, compute(key));
      return known.get(key);
    };
  };
  const texts = remembered((at) =>
    rows.map((row) => (at < 0 ? "" : row.cells[at].textContent.trim())));
  // What stands in brackets behind a figure is another day that it counts from.
  const number = (text) =>
    text ? Number(text.replace(/\(.*|[^\d.]/g, "")) * (/^[−↓]/.test(text) ? -1 : 1) : null;
  const keys = remembered((at) =>
    texts(at).map("number" in heads[at].dataset
      ? number
      : (text) => text.toLowerCase() || null));
  const fromAnotherDay = remembered((at) =>
    texts(at).map((text) => "number" in heads[at].dataset && text.includes("(")));

  let sorted = "";
  const sort = (at, falling) => {
    sorted = `${falling ? "-" : ""}${heads[at].className}`;
    const key = keys(at);
    const apart = fromAnotherDay(at);
    const turn = falling ? -1 : 1;
    // What is unknown comes last in both directions, and before it what counts from another day;
    // equals keep the order of the ranks.
    const order = Array.from(rows.keys()).sort((a, b) => {
      if (apart[a] !== apart[b] && key[a] !== null && key[b] !== null) return apart[a] ? 1 : -1;
      if (key[a] === key[b]) return a - b;
      if (key[a] === null) return 1;
      if (key[b] === null) return -1;
      return key[a] < key[b] ? -turn : turn;
    });
    const parts = new Map(tables.map((table) => [table.tBodies[0], []]));
    for (const position of order) parts.get(rows[position].parentNode).push(rows[position]);
    for (const [body, part] of parts) body.replaceChildren(...part);
    for (const each of headed) {
      for (const head of each) head.removeAttribute("aria-sort");
      each[at].setAttribute("aria-sort", falling ? "descending" : "ascending");
    }
  };
  for (const each of headed) each.forEach((head, at) => {
    const button = head.querySelector("button");
    button.disabled = false;
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      sort(at, now ? now === "ascending" : "falling" in head.dataset);
      keep();
    });
  });

  const words = remembered(() => {
    const parts = ["repository", "language", "section"].map((key) => texts(column(key)));
    const paths = rows.map((row) => row.querySelector(".section")?.title
      ?? row.closest(".block")?.querySelector("h3").textContent ?? "");
    return rows.map((_, at) =>
      [...parts.map((part) => part[at]), paths[at]].join("\n").toLowerCase());
  });
  const sections = remembered(() => rows.map((row) => row.dataset.sections.split(" ")));
  const made = Date.parse(document.querySelector("time").dateTime);
  const value = (id) => form.querySelector(`#${id}`)?.value ?? "";

  const filter = () => {
    const wanted = value("text").toLowerCase().split(/\s+/).filter(Boolean);
    const language = value("language");
    const section = value("section");
    const least = Number(value("stars"));
    const active = Number(value("active"));
    const archived = value("archived");
    const tests = [];
    if (wanted.length) tests.push((at) => wanted.every((word) => words()[at].includes(word)));
    if (language) tests.push((at) => `=${texts(column("language"))[at]}` === language);
    if (section) tests.push((at) => sections()[at].includes(section));
    if (least) tests.push((at) => keys(column("stars"))[at] >= least);
    if (active) {
      const since = new Date(made - active * 864e5).toISOString().slice(0, 10);
      tests.push((at) => texts(column("pushed"))[at] >= since);
    }
    if (archived) tests.push((at) => rows[at].dataset.archived === archived);
    let shown = 0;
    rows.forEach((row, at) => {
      const kept = tests.every((test) => test(at));
      if (row.hidden === kept) row.hidden = !kept;
      shown += kept;
    });
    if (tables.length > 1) {
      for (const table of tables) {
        table.parentNode.hidden = !table.querySelector("tbody tr:not([hidden])");
      }
    }
    const figure = (value) => value.toLocaleString("en");
    const noun = tables.length > 1 ? "rows" : "repositories";
    count.textContent = `${figure(shown)} of ${figure(rows.length)} ${noun}`;
  };

  // The address keeps what is shown, so that it can be shared. Numbers of sections are those of
  // one page: their names also lead to them in the next one.
  const fields = Array.from(form.elements).filter((field) => field.id);
  const keep = () => {
    const view = new URLSearchParams();
    for (const field of fields) {
      const name = field.id === "section" ? field.selectedOptions[0].text : field.value;
      if (field.value) view.set(field.id, name);
    }
    if (sorted) view.set("sort", sorted);
    history.replaceState(null, "", `#${view}`);
  };
  const restore = () => {
    if (!location.hash.includes("=")) return;
    const view = new URLSearchParams(location.hash.slice(1));
    for (const field of fields) {
      const wanted = view.get(field.id) ?? "";
      if (field.id === "section") {
        const found = Array.from(field.options).findIndex((each) => each.text === wanted);
        field.selectedIndex = Math.max(found, 0);
      } else {
        field.value = wanted;
        if (field.selectedIndex < 0) field.selectedIndex = 0;
      }
    }
    const [, falls, key] = /^(-?)(\w*)$/.exec(view.get("sort")) ?? [];
    const at = column(key);
    if (key && at >= 0) sort(at, Boolean(falls));
    filter();
  };
  const refilter = () => {
    filter();
    keep();
  };
  form.addEventListener("input", refilter);
  form.addEventListener("submit", (event) => event.preventDefault());
  // The fields are empty only after the event of the reset itself.
  form.addEventListener("reset", () => setTimeout(refilter));
  addEventListener("hashchange", restore);
  restore();
  // On a phone the ranking comes first.
  const fold = form.parentNode;
  fold.open = matchMedia("(min-width: 40rem)").matches || fields.some((field) => field.value);
  fold.hidden = false;
  // A browser that goes back fills the fields again.
  addEventListener("pageshow", filter);

  // Paper has no room for columns in which none of the rows that are shown has anything.
  addEventListener("beforeprint", () => heads.forEach((head, at) => {
    const empty = rows.every((row, place) => row.hidden || !texts(at)[place]);
    for (const table of tables) table.classList.toggle(`no-${head.className}`, empty);
  }));
})();
// The growth chart: all figures of the day that is pointed at or chosen by keys.
(() => {
  const plot = document.querySelector(".plot");
  if (!plot) return;
  const { first, span, low, high } = plot.dataset;
  const { width, height } = plot.querySelector(".lines").viewBox.baseVal;
  const dots = Array.from(plot.querySelectorAll(".dot"));
  const cursor = plot.querySelector(".cursor");
  const now = plot.querySelector(".now");
  const lines = Array.from(plot.querySelectorAll(".end"), (end, at) => ({
    end,
    dot: dots[at],
    name: end.querySelector("bdi").textContent,
    figure: end.querySelector("b"),
    last: end.querySelector("b").textContent,
    days: end.dataset.days.split(" ").map(Number),
    stars: end.dataset.stars.split(" ").map(Number),
    kinds: end.dataset.kinds,
  }));
  const days = Array.from(new Set(lines.flatMap((line) => line.days))).sort((a, b) => a - b);
  const signed = (stars) =>
    (stars > 0 ? "+" : stars < 0 ? "−" : "") + Math.abs(stars).toLocaleString("en");
  const across = (day) => (day * width) / Math.max(span, 1);
  let chosen;

  const show = (at) => {
    chosen = Math.min(Math.max(at, 0), days.length - 1);
    const day = days[chosen];
    const x = across(day);
    const date = new Date(Date.parse(first) + day * 864e5).toISOString().slice(0, 10);
    cursor.setAttribute("d", `M${x} 0V${height}`);
    now.setAttribute("x", `${(100 * x) / width}%`);
    now.textContent = date;
    const told = lines.map((line) => {
      const known = line.days.findLastIndex((each) => each <= day);
      const exact = line.days[known] === day;
      const stars = line.stars[known];
      const y = height - ((stars - low) * height) / (high - low);
      line.dot.setAttribute("d", exact ? `M${x} ${y}h0` : "");
      const kind = { r: " retained", i: " imported" }[line.kinds[known]] ?? "";
      line.figure.textContent = known < 0 ? "unknown" : signed(stars) + kind;
      // The last figure before is no figure of that day.
      line.end.classList.toggle("late", !exact);
      return `${line.name} ${line.figure.textContent}`;
    });
    plot.setAttribute("aria-valuenow", chosen);
    plot.setAttribute("aria-valuetext", `${date}: ${told.join(", ")}`);
  };
  const clear = () => {
    chosen = days.length - 1;
    cursor.setAttribute("d", "");
    now.textContent = "";
    for (const line of lines) {
      line.dot.setAttribute("d", "");
      line.figure.textContent = line.last;
      line.end.classList.remove("late");
    }
  };
  const nearest = (event) => {
    const box = plot.getBoundingClientRect();
    const day = ((event.clientX - box.left) / box.width) * span;
    return days.reduce((best, each, at) =>
      (Math.abs(each - day) < Math.abs(days[best] - day) ? at : best), 0);
  };
  const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10,
    PageDown: -10, Home: -Infinity, End: Infinity };

  clear();
  const names = { role: "slider", tabindex: 0, "aria-label": "Day of the chart",
    "aria-valuemin": 0, "aria-valuemax": chosen };
  show(chosen);
  clear();
  for (const [name, value] of Object.entries(names)) plot.setAttribute(name, value);
  plot.parentNode.querySelector(".how").hidden = false;
  plot.addEventListener("pointermove", (event) => show(nearest(event)));
  plot.addEventListener("pointerleave", clear);
  plot.addEventListener("focus", () => show(chosen));
  plot.addEventListener("blur", clear);
  plot.addEventListener("keydown", (event) => {
    if (!(event.key in steps)) return;
    event.preventDefault();
    show(chosen + steps[event.key]);
  });
})();
