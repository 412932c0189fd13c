// The page of a payment: buttons that open its forms, and a text that says what an adjustment will do. Amounts are BigInts of minor units.

for (const link of document.querySelectorAll('[data-open]')) {
    link.addEventListener('click', event => {
        event.preventDefault();
        open(document.getElementById(link.dataset.open));
    });
}

if (location.hash) {
    open(document.getElementById(location.hash.slice(1)));
}

function open(details) {
    if (details instanceof HTMLDetailsElement) {
        details.open = true;
        details.scrollIntoView();
        details.querySelector('select, input:not([type=hidden])')?.focus();
    }
}

const form = document.querySelector('form[data-left]');
if (form) {
    const preview = form.querySelector('[data-preview]');
    const asWritten = preview.textContent;
    const decimals = Number(form.dataset.decimals);
    const left = BigInt(form.dataset.left);

    const parse = text => {
        const match = /^(\d+)(?:\.(\d+))?$/.exec(text.trim());
        return match && (match[2] ?? '').length <= decimals ? BigInt(match[1] + (match[2] ?? '').padEnd(decimals, '0')) : null;
    };

    const format = minorUnits => {
        const digits = `${minorUnits}`.padStart(decimals + 1, '0');
        const whole = BigInt(digits.slice(0, digits.length - decimals)).toLocaleString();
        const point = (1.5).toLocaleString().replace(/\d/g, '');
        return `${whole}${decimals ? point + digits.slice(-decimals) : ''} ${form.dataset.currency}`;
    };

    const describe = () => {
        const status = form.elements.status;
        const amount = parse(form.elements.amount.value);
        if (amount === null) {
            return asWritten;
        }
        if (status.value === 'REFUNDED') {
            return amount > left
                ? `Only ${format(left)} is left to refund.`
                : `Refund ${format(amount)}; ${format(left - amount)} will be left.`;
        }
        if (status.value === 'REFUNDED_FAILURE') {
            return 'The refund under this reference failed, so its whole amount is left again.';
        }
        return `Record ${status.selectedOptions[0].textContent.toLowerCase()} of ${format(amount)}.`;
    };

    form.addEventListener('input', () => { preview.textContent = describe(); });
}
