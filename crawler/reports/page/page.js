"use strict";
// Sorting and filtering. What is compared is read from the page once, and rows are moved at once.
(() => {
  const table = document.querySelector(".ranking");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const heads = Array.from(table.tHead.rows[0].cells);
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
  const number = (text) =>
    text ? Number(text.replace(/[^\d.]/g, "")) * (/^[−↓]/.test(text) ? -1 : 1) : null;
  const keys = remembered((at) =>
    texts(at).map("number" in heads[at].dataset
      ? number
      : (text) => text.toLowerCase() || null));

  const sort = (at, falling) => {
    const key = keys(at);
    const turn = falling ? -1 : 1;
    // What is unknown comes last in both directions; equals keep the order of the ranks.
    const order = Array.from(rows.keys()).sort((a, b) => {
      if (key[a] === key[b]) return a - b;
      if (key[a] === null) return 1;
      if (key[b] === null) return -1;
      return key[a] < key[b] ? -turn : turn;
    });
    body.replaceChildren(...order.map((position) => rows[position]));
    for (const head of heads) head.removeAttribute("aria-sort");
    heads[at].setAttribute("aria-sort", falling ? "descending" : "ascending");
  };
  heads.forEach((head, at) => {
    const button = head.querySelector("button");
    button.disabled = false;
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      sort(at, now ? now === "ascending" : "falling" in head.dataset);
    });
  });

  const words = remembered(() => {
    const parts = ["repository", "language", "section"].map((key) => texts(column(key)));
    const paths = rows.map((row) => row.querySelector(".section")?.title ?? "");
    return rows.map((_, at) =>
      [...parts.map((part) => part[at]), paths[at]].join("\n").toLowerCase());
  });
  const sections = remembered(() => rows.map((row) => row.dataset.sections.split(" ")));
  const value = (id) => form.querySelector(`#${id}`)?.value ?? "";

  const filter = () => {
    const wanted = value("text").toLowerCase().split(/\s+/).filter(Boolean);
    const language = value("language");
    const section = value("section");
    const least = Number(value("stars"));
    const archived = value("archived");
    const tests = [];
    if (wanted.length) tests.push((at) => wanted.every((word) => words()[at].includes(word)));
    if (language) tests.push((at) => `=${texts(column("language"))[at]}` === language);
    if (section) tests.push((at) => sections()[at].includes(section));
    if (least) tests.push((at) => keys(column("stars"))[at] >= least);
    if (archived) tests.push((at) => rows[at].dataset.archived === archived);
    let shown = 0;
    rows.forEach((row, at) => {
      const kept = tests.every((test) => test(at));
      if (row.hidden === kept) row.hidden = !kept;
      shown += kept;
    });
    const figure = (value) => value.toLocaleString("en");
    count.textContent = `${figure(shown)} of ${figure(rows.length)} repositories`;
  };
  form.addEventListener("input", filter);
  // The fields are empty only after the event of the reset itself.
  form.addEventListener("reset", () => setTimeout(filter));
  form.hidden = false;
  // A browser that goes back fills the fields again.
  addEventListener("pageshow", filter);
})();
