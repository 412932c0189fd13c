// Sends a file to the service and shows how far its import is. The file is sent as it is, so its size does not matter to the browser's memory.

const element = id => document.getElementById(id);
const [form, file, format, connector] = ['import', 'file', 'format', 'connector'].map(element);
const names = { stored: 'Recorded', replayed: 'Already recorded', skipped: 'Skipped', invalid: 'Rejected, invalid', conflict: 'Rejected, conflict', unavailable: 'Not recorded, try again' };
let running = null;

// Before this module runs, the browser would send the form itself, with its token in the URL.
element('start').disabled = false;

format.addEventListener('change', () => {
    element('connector-field').hidden = format.value === '';
    for (const option of connector.options) {
        option.hidden = option.disabled = option.dataset.format !== format.value;
    }
    connector.value = [...connector.options].find(option => !option.disabled)?.value ?? '';
});

const drop = element('drop');
for (const [event, isOver] of [['dragover', true], ['dragleave', false], ['drop', false]]) {
    drop.addEventListener(event, dragged => {
        dragged.preventDefault();
        drop.classList.toggle('over', isOver);
        if (event === 'drop' && dragged.dataTransfer.files.length > 0) {
            file.files = dragged.dataTransfer.files;
        }
    });
}

form.addEventListener('submit', async submitted => {
    submitted.preventDefault();
    const chosen = file.files[0];
    const isCompressed = /\.gz$/i.test(chosen.name);
    const isCsv = format.value !== '' || /\.csv(\.gz)?$/i.test(chosen.name);
    start();
    try {
        const status = await send(chosen, isCsv, isCompressed);
        show(status);
        element('state').textContent = status.error ? 'Ended early' : 'Done';
        showError(status.error ?? '');
        offerDownload(status, chosen, isCsv, isCompressed);
    } catch (error) {
        element('state').textContent = error.isCanceled ? 'Canceled' : 'Failed';
        element('progress').hidden = true;
        showError(error.isCanceled ? 'The lines before the cancellation are recorded. Importing the file again is safe.' : error.message);
    } finally {
        running = null;
        element('start').disabled = false;
        element('cancel').hidden = true;
        scrollToResult();
    }
});

element('cancel').addEventListener('click', () => running?.abort());

function start() {
    showError('');
    element('start').disabled = true;
    for (const id of ['cancel', 'result']) {
        element(id).hidden = false;
    }
    for (const id of ['rejected', 'download', 'more', 'recorded', 'decimals']) {
        element(id).hidden = true;
    }
    element('state').textContent = 'Importing';
    element('progress').value = 0;
    element('progress').hidden = false;
    element('rate').textContent = '';
    element('counts').replaceChildren();
    element('lines').replaceChildren();
    scrollToResult();
}

function scrollToResult() {
    element('result').scrollIntoView({ block: 'nearest' });
}

// XMLHttpRequest, because fetch does not report how much of a body was sent.
function send(chosen, isCsv, isCompressed) {
    const url = new URL(`/dashboard/import/${crypto.randomUUID()}`, location.href);
    if (format.value !== '') {
        url.searchParams.set('format', format.value);
        url.searchParams.set('connectorID', connector.value);
    }
    const began = performance.now();
    const request = running = new XMLHttpRequest();
    const polling = setInterval(() => poll(url, began), 1000);
    return new Promise((resolve, reject) => {
        request.upload.addEventListener('progress', sent => { element('progress').value = sent.loaded / sent.total; });
        request.addEventListener('load', () => {
            const response = parse(request.responseText);
            if (request.status === 200) {
                showRate(response.lines, began);
                resolve(response);
            } else {
                reject(new Error(response?.errorMessage ?? `The service returned ${request.status}. Load this page again, then import the file again.`));
            }
        });
        request.addEventListener('error', () => reject(new Error('The connection was lost. Import the file again; lines that are recorded do not change.')));
        request.addEventListener('abort', () => reject(Object.assign(new Error(), { isCanceled: true })));
        request.open('POST', url);
        request.setRequestHeader('Accept', 'application/json');
        request.setRequestHeader('Content-Type', isCsv ? 'text/csv' : 'application/x-ndjson');
        request.setRequestHeader('RequestVerificationToken', form.elements.__RequestVerificationToken.value);
        if (isCompressed) {
            request.setRequestHeader('Content-Encoding', 'gzip');
        }
        request.send(chosen);
    }).finally(() => clearInterval(polling));
}

// The counts are a convenience: without them, the bar still shows what was sent.
async function poll(url, began) {
    try {
        const response = await fetch(url.pathname, { headers: { Accept: 'application/json' } });
        if (response.status === 200 && running) {
            const status = await response.json();
            show(status);
            showRate(status.lines, began);
        }
    } catch {
        // The request of the import itself reports a lost connection.
    }
}

function parse(text) {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}

function showRate(lines, began) {
    const seconds = Math.max((performance.now() - began) / 1000, 0.001);
    element('rate').textContent = `${lines.toLocaleString()} lines, ${Math.round(lines / seconds).toLocaleString()} a second`;
}

function show(status) {
    // Always in this order, whichever came first.
    const outcomes = Object.keys({ ...names, ...status.outcomes }).filter(outcome => outcome in status.outcomes);
    const facts = outcomes.map(outcome => fact(names[outcome] ?? outcome, status.outcomes[outcome]));
    facts.push(...Object.entries(status.skipped).map(([kind, count]) => fact(`Skipped: ${kind}`, count)));
    element('counts').replaceChildren(...facts.flat());
    element('recorded').hidden = !status.outcomes.stored;
    showDecimals(status.withoutDecimals);
    element('rejected').hidden = status.shown.length === 0;
    element('lines').replaceChildren(...status.shown.map(line => row(line)));
    const rejected = countRejected(status);
    element('more').hidden = rejected <= status.shown.length;
    element('more').textContent = `The first ${status.shown.length} of ${rejected.toLocaleString()} rejected lines.`;
}

// Changed only if it is new, because a screen reader reads it aloud.
function showDecimals(assets) {
    const [whole, cents] = [(1250).toLocaleString(), (12.5).toLocaleString(undefined, { minimumFractionDigits: 2 })];
    const text = assets.map(asset => `The asset ${asset} has no decimals: an amount of 1250 is recorded as ${whole} ${asset}, not as ${cents}.`).join(' ');
    if (element('decimals').textContent !== text) {
        element('decimals').textContent = text;
    }
    element('decimals').hidden = text === '';
}

function countRejected(status) {
    return ['invalid', 'conflict', 'unavailable'].reduce((sum, outcome) => sum + (status.outcomes[outcome] ?? 0), 0);
}

function fact(name, count) {
    const [term, value] = [document.createElement('dt'), document.createElement('dd')];
    term.textContent = name;
    value.textContent = count.toLocaleString();
    return [term, value];
}

function row(line) {
    const cells = [line.line.toLocaleString(), line.errorCode, line.errorMessage].map(text => {
        const cell = document.createElement('td');
        cell.textContent = text;
        return cell;
    });
    cells[0].className = 'num';
    cells[1].className = 'mono';
    cells[2].className = 'wrap';
    const result = document.createElement('tr');
    result.append(...cells);
    return result;
}

function showError(text) {
    element('error').textContent = text;
    element('error').hidden = text === '';
}

function offerDownload(status, chosen, isCsv, isCompressed) {
    const button = element('download');
    const numbers = status.rejected;
    button.hidden = numbers.length === 0;
    if (numbers.length < countRejected(status)) {
        element('more').textContent += ` The file has the first ${numbers.length.toLocaleString()} of ${countRejected(status).toLocaleString()} rejected lines.`;
    }
    button.onclick = async () => {
        const url = URL.createObjectURL(await cut(chosen, new Set(numbers), isCsv, isCompressed));
        const link = document.createElement('a');
        link.href = url;
        link.download = chosen.name.replace(/(\.gz)?$/i, '').replace(/(\.\w+)?$/, '.rejected$1');
        link.click();
        URL.revokeObjectURL(url);
    };
}

// The lines with these numbers, and the header of CSV, which is the first line that is not blank. Lines are counted as the service counts them: a
// record of CSV can contain line breaks within quotes.
async function cut(chosen, numbers, isCsv, isCompressed) {
    const stream = isCompressed ? chosen.stream().pipeThrough(new DecompressionStream('gzip')) : chosen.stream();
    const reader = stream.getReader();
    const [comma, quote, lineFeed] = [0x2c, 0x22, 0x0a];
    const parts = [];
    const blank = [0x20, 0x09, 0x0d, lineFeed];
    const mark = [0xef, 0xbb, 0xbf];
    let [number, state, header] = [1, 'start', 0];
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
        const bytes = read.value;
        let from = 0;
        for (let i = 0; i < bytes.length; i++) {
            const byte = bytes[i];
            if (isCsv && header === 0 && !blank.includes(byte) && !(number === 1 && mark.includes(byte))) {
                header = number;
            }
            if (byte === lineFeed && state !== 'quoted') {
                if (number === header || numbers.has(number)) {
                    parts.push(bytes.slice(from, i + 1));
                }
                [number, state, from] = [number + 1, 'start', i + 1];
            } else if (isCsv && byte === quote && state === 'start') {
                state = 'quoted';
            } else if (isCsv && byte === quote && state !== 'unquoted') {
                state = state === 'quoted' ? 'closed' : 'quoted';
            } else if (isCsv && state !== 'quoted' && byte !== lineFeed && !(number === 1 && mark.includes(byte))) {
                state = byte === comma ? 'start' : 'unquoted';
            }
        }
        if (number === header || numbers.has(number)) {
            parts.push(bytes.slice(from));
        }
    }
    return new Blob(parts, { type: isCsv ? 'text/csv' : 'application/x-ndjson' });
}
