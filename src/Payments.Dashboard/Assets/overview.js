// Draws the tables of the overview as stacked bars. The texts come from the tables, because the numbers of the bars lose digits.

const Day = 86_400; // seconds
const whole = Array.from({ length: 48 }, (_, i) => [1, 2, 5][i % 3] * 10 ** Math.floor(i / 3)); // no axis with 1.5 payments
const compact = new Intl.NumberFormat(navigator.language, { notation: 'compact', maximumFractionDigits: 2 });
const scientific = new Intl.NumberFormat(navigator.language, { notation: 'scientific' });
const dates = new Intl.DateTimeFormat(navigator.language, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const colors = getComputedStyle(document.documentElement);
const color = name => colors.getPropertyValue(`--${name}`).trim();
const months = new Intl.DateTimeFormat(navigator.language, { month: 'short', year: 'numeric', timeZone: 'UTC' });
const seconds = day => Date.parse(`${day}T00:00:00Z`) / 1000;

for (const card of document.querySelectorAll('[data-plot]')) {
    const place = card.querySelector('.plot');
    const chart = read(card);
    let plot = null;
    const draw = () => {
        plot?.destroy();
        plot = new uPlot(options(chart, place, card.querySelector('.at')), chart.data, place);
    };
    draw();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
    new ResizeObserver(() => plot.setSize(size(place))).observe(place);
}

// The days or months of the window, and for each status the sum of it and of those below it. All bars begin at zero, and the highest is drawn first.
function read(card) {
    const rows = new Map([...card.querySelectorAll('tr[data-bar]')].map(row => [seconds(row.dataset.bar), row]));
    const statuses = [...card.querySelectorAll('th[data-color]')].map(head => ({ name: head.textContent.trim(), color: head.dataset.color }));
    const scale = 10 ** Number(card.dataset.decimals);
    const isMonthly = card.dataset.plot === 'month';
    const days = [];
    for (let day = seconds(card.dataset.first); day <= seconds(card.dataset.last); day = isMonthly ? nextMonth(day) : day + Day) {
        days.push(day);
    }

    const sums = statuses.map(() => []);
    for (const day of days) {
        const numbers = rows.get(day)?.dataset.values.split(' ');
        let sum = 0;
        sums.forEach((values, i) => values.push(sum += numbers ? Number(numbers[i]) / scale : 0));
    }

    return { statuses, rows, days, isMonthly, steps: scale === 1 ? whole : undefined, data: [days, ...sums.reverse()] };
}

function nextMonth(day) {
    const date = new Date(day * 1000);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) / 1000;
}

function options(chart, place, at) {
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: color('faint'), font, ticks: { show: false } };
    const half = chart.isMonthly ? 15 * Day : Day / 2;
    const bars = uPlot.paths.bars({ size: [0.8, 48], gap: 1 });
    return {
        ...size(place),
        tzDate: time => uPlot.tzDate(new Date(time * 1000), 'Etc/UTC'),
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        scales: {
            x: { range: [chart.days[0] - half, chart.days.at(-1) + half] },
            y: { range: (_, min, max) => [0, max > 0 ? max * 1.05 : 1] },
        },
        axes: [
            chart.isMonthly
                ? { ...axis, grid: { show: false }, size: 28, splits: () => every(chart.days, place.clientWidth / 70), values: (_, days) => days.map(day => months.format(day * 1000)) }
                : { ...axis, grid: { show: false }, size: 28, space: 70, values: (_, days) => days.map(label) },
            { ...axis, grid: { stroke: color('line'), width: 1 }, size: 56, incrs: chart.steps, values: (_, values) => values.map(short) },
        ],
        series: [
            {},
            ...chart.statuses.toReversed().map(status => (
                { fill: color(status.color), stroke: color('surface'), width: 1, paths: bars, points: { show: false } })),
        ],
        hooks: { setCursor: [plot => describe(chart, plot.cursor.idx, at)] },
    };
}

// At most about this many of the days, at equal distances.
function every(days, count) {
    const step = Math.ceil(days.length / count);
    return days.filter((_, i) => i % step === 0);
}

function size(place) {
    return { width: place.clientWidth, height: place.clientHeight };
}

function short(value) {
    return (value < 1e15 ? compact : scientific).format(value);
}

function label(day) {
    return day % Day === 0 ? dates.format(day * 1000) : '';
}

function describe(chart, index, at) {
    const row = chart.rows.get(chart.days[index]);
    if (!row) {
        at.textContent = '';
        return;
    }

    const cells = row.querySelectorAll('td');
    const texts = row.dataset.values.split(' ').map((value, i) => value === '0' ? null : `${chart.statuses[i].name} ${cells[i].textContent}`);
    at.textContent = [row.querySelector('th').textContent.trim(), ...texts].filter(text => text !== null).join(' · ');
}
