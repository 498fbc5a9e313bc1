/*
 * Copyright: Contributors to the cloudpki.aws project
 * GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sorts the tables of the summary page and filters that of the CAs. The page is complete without it. It reads the page
 * and writes text only, never markup.
 */
(() => {
  "use strict";
  const find = (id) => document.getElementById(id);
  const told = find("told");

  const valueOf = (row, column, numeric) => {
    const text = row.cells[column].textContent;
    if (!numeric) return text.toLowerCase();
    const number = parseFloat(text.replace(/,/g, ""));
    return Number.isNaN(number) ? -1 : number;
  };
  const compare = (a, b) =>
    typeof a === "number" ? a - b : a === b ? 0 : a === "" ? 1 : b === "" ? -1 : a < b ? -1 : 1;

  const sort = (table, header, column) => {
    const numeric = header.classList.contains("n");
    const before = header.getAttribute("aria-sort");
    // The most of something is asked for more often than the least.
    const up = before ? before === "descending" : !numeric;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => [valueOf(row, column, numeric), row]);
    rows.sort((a, b) => (up ? compare(a[0], b[0]) : compare(b[0], a[0])));
    body.append(...rows.map((pair) => pair[1]));
    if (told) told.textContent = `Sorted by ${header.textContent.trim()}, ${up ? "ascending" : "descending"}. ${count()}`;
  };

  for (const table of document.querySelectorAll("table.cards")) {
    Array.from(table.tHead.rows[0].cells).forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      button.addEventListener("click", () => sort(table, header, column));
      header.append(button);
    });
    table.classList.add("sortable");
  }

  const controls = find("controls");
  const rows = controls ? Array.from(document.querySelectorAll("table.authorities > tbody > tr")) : [];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  function count() {
    const shown = rows.filter((row) => !row.hidden).length;
    return shown === rows.length
      ? `All ${rows.length.toLocaleString("en")} are shown.`
      : `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} are shown.`;
  }
  if (!controls) return;

  const [text, state, severity] = ["find", "state", "severity"].map(find);
  const filter = () => {
    // Of an ARN, the end is in the table as it is, and all else in columns.
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean).map((word) => word.replace(/^arn:.*\//, ""));
    for (const row of rows) {
      const data = row.dataset;
      row.hidden = !(
        words.every((word) => texts.get(row).includes(word)) &&
        (!state.value || data.state === state.value) &&
        (!severity.value || (severity.value === "any" ? Boolean(data.severity) : data.severity === severity.value))
      );
    }
    told.textContent = count();
  };
  const all = () => {
    text.value = state.value = severity.value = "";
    filter();
  };
  text.addEventListener("input", filter);
  state.addEventListener("change", filter);
  severity.addEventListener("change", filter);
  find("all").addEventListener("click", all);
  // A link to a row that is filtered away shows it.
  const target = () => {
    const row = location.hash.startsWith("#ca-") && find(location.hash.slice(1));
    if (row && row.hidden) {
      all();
      row.scrollIntoView({ block: "center" });
    }
  };
  addEventListener("hashchange", target);
  controls.hidden = false;
  // A browser may have kept what was typed before the page was loaded again.
  filter();
  target();
})();
