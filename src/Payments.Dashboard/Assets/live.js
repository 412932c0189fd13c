// New events without loading the page again. One long poll serves all tabs of a browser: the tab that has the lock polls and informs the others.
// A hidden tab gives up the lock, so nothing is polled while all tabs are hidden.
//
// What a page writes:
//
//   <div class="notice" role="status" data-live="payment.created payment.adjusted" data-live-after="42"
//        data-live-one="1 payment is new." data-live-many="# payments are new." hidden>
//       <span data-live-text></span> <a href="/dashboard/payments">Show</a>
//   </div>
//
//     appears when there are events of these kinds ("*" for all) after this position, which is the record's when the page was made. It says how
//     many payments, accounts, connectors or webhooks they are about.
//
//   <tbody id="events" data-live="*" data-live-after="42" data-live-rows><tr data-position="42">…
//
//     gets the new rows of the page, which is fetched again. Rows have the attribute data-position. If more events are new than the page has rows,
//     all rows are replaced, and so is what has the attribute data-live-rest, such as the link to older rows.
//
//   <p class="notice" role="status" data-live-end hidden></p>
//
//     says why there are no new events any more.

const elements = [...document.querySelectorAll('[data-live]')];
const channel = new BroadcastChannel('payments-live');
// Only the newest rows of a list are shown, so a page without notices does not need the events in between.
const needsEach = elements.some(element => !('liveRows' in element.dataset));
// These requests do not extend the session. After it has ended they get 401, because they do not name HTML.
const headers = { 'X-Payments-Live': '1', Accept: 'application/json' };
let position = Math.min(...elements.map(element => Number(element.dataset.liveAfter)));
let failures = 0;
let isEnded = false;
let isCatchingUp = false;
let hide = new AbortController();

// The part of the record after a position. Undefined: the session has ended.
async function read(after, wait, signal) {
    const response = await fetch(`/dashboard/live?after=${after}&wait=${wait}`, { redirect: 'manual', headers, signal });
    // A proxy can redirect to a sign-in page of its own.
    if (response.type === 'opaqueredirect' || response.status === 401 || response.status === 403) {
        end('Your session has ended. Sign in again to see new events.');
        return undefined;
    }
    if (!response.ok) {
        throw new Error(`The service returned ${response.status}.`);
    }
    return { after, ...await response.json() };
}

// Events that this tab has not shown yet. Without those before them, it reads the record itself.
function receive(part) {
    if (part.restarted) {
        end('The event record restarted. Load the page again.');
    } else if (part.after > position) {
        catchUp();
    } else {
        const events = part.events.filter(event => event.position > position);
        position = Math.max(position, needsEach ? part.position : part.lastPosition);
        elements.forEach(element => show(element, events));
    }
}

async function catchUp() {
    if (isCatchingUp || isEnded || document.hidden) {
        return;
    }
    isCatchingUp = true;
    try {
        for (let part; (part = await read(position, 0, hide.signal));) {
            receive(part);
            if (part.events.length === 0 || position >= part.lastPosition) {
                break;
            }
        }
    } catch {
        // The poll tries again.
    } finally {
        isCatchingUp = false;
    }
}

async function poll(signal) {
    while (!isEnded && !signal.aborted) {
        try {
            const part = await read(position, 1, signal);
            failures = 0;
            if (part) {
                receive(part);
                channel.postMessage(part);
                if (part.pause) {
                    await sleep(part.pause * 1000, signal);
                }
            }
        } catch {
            // A second, two, four … up to a minute, and not all browsers at the same time.
            failures++;
            await sleep(Math.min(60, 2 ** (failures - 1)) * 1000 * (1 + Math.random() / 4), signal);
        }
    }
}

function sleep(milliseconds, signal) {
    return new Promise(resolve => {
        const timer = setTimeout(resolve, milliseconds);
        signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
    });
}

// Returns when this tab is hidden or the session has ended.
async function follow(signal) {
    await catchUp();
    try {
        await (navigator.locks ? navigator.locks.request('payments-live', { signal }, () => poll(signal)) : poll(signal));
    } catch (error) {
        if (error.name !== 'AbortError') {
            throw error;
        }
    }
}

function end(text) {
    if (!isEnded) {
        isEnded = true;
        hide.abort();
        channel.postMessage({ end: text });
        for (const element of document.querySelectorAll('[data-live-end]')) {
            element.textContent = text;
            element.hidden = false;
        }
    }
}

function show(element, events) {
    const kinds = element.dataset.live.split(' ');
    const shown = events.filter(event => event.position > Number(element.dataset.liveAfter) && (kinds.includes('*') || kinds.includes(event.kind)));
    if (shown.length === 0) {
        return;
    }
    if ('liveRows' in element.dataset) {
        addRows(element);
        return;
    }
    element.subjects ??= new Set();
    shown.forEach(event => element.subjects.add(event.subject));
    const count = element.subjects.size;
    const text = count === 1 ? element.dataset.liveOne : element.dataset.liveMany.replace('#', count.toLocaleString());
    element.querySelector('[data-live-text]').textContent = text;
    element.hidden = false;
}

// One request at a time. Events that arrive during it are part of the next one.
async function addRows(element) {
    element.isStale = true;
    if (element.isReading) {
        return;
    }
    element.isReading = true;
    try {
        while (element.isStale && !document.hidden) {
            element.isStale = false;
            const response = await fetch(location.href, { redirect: 'manual', headers, signal: hide.signal });
            if (response.ok) {
                update(element, new DOMParser().parseFromString(await response.text(), 'text/html'));
            }
            await sleep(1000, hide.signal);
        }
    } catch {
        // The next event tries again.
    } finally {
        element.isReading = false;
    }
}

function update(element, page) {
    const known = new Set([...element.querySelectorAll('[data-position]')].map(row => row.dataset.position));
    const rows = [...page.querySelectorAll(`#${element.id} [data-position]`)];
    const added = rows.filter(row => !known.has(row.dataset.position)).map(row => document.adoptNode(row));
    if (added.length < rows.length) {
        element.prepend(...added);
    } else {
        // No row is known: there can be more new events than rows, and older rows below these would hide the gap.
        element.replaceChildren(...added);
        document.querySelector('[data-live-rest]')?.replaceWith(document.adoptNode(page.querySelector('[data-live-rest]')));
    }
}

if (elements.length > 0) {
    channel.addEventListener('message', ({ data }) => data.end ? end(data.end) : receive(data));
    document.addEventListener('visibilitychange', () => {
        hide.abort();
        hide = new AbortController();
        if (!document.hidden && !isEnded) {
            elements.filter(element => element.isStale).forEach(addRows);
            follow(hide.signal);
        }
    });
    if (!document.hidden) {
        follow(hide.signal);
    }
}
