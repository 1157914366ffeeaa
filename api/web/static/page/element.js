/** Building the page without ever turning text into markup: every value becomes a text node. */

/** `attributes` with undefined or false values are left out; children are nodes or text. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false || value === null) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A description list of [term, value or array of values] pairs; pairs without a value are left out. */
export function facts(pairs, attributes = {}) {
  const list = element("dl", attributes);
  for (const [term, value] of pairs) {
    if (value === undefined || value === null || value === "") continue;
    const values = Array.isArray(value) ? value : [value];
    list.append(
      element("div", {}, element("dt", {}, term), ...values.map((one) => element("dd", {}, one))),
    );
  }
  return list;
}

/** Something to compare letter by letter. */
export function code(text) {
  return element("code", {}, text);
}

/** Words another program wrote in English, whatever the page's language. */
export function english(text) {
  return element("span", { lang: "en" }, text);
}
