"use strict";
// Asks the gateway every two seconds and draws what it says. Texts only: nothing from the answer becomes markup.
const TEXTS = {
  ru: {
    devices: "Устройства", lanes: "Кассы", problems: "Что требует внимания", online: "на связи",
    offline: "нет связи",
    unstocked: "Программа лояльности ещё не пришла из центра: чеки не рассчитываются.", alone: "Центр", queue: "Очередь в центр", oldest: "старейшее", empty: "пусто",
    programme: "Программа лояльности", revision: "редакция", none: "не загружена", customers: "Покупателей известно",
    today: "Продаж сегодня", since: "с", fine: "Всё в порядке.", noDevices: "Устройства не привязаны. Добавьте раздел [[devices]] в файл настроек.",
    noLanes: "Касс пока нет: `tillgate lane add till-1` выдаст ключ.", claimed: "занято кассой", event: "последнее событие",
    restarts: "перезапусков", lost: "Шлюз не отвечает. Страница обновится сама, когда он вернётся.", started: "работает с",
    states: { READY: "готово", STARTING: "запускается", BACKOFF: "перезапуск", QUARANTINED: "в карантине", INCOMPATIBLE: "несовместимо", STOPPED: "остановлено", UNSPECIFIED: "—" },
    power: { ONLINE: "на связи", OFF_OFFLINE: "нет связи", UNSPECIFIED: "" }, roles: { CASHIER: "кассир", SUPERVISOR: "старший кассир" },
    printer: { OK: "исправен", PAPER_NEAR_END: "бумага кончается", PAPER_OUT: "нет бумаги", COVER_OPEN: "открыта крышка", CUTTER_ERROR: "ошибка отрезчика", OFFLINE: "не на связи", NO_ANSWER: "не отвечает", DRAWER_OPEN: "ящик открыт" },
  },
  en: {
    devices: "Devices", lanes: "Lanes", problems: "Needs attention", online: "online",
    offline: "offline",
    unstocked: "The loyalty programme has not come from the centre yet: receipts are not priced.", alone: "Centre", queue: "Queue to the centre", oldest: "oldest", empty: "empty",
    programme: "Loyalty programme", revision: "revision", none: "not loaded", customers: "Customers known",
    today: "Sales today", since: "since", fine: "All is well.", noDevices: "No devices are bound. Add a [[devices]] section to the settings file.",
    noLanes: "No lanes yet: `tillgate lane add till-1` makes a token.", claimed: "used by lane", event: "last event",
    restarts: "restarts", lost: "The gateway does not answer. This page comes back by itself when it does.", started: "running since",
    states: { READY: "ready", STARTING: "starting", BACKOFF: "restarting", QUARANTINED: "quarantined", INCOMPATIBLE: "incompatible", STOPPED: "stopped", UNSPECIFIED: "—" },
    power: { ONLINE: "online", OFF_OFFLINE: "offline", UNSPECIFIED: "" }, roles: { CASHIER: "cashier", SUPERVISOR: "supervisor" },
    printer: { OK: "ok", PAPER_NEAR_END: "paper near end", PAPER_OUT: "paper out", COVER_OPEN: "cover open", CUTTER_ERROR: "cutter error", OFFLINE: "offline", NO_ANSWER: "no answer", DRAWER_OPEN: "drawer open" },
  },
};
let language = localStorage.getItem("language") || (navigator.language.startsWith("ru") ? "ru" : "en");
let latest = null;

const at = (id) => document.getElementById(id);
const clock = (stamp) => (stamp ? new Date(stamp).toLocaleString(language) : "");
const strip = (value, prefix) => (value || "").replace(prefix, "");

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

function tile(title, value, note, tone) {
  return element("div", "tile", element("small", "", title), element("b", tone, String(value)), element("small", "", note || ""));
}

function deviceCard(device, t) {
  const host = strip(device.host_state, "HOST_STATE_"), power = strip(device.power_state, "POWER_STATE_");
  const tone = device.problem || host === "QUARANTINED" || host === "INCOMPATIBLE" ? "bad" : host === "READY" && power === "ONLINE" ? "good" : "wait";
  const state = [t.states[host] || host, t.power[power] || ""].filter(Boolean).join(", ");
  const printer = (device.printer_statuses || []).map((s) => t.printer[strip(s, "PRINTER_STATUS_")] || s).join(", ");
  const notes = [
    device.claimed_by ? `${t.claimed} ${device.claimed_by}` : "",
    device.last_event_time ? `${t.event} ${clock(device.last_event_time)}` : "",
    device.restarts ? `${t.restarts} ${device.restarts}` : "", printer,
  ].filter(Boolean);
  const card = element("article", "card", element("h3", "", device.device_id),
    element("small", "", `${strip(device.category, "DEVICE_CATEGORY_")} · ${device.plugin_id} · ${device.location}`), element("p", tone, state));
  for (const note of notes) card.append(element("p", "", note));
  if (device.problem) card.append(element("p", "bad", device.problem.text?.[language] || device.problem.reason), element("small", "", device.problem.detail || ""));
  return card;
}

function draw() {
  const t = TEXTS[language];
  document.documentElement.lang = language;
  for (const name of ["ru", "en"]) at(name).setAttribute("aria-pressed", String(name === language));
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t[node.dataset.text];
  at("lost").textContent = t.lost;
  if (!latest) return;
  const info = latest.info;
  at("gateway").textContent = [info.store_name, info.gateway_id].filter(Boolean).join(" · ");
  at("version").textContent = `Tillgate ${info.version} · ${t.started} ${clock(latest.started_time)}`;
  const queue = Number(info.queue_length);
  at("tiles").replaceChildren(
    tile(t.alone, info.online ? t.online : t.offline, `${t.since} ${clock(info.since_time)}`, info.online ? "good" : "bad"),
    tile(t.queue, queue, queue ? `${t.oldest} ${clock(info.oldest_queued_time)}` : t.empty, queue && !info.online ? "wait" : ""),
    tile(t.programme, info.programme_id || t.none, info.programme_id ? `${t.revision} ${info.programme_revision}` : "", info.programme_id ? "" : "bad"),
    tile(t.customers, info.customers_known), tile(t.today, latest.purchases_today));
  const troubles = latest.problems.map((p) => element("li", "bad", `${p.text?.[language] || p.reason} ${p.detail || ""}`));
  if (!info.programme_id) troubles.push(element("li", "bad", t.unstocked));
  for (const d of latest.devices) if (d.problem) troubles.push(element("li", "bad", `${d.device_id}: ${d.problem.text?.[language] || d.problem.reason}`));
  at("problems").replaceChildren(...(troubles.length ? troubles : [element("li", "good", t.fine)]));
  at("devices").replaceChildren(...(latest.devices.length ? latest.devices.map((d) => deviceCard(d, t)) : [element("p", "", t.noDevices)]));
  at("lanes").replaceChildren(...(latest.lanes.length ? latest.lanes.map((lane) =>
    element("li", "", `${lane.lane_id} `, element("small", "", `${t.roles[strip(lane.role, "LANE_ROLE_")] || ""}`)))
    : [element("li", "", t.noLanes)]));
}

async function refresh() {
  try {
    const answer = await fetch("status.json", { cache: "no-store" });
    latest = await answer.json();
    at("lost").hidden = true;
  } catch {
    at("lost").hidden = false;
  }
  draw();
  setTimeout(refresh, 2000);
}

for (const name of ["ru", "en"]) at(name).addEventListener("click", () => { language = name; localStorage.setItem("language", name); draw(); });
draw();
refresh();
