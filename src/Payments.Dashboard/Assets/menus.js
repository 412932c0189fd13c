// Menus close when the reader clicks elsewhere, opens another one or presses Escape. Without this module they close by their own summary.

const menus = () => document.querySelectorAll('details.menu[open]');
const isChanged = form => [...form.querySelectorAll('input, select, textarea')].some(input => input.options
    ? [...input.options].some(option => option.selected !== option.defaultSelected)
    : input.checked !== input.defaultChecked || input.value !== input.defaultValue);

document.addEventListener('click', event => {
    for (const menu of menus()) {
        if (!menu.contains(event.target)) {
            menu.open = false;
            apply(menu, event.target);
        }
    }
});

// What was entered in a filter counts when the reader leaves it. The menu that was opened instead opens again on the next page.
function apply(menu, target) {
    const form = [...menu.querySelectorAll('form[data-apply]')].find(isChanged);
    const next = target.closest('details.menu');
    if (form && (next || !target.closest('a, button, input, select, label'))) {
        form.action += next?.id ? `#${next.id}` : '';
        form.requestSubmit();
    }
}

// A panel that does not fit to the right of its menu extends to the left. What can be entered first has the focus.
function show(menu) {
    const panel = menu.querySelector(':scope > .panel');
    if (panel?.getBoundingClientRect().right > document.documentElement.clientWidth) {
        panel.classList.add('end');
    }
    panel?.querySelector('input:not([type=hidden]), select, textarea')?.focus();
}

const next = document.getElementById(location.hash.slice(1));
if (next?.matches('details.menu') && menus().length === 0) {
    next.open = true;
    history.replaceState(null, '', location.pathname + location.search);
}

menus().forEach(show);
document.addEventListener('toggle', event => event.target.open && show(event.target), true);

document.addEventListener('keydown', event => {
    if (event.key === 'Escape') {
        for (const menu of menus()) {
            menu.open = false;
            menu.querySelectorAll('form').forEach(form => form.reset());
            menu.querySelector('summary').focus();
        }
    }
});
