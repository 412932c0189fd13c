// Menus close when the reader clicks elsewhere, opens another one or presses Escape. Without this module they close by their own summary.

const menus = () => document.querySelectorAll('details.menu[open]');

document.addEventListener('click', event => {
    for (const menu of menus()) {
        if (!menu.contains(event.target)) {
            menu.open = false;
        }
    }
});

// A panel that does not fit to the right of its menu extends to the left.
function place(menu) {
    const panel = menu.querySelector(':scope > .panel');
    if (panel?.getBoundingClientRect().right > document.documentElement.clientWidth) {
        panel.classList.add('end');
    }
}

menus().forEach(place);
document.addEventListener('toggle', event => place(event.target), true);

document.addEventListener('keydown', event => {
    if (event.key === 'Escape') {
        for (const menu of menus()) {
            menu.open = false;
            menu.querySelector('summary').focus();
        }
    }
});
