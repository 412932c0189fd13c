// Menus close when the reader clicks elsewhere, opens another one or presses Escape. Without this module they close by their own summary.
// A changed filter applies when its menu closes, and the menu that was opened instead opens on the next page. Escape discards the change.

const menus = () => document.querySelectorAll('details.menu[open]');
const summaryOf = menu => menu.querySelector(':scope > summary');
const isSame = (text, other) => text.replaceAll('\r', '') === other.replaceAll('\r', '');
const isChanged = form => [...form.querySelectorAll('input, select, textarea')].some(input => input.options
    ? [...input.options].some(option => option.selected !== option.defaultSelected)
    : input.checked !== input.defaultChecked || !isSame(input.value, input.defaultValue) || input.validity.badInput);

// A selection that is dragged out of a menu ends with a click outside it.
let pressed = null;
document.addEventListener('pointerdown', event => { pressed = event.target; }, true);

document.addEventListener('click', event => {
    for (const menu of menus()) {
        const isInside = menu.contains(event.target) && !summaryOf(menu).contains(event.target);
        const beganInside = event.detail > 0 && menu.contains(pressed) && !summaryOf(menu).contains(pressed);
        if (isInside || beganInside) {
            continue;
        }
        if (apply(menu, event.target)) {
            event.preventDefault(); // so that nothing opens on this page
        } else if (!menu.contains(event.target)) {
            menu.open = false;
        }
    }
});

// Returns whether the menu stays as it is: the next page loads, or an input is wrong. A link or another form takes precedence.
function apply(menu, target) {
    const changed = [...menu.querySelectorAll('form[data-apply]')].filter(isChanged);
    const form = changed.find(form => form.closest('details').open) ?? changed[0];
    const opened = target.closest('details.menu');
    if (!form || (!opened && target.closest('a, button, input, select, label'))) {
        return false;
    }
    if (form.reportValidity()) {
        const url = new URL(form.action);
        url.hash = opened && opened !== menu ? opened.id : '';
        form.action = url;
        form.submit();
    }
    return true;
}

// A panel that does not fit to the right of its menu extends to the left. An invalid input, or else the first thing in the panel, gets the focus.
function show(menu) {
    const panel = menu.querySelector(':scope > .panel');
    if (panel?.getBoundingClientRect().right > document.documentElement.clientWidth) {
        panel.classList.add('end');
    }
    (panel?.querySelector('[aria-invalid=true]') ?? panel?.querySelector('a, summary, input:not([type=hidden]), select, textarea'))?.focus();
}

function discard(menu) {
    menu.open = false;
    menu.querySelectorAll('form').forEach(form => form.reset());
}

const next = document.getElementById(location.hash.slice(1));
if (next?.matches('details.menu') && menus().length === 0) {
    next.open = true;
    history.replaceState(null, '', location.pathname + location.search);
}

menus().forEach(show);
document.addEventListener('toggle', event => event.target.matches('details.menu[open]') && show(event.target), true);
window.addEventListener('pageshow', event => event.persisted && menus().forEach(discard));

document.addEventListener('keydown', event => {
    if (event.key === 'Escape' && !event.isComposing && !event.defaultPrevented) {
        for (const menu of menus()) {
            discard(menu);
            summaryOf(menu).focus();
        }
    }
});
