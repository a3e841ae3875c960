"use strict";
// The page is complete without this script, which adds search, a filter, and drawers that open when linked to.
(() => {
  const byId = (id) => document.getElementById(id);
  const cases = [...document.querySelectorAll("details.case")].map((box) => ({
    box, text: box.querySelector("summary").textContent.toLowerCase(),
  }));
  const families = [...document.querySelectorAll("details.family")];
  const folded = new Map(families.map((family) => [family, family.open]));
  const search = byId("search"), filter = byId("filter"), hits = byId("hits");

  const wanted = {
    all: () => true,
    pressing: (box) => "p" in box.dataset,
    flaky: (box) => "f" in box.dataset,
    differs: (box) => "d" in box.dataset,
  };

  function apply() {
    const terms = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const narrowed = terms.length > 0 || filter.value !== "all";
    let shown = 0;
    for (const { box, text } of cases) {
      const fits = wanted[filter.value](box) && terms.every((term) => text.includes(term));
      box.hidden = !fits;
      shown += fits;
    }
    for (const family of families) {
      const some = family.querySelector("details.case:not([hidden])") !== null;
      family.hidden = !some;
      family.open = narrowed ? some : folded.get(family);
    }
    hits.textContent = narrowed ? `${shown} of ${cases.length} cases` : "";
  }

  function reveal() {
    const target = byId(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) {
      box.hidden = false;
      box.open = true;
    }
    target.scrollIntoView();
  }

  byId("tools").hidden = false;
  byId("tools").addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", apply);
  filter.addEventListener("change", apply);
  addEventListener("hashchange", reveal);
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input, select")) return;
    event.preventDefault();
    search.focus();
  });
  apply();
  reveal();
})();
